"""What events send elsewhere against what stands there: rewards, fundings and dead letters, in both directions."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from fairground_contracts import topics
from fairground_contracts.dead import CommandDead
from fairground_decider import Event, Service
from fairground_record.audit.lines import Row, rows
from fairground_record.audit.report import Finding
from fairground_record.rows import lines
from fairground_record.sources import Source
from fairground_runtime.protocol.outcome import payments
from fairground_runtime.protocol.ports import Payment, Record

_DIGEST_BYTES = 12


class _Paid(NamedTuple):
    """A payment in the form of a record of aiokafka, so that its row can be made by the record's own code."""

    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    partition: int = 0
    offset: int = 0
    timestamp: int = 0


class _Found(NamedTuple):
    """What stands under an id for the first time."""

    digest: bytes
    settled: bool  # its event must be known
    named: str  # how to say which it is
    member_id: bytes


Debts = dict[bytes, tuple[bytes, bool]]  # id: what it must be, whether it must be there already


class Owed:
    """What was found on topics to which valid events owe something, then what they owe."""

    def __init__(self, finding: Finding, ids: Finding) -> None:
        """`finding`: owed = found; `ids`: no id with two contents."""
        self._finding = finding
        self._ids = ids
        self._found: dict[bytes, _Found] = {}

    def find(self, row: Row, settled: bool) -> None:
        """A row of such a topic; `settled`: its event must be known by now."""
        digest, before = _digest(row), self._found.get(row.id)
        self._finding.checked += 1
        self._ids.checked += 1
        if before is None:
            self._found[row.id] = _Found(digest, settled, _named(row), row.member_id)
        elif before.digest != digest:
            self._ids.note(f"{_named(row)} stands on its topic twice with different content")

    def compare(self, debts: Iterable[Debts]) -> None:
        """All that stands there was found. `debts`: of all partitions."""
        owing: Debts = {paid_id: debt for each in debts for paid_id, debt in each.items()}
        for paid_id, found in self._found.items():
            owed = owing.get(paid_id)
            if owed is None:
                if found.settled:
                    whose = found.member_id.decode() or "nobody"
                    self._finding.note(f"{found.named} for {whose} is owed by no event")
            elif owed[0] != found.digest:
                self._finding.note(f"{found.named} is not what its event owes")
        for paid_id, (_, due) in owing.items():
            if due and paid_id not in self._found:
                self._finding.checked += 1
                self._finding.note(f"{paid_id.decode()} is owed by an event and was never published")


def _named(row: Row) -> str:
    return f"{row.id.decode()} ({row.type.decode()}, offset {row.offset.decode()})"


def _digest(row: Row) -> bytes:
    return blake2b(b"\t".join(row.content), digest_size=_DIGEST_BYTES).digest()


def owe(
    debts: Debts, recorded: Mapping[str, Source], service: Service, event: Event[Any], row: Row, *, due: bool
) -> None:  # fmt: skip
    """Note what the event in this row sends to topics that are recorded; `due`: it must have been paid by now."""
    for payment in _payments(service, event, row):
        source = recorded.get(payment.topic)
        if source is not None:
            (paid,) = rows(lines(source, 0, [_Paid(payment.key or None, payment.value, payment.headers)]))
            debts[paid.id] = (_digest(paid), due)


def _payments(service: Service, event: Event[Any], row: Row) -> Iterable[Payment]:
    """What the event in this row sends elsewhere, as its worker encodes it."""
    if type(event.data) is not CommandDead and not any(True for _ in service.effects(event)):
        return ()
    headers = [("", b"")] * 3 + [("ce_source", row.source), ("ce_time", row.time)]
    if row.traceparent:
        headers.append(("traceparent", row.traceparent))
    record = Record(int(row.offset), row.key or None, row.value, headers)
    return payments(service, event, record, topics.commands(service.name).name)


def rewards_law() -> Finding:
    """The law over the topics of rewards, fundings and timers, and over what services say on the topics of results."""
    return Finding(
        "rewards_owed", "奖励、扣款与定时的主题上恰好是有效事件应发的内容",
        "the rewards, fundings and timers published are exactly what the valid events owe",
    )  # fmt: skip


def letters_law() -> Finding:
    """The law over the dead letters of commands."""
    return Finding(
        "dead_letters_owed", "死信主题上恰好是无法处理的命令",
        "the dead letters published are exactly the commands that could not be decided",
    )  # fmt: skip


def ids_law() -> Finding:
    """The law over ids."""
    return Finding("ids_once", "有效记录中没有编号相同而内容不同的", "no id stands twice with different content")
