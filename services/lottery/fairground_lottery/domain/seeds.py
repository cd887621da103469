"""The secret that only workers hold, and what follows from it for each activity."""

from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from fairground_decider.entropy import Mac


class Seed(NamedTuple):
    """What one activity draws from."""

    numbers: Mac  # what draws come from; its key is the seed that the published hash commits to
    aliases: Mac  # what stands for members in public records
    sha256: str  # of the seed


class Seeds:
    """Derives each activity's seed, so that one secret serves all of them and each can be disclosed alone."""

    def __init__(self, secret: bytes, key_id: str) -> None:
        if len(secret) < 16:
            raise ValueError(f"the lottery's secret has {len(secret)} bytes; at least 16 are needed")
        self.key_id = key_id  # names the secret without telling it
        self._secret = Mac(secret)
        self.of = lru_cache(maxsize=4096)(self._derive)

    def seed(self, activity_id: str) -> bytes:
        """The activity's seed: HMAC-SHA256(secret, "seed|<activity id>"), 32 bytes."""
        return self._secret.digest(f"seed|{activity_id}".encode())

    def _derive(self, activity_id: str) -> Seed:
        seed = self.seed(activity_id)
        return Seed(Mac(seed), Mac(self._secret.digest(f"alias|{activity_id}".encode())), sha256(seed).hexdigest())
