"""What only the lottery has to be told: its secret."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from fairground_lottery.domain import Seeds
from fairground_runtime.protocol.ports import Stopped


class NoSecret(Stopped):
    """There is no secret to draw with; the text says what to do."""


class LotterySettings(BaseSettings):
    """The secret that every wheel's seed derives from. Whoever knows it could time draws: only workers hold it."""

    model_config = SettingsConfigDict(env_prefix="FAIRGROUND_", extra="ignore")

    secret: SecretStr | None = Field(None, description="64 hex digits; better in a file")
    secret_file: Path | None = Field(None, description="a file with the secret, readable by its owner only (0600)")
    secret_key_id: str = Field(
        "k1", max_length=64, description="names the secret in publication events without telling it"
    )

    def seeds(self) -> Seeds:
        """What draws come from. Raises NoSecret with a sentence that says what to do."""
        text = self._text().strip()
        try:
            return Seeds(bytes.fromhex(text), self.secret_key_id)
        except ValueError:
            raise NoSecret(
                "the lottery's secret must be at least 32 hex digits, e.g. made by: openssl rand -hex 32"
            ) from None

    def _text(self) -> str:
        if self.secret is not None:
            return self.secret.get_secret_value()
        if self.secret_file is None:
            raise NoSecret("set FAIRGROUND_SECRET_FILE to a file with the lottery's secret (openssl rand -hex 32)")
        try:
            mode = self.secret_file.stat().st_mode & 0o077
            text = self.secret_file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise NoSecret(f"the lottery's secret cannot be read from {self.secret_file}: {error}") from None
        if mode:
            raise NoSecret(f"others can read the lottery's secret: chmod 600 {self.secret_file}")
        return text
