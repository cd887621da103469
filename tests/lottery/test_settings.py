"""The lottery's secret: from a file that only its owner can read, or from the environment; never shown."""

from pathlib import Path

import pytest

from fairground_lottery.settings import LotterySettings, NoSecret

SECRET = "ab" * 32


def test_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    monkeypatch.setenv("FAIRGROUND_SECRET_FILE", str(file))
    settings = LotterySettings()
    assert settings.seeds().seed("a") == LotterySettings(secret=SECRET).seeds().seed("a")
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
