"""Redis against the log: the state of a partition must be the fold of its events, byte for byte."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import WatchError

from fairground_decider import Event, Key, Service
from fairground_decider.envelope import offset_of
from fairground_record.audit.report import Finding, short
from fairground_record.folding import Folding
from fairground_runtime.redis_store import Keys

_ATTEMPTS = 20


class Stored(NamedTuple):
    """All of one partition's keys, as they stood at one moment."""

    next: int
    end: int
    records: dict[Key, bytes]
    counters: dict[Key, bytes]


async def stored(redis: "Redis", service: str, partition: int) -> Stored:
    """Everything Redis holds of a partition, read in one transaction."""
    keys = Keys(service, partition)
    for _ in range(_ATTEMPTS):
        names = _names(await redis.smembers(keys.activities))
        async with redis.pipeline(transaction=True) as pipeline:
            pipeline.smembers(keys.activities)
            pipeline.hmget(keys.position, ["next", "end"])
            for name in names:
                pipeline.hgetall(keys.records(name))
                pipeline.hgetall(keys.counters(name))
            there, (next_offset, end), *hashes = await pipeline.execute()
        if _names(there) == names:
            return Stored(int(next_offset or 0), int(end or 0), _flat(names, hashes[::2]), _flat(names, hashes[1::2]))
    raise WatchError(f"the activities of {service} partition {partition} never stand still")


def _names(members: Any) -> list[str]:
    return sorted(name.decode() for name in members)


def _flat(names: list[str], hashes: list[dict[bytes, bytes]]) -> dict[Key, bytes]:
    return {
        (name, field.decode()): content
        for name, fields in zip(names, hashes, strict=True)
        for field, content in fields.items()
    }


class Fold:
    """The state that a partition's events lead to. Each activity's lives as long as the fold."""

    def __init__(self, service: Service, partition: int, found: Stored, finding: Finding) -> None:
        """`found`: what Redis holds; `finding` is shared by all partitions."""
        self._service = service
        self._where = f"{service.name} partition {partition}"
        self._found = found
        self._finding = finding
        self._folding = Folding(service)
        self._last_id = ""

    @property
    def end(self) -> int:
        """Redis says that it is the fold of the events below this offset."""
        return self._found.end

    def take(self, event: Event[Any], offset: int) -> None:
        """The next event that counts."""
        if offset >= self._found.end:
            return
        self._last_id = event.id
        try:
            self._folding.take(event)
        except Exception as error:
            self._finding.note(f"event {event.id} at {offset} cannot be folded: {short(error)}")

    @property
    def decided(self) -> int:
        """The offset behind the last command whose outcome was folded."""
        return offset_of(self._last_id) + 1 if self._last_id else 0

    def undecided(self, commands: Iterable[int]) -> None:
        """Commands below Redis' position whose outcomes are not below its end."""
        for offset in commands:
            self._finding.note(
                f"{self._where}: Redis says that command {offset} is applied, but its outcome is not among the events "
                f"below {self.end}"
            )

    def compare(self, log_end: int) -> None:
        """Position, records and counters: each on either side is a fact. `log_end`: of the events topic."""
        next_offset, end, stored_records, stored_counters = self._found
        self._finding.checked += 1
        if next_offset < self.decided or end > log_end:
            self._finding.note(
                f"{self._where}: Redis says next {next_offset}, end {end}; the events below that end lead to next "
                f"{self.decided}, and the log ends at {log_end}"
            )
        encode = self._service.encode
        records = {key: encode(record) for key, record in self._folding.records()}
        counters = {key: b"%d" % count for key, count in self._folding.counters()}
        _compare(f"{self._where}, record", records, stored_records, self._finding)
        _compare(f"{self._where}, counter", counters, stored_counters, self._finding)


def _compare(what: str, folded: dict[Key, bytes], found: dict[Key, bytes], finding: Finding) -> None:
    finding.checked += len(folded)
    if folded == found:
        return
    finding.checked += len(found.keys() - folded.keys())
    for key in sorted(folded.keys() | found.keys()):
        if folded.get(key) != found.get(key):
            finding.note(
                f"{what} {key[1]} of {key[0]}: Redis has {_shown(found.get(key))}, the fold of its events is "
                f"{_shown(folded.get(key))}"
            )


def _shown(content: bytes | None) -> str:
    if content is None:
        return "none"
    return content.decode() if content.isdigit() else f"{content[:40].hex()}{'…' if len(content) > 40 else ''}"


def law() -> Finding:
    """The law that `Fold` checks."""
    return Finding(
        "state_is_fold", "Redis 中的状态与事件推导出的状态逐字节一致",
        "the state in Redis is the fold of the events, byte for byte",
    )  # fmt: skip
