"""The lottery's secret: from a file that only its owner can read, or from the environment; never shown."""

from pathlib import Path

import pytest

from fairground_lottery.domain import Seeds
from fairground_lottery.settings import LotterySettings
from fairground_runtime.secret import NoSecret

SECRET = "ab" * 32


def test_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    monkeypatch.setenv("FAIRGROUND_SECRET_FILE", str(file))
    settings = LotterySettings()
    assert settings.seeds().seed("a", "k1") == LotterySettings(secret=SECRET).seeds().seed("a", "k1")
    file.chmod(0o644)
    with pytest.raises(NoSecret, match="chmod 600"):
        settings.seeds()


def test_it_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRGROUND_SECRET", SECRET)
    assert SECRET not in repr(LotterySettings())


@pytest.mark.parametrize("secret", [None, "not hex", "abcd"])
def test_without_a_good_one_it_says_what_to_do(secret: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAIRGROUND_SECRET", raising=False)
    monkeypatch.delenv("FAIRGROUND_SECRET_FILE", raising=False)
    with pytest.raises(NoSecret, match="openssl rand -hex 32"):
        LotterySettings(secret=secret).seeds()


def _file(tmp_path: Path, name: str, text: str = SECRET) -> Path:
    file = tmp_path / name
    file.touch(0o600)
    file.write_text(text)
    return file


def test_older_secrets_are_kept_by_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = _file(tmp_path, "first", "cd" * 32), _file(tmp_path, "second", "ef" * 32)
    monkeypatch.setenv("FAIRGROUND_SECRET_FILES_OLD", f"k1={first}, k2={second},")
    seeds = LotterySettings(secret=SECRET, secret_key_id="k3").seeds()
    for key_id, secret in {"k1": "cd" * 32, "k2": "ef" * 32, "k3": SECRET}.items():
        assert seeds.seed("a", key_id) == Seeds(bytes.fromhex(secret), "x").seed("a", "x")
    assert "cdcd" not in repr(LotterySettings())


@pytest.mark.parametrize(
    ("old", "says"),
    [
        ("k1", "takes k1=path"),
        ("k1=", "takes k1=path"),
        ("k1={good},k3={good}", "both go by k3: give the current one another FAIRGROUND_SECRET_KEY_ID"),
        ("k1={none}", "cannot be read from"),
        ("k1={open}", "chmod 600"),
        ("k1={bad}", "openssl rand -hex 32"),
    ],
)
def test_older_secrets_that_are_none_end_the_worker_with_a_sentence(old: str, says: str, tmp_path: Path) -> None:
    files = {"good": _file(tmp_path, "good"), "open": _file(tmp_path, "open"), "bad": _file(tmp_path, "bad", "x")}
    files["open"].chmod(0o640)
    with pytest.raises(NoSecret, match=says):
        LotterySettings(
            secret=SECRET, secret_key_id="k3", secret_files_old=old.format(none=tmp_path / "none", **files)
        ).seeds()
