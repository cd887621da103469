"""Which commands must stay in one order, and so are one instance's at a time."""

from hashlib import blake2b

#: As many as there are rows in `timer.shards`, for good: with another number a key's older and newer timers would be in
#: two shards, and in no order.
SHARDS = 16


def shard_of(service: str, key: str) -> int:
    """The shard of everything that a service is given under one record key."""
    digest = blake2b(f"{service}\0{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % SHARDS
