"""The secret that only workers hold, and what follows from it for each activity."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from fairground_decider.entropy import Mac

#: A shorter secret could be guessed.
MIN_SECRET_BYTES = 16


class Seed(NamedTuple):
    """What one activity draws from."""

    numbers: Mac  # what draws come from; its key is the seed that the published hash commits to
    aliases: Mac  # what stands for members in public records
    sha256: str  # of the seed


class Seeds:
    """Derives each activity's seed, so that one secret serves all of them and each can be disclosed alone.

    Activities keep the secret that they were first published with; the next ones take the current one.
    """

    def __init__(self, secret: bytes, key_id: str, older: Mapping[str, bytes] | None = None) -> None:
        """`key_id` names the secret without telling it; `older`: secrets of activities that are still open, by name."""
        secrets = {**(older or {}), key_id: secret}
        for name, each in secrets.items():
            if len(each) < MIN_SECRET_BYTES:
                raise ValueError(f"secret {name} has {len(each)} bytes; at least {MIN_SECRET_BYTES} are needed")
        self.key_id = key_id
        self._secrets = {name: Mac(each) for name, each in secrets.items()}
        self.of = lru_cache(maxsize=4096)(self._derive)

    def seed(self, activity_id: str, key_id: str) -> bytes:
        """The activity's seed: HMAC-SHA256(secret, "seed|<activity id>"), 32 bytes."""
        return self._secret(key_id).digest(f"seed|{activity_id}".encode())

    def _derive(self, activity_id: str, key_id: str) -> Seed:
        """By the secret of that name. Whoever asks compares the hash with the published one before using it."""
        seed, aliases = self.seed(activity_id, key_id), self._secret(key_id).digest(f"alias|{activity_id}".encode())
        return Seed(Mac(seed), Mac(aliases), sha256(seed).hexdigest())

    def _secret(self, key_id: str) -> Mac:
        """A name that is not known may be another name of the current secret."""
        return self._secrets.get(key_id) or self._secrets[self.key_id]
