"""A timer service on real servers, with a database, a consumer group and a service to be given commands of its own."""

import asyncio
import itertools
import secrets
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import Message
from fairground_contracts.orders import OrderPaid
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_contracts.topics import Topic
from fairground_embedded import Addresses
from fairground_postgres import Connection, digest
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.topics import provide
from fairground_runtime.lifetime import patiently
from fairground_timer.database import connect, migrate
from tests.forks import forked
from tests.timer.process import main
from tests.truth import everything, header
from tests.worker.pages import Pages

_QUICK = {
    "FAIRGROUND_SESSION_TIMEOUT_MS": "3000", "FAIRGROUND_REQUEST_TIMEOUT_MS": "1500",
    "FAIRGROUND_BACKOFF_MAX_MS": "400", "FAIRGROUND_HEALTH_HOST": "127.0.0.1", "FAIRGROUND_LOOK_MS": "200",
}  # fmt: skip
_DUE = "SELECT count(*) FROM timers WHERE state = 'waiting' AND due_ms <= $1"
_REVISIONS = "SELECT timer_id, revision FROM timers WHERE service = $1"
_STATES = "SELECT timer_id, state FROM timers WHERE service = $1 AND (timer_id = ANY ($2) OR $2 = '{}')"
#: For tests in which time passes when they say so.
BY_STREAMS = {"FAIRGROUND_TIMER_CLOCK": "streams"}
NEW_YEAR_MS = 1_483_228_800_000
DAY_MS = 86_400_000
COMMAND = "toy.ticket.take.v1"


class Given(NamedTuple):
    """A command as it stands on the service's topic."""

    id: str
    key: str
    type: str
    time: str
    cause: str
    value: bytes
    logged_ms: int
    partition: int

    @property
    def timer(self) -> str:
        """The timer and its revision."""
        return self.id.split("-", 2)[2]


class World:
    """Enter it, `ask`, `start` instances, and look at what is `given`."""

    def __init__(self, addresses: Addresses, logs: Path) -> None:
        self.addresses = addresses
        self.service = f"toy{secrets.token_hex(4)}"
        self.logs = logs
        self._running: list[BaseProcess] = []
        self._revisions = itertools.count(1)

    async def __aenter__(self) -> "World":
        wanted = [topics.commands(self.service), *topics.shared()]
        await patiently(
            "Kafka", lambda: provide(KafkaAddress(self.addresses.kafka), wanted)
        )  # an earlier test may have frozen it
        self._database = f"timer_{self.service}"
        await self._administer(f"CREATE DATABASE {self._database}")
        self.url = f"{self.addresses.database.rpartition('/')[0]}/{self._database}"
        self.connection: Connection = await connect(self.url, claim_s=600)
        await migrate(self.connection)
        for topic in (topics.TIMERS, topics.ORDERS):
            await self._begin_here(topic)
        self._producer = AIOKafkaProducer(bootstrap_servers=self.addresses.kafka, acks="all")
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._running:
            process.kill()
            process.join()
        await self._producer.stop()
        self.connection.terminate()
        await self._administer(f"DROP DATABASE {self._database} WITH (FORCE)")

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.addresses.database)
        await connection.execute(statement)
        await connection.close()

    async def _begin_here(self, topic: Topic) -> None:
        """What earlier tests have asked for is no business of this world's."""
        for partition, records in (await everything(self.addresses.kafka, topic.name)).items():
            if records:
                await self.connection.execute(
                    "INSERT INTO positions VALUES ($1, $2, $3, $4)",
                    topic.name, partition, records[-1].offset + 1, digest(records[-1]),
                )  # fmt: skip

    # ---- what is asked -------------------------------------------------------------------------------------

    def request(self, timer_id: str, due_ms: int, key: str = "k", revision: int | None = None, **more: Any) -> Message:
        """A request; without a revision newer than all before."""
        return TimerRequested(
            service=more.pop("service", self.service), timer_id=timer_id, key=key, command=COMMAND,
            revision=next(self._revisions) if revision is None else revision,
            due_at=datetime.fromtimestamp(due_ms / 1000, UTC), content={"activity_id": key, "member_id": "m", **more},
        )  # fmt: skip

    def cancellation(self, timer_id: str, revision: int | None = None) -> Message:
        """A cancellation, the same way."""
        revision = next(self._revisions) if revision is None else revision
        return TimerCancelled(service=self.service, timer_id=timer_id, revision=revision)

    async def ask(self, *said: Message, time_ms: int | None = None) -> None:
        """Say it on `fairground.timers`, in order; `time_ms` is its time on the streams."""
        await self.say(topics.TIMERS, [(f"{said.service}:{said.timer_id}", said) for said in said], time_ms)  # type: ignore[attr-defined]

    async def say(self, topic: Topic, said: Iterable[tuple[str, Message]], time_ms: int | None = None) -> None:
        """Say something on a shared stream."""
        sent = []
        for key, data in said:
            at = cloudevent.format_time(time.time_ns() // 1_000_000 if time_ms is None else time_ms)
            event = CloudEvent(f"said-{secrets.token_hex(6)}", data.type, "/tests", at, "", b"")
            headers = cloudevent.headers(event)
            body = data.model_dump_json().encode()
            sent.append(await self._producer.send(topic.name, body, key.encode(), headers=headers))
        await asyncio.gather(*sent)

    async def advance(self, to_ms: int) -> None:
        """By the streams it is that time now."""
        paid = OrderPaid(order_id=f"o-{secrets.token_hex(4)}", member_id="m", amount_fen=1)
        await self.say(topics.ORDERS, [("m", paid)], to_ms)

    async def say_raw(self, value: bytes, headers: list[tuple[str, bytes]]) -> tuple[int, int]:
        """Put anything at all on `fairground.timers`; returns partition and offset."""
        done = await self._producer.send_and_wait(topics.TIMERS.name, value, b"stranger", headers=headers)
        return done.partition, done.offset

    # ---- instances -----------------------------------------------------------------------------------------

    def start(
        self, instance: str = "one", point: str = "", hits: int = 1, number: int = signal.SIGKILL, /, **extra: str
    ) -> BaseProcess:
        """An instance under a static name: whoever has it next takes the partitions over at once."""
        environment = (
            self.addresses.environment()
            | _QUICK
            | {"DATABASE_URL": self.url, "FAIRGROUND_TIMER_GROUP": f"{self.service}.timer"}
            | {"FAIRGROUND_INSTANCE": f"{self.service}-{instance}"}
            | {"FAIRGROUND_HEALTH_PORT_FILE": self.pages(instance).port_file}
            | extra
        )
        log = str(self.logs / f"{instance}.log")
        process = forked(main, environment, log, point, hits, number)
        self._running.append(process)
        return process

    def pages(self, instance: str = "one") -> Pages:
        """Its health pages."""
        return Pages(self.logs, instance)

    def log(self, instance: str = "one") -> str:
        """What its instances of that name said."""
        path = self.logs / f"{instance}.log"
        return path.read_text() if path.exists() else ""

    async def died(self, process: BaseProcess, patience_s: float = 30) -> int | None:
        """Wait for its end; returns its exit code, negative for a signal."""
        await until(lambda: process.exitcode is not None, patience_s, f"it has not ended: {self.log()}")
        return process.exitcode

    async def stop(self, process: BaseProcess) -> None:
        """SIGTERM, and an orderly end."""
        process.terminate()
        assert await self.died(process) in (0, -signal.SIGTERM)

    async def kill(self, process: BaseProcess) -> None:
        """SIGKILL."""
        process.kill()
        assert await self.died(process) == -signal.SIGKILL

    # ---- what became of it ---------------------------------------------------------------------------------

    async def given(self, service: str = "") -> list[Given]:
        """Every command on the service's topic, repeated ones too, partition by partition in order."""
        topic = topics.commands(service or self.service).name
        return [
            _given(record) for found in (await everything(self.addresses.kafka, topic)).values() for record in found
        ]

    async def first_given(self) -> dict[str, list[str]]:
        """Of each key the timers in the order in which they were first given."""
        order: dict[str, list[str]] = defaultdict(list)
        for each in await self.given():
            if each.timer not in order[each.key]:
                order[each.key].append(each.timer)
        return order

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Listener"]:
        """A consumer of the service's commands, from now on."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.addresses.kafka, enable_auto_commit=False)
        name = topics.commands(self.service).name
        consumer.assign([TopicPartition(name, number) for number in range(topics.PARTITIONS)])
        await consumer.start()
        await consumer.seek_to_end()
        try:
            yield Listener(consumer)
        finally:
            await consumer.stop()

    async def states(self, *timers: str) -> dict[str, str]:
        """These timers of this world's service, or all, and their states."""
        rows = await self.connection.fetch(_STATES, self.service, list(timers))
        return {row["timer_id"]: row["state"] for row in rows}

    async def settled(self, wanted: dict[str, str], patience_s: float = 30) -> None:
        """Wait until these timers are in these states."""
        give_up = time.monotonic() + patience_s
        while wanted != (found := await self.states(*wanted)):
            assert time.monotonic() < give_up, f"{found}, and not {wanted}; it said: {self.log()[-3000:]}"
            await asyncio.sleep(0.02)

    async def revised(self, wanted: dict[str, int]) -> None:
        """Wait until these revisions of timers are known."""
        async with asyncio.timeout(30):
            while True:
                rows = await self.connection.fetch(_REVISIONS, self.service)
                if wanted.items() <= {row["timer_id"]: row["revision"] for row in rows}.items():
                    return
                await asyncio.sleep(0.02)

    async def none_due(self, now_ms: int, patience_s: float = 60) -> None:
        """Wait until nothing waits that was due by then."""
        give_up = time.monotonic() + patience_s
        while left := await self.connection.fetchval(_DUE, now_ms):
            assert time.monotonic() < give_up, f"{left} wait; it said: {self.log()[-3000:]}"
            await asyncio.sleep(0.05)

    async def known(self, number: int) -> None:
        """Wait until so many timers are known, in whatever state."""
        async with asyncio.timeout(30):
            while len(await self.states()) < number:
                await asyncio.sleep(0.02)

    async def reconnect(self) -> None:
        """PostgreSQL was away."""
        self.connection = await connect(self.url, claim_s=600)

    async def none_left(self) -> None:
        """Wait until no timer waits any more, due or not."""
        await self.none_due(2**62)


class Listener:
    """Hears commands as they come."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._heard: list[Given] = []

    async def next(self, patience_s: float = 30) -> Given:
        """The next command."""
        async with asyncio.timeout(patience_s):
            while not self._heard:
                for records in (await self._consumer.getmany(timeout_ms=500)).values():
                    self._heard += [_given(record) for record in records]
        return self._heard.pop(0)


def _given(record: Any) -> Given:
    said = {name: header(record, f"ce_{name}") for name in ("id", "type", "time", "causationid")}
    return Given(
        said["id"], record.key.decode(), said["type"], said["time"], said["causationid"], record.value,
        record.timestamp, record.partition,
    )  # fmt: skip


def now_ms() -> int:
    """The wall's clock."""
    return time.time_ns() // 1_000_000


async def until(condition: Any, patience_s: float, otherwise: str) -> None:
    """Wait for a condition."""
    give_up = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < give_up, otherwise
        await asyncio.sleep(0.02)
