"""What is true of a service after trouble: read from Kafka and Redis alone, with no code of the worker's in between.

Written apart from the audit on purpose: the two were made by different hands and must come to the same verdict.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from fairground_contracts import cloudevent, topics
from fairground_contracts.dead import CommandDead, RecordDead
from fairground_decider import Event, Key, Service, State


async def everything(bootstrap_servers: str, topic: str) -> dict[int, list[Any]]:
    """All records of a topic by partition, void ones too."""
    return (await everything_of(bootstrap_servers, [topic]))[topic]


async def everything_of(bootstrap_servers: str, names: Collection[str]) -> dict[str, dict[int, list[Any]]]:
    """The same of several topics, up to where they end at one moment."""
    partitions = [TopicPartition(name, number) for name in names for number in range(topics.PARTITIONS)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest", enable_auto_commit=False
    )
    consumer.assign(partitions)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(partitions)
        found: dict[str, dict[int, list[Any]]] = {name: {} for name in names}
        for tp in partitions:
            records = found[tp.topic][tp.partition] = []
            while await consumer.position(tp) < ends[tp]:
                records += (await consumer.getmany(tp, timeout_ms=200)).get(tp, [])
        return found
    finally:
        await consumer.stop()


def header(record: Any, name: str) -> str:
    """One header as text."""
    return str(dict(record.headers)[name].decode())


def counting(records: list[Any]) -> list[Any]:
    """The stamp rule."""
    return [record for record in records if header(record, "ce_stamp") == str(record.offset)]


class Truth:
    """Everything of one service, with the questions that decide whether anything was lost or doubled."""

    def __init__(self, service: Service, topic_records: Mapping[str, dict[int, list[Any]]]) -> None:
        self._service = service
        self._commands = topic_records["commands"]
        self._events = {number: counting(records) for number, records in topic_records["events"].items()}
        self._paid = [
            record
            for name in ("rewards", "results", "funding", "timers", "dead", "commands")
            for records in topic_records[name].values()
            for record in records
            if dict(record.headers).get("ce_source") == f"/fairground/{service.name}".encode()
        ]

    @classmethod
    async def read(cls, bootstrap_servers: str, service: Service) -> "Truth":
        """Read all topics of a service to their ends."""
        names = {
            "commands": topics.commands(service.name).name,
            "events": topics.events(service.name).name,
            "dead": topics.dead(topics.commands(service.name)).name,
            "rewards": topics.REWARDS.name,
            "results": topics.REWARD_RESULTS.name,
            "funding": topics.FUNDING.name,
            "timers": topics.TIMERS.name,
        }
        read = await everything_of(bootstrap_servers, names.values())
        return cls(service, {what: read[name] for what, name in names.items()})

    @property
    def decided(self) -> int:
        """Commands with an outcome."""
        return sum(len(self._outcomes(number)) for number in self._events)

    @property
    def asked(self) -> int:
        """Commands in the topic."""
        return sum(len(records) for records in self._commands.values())

    def _outcomes(self, partition: int) -> dict[int, list[Any]]:
        outcomes: dict[int, list[Any]] = defaultdict(list)
        for record in self._events[partition]:
            _, _, of_partition, offset, index = header(record, "ce_id").rsplit("-", 4)
            assert int(of_partition) == partition
            assert int(index) == len(outcomes[int(offset)]), f"{header(record, 'ce_id')} does not follow"
            outcomes[int(offset)].append(record)
        return outcomes

    def check_one_outcome_each(self) -> None:
        """Every command has exactly one outcome, whole, in the commands' order."""
        for partition, commands in self._commands.items():
            decided = list(self._outcomes(partition))
            assert decided == [record.offset for record in commands], f"partition {partition}"

    @property
    def paid(self) -> int:
        """Rewards and dead letters, repeated ones too."""
        return len(self._paid)

    def dead_letters(self) -> list[Any]:
        """The dead letters' data, repeated ones once, in the order of their topic's partitions."""
        dead = {header(r, "ce_id"): r.value for r in self._paid if header(r, "ce_type") == RecordDead.type}
        return [orjson.loads(value) for value in dead.values()]

    def check_nothing_unowed(self) -> None:
        """Whatever effect was published so far is owed by an event that counts."""
        owed, paid = self._owed_and_paid()
        assert paid.items() <= owed.items()

    def check_paid_exactly(self) -> None:
        """The effects that were published are those that the events that count owe, with their content."""
        owed, paid = self._owed_and_paid()
        assert paid == owed

    def _owed_and_paid(self) -> tuple[dict[str, bytes], dict[str, bytes]]:
        owed: dict[str, bytes] = {}
        for records in self._events.values():
            for record in records:
                event = self._event(record)
                if isinstance(event.data, CommandDead):
                    owed[f"{event.id}-d"] = record.value
                    continue
                for effect in self._service.effects(event):
                    if effect.topic != topics.ACTIVITIES.name:
                        owed[effect.id] = effect.data.model_dump_json().encode()
        paid: dict[str, bytes] = {}
        for record in self._paid:
            paid_id = header(record, "ce_id")
            assert paid.setdefault(paid_id, record.value) == record.value, f"{paid_id} twice with different content"
        return owed, paid

    def _event(self, record: Any) -> Event[Any]:
        read = cloudevent.read(record.headers, record.value)
        model = CommandDead if read.type == CommandDead.type else self._service.events[read.type]
        return Event(read.id, read.time, read.time_ms, read.causation_id, model.model_validate_json(read.data))

    def folded(self, partition: int) -> tuple[dict[Key, bytes], dict[Key, int]]:
        """Records and counters after all events that count."""
        records: dict[Key, Any] = {}
        counters: dict[Key, int] = {}
        for record in self._events[partition]:
            event = self._event(record)
            if isinstance(event.data, CommandDead):
                continue
            activity, fields, _ = self._service.touches(event.data)
            touched = {(activity, field): records.get((activity, field)) for field in fields}
            state = State(touched, {key: n for key, n in counters.items() if key[0] == activity}, [activity])
            self._service.evolve(state, event)
            dropped, changed, moves, cleared = state.change()
            for gone in dropped:
                records = {key: value for key, value in records.items() if key[0] != gone}
                counters = {key: value for key, value in counters.items() if key[0] != gone}
            for key in cleared:
                counters.pop(key, None)
            for key, move in moves.items():
                counters[key] = counters.get(key, 0) + move.delta
            for key, value in changed.items():
                if value is None:
                    records.pop(key, None)
                else:
                    records[key] = value
        return {key: self._service.encode(value) for key, value in records.items()}, counters

    async def check_store(self, redis: Any) -> None:
        """Redis is the fold of the events that count, byte for byte, and says so."""
        for partition, commands in self._commands.items():
            tag = f"{{{self._service.name}:{partition}}}"
            position = await redis.hgetall(f"{tag}:position")
            if commands:
                assert int(position[b"next"]) == commands[-1].offset + 1
                assert int(position[b"end"]) == self._events[partition][-1].offset + 1
            stored, counts = {}, {}
            for activity in sorted(name.decode() for name in await redis.smembers(f"{tag}:activities")):
                for field, value in (await redis.hgetall(f"{tag}:records:{activity}")).items():
                    stored[activity, field.decode()] = value
                for field, value in (await redis.hgetall(f"{tag}:counters:{activity}")).items():
                    counts[activity, field.decode()] = int(value)
            assert (stored, counts) == self.folded(partition), f"partition {partition}"
