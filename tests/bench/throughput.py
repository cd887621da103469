"""How many commands a second: the worker, the client alone, what one would write without Fairground."""

import asyncio
import json
from collections.abc import Mapping
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition

from fairground_contracts.topics import Topic
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.topics import provide
from tests.bench import plain_service
from tests.bench.stage import COMMANDS, REWARDS, Failed, Process, Speed, Stage
from tests.bench.traffic import Scene

COPIES = "bench.copies"

Begin = Mapping[TopicPartition, int]


async def prepare(stage: Stage) -> None:
    """The rivals' topics, with four partitions as ours."""
    names = (COPIES, plain_service.EVENTS, plain_service.REWARDS)
    await provide(
        KafkaAddress(stage.addresses.kafka),
        [Topic(name, "bench", "as the command", "what a rival writes", ("bench",), ("nobody",)) for name in names],
    )


async def worker_alone(stage: Stage, worker: Process, scene: Scene, number: int) -> tuple[Speed, Begin]:
    """The worker drains a backlog of draws. Before and after that it is frozen."""
    worker.pause()
    begin = await stage.backlog(scene, number)
    worker.resume()
    speed = await drained(stage, worker, number)
    worker.pause()
    return speed, begin


async def drained(stage: Stage, worker: Process, number: int) -> Speed:
    """The worker's speed over the backlog, which must come to the rewards that it should."""
    before = sum((await stage.ends(REWARDS)).values())
    speed = await stage.drained(worker)
    share = (sum((await stage.ends(REWARDS)).values()) - before) / number
    if not 0.13 < share < 0.17:
        raise Failed(f"{share:.1%} of the draws ended in a reward, not 15 %: this measures something else")
    return speed


async def copy_loop(stage: Stage, begin: Begin) -> Speed:
    """The client alone copies the commands from `begin` on."""
    ends = await stage.ends(COMMANDS)
    result = stage.directory / f"copy-{uuid4().hex}.json"
    offsets = [",".join(str(at[TopicPartition(COMMANDS, n)]) for n in range(len(ends))) for at in (begin, ends)]
    async with stage.module("copy_loop", str(result), COPIES, *offsets) as process:
        await process.ended()
    return Speed(**json.loads(result.read_text()))


async def simulated(stage: Stage, draws: int) -> Speed:
    """The simulation before launch plays one repetition of about so many draws."""
    result = stage.directory / f"simulate-{uuid4().hex}.json"
    async with stage.module("simulate", str(result), str(draws)) as process:
        await process.ended()
    return Speed(**json.loads(result.read_text()))


async def plain(stage: Stage, mode: str, begin: Begin, number: int) -> Speed:
    """A plain FastStream service takes that many commands from `begin` on."""
    group = f"bench-{uuid4().hex}"
    consumer = AIOKafkaConsumer(bootstrap_servers=stage.addresses.kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    consumer.assign(list(begin))
    await consumer.commit(dict(begin))
    await consumer.stop()
    result = stage.directory / f"plain-{uuid4().hex}.json"
    async with stage.module("plain_service", str(result), mode, group, str(number)) as process:
        for _ in range(1_200):
            if result.exists():
                break
            process.check()
            await asyncio.sleep(0.05)
        else:
            raise Failed(f"the plain service ({mode}) was not done after a minute")
    return Speed(**json.loads(result.read_text()))
