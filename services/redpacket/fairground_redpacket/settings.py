"""What only red packets have to be told: the secret that every packet's seed derives from."""

from fairground_activities.seeds import Seeds
from fairground_runtime.secret import SecretSettings


class RedPacketSettings(SecretSettings):
    """The workers' secret."""

    def seeds(self) -> Seeds:
        """What shares come from. Raises NoSecret with a sentence that says what to do."""
        return Seeds(*self.secrets())
