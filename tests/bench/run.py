"""`make bench`: how fast Fairground is, as ratios to what else one could do on the same machine.

Starts Kafka, Valkey and PostgreSQL of its own, whatever the environment names, so that runs compare. Writes BENCH.json
and the numbers of docs/performance.md; with --quick it measures little, writes nothing, and shows that all of it works.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import uvloop

from fairground_embedded import ServerError, Servers
from tests.bench import bare_apply, by_service, figures, machine, memory, page, throughput
from tests.bench.latency import Latencies
from tests.bench.recording import Recording
from tests.bench.stage import SERVICE, Failed, Process, Speed, Stage
from tests.bench.timers import Timers
from tests.bench.traffic import Scene

_LIMIT_S = 18 * 60  # it takes 9 to 12 minutes; a machine that needs more is too busy to tell anything

_MAIN = Scene("main")
_WIDE = Scene("wide", wheels=1_000)
_FEW = Scene("few", members=1_000)
_MANY = Scene("many", members=100_000)
_LIVE = Scene("live", members=50_000)
_IDLE = Scene("idle", members=5_000, always=True)


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    rounds: int = 3
    warm: int = 50_000
    draws: int = 200_000
    beside: int = 150_000  # what follows the first round is a million: the worker's memory must not grow over it
    plain_message: int = 3_000
    plain_batch: int = 40_000
    scale_draws: int = 30_000
    load_s: float = 4.0
    idle_s: float = 4.0
    apply_batches: int = 100
    simulated: int = 350_000  # three rounds of it are a million draws
    timers_idle: int = 100
    timers: int = 20_000
    traffic: int = 40_000


_QUICK = Sizes(1, 4_000, 8_000, 8_000, 300, 3_000, 5_000, 1.5, 1.5, 5, 10_000, 20, 8_000, 2_000)


class Bench:
    """All measurements, one after another; what was seen is kept in `runs`."""

    def __init__(self, stage: Stage, sizes: Sizes) -> None:
        self._stage = stage
        self._sizes = sizes
        self._began_s = time.monotonic()
        self.runs: dict[str, Any] = {}

    async def measure(self) -> None:
        """Everything, in the order in which one needs the other, with one worker that lives through all of it."""
        stage, sizes = self._stage, self._sizes
        await throughput.prepare(stage)
        await self._by_service()
        async with stage.worker() as worker, Recording(stage) as recording:
            self._say("opening wheels, warming up")
            await stage.open((_MAIN, _WIDE, _FEW, _MANY, _LIVE, _IDLE), worker)
            await throughput.worker_alone(stage, worker, _MAIN, sizes.warm)
            await recording.caught_up()
            held, decided = list[int](), list[int]()  # the first whole backlog says how much a worker needs
            for number in range(sizes.rounds):
                await self._round(number + 1, worker, recording)
                held.append(worker.resident_bytes)
                decided.append(await stage.decided())
            for number in range(sizes.rounds):
                await self._scales(number + 1, worker)
            held.append(worker.resident_bytes)
            self._keep_memory(await stage.decided() - decided[0], held)
            applied = [await bare_apply.bare_apply(stage, _MAIN, sizes.apply_batches) for _ in range(3)]
            self.runs["bare_apply"] = [speed._asdict() for speed in applied]
            for number in range(sizes.rounds):
                speed = await throughput.simulated(stage, sizes.simulated)
                self._keep("simulate", speed, f"simulate {number + 1} of {sizes.rounds}: {_a_million(speed)}")
            scenes = (_MAIN, _FEW, _MANY)
            self.runs["members"] = {scene.name: (await memory.members(stage, scene))._asdict() for scene in scenes}
            await self._timers()
            worker.resume()
            await self._latencies(worker)

    async def _by_service(self) -> None:
        """Each activity's own traffic, side by side in time with the lottery's; new ones are found by themselves.

        Each time on servers of its own: what members have done before would be refused, which costs less, and what
        others have granted would have to be read.
        """
        for number in range(self._sizes.rounds):
            for name in (SERVICE, *by_service.others()):
                async with _stage(self._stage.directory / f"{name}-{number}") as stage:
                    speed = await by_service.traffic(stage, name, number, self._sizes.traffic)
                self._keep(f"traffic_{name}", speed, f"traffic {number + 1} of {self._sizes.rounds}: {name}")

    async def _timers(self) -> None:
        """The timer service by itself: how late it is with nothing else to do, how much it reads and gives."""
        stage, sizes = self._stage, self._sizes
        async with Timers(stage) as timers, stage.timer() as process:
            await timers.ready(process)
            for number in range(sizes.rounds):
                of = f"timers {number + 1} of {sizes.rounds}"
                drift = await timers.drift(process, sizes.timers_idle)
                self.runs.setdefault("timers_idle", []).append(drift._asdict())
                self._say(f"{of}: late by {drift.p50_ms:.1f}/{drift.p99_ms:.1f} ms (p50/p99)")
                self._keep("timers_read", await timers.read(process, sizes.timers), f"{of}: requests read")
                self._keep("timers_given", await timers.given(process), f"{of}: commands given")

    async def _round(self, number: int, worker: Process, recording: Recording) -> None:
        """The worker and what it is compared with, side by side in time."""
        stage, sizes, of = self._stage, self._sizes, f"round {number} of {self._sizes.rounds}"
        alone, begin = await throughput.worker_alone(stage, worker, _MAIN, sizes.draws)
        self._keep("end_to_end", alone, f"{of}: worker, end to end")
        self._keep("copy", await throughput.copy_loop(stage, begin), f"{of}: copy loop")
        plain = await throughput.plain(stage, "message", begin, sizes.plain_message)
        self._keep("plain_message", plain, f"{of}: plain FastStream, message by message")
        plain = await throughput.plain(stage, "batch", begin, sizes.plain_batch)
        self._keep("plain_batch", plain, f"{of}: plain FastStream, in batches")
        rows = await recording.alone()
        self._keep("record_alone", rows, f"{of}: record alone, rows")
        self._keep("bare_copy", await recording.bare_copy(rows.number), f"{of}: COPY of the same rows")
        beside = await recording.beside(worker, _MAIN, sizes.beside)
        self._say(f"{of}: worker with the record beside it: {_told(beside.worker)}")
        told = {"worker": beside.worker._asdict(), "record": beside.record._asdict()}
        self.runs.setdefault("beside_record", []).append(told)

    async def _scales(self, number: int, worker: Process) -> None:
        """The same with more wheels, and with fewer and more members."""
        scenes = {"wheels_64": _MAIN, "wheels_1000": _WIDE, "members_1k": _FEW, "members_100k": _MANY}
        for name, scene in scenes.items():
            speed, _ = await throughput.worker_alone(self._stage, worker, scene, self._sizes.scale_draws)
            self._keep(name, speed, f"scale {number} of {self._sizes.rounds}: {name}")

    def _keep_memory(self, commands: int, held: list[int]) -> None:
        self.runs["resident"] = {
            "number": commands, "before_bytes": held[0], "after_bytes": held[-1], "seen_bytes": held
        }  # fmt: skip
        before, after = held[0] / figures.MIB, held[-1] / figures.MIB
        self._say(f"worker's memory: {before:.0f} MiB, {after:.0f} MiB after {commands:,} commands more")

    async def _latencies(self, worker: Process) -> None:
        latencies, sizes = Latencies(self._stage, worker), self._sizes
        await latencies.prepare()
        capacity = median(figures.rate(run) for run in self.runs["end_to_end"])
        for number in range(sizes.rounds):
            seen = {
                "hop": await latencies.hop(_IDLE, 20, sizes.idle_s),
                "idle": await latencies.rewards(_IDLE, 4, sizes.idle_s),
                "load_10": await latencies.rewards(_LIVE, 0.1 * capacity, sizes.load_s),
                "load_50": await latencies.rewards(_LIVE, 0.5 * capacity, sizes.load_s),
                "load_80": await latencies.rewards(_LIVE, 0.8 * capacity, sizes.load_s),
            }
            for name, latency in seen.items():
                self.runs.setdefault(name, []).append(latency._asdict())
            told = ", ".join(f"{name} {latency.p50_ms:.1f}/{latency.p99_ms:.1f}" for name, latency in seen.items())
            self._say(f"latency {number + 1} of {sizes.rounds}, p50/p99 in ms: {told}")

    def _keep(self, name: str, speed: Speed, title: str) -> None:
        self.runs.setdefault(name, []).append(speed._asdict())
        self._say(f"{title}: {_told(speed)}")

    def _say(self, line: str) -> None:
        print(f"{time.monotonic() - self._began_s:5.0f} s  {line}", flush=True)


def _told(speed: Speed) -> str:
    cpu = f", {speed.cpu_us:.1f} us of CPU each" if speed.cpu_s else ""
    return f"{speed.per_second:,.0f}/s{cpu} ({speed.number:,} in {speed.seconds:.1f} s)"


def _a_million(speed: Speed) -> str:
    return f"a million draws in {speed.cpu_us:.1f} s of CPU"


@asynccontextmanager
async def _stage(directory: Path) -> AsyncIterator[Stage]:
    """Servers on which there is nothing yet."""
    directory.mkdir(exist_ok=True)
    async with Servers(directory / "servers", environment={}) as servers, Stage(servers.addresses, directory) as stage:
        yield stage


async def bench(sizes: Sizes) -> dict[str, Any]:
    """One whole run. Raises Failed, ServerError, TimeoutError."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    about, began_s = machine.machine(), time.monotonic()
    print(f"calibration {about['calibration']}, {about['busy_before_percent']} % of the CPU is busy", flush=True)
    with tempfile.TemporaryDirectory(prefix="fairground-bench-", ignore_cleanup_errors=True) as directory:
        async with asyncio.timeout(_LIMIT_S), _stage(Path(directory)) as stage:
            measuring = Bench(stage, sizes)
            await measuring.measure()
            used = await machine.versions(stage)
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "minutes": round((time.monotonic() - began_s) / 60, 1),
        "machine": about,
        "calibration_after": machine.calibration(),
        "versions": used,
        "sizes": sizes.__dict__,
        "figures": figures.figures(measuring.runs),
        "runs": measuring.runs,
    }


def main() -> int:
    """0 when all was measured, whatever came out; 1 with a sentence when it could not be."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure little, in about a minute, and write nothing")
    parser.add_argument("--out", type=Path, help="write what was measured to this file, as JSON")
    arguments = parser.parse_args()
    try:
        measured = uvloop.run(bench(_QUICK if arguments.quick else Sizes()))
    except TimeoutError:
        print(f"the benchmark took longer than {_LIMIT_S // 60} minutes: is something else running?", file=sys.stderr)
        return 1
    except asyncio.CancelledError:
        print("told to end before it was done: nothing was written", file=sys.stderr)
        return 1
    except (Failed, ServerError) as error:
        print(f"the benchmark could not be run: {error}", file=sys.stderr)
        return 1
    print("\n" + page.render(measured))
    if arguments.out:
        arguments.out.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    if arguments.quick:
        print("\n(--quick: too little was measured to mean anything; nothing was written)")
    else:
        page.write(measured)
        print("\nwritten: BENCH.json, docs/performance.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
