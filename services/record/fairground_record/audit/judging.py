"""The audit's laws over everything: events in shares, on all cores, and what events owe to others."""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from fairground_contracts import topics
from fairground_record.audit import accounts, lines, owed, reading
from fairground_record.audit.report import Finding, Judged, merged
from fairground_record.audit.share import Audited, Found, Part, Share, found_in, judge
from fairground_record.audit.topic import Topics
from fairground_record.audit.totals import Totals
from fairground_record.audit.windows import Windows
from fairground_record.database import Connection
from fairground_record.sources import Source
from fairground_runtime.settings import ServerSettings

if TYPE_CHECKING:
    from fairground_record.audit.run import Moment


async def shared_out(
    services: Mapping[str, Audited], servers: ServerSettings, recorded: Sequence[Source], moment: "Moment",
    worth_a_process: int, meanwhile: Callable[[], Awaitable[None]],
) -> list[Found]:  # fmt: skip
    """What all shares come to: who is done with one takes the next; this process first does what is done `meanwhile`.

    Raises what the servers' clients raise, and Silent.
    """
    processes, shares = _shares(services, servers, recorded, moment, worth_a_process)
    waiting, done = deque(shares), dict[int, Found]()

    async def take(judged: Callable[[Share], Awaitable[Found]]) -> None:
        while waiting:
            share = waiting.popleft()
            done[share.number] = await judged(share)

    async def here() -> None:
        await meanwhile()
        await take(found_in)

    if processes == 1:
        await here()
    else:
        loop = asyncio.get_running_loop()
        with ProcessPoolExecutor(processes - 1, mp_context=get_context("spawn")) as pool:
            there = [take(lambda share: loop.run_in_executor(pool, judge, share)) for _ in range(processes - 1)]
            await _side_by_side(*there, here())
    return [done[share.number] for share in shares]


async def _side_by_side(*doing: Coroutine[Any, Any, None]) -> None:
    """After an error nobody goes on."""
    tasks = [asyncio.ensure_future(each) for each in doing]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def _shares(
    services: Mapping[str, Audited], servers: ServerSettings, recorded: Sequence[Source], moment: "Moment",
    worth_a_process: int,
) -> tuple[int, list[Share]]:  # fmt: skip
    """As many processes as there are cores, one when there is little to do; and what they do, the longest first.

    Events are cut as evenly as whole partitions allow. What the shop says comes in small shares, which make up for it.
    """
    parts = [
        Part(
            source, number, moment.ends[TopicPartition(source.name, number)],
            moment.commands[TopicPartition(topics.commands(source.service).name, number)],
            moment.stores[source.service, number],
        )
        for source in recorded if source.stamped
        for number in range(source.topic.partitions)
    ]  # fmt: skip
    events = sum(part.end for part in parts)
    cut: list[list[Part]] = [[] for _ in range(min(os.cpu_count() or 1, events // worth_a_process + 1))]
    for part in sorted(parts, key=lambda part: -part.end):
        min(cut, key=lambda given: sum(each.end for each in given)).append(part)
    rewards = _ends(moment, [source for source in recorded if source.kind == "rewards"])
    of_shop = sorted(_ends(moment, [source for source in recorded if source.of_shop]), key=lambda said: -said[-1])
    share = partial(Share, services=services, kafka=servers.kafka,
                    database_url=servers.database_url, recorded=recorded, reward_ends=rewards)  # fmt: skip
    if len(cut) == 1:
        return 1, [share(0, parts=parts, shop=of_shop)]
    of_events = [share(number, parts=given) for number, given in enumerate(cut)]
    return len(cut), [*of_events, *(share(number, shop=[said]) for number, said in enumerate(of_shop, len(cut)))]


def _ends(moment: "Moment", wanted: Sequence[Source]) -> list[tuple[Source, int, int]]:
    """All partitions of these topics, with where they end."""
    return [
        (source, number, moment.ends[TopicPartition(source.name, number)])
        for source in wanted
        for number in range(source.topic.partitions)
    ]


class Judging:
    """What all shares found together, and what stands on the topics that events owe something to."""

    def __init__(
        self, services: Mapping[str, Audited], recorded: Sequence[Source], moment: "Moment", kafka: Topics,
        connection: Connection, *, strangers: bool,
    ) -> None:  # fmt: skip
        self._services = services
        self._recorded = recorded
        self._moment = moment
        self._rewards, self._letters, self._ids = owed.rewards_law(), owed.letters_law(), owed.ids_law()
        self._paid, self._dead = owed.Owed(self._rewards, self._ids), owed.Owed(self._letters, self._ids)
        self._same = Windows.law()
        self._database = connection
        self._windows = Windows(kafka, connection, self._same)
        self._strangers = strangers
        self.totals = Totals()
        self.events = 0
        self.rows = 0

    async def look(self) -> None:
        """At the topics that events owe something to."""
        for source in self._recorded:
            if not (source.stamped or source.of_shop or source.counted):
                for partition in range(source.topic.partitions):
                    await self._other(source, partition)

    async def verdicts(self, shares: Sequence[Found]) -> list[Judged]:
        """After a look: of what all share, of each service, of each service's own laws."""
        self._paid.compare(found.rewards for found in shares)
        self._dead.compare(found.letters for found in shares)
        self.events = sum(found.events for found in shares)
        self.rows = sum(found.rows for found in shares) + self._windows.rows
        here = [Judged.of("", law) for law in (self._same, reading.law(), self._ids, self._rewards, self._letters)]
        of_books = await accounts.compare(
            self._database, self._recorded, self._moment.ends, [found.moved for found in shares]
        )
        books = [Judged.of(service, law) for service, law in of_books]
        theirs = [Judged.of(service, law) for found in shares for (service, _), law in found.findings.items()]
        own = [judged for found in shares for judged in found.laws]
        return merged([*here, *theirs, *books, *([Judged.of("", self._able(shares, own))] if own else []), *own])

    def _able(self, shares: Sequence[Found], own: Sequence[Judged]) -> Finding:
        able = Finding("laws_able", "各项规则都能判断所见到的内容", "every law of a service can judge what it meets")
        able.checked = len({(judged.service, judged.verdict.name) for judged in own})
        for found in shares:
            for sentence in found.failed:
                able.note(sentence)
        return able

    async def _other(self, source: Source, partition: int) -> None:
        at = TopicPartition(source.name, partition)
        settled = self._moment.settled[at]
        async for text in self._windows.of(source, partition, self._moment.ends[at]):
            for row in lines.rows(text):
                if source.kind in ("rewards", "results"):
                    self.totals.see(row)
                ours = reading.service_of(row) in self._services
                if (source.owed and (self._strangers or ours)) or (source.kind == "results" and ours):
                    self._paid.find(row, settled=int(row.offset) < settled)
                elif source.kind == "dead" and source.service:
                    self._dead.find(row, settled=int(row.offset) < settled)
