"""The secret that the seeds of draws derive from: in the environment, or in a file that is its owner's alone."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from fairground_runtime.protocol.ports import Stopped
from fairground_runtime.settings import Settings

#: A shorter secret could be guessed.
MIN_SECRET_BYTES = 16


class Secrets(NamedTuple):
    """The secret of the activities to come, and those of activities that are still open, by name."""

    secret: bytes
    key_id: str
    older: Mapping[str, bytes]


class NoSecret(Stopped):
    """There is no secret to draw with; the text says what to do."""


class SecretSettings(Settings):
    """Settings of a service that draws. Whoever knows the secret could time draws: only workers hold it."""

    model_config = SettingsConfigDict(env_prefix="FAIRGROUND_", extra="ignore")

    secret: SecretStr | None = Field(None, description="64 hex digits; better in a file")
    secret_file: Path | None = Field(None, description="a file with the secret, readable by its owner only (0600)")
    secret_key_id: str = Field(
        "k1", max_length=64, description="names the secret in publication events without telling it"
    )

    secret_files_old: str = Field(
        "", description="secrets of activities that are still open after the secret was changed: `k1=path,k2=path`"
    )

    def secrets(self) -> Secrets:
        """All secrets. Raises NoSecret with a sentence that says what to do."""
        return Secrets(_bytes(self._text()), self.secret_key_id, dict(self._older()))

    def _text(self) -> str:
        if self.secret is not None:
            return self.secret.get_secret_value()
        if self.secret_file is None:
            raise NoSecret("set FAIRGROUND_SECRET_FILE to a file with the workers' secret (openssl rand -hex 32)")
        return _read(self.secret_file)

    def _older(self) -> Iterator[tuple[str, bytes]]:
        for item in filter(None, (item.strip() for item in self.secret_files_old.split(","))):
            key_id, equals, path = item.partition("=")
            if not (key_id and equals and path):
                raise NoSecret(f"FAIRGROUND_SECRET_FILES_OLD has {item!r}; it takes k1=path, separated by commas")
            if key_id == self.secret_key_id:
                raise NoSecret(
                    f"FAIRGROUND_SECRET_FILES_OLD and the current secret both go by {key_id}: "
                    "give the current one another FAIRGROUND_SECRET_KEY_ID"
                )
            yield key_id, _bytes(_read(Path(path)))


def _read(file: Path) -> str:
    """A secret's text, from a file that is its owner's alone."""
    try:
        mode = file.stat().st_mode & 0o077
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise NoSecret(f"the workers' secret cannot be read from {file}: {error}") from None
    if mode:
        raise NoSecret(f"others can read the workers' secret: chmod 600 {file}")
    return text


def _bytes(text: str) -> bytes:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) < MIN_SECRET_BYTES:
        raise NoSecret("the workers' secret must be at least 32 hex digits, e.g. made by: openssl rand -hex 32")
    return secret
