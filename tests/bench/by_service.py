"""Every installed activity beside the lottery: its own traffic, drained by its own worker, in the same run."""

import asyncio
from collections.abc import Iterator

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.topics import PARTITIONS
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import partition_of
from fairground_runtime.kafka.topics import provide
from tests import services
from tests.bench.stage import SERVICE, Failed, Process, Speed, Stage, follow
from tests.bench.traffic import Asked

#: What traffic begins with (publications, rules on their way) is not measured: so many commands go before.
_WARM_SHARE = 0.15
_PATIENCE_S = 60.0


def others() -> list[str]:
    """The activities that are installed beside the lottery, which is measured first in each round."""
    return [name for name in services.names() if not services.is_toy(name) and name != SERVICE]


async def traffic(stage: Stage, name: str, seed: int, count: int) -> Speed:
    """A worker of the service drains its traffic; nothing else is running."""
    commands = topics.commands(name).name
    await provide(KafkaAddress(stage.addresses.kafka), (*topics.shared(), *topics.of_service(name)))
    asked = list(_asked(name, seed, count))
    warm = int(count * _WARM_SHARE)
    running = stage.worker() if name == SERVICE else stage.service(name, "traffic")  # its group knows it by its name
    async with running as worker:
        await stage.publish(asked[:warm], commands)
        await _quiet(stage, worker, name, commands)
        worker.pause()
        await stage.publish(asked[warm:], commands)
        worker.resume()

        async def decided() -> int:
            return await _decided(stage, name)

        return await follow(worker, decided, sum((await stage.ends(commands)).values()))


def _asked(name: str, seed: int, count: int) -> Iterator[Asked]:
    """The same traffic as of the crash tests, ready to be published."""
    for each in services.traffic(name, seed, count):
        data, key = each.data, each.key.encode()
        event = CloudEvent(each.id, data.type, "/bench", each.time, getattr(data, "activity_id", ""), b"")
        yield Asked(partition_of(key, PARTITIONS), key, data.model_dump_json().encode(), cloudevent.headers(event))


async def _quiet(stage: Stage, worker: Process, name: str, commands: str) -> None:
    """Wait until the worker has decided everything, what follows from it too."""
    for _ in range(int(_PATIENCE_S / 0.1)):
        worker.check()
        if await _decided(stage, name) == sum((await stage.ends(commands)).values()):
            return
        await asyncio.sleep(0.1)
    raise Failed(f"{name} has not decided its traffic after {_PATIENCE_S:.0f} s")


async def _decided(stage: Stage, name: str) -> int:
    pipeline = stage.redis.pipeline(transaction=False)
    for partition in range(PARTITIONS):
        pipeline.hget(f"{{{name}:{partition}}}:position", "next")
    return sum(int(found or 0) for found in await pipeline.execute())
