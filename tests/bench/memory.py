"""What a member costs in Redis."""

from typing import NamedTuple

from fairground_contracts.topics import PARTITIONS
from fairground_lottery.domain.records import decode
from fairground_runtime.kafka.adapters import partition_of
from fairground_runtime.redis_store import Keys
from tests.bench.stage import SERVICE, Stage
from tests.bench.traffic import Scene


class Members(NamedTuple):
    """What one member's record takes in Redis, on average."""

    members: int
    bytes_each: float
    remembered_bytes_each: float  # of it: request ids that are remembered for a day or two


async def members(stage: Stage, scene: Scene) -> Members:
    """Over all wheels of a scene: MEMORY USAGE of the hashes, without the rules, divided by their members."""
    total_bytes = found = remembered = 0
    for wheel in scene.wheel_ids():
        key = Keys(SERVICE, partition_of(wheel.encode(), PARTITIONS)).records(wheel)
        total_bytes += int(await stage.redis.memory_usage(key, samples=0) or 0)
        stored_bytes: dict[bytes, bytes] = await stage.redis.hgetall(key)  # type: ignore[assignment]  # not decoded
        for field, stored in stored_bytes.items():
            if field.startswith(b"m:"):
                found += 1
                remembered += sum(len(ids) for _, ids in decode(field.decode(), stored).requests)
            else:
                total_bytes -= len(field) + len(stored)
    return Members(found, total_bytes / found, remembered / found)
