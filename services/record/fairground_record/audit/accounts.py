"""The books against the events: each account must hold what the valid events have moved on it, and all of them 0."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition

from fairground_decider import Event
from fairground_record import books, rooms
from fairground_record.audit.report import Finding
from fairground_record.database import Connection
from fairground_record.sources import Source
from fairground_record.sql import query

#: Of each service and account: what events move on it, and how often; under the empty account, what went wrong.
Sums = dict[tuple[str, str], tuple[int, int]]

_TIMEOUT_S = 600.0


def law(service: str) -> Finding:
    """The law over a service's books."""
    return Finding(
        "books_kept", f"{service} 的账目与事件一致，并且借贷平衡",
        f"the books of {service} are what its valid events have moved, and balance",
    )  # fmt: skip


def move(sums: Sums, service: str, events: Iterable[Event[Any]]) -> None:
    """Add what these events move."""
    ledger = rooms.room(service, "ledger")
    if ledger is None:
        return
    for event in events:
        if type(event.data) in ledger.POSTED:
            for account, fen in ledger.postings(event):
                before, times = sums.get((service, account), (0, 0))
                sums[service, account] = before + fen, times + 1


async def compare(
    connection: Connection, recorded: Sequence[Source], ends: Mapping[TopicPartition, int], shares: Iterable[Sums]
) -> list[tuple[str, Finding]]:
    """The verdict for each service that keeps books."""
    moved: Sums = {}
    for share in shares:
        for key, (fen, times) in share.items():
            before, often = moved.get(key, (0, 0))
            moved[key] = before + fen, often + times
    findings = []
    for source in recorded:
        if not source.stamped or books.kept_by(source.service) is None:
            continue
        finding = law(source.service)
        written = await _written(connection, source, ends)
        ours = {account: sums for (service, account), sums in moved.items() if service == source.service}
        for account in sorted(written.keys() | ours.keys()):
            wanted, found = ours.get(account, (0, 0)), written.get(account, (0, 0))
            finding.check(wanted == found, f"{account}: {found} in the books, {wanted} by its events (fen, entries)")
        total = sum(fen for fen, _ in written.values())
        finding.check(total == 0, f"all accounts together hold {total} fen, not 0")
        findings.append((source.service, finding))
    return findings


async def _written(
    connection: Connection, source: Source, ends: Mapping[TopicPartition, int]
) -> dict[str, tuple[int, int]]:
    """What the books say of each account, of events below the moment's ends."""
    partitions = range(source.topic.partitions)
    until = [ends[TopicPartition(source.name, number)] for number in partitions]
    rows = await connection.fetch(query("ledger_sums"), source.id, list(partitions), until, timeout=_TIMEOUT_S)
    return {row["account"]: (int(row["fen"]), int(row["entries"])) for row in rows}
