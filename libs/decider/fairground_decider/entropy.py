"""Random numbers that anybody can recompute: HMAC-SHA256 over coordinates that nobody chooses.

Source of the bound: rejection sampling. A 64-bit number is taken only below the largest multiple of `total`, so every
residue is equally likely; the next attempt hashes the next attempt number.
"""

import hmac
from typing import NamedTuple

_SPAN = 1 << 64


class Drawn(NamedTuple):
    """A number in [0, total) and how many attempts were rejected before it."""

    number: int
    attempt: int


def alias(key: bytes, member: str) -> str:
    """What stands for a member in public records: 16 hex digits that only the key's holders can link to a name."""
    return hmac.digest(key, member.encode(), "sha256")[:8].hex()


def uniform(seed: bytes, nonce: str, total: int) -> Drawn:
    """An unbiased number in [0, total) from HMAC-SHA256(seed; nonce|attempt). `total` >= 1 and below 2^63."""
    assert 1 <= total < _SPAN >> 1
    limit = _SPAN - _SPAN % total
    attempt = 0
    while True:
        number = int.from_bytes(hmac.digest(seed, f"{nonce}|{attempt}".encode(), "sha256")[:8], "big")
        if number < limit:
            return Drawn(number % total, attempt)
        attempt += 1
