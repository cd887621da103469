"""Ask a service something and wait for what it says, as a frontend does: a command out, its events back."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from uuid_utils import uuid7

from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_contracts import cloudevent, topics
from fairground_contracts.activities import ActivityListed
from fairground_contracts.cloudevent import CloudEvent, Headers
from fairground_contracts.message import CommandMessage
from fairground_decider import Event, Service
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import partition_of, producer, record_of
from fairground_runtime.kafka.refusal import DENIED, because, refusal
from fairground_runtime.protocol.reader import counts, event_model

PATIENCE_S = 10.0
SOURCE = "/fairground/cli"

_MAX_RECORD_BYTES = 900_000
_REQUEST_TIMEOUT_MS = 10_000


@asynccontextmanager
async def consumer(kafka: KafkaAddress) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group, that sees committed records only. Raises Trouble when Kafka is not there."""
    found = AIOKafkaConsumer(
        **kafka.options(), enable_auto_commit=False, auto_offset_reset="earliest",
        isolation_level="read_committed", request_timeout_ms=_REQUEST_TIMEOUT_MS, fetch_max_wait_ms=100,
        max_partition_fetch_bytes=4 * 1_048_576,
    )  # fmt: skip
    try:
        await _reached(found.start(), kafka)
        yield found
    except DENIED as error:
        raise Trouble(say("client-refused", why=because(error))) from error
    finally:
        await found.stop()


@asynccontextmanager
async def sender(kafka: KafkaAddress) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that waits for all replicas and does not repeat itself. Raises Trouble when Kafka is not there."""
    made = producer(kafka, _MAX_RECORD_BYTES, _REQUEST_TIMEOUT_MS)
    try:
        await _reached(made.start(), kafka)
        yield made
    finally:
        await made.stop()


async def _reached(starting: Any, kafka: KafkaAddress) -> None:
    try:
        await starting
    except (KafkaError, OSError) as error:
        why = await refusal(kafka)
        said = say("client-refused", why=why) if why else say("client-no-kafka", servers=kafka.servers)
        raise Trouble(said) from error


async def ask(
    kafka: KafkaAddress, service: Service, command: CommandMessage, *, id: str = "", at_ms: int | None = None,
    patience_s: float = PATIENCE_S,
) -> list[Event[Any]]:  # fmt: skip
    """Publish one command and wait for its outcome, all of its events in order.

    `id`: the request's; whoever asks again sends the same. `at_ms`: the command's own time, in milliseconds since 1970;
    now when it is not given. Raises Trouble: no Kafka, no such topic, no answer in time.
    """
    key = service.key(command)
    command_id = id or str(uuid7())
    at_ms = int(time.time() * 1000) if at_ms is None else at_ms
    made = CloudEvent(
        command_id, command.type, SOURCE, cloudevent.format_time(at_ms),
        getattr(command, "activity_id", ""), b"",
    )  # fmt: skip
    value = command.model_dump_json().encode()
    return await ask_raw(kafka, service, key.encode(), value, cloudevent.headers(made), command_id, patience_s)


async def ask_raw(
    kafka: KafkaAddress, service: Service, key: bytes, value: bytes, headers: Headers, command_id: str,
    patience_s: float = PATIENCE_S,
) -> list[Event[Any]]:  # fmt: skip
    """The same with a command that is a record already."""
    asked, happened = topics.commands(service.name), topics.events(service.name)
    partition = partition_of(key, happened.partitions)
    everywhere = [TopicPartition(happened.name, number) for number in range(happened.partitions)]
    async with consumer(kafka) as reader, sender(kafka) as writer:
        if missing := {asked.name, happened.name} - await reader.topics():
            raise Trouble(say("client-no-topic", topic=min(missing), service=service.name))
        reader.assign(everywhere)  # a command that is forwarded may be answered in another partition
        await reader.seek_to_end(*everywhere)
        begins = {tp: await reader.position(tp) for tp in everywhere}
        await publish(writer, asked.name, key, value, headers, partition=partition)
        try:
            async with asyncio.timeout(patience_s):
                return await _answer(reader, service, command_id, begins)
        except TimeoutError:
            raise Trouble(
                say("client-no-answer", seconds=f"{patience_s:g}", service=service.name, id=command_id)
            ) from None


async def publish(
    writer: AIOKafkaProducer, topic: str, key: bytes, value: bytes, headers: Headers, partition: int | None = None
) -> None:
    """Publish one record and wait until it is safe. Raises Trouble."""
    try:
        await writer.send_and_wait(topic, value, key, partition=partition, headers=headers)
    except (KafkaError, OSError) as error:
        raise Trouble(say("client-not-published", topic=topic, why=because(error))) from error


async def _answer(
    reader: AIOKafkaConsumer, service: Service, command_id: str, begins: Mapping[TopicPartition, int]
) -> list[Event[Any]]:
    """The events that name the command. They lie in one record batch, so one fetch brings all of them."""
    while True:
        fetched = await reader.getmany(timeout_ms=500)
        raws = [raw for of_partition in fetched.values() for raw in of_partition]
        if found := [event for raw in raws if (event := _event(raw, service, command_id))]:
            command_id = getattr(found[-1].data, "forwarded_id", "")
            if not command_id:
                return found
            for tp, begin in begins.items():  # it is decided as another command, which may be answered already
                reader.seek(tp, begin)


def _event(raw: Any, service: Service, command_id: str) -> Event[Any] | None:
    """The record as an event if it answers the command, and counts: a record counts only where it is stamped to be."""
    record = record_of(raw)
    if ("ce_causationid", command_id.encode()) not in record.headers or not counts(record):
        return None
    read = cloudevent.read(record.headers, record.value)
    data = event_model(service, read.type).model_validate_json(read.data)
    return Event(read.id, read.time, read.time_ms, read.causation_id, data)


async def table(kafka: KafkaAddress) -> dict[str, ActivityListed]:
    """All published activities by id, as `fairground.activities` has them now. Raises Trouble: no Kafka."""
    tp = TopicPartition(topics.ACTIVITIES.name, 0)
    rows: dict[str, ActivityListed] = {}
    async with consumer(kafka) as reader:
        if tp.topic not in await reader.topics():
            return {}
        async for raw in everything(reader, [tp]):
            if raw.value is None:
                rows.pop((raw.key or b"").decode(), None)
                continue
            row = ActivityListed.model_validate_json(cloudevent.read(raw.headers, raw.value).data)
            rows[row.activity_id] = row
    return rows


async def partitions(kafka: KafkaAddress) -> dict[str, int]:
    """Every topic there is, and how many partitions it has. Raises Trouble when Kafka is not there."""
    admin = AIOKafkaAdminClient(**kafka.options(), request_timeout_ms=_REQUEST_TIMEOUT_MS)
    try:
        await _reached(admin.start(), kafka)
        described = await admin.describe_topics()
        return {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}
    finally:
        await admin.close()


async def everything(reader: AIOKafkaConsumer, wanted: Sequence[TopicPartition]) -> AsyncIterator[Any]:
    """All records that these partitions hold now, one after another, each in order."""
    begins, ends = await reader.beginning_offsets(wanted), await reader.end_offsets(wanted)
    for tp in wanted:
        reader.assign([tp])
        reader.seek(tp, begins[tp])
        while await reader.position(tp) < ends[tp]:
            for raw in (await reader.getmany(tp, timeout_ms=500)).get(tp, []):
                yield raw
