"""A rain of grabs: `python -m tests.bench.rain`. One pool within seconds, and many packets on many partitions.

Starts Kafka and Valkey of its own. In each round the red packets' worker drains a backlog of 100,000 grabs, of which
every one has a share: of one pool, of one on each partition, of 64 packets; then two workers do; and the lottery's
worker drains as many draws, so that the two services can be compared in the same run.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import uvloop

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent, format_time
from fairground_contracts.topics import PARTITIONS
from fairground_embedded import ServerError, Servers
from fairground_redpacket.contract import Grab, OpenPacket, Packet
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import partition_of
from fairground_runtime.kafka.topics import provide
from tests.bench import machine, throughput
from tests.bench.stage import Failed, Process, Speed, Stage, follow, reach
from tests.bench.traffic import Asked, Scene

SERVICE = "redpacket"
COMMANDS, EVENTS = topics.commands(SERVICE).name, topics.events(SERVICE).name
_START_MS = 1_769_904_000_000
_MEAN_FEN = 50
_WARM = 20_000


class Sky(NamedTuple):
    """Packets that grabs fall on, evenly, and on which partitions they are."""

    name: str
    packets: int
    partitions: int

    def ids(self) -> list[tuple[str, int]]:
        """So many names that are spread evenly over so many partitions, with those."""
        room = [self.packets // self.partitions] * self.partitions
        found: list[tuple[str, int]] = []
        for number in count():
            packet = f"p:bench.{self.name}.{number}"
            partition = partition_of(packet.encode(), PARTITIONS)
            if partition < self.partitions and room[partition]:
                room[partition] -= 1
                found.append((packet, partition))
            if not any(room):
                return found
        raise AssertionError("unreachable")

    def openings(self, grabs: int) -> Iterator[Asked]:
        """Each packet has a share for every grab of it."""
        shares = -(-grabs // self.packets)
        for packet, partition in self.ids():
            data = OpenPacket(
                activity_id="bench", packet_id=packet, version=1,
                packet=Packet(
                    total_fen=shares * _MEAN_FEN, count=shares, split="random", min_fen=1, max_fen=20_000,
                    opens_at=format_time(_START_MS), expires_at="2099-01-01T00:00:00Z", name="bench",
                ),
            )  # fmt: skip
            event = CloudEvent(f"open-{packet}", data.type, "/bench", format_time(_START_MS), "bench", b"")
            yield Asked(partition, packet.encode(), data.model_dump_json().encode(), cloudevent.headers(event))

    def grabs(self, number: int) -> Iterator[Asked]:
        """Every member grabs once."""
        packets, kind = self.ids(), Grab.type.encode()
        for n in range(number):
            packet, partition = packets[n % len(packets)]
            value = f'{{"activity_id":"bench","packet_id":"{packet}","member_id":"member-{n:07}"}}'
            headers = [
                ("ce_specversion", b"1.0"), ("ce_id", f"{self.name}-{n}".encode()), ("ce_type", kind),
                ("ce_source", b"/bench"), ("ce_time", format_time(_START_MS + n // 100).encode()),
                ("ce_subject", b"bench"), ("content-type", b"application/json"),
            ]  # fmt: skip
            yield Asked(partition, packet.encode(), value.encode(), headers)


def payouts(rewards: Iterable[Any]) -> int:
    """How many payouts these records are. Where a worker takes over from one that is frozen, it publishes again what
    that one had paid and not yet applied, under the same ids."""
    return len({cloudevent.read(record.headers, record.value).id for record in rewards})


class Rain:
    """The measurements."""

    def __init__(self, stage: Stage, grabs: int, rounds: int) -> None:
        self._stage = stage
        self._grabs = grabs
        self._rounds = rounds
        self.runs: dict[str, list[Speed]] = {}

    async def measure(self) -> None:
        """Everything, round by round."""
        await provide(KafkaAddress(self._stage.addresses.kafka), topics.of_service(SERVICE))
        async with self._stage.service(SERVICE) as worker:
            await self._fall([worker], Sky("warm", 64, PARTITIONS), _WARM)
            for number in range(self._rounds):
                for name, packets, partitions in (("one_pool", 1, 1), ("pool_each", 4, 4), ("packets_64", 64, 4)):
                    self._keep(
                        name, await self._fall([worker], Sky(f"{name}-{number}", packets, partitions), self._grabs)
                    )
        async with AsyncExitStack() as stack:
            workers = [await stack.enter_async_context(self._stage.service(SERVICE, each)) for each in ("one", "two")]
            await self._fall(workers, Sky("warm-two", 64, PARTITIONS), _WARM)
            for number in range(self._rounds):
                sky = Sky(f"two_workers-{number}", 64, PARTITIONS)
                self._keep("two_workers", await self._fall(workers, sky, self._grabs))
        await self._lottery()

    async def _lottery(self) -> None:
        """As many draws, of which 15 % win: a share is always a reward."""
        scene = Scene("rain-beside", always=True)
        async with self._stage.worker() as worker:
            await self._stage.open((scene,), worker)
            for number in range(self._rounds + 1):
                worker.pause()
                await self._stage.backlog(scene, self._grabs if number else _WARM)
                worker.resume()
                speed = await self._stage.drained(worker)
                if number:
                    self._keep("lottery_always_wins", speed)

    async def _fall(self, workers: list[Process], sky: Sky, grabs: int) -> Speed:
        """The workers' speed over a backlog; every grab has to have its share."""
        stage = self._stage
        await stage.publish(sky.openings(grabs), COMMANDS)
        await reach(workers[0], self._decided, await self._asked())
        before = await stage.ends(topics.REWARDS.name)
        for worker in workers:
            worker.pause()
        await stage.publish(sky.grabs(grabs), COMMANDS)
        for worker in workers:
            worker.resume()
        speed = await follow(workers[0], self._decided, await self._asked())
        if (paid := payouts([record async for record in stage.since(before)])) != grabs:
            raise Failed(f"{paid} payouts for {grabs} grabs")
        return speed

    async def _decided(self) -> int:
        pipeline = self._stage.redis.pipeline(transaction=False)
        for partition in range(PARTITIONS):
            pipeline.hget(f"{{{SERVICE}:{partition}}}:position", "next")
        return sum(int(found or 0) for found in await pipeline.execute())

    async def _asked(self) -> int:
        return sum((await self._stage.ends(COMMANDS)).values())

    def _keep(self, name: str, speed: Speed) -> None:
        self.runs.setdefault(name, []).append(speed)
        cpu = f", {speed.cpu_us:.1f} us of CPU each" if name != "two_workers" else ""
        print(f"{name}: {speed.per_second:,.0f}/s{cpu} ({speed.number:,} in {speed.seconds:.1f} s)", flush=True)


async def rain(grabs: int, rounds: int) -> dict[str, Any]:
    """One whole run. Raises Failed, ServerError."""
    with tempfile.TemporaryDirectory(prefix="fairground-rain-", ignore_cleanup_errors=True) as directory:
        async with (
            Servers(Path(directory) / "servers", environment={}) as servers,
            Stage(servers.addresses, Path(directory)) as stage,
        ):
            await throughput.prepare(stage)
            measuring = Rain(stage, grabs, rounds)
            began_s = time.monotonic()
            await measuring.measure()
    return {
        "machine": machine.machine(),
        "seconds": round(time.monotonic() - began_s),
        "grabs": grabs,
        "per_second": {name: round(median(run.per_second for run in runs)) for name, runs in measuring.runs.items()},
        "cpu_us": {name: round(median(run.cpu_us for run in runs), 1) for name, runs in measuring.runs.items()},
    }


def main() -> int:
    """0 when all was measured; 1 with a sentence when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rain", description=__doc__)
    parser.add_argument("--grabs", type=int, default=100_000, help="of each backlog (default: 100000)")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is told (default: 3)")
    arguments = parser.parse_args()
    try:
        measured = uvloop.run(rain(arguments.grabs, arguments.rounds))
    except (Failed, ServerError) as error:
        print(f"the rain could not be measured: {error}", file=sys.stderr)
        return 1
    print(json.dumps(measured, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
