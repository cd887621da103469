"""One history of a partition: workers that all believe it is theirs, servers that fail, one seed that decides it all.

Each worker runs the protocol's real code as a coroutine. Whenever one of them is about to do anything that others can
notice, it gives way, and the dice say who goes on: the same one, another, one that slept long, or a fault.
"""

import random
from collections.abc import Callable, Coroutine, Sequence
from typing import NamedTuple

from fairground_contracts.dead import RecordDead
from fairground_runtime.protocol.partition import Partition
from fairground_runtime.protocol.ports import Stopped, Unavailable
from fairground_runtime.protocol.step import Unexpected
from tests.simulation.memory import Fate, Faults, Servers, ports
from tests.simulation.oracle import EPOCH, Broken, Oracle, Variant
from tests.simulation.scenes import Scene, toy

Setting = Callable[[random.Random], Scene]


class Told(NamedTuple):
    """What a history was made of, to see that the dice reach everything."""

    steps: int
    commands: int
    events: int
    void: int
    payments: int
    happened: frozenset[str]


class Dice(Faults):
    """Faults as they fall, until the budget is used up."""

    def __init__(self, dice: random.Random, most: int) -> None:
        self.rate = 0.0
        self.left = dice.choice((0, 1, 2, most // 2, most))
        self.happened: set[str] = set()
        self._lag = dice.random() < 0.5
        self._dice = dice

    def _strikes(self) -> bool:
        if self.left and self._dice.random() < self.rate:
            self.left -= 1
            return True
        return False

    def _fate(self, what: str) -> Fate:
        if not self._strikes():
            return "done"
        fate: Fate = self._dice.choice(("reply_lost", "late", "never", "twice"))
        self.happened.add(f"{what} {fate}")
        return fate

    def append(self) -> Fate:
        return self._fate("append")

    def apply(self) -> Fate:
        return self._fate("apply")

    def pay(self, count: int) -> int:
        if not self._strikes():
            return count
        self.happened.add("payments lost")
        return self._dice.randrange(count)

    def commit(self) -> Fate:
        return self._dice.choice(("late", "late", "never", "done"))

    def visible(self, ends: Sequence[int]) -> int:
        if self._lag and self.left and len(ends) > 1:
            self.happened.add("newest events not seen")
            return self._dice.choice(ends)
        return ends[-1]


class Worker:
    """A process that believes it owns the partition."""

    def __init__(self, name: str, variant: Variant, history: "History") -> None:
        self.name = name
        self.awake = 1.0
        self._history = history
        dice, servers = history.dice, history.servers
        view = ports(
            servers, variant.service, epoch=EPOCH, max_batch_bytes=variant.max_batch_bytes, faults=history.faults,
            who=name,
        )  # fmt: skip
        self._partition = Partition(variant.service, variant.decoder, view, dice.choice((1, 2, 3, 5)))
        self._life: Coroutine[None, None, None] = self._live()

    def go_on(self) -> bool:
        """Up to the next turn; False: it has nothing left to do, and returned."""
        try:
            self._life.send(None)
        except StopIteration:
            return False
        except Stopped as error:
            if isinstance(error.__cause__, Broken):  # the oracle saw it within one of the worker's calls
                raise error.__cause__ from None
            raise Broken(f"7: {self.name} stopped: {error}") from error
        return True

    def die(self) -> None:
        """Killed where it stands."""
        self._life.close()

    async def _live(self) -> None:
        partition, history = self._partition, self._history
        while True:
            try:
                at = partition.at or await partition.align()
                records = history.servers.fetch(at.next, history.dice.choice((1, 2, 4, 8)))
                if records:
                    await partition.take(records)
                    continue
                calm = history.calm
                await partition.look()
                if calm:
                    return
            except (Unexpected, Unavailable) as error:
                history.servers.say(self.name, "has to align:", error)


class History:
    """Servers, workers and faults under one seed."""

    def __init__(self, seed: int, setting: Setting = toy, trace: list[str] | None = None) -> None:
        self.dice = dice = random.Random(seed)
        self.calm = False
        self._scene = scene = setting(dice)
        self.servers = Servers(scene.commands, trace=trace)
        self.faults = Dice(dice, 16 if scene.crowded else 8)
        self._oracle = Oracle(self.servers, scene.variants)
        self._losses = dice.randint(0, 4)
        self._deaths = dice.randint(0, 4)
        self._lost_offsets = dice.randint(0, 1)
        self._everybody: list[Worker] = []
        self._workers = [self._start() for _ in range(dice.randint(2 if scene.crowded else 1, 4))]
        self._steps = 0

    def run(self) -> Told:
        """Trouble first; then whoever is left alone has to finish. Raises Broken."""
        try:
            self._trouble(self.dice.choice((40, 80, 160)))
            self._finish()
        finally:
            for worker in self._everybody:
                worker.die()
        servers = self.servers
        void = sum(int(dict(record.headers)["ce_stamp"]) != record.offset for record in servers.log)
        for payment in servers.paid.values():
            if payment.topic.endswith(".dead"):
                self._note(f"dead: {RecordDead.model_validate_json(payment.value).cause}")
        return Told(
            self._steps, len(servers.commands), len(servers.log) - void, void, len(servers.paid),
            frozenset(self.faults.happened),
        )  # fmt: skip

    def _start(self) -> Worker:
        worker = Worker(f"W{len(self._everybody) + 1}", self.dice.choice(self._scene.variants), self)
        self._everybody.append(worker)
        return worker

    def _trouble(self, steps: int) -> None:
        dice, faults_rate = self.dice, 0.0
        for step in range(steps):
            if step % 20 == 0:  # who is quick and who sleeps changes now and then, and so does the weather
                crowded = self._scene.crowded or dice.random() < 0.3
                for worker in self._workers:
                    worker.awake = 1.0 if crowded else dice.random() ** 4 + 0.001
                faults_rate = dice.choice((0.005, 0.03, 0.15))
                self.faults.rate = dice.choice((0.02, 0.1, 0.4))
            self._steps += 1
            if not self._scene.crowded and dice.random() < faults_rate:
                self._misfortune()
            elif self.servers.under_way and dice.random() < 0.05:
                self._arrival()
            else:
                dice.choices(self._workers, [worker.awake for worker in self._workers])[0].go_on()

    def _arrival(self) -> None:
        under_way = self.servers.under_way
        what, arrive = under_way.pop(self.dice.randrange(len(under_way)))
        self.servers.say("LATE:", what)
        arrive()

    def _misfortune(self) -> None:
        dice, servers = self.dice, self.servers
        kind = dice.randint(0, 3)
        if kind == 0 and self._losses and len(servers.writes) > 1:
            self._losses -= 1
            back_to = dice.randrange(len(servers.writes) - 1)
            servers.say(f"STORE goes back from write {len(servers.writes) - 1} to {back_to}")
            servers.lose_store(back_to)
            self._note("store lost" if back_to else "store wiped")
        elif kind == 1 and self._deaths:
            self._deaths -= 1
            victim = dice.randrange(len(self._workers))
            servers.say("KILLED:", self._workers[victim].name)
            self._workers[victim].die()
            self._workers[victim] = self._start()
            self._note("killed")
        elif kind == 2 and self._lost_offsets and servers.committed:
            self._lost_offsets -= 1
            servers.say("COMMITTED OFFSET is lost")
            servers.committed = None
            self._note("offset lost")
        elif kind == 3 and len(self._workers) < 5:
            self._workers.append(self._start())

    def _note(self, what: str) -> None:
        self.faults.happened.add(what)

    def _finish(self) -> None:
        """7: without further faults whoever is left alone finishes; those that wake up later change nothing."""
        self.calm, self.faults.left = True, 0
        alive = [*self._workers, self._start()]
        self.dice.shuffle(alive)
        arriving = self.dice.random() < 0.5
        for number, worker in enumerate(alive):
            self.servers.say("ALONE:", worker.name)
            self._until_done(worker)
            self._oracle.check_done()
            if number == 0 and arriving:
                while self.servers.under_way:
                    self._arrival()
        self._oracle.check_reader()

    def _until_done(self, worker: Worker) -> None:
        for _ in range(100 + 40 * len(self.servers.commands)):
            self._steps += 1
            if not worker.go_on():
                return
        raise Broken(f"7: {worker.name} does not finish")


def histories(seeds: Sequence[int], setting: Setting = toy) -> list[Told]:
    """Run them one after another. Raises Broken with the seed and the whole trace of the first that breaks a rule."""
    told = []
    for seed in seeds:
        try:
            told.append(History(seed, setting).run())
        except Exception as error:
            raise Broken(replay(seed, setting)) from error
    return told


def replay(seed: int, setting: Setting = toy) -> str:
    """The history of a seed, told step by step."""
    trace: list[str] = []
    try:
        History(seed, setting, trace).run()
    except Exception as error:
        trace.append(f"{type(error).__name__}: {error}")
    return "\n  ".join([f"history {seed} (again: pytest tests/simulation -k replay -s --sim-seed {seed})", *trace])
