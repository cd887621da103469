"""Settings that contradict each other end a process with sentences that name variables, and never what they hold."""

from pathlib import Path

import pytest

from fairground_runtime.address import KafkaAddress
from fairground_runtime.settings import BadSettings, ServerSettings
from tests.worker.test_start import PROCESSES, ended

_USER = {"KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_USERNAME": "hush-user", "KAFKA_SASL_PASSWORD": "hush-word"}


@pytest.fixture
def junk(tmp_path: Path) -> str:
    file = tmp_path / "hush.pem"
    file.write_text("no certificate")
    return str(file)


def _complaints(told: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> set[str]:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        ServerSettings()
    assert "hush" not in str(caught.value)
    return {sentence.partition(":")[0] for sentence in str(caught.value).split("; ") if sentence.startswith("KAFKA")}


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("missing", _USER)
def test_a_user_is_told_completely(missing: str, protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"KAFKA_SECURITY_PROTOCOL": protocol, **_USER, missing: ""}
    assert _complaints(told, monkeypatch) == {missing}


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_a_user_is_not_left_out_by_accident(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _complaints({"KAFKA_SECURITY_PROTOCOL": protocol, **_USER}, monkeypatch) == _USER.keys()


def test_nothing_is_sent_in_the_clear_by_accident(junk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", **_USER, "KAFKA_SSL_CAFILE": junk}
    assert _complaints(told, monkeypatch) == {"KAFKA_SSL_CAFILE"}


@pytest.mark.parametrize("variable", ["KAFKA_SSL_CAFILE", "KAFKA_SSL_CERTFILE"])
@pytest.mark.parametrize("there", [True, False])
def test_files_have_to_be_there_and_hold_what_they_should(
    there: bool, variable: str, junk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"KAFKA_SECURITY_PROTOCOL": "SSL", variable: junk if there else f"{junk}.not"}
    assert _complaints(told, monkeypatch) == {variable}


def test_a_key_needs_its_certificate(junk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_KEYFILE": junk}
    assert _complaints(told, monkeypatch) == {"KAFKA_SSL_CERTFILE"}


def test_what_is_no_choice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"KAFKA_SECURITY_PROTOCOL": "hush", "KAFKA_SASL_MECHANISM": "GSSAPI"}
    assert _complaints(told, monkeypatch) == told.keys()


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_ends_with_such_a_sentence(process: str) -> None:
    status, said = ended(process, KAFKA_SASL_PASSWORD="hush")
    assert status == 1
    assert "KAFKA_SASL_PASSWORD: is set, but KAFKA_SECURITY_PROTOCOL=PLAINTEXT sends no user" in said
    assert "hush" not in said
    assert "Traceback" not in said


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", **_USER}.items():
        monkeypatch.setenv(name, value)
    settings = ServerSettings()
    assert "hush-word" not in repr(settings) + repr(settings.kafka) + str(settings.kafka)
    assert settings.kafka.options()["sasl_plain_password"] == "hush-word"
    assert KafkaAddress("127.0.0.1:9092").options() == {
        "bootstrap_servers": "127.0.0.1:9092", "security_protocol": "PLAINTEXT", "ssl_context": None,
    }  # fmt: skip
