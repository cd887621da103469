"""What only the lottery has to be told: the secret that every activity's seed derives from."""

from fairground_activities.seeds import Seeds
from fairground_runtime.secret import SecretSettings


class LotterySettings(SecretSettings):
    """The workers' secret."""

    def seeds(self) -> Seeds:
        """What draws come from. Raises NoSecret with a sentence that says what to do."""
        return Seeds(*self.secrets())
