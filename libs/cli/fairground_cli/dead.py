"""`fairground dead`: what could not be understood or decided, looked at and sent again."""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from cyclopts import Parameter
from rich.markup import escape

from fairground_cli import client, installed, outcome, places
from fairground_cli.places import DATA
from fairground_cli.terminal import DataOption, out, run, table
from fairground_cli.terminal import app as group
from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_contracts import cloudevent, topics
from fairground_contracts.dead import RecordDead
from fairground_decider import Service
from fairground_runtime.address import KafkaAddress

app = group("dead", say("dead-help"))

_SUFFIX = ".dead"
_KEPT_KEY_BYTES = 1024

PlaceArgument = Annotated[str, Parameter(help=say("dead-place-argument"))]


class Where(NamedTuple):
    """Where a dead letter lies."""

    tp: TopicPartition
    offset: int


class Letter(NamedTuple):
    """One dead letter and where it lies."""

    place: str  # topic/partition/offset
    time: str
    dead: RecordDead

    @property
    def record(self) -> str:
        """Where the record stands that it is about."""
        return f"{self.dead.topic}/{self.dead.partition}/{self.dead.offset}"


@app.command(name="list", help=say("dead-list-help"))
def list_(
    *,
    topic: Annotated[str, Parameter(help=say("dead-topic-help"))] = "",
    limit: Annotated[int, Parameter(help=say("dead-limit-help"))] = 50,
    data: DataOption = DATA,
) -> int:
    """The newest dead letters of all topics."""
    found = run(_letters(places.kafka(data), topic))
    if not found:
        out().print(say("dead-none"))
        return 0
    newest = sorted(found, key=lambda letter: letter.time)[-limit:]
    rows = [(letter.place, letter.time, letter.dead.cause, letter.record, letter.dead.detail) for letter in newest]
    out().print(table(say("dead-columns").split("|"), rows))
    out().print(say("dead-count", shown=min(limit, len(found)), count=len(found)))
    return 0


@app.command(help=say("dead-show-help"))
def show(place: PlaceArgument, /, *, data: DataOption = DATA) -> int:
    """One dead letter, everything decoded."""
    where = _parsed(place)
    letter = run(_letter(places.kafka(data), where))
    dead, console = letter.dead, out()
    lines = {
        "cause": f"{dead.cause}: {dead.detail}", "record": letter.record, "time": letter.time,
        "key": _text(base64.b64decode(dead.record_key)), "size": f"{dead.size}", "sha256": dead.sha256,
    }  # fmt: skip
    for name, content in lines.items():
        console.print(f"[bold]{say(f'dead-field-{name}')}[/] {escape(content)}")
    for name, content in dead.headers:
        console.print(f"  {escape(name)}: {escape(_text(base64.b64decode(content)))}")
    console.print(escape(_readable(base64.b64decode(dead.value))))
    if why := incomplete(dead):
        console.print(f"[yellow]{escape(why)}[/]")
    return 0


@app.command(help=say("dead-replay-help"))
def replay(place: PlaceArgument, /, *more: PlaceArgument, data: DataOption = DATA) -> int:
    """Publish the records again as they were, each to its topic."""
    wanted = [_parsed(one) for one in (place, *more)]
    return max([run(_replay(places.kafka(data), where)) for where in wanted])


async def _replay(kafka: KafkaAddress, where: Where) -> int:
    letter = await _letter(kafka, where)
    dead = letter.dead
    if why := incomplete(dead):
        raise Trouble(say("dead-not-replayed", place=letter.place, why=why))
    key, value = base64.b64decode(dead.record_key), base64.b64decode(dead.value)
    headers = [(name, base64.b64decode(content)) for name, content in dead.headers]
    service = _asked_by(dead.topic)
    command_id = dict(headers).get("ce_id", b"").decode(errors="replace")
    if service is None or not command_id:
        async with client.sender(kafka) as writer:
            await client.publish(writer, dead.topic, key, value, headers)
        out().print(escape(say("dead-replayed", record=letter.record, topic=dead.topic)))
        return 0
    events = await client.ask_raw(kafka, service, key, value, headers, command_id)
    out().print(escape(say("dead-replayed", record=letter.record, topic=dead.topic)))
    return 0 if outcome.show(events, out()) else 1


def incomplete(dead: RecordDead) -> str:
    """Why the letter does not hold the whole record; empty when it does."""
    value = base64.b64decode(dead.value)
    if len(value) != dead.size:
        return say("dead-cut", kept=len(value), size=dead.size, record=f"{dead.topic}/{dead.partition}/{dead.offset}")
    if hashlib.sha256(value).hexdigest() != dead.sha256:
        return say("dead-other-hash")
    if len(base64.b64decode(dead.record_key)) >= _KEPT_KEY_BYTES:
        return say("dead-cut-key", size=_KEPT_KEY_BYTES)
    return ""


def _asked_by(topic: str) -> Service | None:
    """The service whose commands the topic holds, if it is one of commands."""
    for name, activity in installed.activities().items():
        if topics.commands(name).name == topic:
            return activity.reader()
    return None


async def _letters(kafka: KafkaAddress, topic: str) -> list[Letter]:
    """All dead letters of all topics, or those of one topic (named with or without its suffix)."""
    there = {name: n for name, n in (await client.partitions(kafka)).items() if name.endswith(_SUFFIX)}
    wanted = [name for name in sorted(there) if not topic or name in {topic, topic + _SUFFIX}]
    if topic and not wanted:
        raise Trouble(say("dead-no-topic", topic=topic, topics=", ".join(sorted(there)) or say("none")))
    async with client.consumer(kafka) as reader:
        partitions = [TopicPartition(name, number) for name in wanted for number in range(there[name])]
        return [letter async for letter in _read(reader, partitions)]


def _parsed(place: str) -> Where:
    """TOPIC/PARTITION/OFFSET, the topic with or without its suffix. Raises Trouble."""
    topic, _, coordinates = place.partition("/")
    partition, _, offset = coordinates.partition("/")
    if not (topic and partition.isdecimal() and offset.isdecimal()):
        raise Trouble(say("dead-bad-place", place=place), 2)
    return Where(TopicPartition(topic if topic.endswith(_SUFFIX) else topic + _SUFFIX, int(partition)), int(offset))


async def _letter(kafka: KafkaAddress, where: Where) -> Letter:
    """The letter that lies there. Raises Trouble."""
    tp, place = where.tp, f"{where.tp.topic}/{where.tp.partition}/{where.offset}"
    if tp.partition < (await client.partitions(kafka)).get(tp.topic, 0):
        async with client.consumer(kafka) as reader:
            async for letter in _read(reader, [tp]):
                if letter.place == place:
                    return letter
    raise Trouble(say("dead-nowhere", place=place))


async def _read(reader: AIOKafkaConsumer, partitions: list[TopicPartition]) -> AsyncIterator[Letter]:
    async for raw in client.everything(reader, partitions):
        event = cloudevent.read(raw.headers, raw.value)
        yield Letter(
            f"{raw.topic}/{raw.partition}/{raw.offset}", event.time, RecordDead.model_validate_json(event.data)
        )


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.hex(" ")


def _readable(value: bytes) -> str:
    """JSON laid out over lines; other text as it is; what is no text in hexadecimal."""
    try:
        return orjson.dumps(orjson.loads(value), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return _text(value)
