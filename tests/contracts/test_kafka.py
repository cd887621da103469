"""What docs/events.md says of Kafka itself, on a real broker: the reward consumer, and the limit of a record's size."""

import ast
import asyncio
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import MessageSizeTooLargeError, TopicAlreadyExistsError
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchBuilderPy

from fairground_contracts import cloudevent, topics
from fairground_contracts.rewards import Reward, RewardGranted
from fairground_contracts.topics import Topic
from fairground_embedded import Addresses
from fairground_runtime.kafka.header_names import read_any_header_name

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "consumers" / "rewards.py"

#: Kafka's default of max.message.bytes, and what a record batch adds to a value that comes alone, without a key.
MAX_BATCH_BYTES, AROUND_BYTES = 1_048_588, 72


@pytest.fixture
async def producer(addresses: Addresses) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that would send more than Kafka takes."""
    async with AIOKafkaProducer(bootstrap_servers=addresses.kafka, acks="all", max_request_size=4_000_000) as started:
        yield started


async def created(addresses: Addresses, topic: Topic) -> str:
    """The topic's name, after it was made sure that it is there."""
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses.kafka)
    await admin.start()
    try:
        new = NewTopic(topic.name, topic.partitions, 1, topic_configs=topic.config)
        answer = await admin.create_topics([new])
        assert answer.topic_errors[0][1] in (0, TopicAlreadyExistsError.errno)
    except TopicAlreadyExistsError:
        pass
    finally:
        await admin.close()
    return topic.name


class Shop:
    """The example as a process, with the database in which it hands rewards out."""

    def __init__(self, addresses: Addresses, directory: Path, run: str) -> None:
        self._database = directory / "rewards.sqlite3"
        self._environment = os.environ | addresses.environment() | {"REWARDS_DB": str(self._database)}
        self._run = run

    def member(self, number: int) -> str:
        """A member of this test's run: other tests grant rewards too."""
        return f"{self._run}-{number}"

    def handed_out(self) -> Counter[str]:
        """How often each member of this run was handed something."""
        if not self._database.exists():
            return Counter()
        try:
            with sqlite3.connect(self._database) as database:
                rows = database.execute("SELECT member FROM handed_out WHERE member LIKE ?", (f"{self._run}-%",))
                return Counter(member for (member,) in rows)
        except sqlite3.OperationalError:  # not yet created, or locked for a moment
            return Counter()

    async def open_until(self, satisfied: Callable[[Counter[str]], bool], end: signal.Signals) -> None:
        """Run the example until enough was handed out, and end it with a signal."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(EXAMPLE), env=self._environment, stdout=asyncio.subprocess.DEVNULL
        )
        while not satisfied(self.handed_out()):
            assert process.returncode is None, "the example ended by itself"
            await asyncio.sleep(0.02)
        process.send_signal(end)
        status = await process.wait()
        assert status == (0 if end is signal.SIGINT else -end)


async def grant(producer: AIOKafkaProducer, topic: str, shop: Shop, number: int, id: str = "") -> None:
    """Publish a member's reward as a worker does. The same number is the same reward."""
    reward = Reward(reward="points", amount=10, name="10 积分")
    member = shop.member(number)
    data = RewardGranted(member_id=member, activity_id="wheel-1", service="example", version=1, reward=reward)
    event = cloudevent.CloudEvent(
        id or f"{member}-r", data.type, "/fairground/example", "2026-11-11T02:03:04.567Z", "wheel-1",
        data.model_dump_json().encode(), f"{member}-0",
    )  # fmt: skip
    await producer.send_and_wait(topic, event.data, key=member.encode(), headers=cloudevent.headers(event))


async def grant_all(producer: AIOKafkaProducer, topic: str, shop: Shop, *numbers: int) -> None:
    """Publish rewards in this order."""
    await asyncio.gather(*(grant(producer, topic, shop, number) for number in numbers))


async def test_the_example_hands_each_reward_out_once_however_often_it_comes_and_is_killed(
    addresses: Addresses, producer: AIOKafkaProducer, tmp_path: Path
) -> None:
    topic = await created(addresses, topics.REWARDS)
    shop = Shop(addresses, tmp_path, f"m-{uuid4().hex[:8]}")
    await grant_all(producer, topic, shop, *range(100), *range(50), *range(100), 7, 7, 7)
    await shop.open_until(lambda handed: len(handed) > 20, signal.SIGKILL)
    last = range(1000, 1064)  # enough keys to stand at the end of every partition
    await grant_all(producer, topic, shop, *range(100), *range(100, 120), *last)
    wanted = {shop.member(number) for number in (*range(120), *last)}
    await shop.open_until(lambda handed: set(handed) == wanted, signal.SIGINT)
    assert shop.handed_out() == Counter(wanted)


def test_the_example_is_as_short_as_the_pages_say() -> None:
    main = next(node for node in ast.parse(EXAMPLE.read_text()).body if isinstance(node, ast.AsyncFunctionDef))
    _docstring, first, *_ = main.body
    assert main.end_lineno is not None
    assert main.end_lineno - first.lineno + 1 == 10


async def test_two_rewards_of_one_member_are_two(
    addresses: Addresses, producer: AIOKafkaProducer, tmp_path: Path
) -> None:
    topic = await created(addresses, topics.REWARDS)
    shop = Shop(addresses, tmp_path, f"m-{uuid4().hex[:8]}")
    for id in (f"{shop.member(1)}-a", f"{shop.member(1)}-b"):
        await grant(producer, topic, shop, 1, id)
    await shop.open_until(lambda handed: handed[shop.member(1)] == 2, signal.SIGINT)


class AnyBytes(str):
    """A header's name as a client in C may write it; aiokafka's writer in Python asks it for its bytes."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"a\xff\xfeb"


@pytest.mark.parametrize("compression", [None, "gzip"])
async def test_a_header_name_that_is_no_utf8_does_not_stop_its_partition(
    addresses: Addresses, compression: str | None
) -> None:
    """A client in C may write any bytes as a name, and the broker takes them: aiokafka alone would raise for good."""
    read_any_header_name()
    topic = await created(addresses, topics.commands(f"names-{compression}"))
    async with AIOKafkaProducer(bootstrap_servers=addresses.kafka, compression_type=compression) as sender:
        batch = sender.create_batch()
        batch._builder = _DefaultRecordBatchBuilderPy(
            2, DefaultRecordBatch.CODEC_GZIP if compression else 0, 0, -1, -1, 0, 9999
        )
        for value, name in ((b"1", "good"), (b"2", AnyBytes()), (b"3", AnyBytes()), (b"4", "good")):
            batch.append(key=b"k", value=value, timestamp=None, headers=[(name, b"x")])
        await sender.send_batch(batch, topic, partition=0)
        await sender.send_and_wait(topic, b"5", partition=0)
    async with AIOKafkaConsumer(bootstrap_servers=addresses.kafka, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        found = [await consumer.getone() for _ in range(5)]
    assert [(record.offset, record.value) for record in found] == [(at, b"%d" % (at + 1)) for at in range(5)]
    assert [dict(record.headers) for record in found] == [
        {"good": b"x"}, {"a\\xff\\xfeb": b"x"}, {"a\\xff\\xfeb": b"x"}, {"good": b"x"}, {},
    ]  # fmt: skip


class TestTheSizeLimit:
    async def test_the_broker_takes_a_record_batch_of_the_limit_and_not_a_byte_more(
        self, addresses: Addresses, producer: AIOKafkaProducer
    ) -> None:
        topic = await created(addresses, topics.commands("sizes"))
        largest = b"x" * (MAX_BATCH_BYTES - AROUND_BYTES)
        assert (await producer.send_and_wait(topic, largest, partition=0)).offset == 0
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, largest + b"x", partition=0)
        assert (await producer.send_and_wait(topic, b"next", partition=0)).offset == 1, "nothing was written"

    async def test_a_producer_with_its_own_default_notices_by_itself(self, addresses: Addresses) -> None:
        topic = await created(addresses, topics.commands("sizes"))
        async with AIOKafkaProducer(bootstrap_servers=addresses.kafka) as careful:
            with pytest.raises(MessageSizeTooLargeError):
                await careful.send(topic, b"x" * 1_048_576, partition=0)
