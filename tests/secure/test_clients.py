"""What is not a service's process: the command line, certificates of clients, and how a connection fails."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from fairground_cli import places
from fairground_cli.supervisor import Supervisor
from fairground_cli.trouble import Trouble
from fairground_contracts import topics
from fairground_embedded import Addresses, Servers
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.refusal import connect
from fairground_runtime.kafka.topics import provide
from fairground_runtime.protocol.ports import Stopped, Unavailable
from fairground_runtime.settings import ServerSettings
from tests.secure.broker import Broker, Rights
from tests.secure.keys import WITHOUT_OPENSSL
from tests.worker.shop import open_shop


def _named(told: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> KafkaAddress:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return ServerSettings().kafka


@pytest.mark.skipif(WITHOUT_OPENSSL, reason="only openssl writes the client's key as PEM")
async def test_a_client_is_known_by_its_certificate(
    broker: Broker, beside: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    await provide(KafkaAddress(beside.kafka), [topics.REWARDS])
    with monkeypatch.context() as without:
        strange = _named(broker.environment("", "SSL"), without)
    with pytest.raises(
        Stopped, match=r"asks for a certificate that it believes \(KAFKA_SSL_CERTFILE, KAFKA_SSL_KEYFILE\)"
    ):
        await provide(strange, [topics.REWARDS])
    told = broker.environment("", "SSL") | {"KAFKA_SSL_CERTFILE": str(broker.keys.client("points"))}
    points = _named(told, monkeypatch)
    with pytest.raises(Stopped, match=r"Kafka shows this user no fairground\.rewards"):
        await provide(points, [topics.REWARDS])
    await broker.allow("CN=points", Rights(reads=[topics.REWARDS.name]))
    await provide(points, [topics.REWARDS])
    await provide(_named({"KAFKA_SSL_KEYFILE": points.certfile}, monkeypatch), [topics.REWARDS])  # or told by itself


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
async def test_a_listener_that_is_spoken_to_in_another_protocol_is_not_waited_for_without_a_hint(
    protocol: str, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = broker.environment("", protocol) if protocol == "SSL" else {}
    there = broker.environment("nobody")["KAFKA_BOOTSTRAP_SERVERS"]
    kafka = _named(told | {"KAFKA_BOOTSTRAP_SERVERS": there, "KAFKA_SECURITY_PROTOCOL": protocol}, monkeypatch)
    admin = AIOKafkaAdminClient(**kafka.options(), request_timeout_ms=2_000)
    try:
        with pytest.raises(Unavailable, match=rf"answers to {protocol} \(KAFKA_BOOTSTRAP_SERVERS, KAFKA_SEC"):
            await connect(admin, kafka)
    finally:
        await admin.close()


def _fairground(told: dict[str, str], tmp_path: Path, *words: str) -> tuple[int, str]:
    """What the command says to somebody who is told that."""
    others = {name: value for name, value in os.environ.items() if name not in places.KAFKA}
    done = subprocess.run(
        [Path(sys.executable).with_name("fairground"), *words, "--data", tmp_path], env=others | told,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


async def test_the_command_line_connects_as_a_user(broker: Broker, beside: Addresses, tmp_path: Path) -> None:
    await provide(KafkaAddress(beside.kafka), [topics.ACTIVITIES])
    await broker.allow("operator", Rights(reads=[topics.ACTIVITIES.name]))
    told = broker.environment("operator", "SASL_SSL")
    status, said = await asyncio.to_thread(_fairground, told, tmp_path, "activities", "list")
    assert status == 0, said
    wrong = told | {"KAFKA_SASL_PASSWORD": "hush-and-wrong"}
    for language, sentence in (
        ("en", "user operator or its password is wrong (KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD)."),
        ("zh", "Kafka 拒绝连接："),
    ):
        status, said = await asyncio.to_thread(_fairground, wrong, tmp_path, "--lang", language, "activities", "list")
        assert (status, sentence in said, "hush" in said, "Traceback" in said) == (1, True, False, False), said


async def test_what_may_not_be_read_is_named_to_an_operator(broker: Broker, beside: Addresses, tmp_path: Path) -> None:
    letters = topics.dead(topics.TIMERS)
    await provide(KafkaAddress(beside.kafka), [letters])
    async with open_shop(beside.kafka, "2026-01-01T00:00:00Z") as shop:
        await shop.say_raw(b"{}", [], topic=letters)
    await broker.allow("operator", Rights(writes=[letters.name]))
    told = broker.environment("operator")
    status, said = await asyncio.to_thread(_fairground, told, tmp_path, "dead", "list", "--topic", letters.name)
    assert (status, f"no right to do that with topic {letters.name}" in said) == (1, True), said


async def test_what_is_named_for_up_is_handed_on_and_written_down_with_its_user(
    broker: Broker, addresses: Addresses, tmp_path: Path
) -> None:
    told = broker.environment("operator", "SASL_SSL")
    others = {name: address for name, address in addresses.environment().items() if name not in told}
    async with Supervisor(tmp_path / "up", environment=os.environ | others | told) as up:
        assert told.items() <= up.environment_of("lottery").items()
        assert up.env_path.stat().st_mode & 0o077 == 0
        assert places.kafka(tmp_path / "up", {}).options()["sasl_plain_password"] == told["KAFKA_SASL_PASSWORD"]
    wrong = os.environ | others | told | {"KAFKA_SASL_PASSWORD": "hush-and-wrong"}
    with pytest.raises(Trouble, match="user operator or its password is wrong"):
        await Supervisor(tmp_path / "wrong", environment=wrong).start_servers()


async def test_a_user_for_another_kafka_is_not_shown_to_ours(servers: Servers, tmp_path: Path) -> None:
    told = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_PASSWORD": "hush"}
    async with Supervisor(tmp_path, environment=told, servers=servers) as up:
        assert not told.keys() & up.environment_of("lottery").keys()
        assert places.kafka(tmp_path, told) == KafkaAddress(servers.addresses.kafka)
