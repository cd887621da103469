"""How long answers take over millions of recorded events, by which index, and what their index costs the record.

    python tests/bench/answers.py --quick             200,000 events
    python tests/bench/answers.py --events 10000000   as many as there is time and disk for
    python tests/bench/answers.py --write-path        what the record's COPY costs a row, without answers and with

Starts a PostgreSQL of its own, fills it by COPY as the record does, and prints the median and the slowest of 50 of
each answer, and the indexes that PostgreSQL says it used. Writes no file.
"""

import argparse
import asyncio
import io
import random
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any
from zlib import crc32

import orjson
import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))


from fairground_contracts import topics
from fairground_contracts.activities import ActivityPublished
from fairground_embedded import Postgres
from fairground_lottery.rules import form, load
from fairground_lottery.traffic import rules as wheel_rules
from fairground_record import answers, shop
from fairground_record.database import Connection, connect, migrate, register
from fairground_record.rows import COLUMNS
from fairground_record.sources import Source, sources
from fairground_record.sql import query
from fairground_record.tallying import tally, tally_now_and_then

WHEELS, MEMBERS_AN_EVENT, PARTITIONS = 64, 20, 4
CHUNK = 100_000
TIMES = 50
START_S = 1_496_282_400  # 2017-06-01 10:00 in Shanghai
HEAVY = "m-heavy"  # has a thousand events

EVENTS, REWARDS, RESULTS = topics.events("lottery").name, topics.REWARDS.name, topics.REWARD_RESULTS.name
ORDERS = topics.ORDERS.name

_REWARD = {"reward": "points", "amount": 10, "value_fen": 10, "ref": "", "name": "积分"}
_REFUSED = {
    "reason": "no_chances", "zh": "抽奖次数不足。", "en": "There are not enough chances left.", "help_zh": "明天再来",
    "help_en": "come again tomorrow", "draws": 1, "risk": 0,
}  # fmt: skip
_MISSED = {
    "alias": "0123456789abcdef", "index": 0, "draws": 1, "attempt": 0, "drawn_id": "thanks", "prize_id": "thanks",
    "chance": "free", "cause": "", "day": "2017-06-01", "risk": 0,
}  # fmt: skip
_WON = _MISSED | {"drawn_id": "points", "prize_id": "points", "reward": _REWARD}

#: Which answers there are, and the SQL behind each.
_QUERIES = {
    "winners": ["winners"], "member": ["newest_of_member"], "odds": ["publication"],
    "statistics": ["people", "totals", "days"], "explain": ["of_command"],
}  # fmt: skip


_INDEX = re.compile(r"(?:Index (?:Only )?Scan(?: Backward)? using|Bitmap Index Scan on) (\w+)")
_WHOLE = re.compile(r"\bSeq Scan on (\w+)")


class Log:
    """Lines of COPY for believable events: draws of many members at many wheels, rewards, results, refusals."""

    def __init__(self, recorded: tuple[Source, ...], events: int) -> None:
        self.ids = {source.name: source.id for source in recorded}
        self._members = max(events // MEMBERS_AN_EVENT, 100)
        self._random = random.Random(1)
        self._seconds = max(60 * 86_400 / events, 0.001)  # sixty days, however many events
        self._ends: dict[tuple[int, int], int] = {}
        self.number = 0
        self.last_command = ""

    def publications(self) -> Iterator[bytes]:
        """Each wheel is published once."""
        for wheel in range(WHEELS):
            rules = wheel_rules(0) | {"id": f"wheel-{wheel}", "audience": {"holdout": "5%"}}
            rules = form(load(rules))  # points without any limit
            data = {"activity_id": f"wheel-{wheel}", "version": 1, "service": "lottery", "rules": rules,
                    "rules_sha256": "0" * 64, "seed_sha256": "0" * 64, "by": "bench", "why": ""}  # fmt: skip
            at, request = wheel % PARTITIONS, f"publish-{wheel}"
            yield self._line(EVENTS, at, ActivityPublished.type, START_S, wheel, request, data, f"lottery-{wheel}")

    def lines(self, events: int) -> Iterator[bytes]:
        """So many events more, with the rewards and results that follow."""
        for _ in range(events):
            self.number += 1
            wheel = self._random.randrange(WHEELS)
            heavy = self.number % 200 == 0 and self.number <= 200_000
            member = HEAVY if heavy else f"m-{self._random.randrange(self._members)}"
            yield from self._draw(wheel, member, START_S + int(self.number * self._seconds))

    def _draw(self, wheel: int, member: str, at_s: int) -> Iterator[bytes]:
        """One draw: refused, missed, or won with a reward that mostly is delivered."""
        dice, command = self._random.random(), f"request-{self.number}"
        self.last_command = command
        at, event_id = wheel % PARTITIONS, f"lottery-1-{wheel % PARTITIONS}-{self.number}-0"
        said = {"activity_id": f"wheel-{wheel}", "version": 1, "member_id": member}
        if dice < 0.12:
            yield self._line(EVENTS, at, "lottery.draw.refused.v1", at_s, wheel, command, said | _REFUSED, event_id)
            return
        won = dice > 0.85
        type_, drawn = ("lottery.prize.won.v1", _WON) if won else ("lottery.draw.missed.v1", _MISSED)
        yield self._line(EVENTS, at, type_, at_s, wheel, command, said | drawn, event_id)
        if won:
            at, reward_id = crc32(member.encode()) % PARTITIONS, f"{event_id}-r"
            granted = said | {"service": "lottery", "prize_id": "points", "reward": _REWARD}
            yield self._line(REWARDS, at, "fairground.reward.granted.v1", at_s, wheel, event_id, granted, reward_id)
            if dice > 0.9:
                delivered = {"reward_id": reward_id, "member_id": member}
                yield self._line(
                    RESULTS, at, "fairground.reward.delivered.v1", at_s, -1, "", delivered, f"d-{event_id}"
                )

    def _line(
        self, topic: str, partition: int, type_: str, at_s: int, wheel: int, cause: str, data: dict[str, Any], id_: str
    ) -> bytes:
        at = (self.ids[topic], partition)
        offset = self._ends.get(at, 0)
        self._ends[at] = offset + 1
        sent = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at_s))
        reward = data.get("reward_id") or (id_ if topic == REWARDS else "")
        activity = f"wheel-{wheel}" if wheel >= 0 else ""
        return "\t".join((
            str(at[0]), str(partition), str(offset), "t", "", "", id_, type_, "/fairground/lottery", sent, activity,
            cause, "", data.get("member_id", ""), "", reward, data.get("prize_id", ""), data.get("reason", ""),
            str(at_s * 1000), activity, orjson.dumps(data).decode(), "",
        )).encode() + b"\n"  # fmt: skip

    def orders(self, orders: int) -> bytes:
        """So many paid orders of the same members, from a month before on; one in twenty is refunded."""
        lines, topic = [], self.ids[ORDERS]
        for number in range(orders):
            member = f"m-{self._random.randrange(self._members)}"
            at_ms = (START_S - 30 * 86_400) * 1000 + int(number * 90 * 86_400_000 / orders)
            said = [("paid", 1750)] + ([("refunded", 900)] if number % 20 == 0 else [])
            for what, amount_fen in said:
                at = (topic, crc32(member.encode()) % PARTITIONS)
                offset = self._ends[at] = self._ends.get(at, -1) + 1
                lines.append(f"{topic}\t{at[1]}\t{offset}\t{what}\t{member}\to-{number}\t{at_ms}\t{amount_fen}\n")
        for at in self._ends:
            self._ends[at] += at[0] == topic
        return "".join(lines).encode()

    async def written(self, connection: Connection) -> None:
        """The positions that the record would have."""
        rows = [(topic, partition, end) for (topic, partition), end in self._ends.items()]
        await connection.execute("TRUNCATE positions")
        await connection.copy_records_to_table("positions", records=rows, columns=["topic", "partition", "next_offset"])


async def copy(connection: Connection, text: bytes) -> float:
    """COPY as the record does it; returns the seconds."""
    began_s = time.monotonic()
    await connection.copy_to_table("records", source=io.BytesIO(text), columns=COLUMNS, format="text", null="")
    return time.monotonic() - began_s


async def filled(connection: Connection, events: int) -> Log:
    """A record of so many events, whose figures are up to date."""
    await migrate(connection)
    log = Log(await register(connection, sources(("lottery",))), events)
    await copy(connection, b"".join(log.publications()))
    spent_s, rows, began_s = 0.0, 0, time.monotonic()
    for first in range(0, events, CHUNK):
        lines = list(log.lines(min(CHUNK, events - first)))
        spent_s += await copy(connection, b"".join(lines))
        rows += len(lines)
        if first % 1_000_000 == 0:
            print(f"{time.monotonic() - began_s:5.0f} s  {log.number:,} events", flush=True)
    orders = io.BytesIO(log.orders(events // 5))
    await connection.copy_to_table("shop_facts", source=orders, columns=shop.COLUMNS, format="text", null="")
    await log.written(connection)
    began_s = time.monotonic()
    counted = await tally(connection, 3600)
    seconds = time.monotonic() - began_s
    print(f"{rows:,} rows by COPY: {rows / spent_s:,.0f} rows/s; the figures of {counted:,} of them: "
          f"{counted / seconds:,.0f} rows/s", flush=True)  # fmt: skip
    await connection.execute("ANALYZE", timeout=600)
    return log


def questions(connection: Connection, log: Log) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Each with other arguments every time, so that nobody is answered from what was just read."""
    dice = random.Random(2)

    def wheel() -> str:
        return f"wheel-{dice.randrange(WHEELS)}"

    def somebody() -> str:
        return f"m-{dice.randrange(log._members)}"

    def request() -> str:
        return f"request-{dice.randrange(1, log.number)}"

    at_ms = (START_S + 60 * 86_400) * 1000
    return {
        "winners": lambda: answers.winners(connection, wheel()),
        "member (20 events)": lambda: answers.member(connection, somebody(), at_ms),
        "member at one activity": lambda: answers.member(connection, somebody(), at_ms, wheel()),
        "member with 1,000 events": lambda: answers.member(connection, HEAVY, at_ms),
        "odds page": lambda: answers.odds(connection, wheel(), 1),
        "statistics": lambda: answers.statistics(connection, wheel()),
        "explain a request": lambda: answers.explain(connection, request(), most=0),
        "explain a member": lambda: answers.explain_member(connection, somebody()),
    }


async def measured(connection: Connection, log: Log) -> None:
    """Median and slowest of each answer."""
    print(f"\n{'answer':28}{'p50, ms':>10}{'max, ms':>10}")
    for name, ask in questions(connection, log).items():
        took_ms = []
        for _ in range(TIMES + 5):
            began_s = time.monotonic()
            await ask()
            took_ms.append((time.monotonic() - began_s) * 1000)
        took_ms = took_ms[5:]  # statements are prepared by then
        print(f"{name:28}{median(took_ms):10.2f}{max(took_ms):10.2f}", flush=True)
    once: dict[str, Callable[[], Awaitable[Any]]] = {
        "customers of a wheel": lambda: answers.customers(connection, "wheel-3"),
        "uplift of a wheel": lambda: answers.uplift(connection, "wheel-3"),
        "reconcile a wheel": lambda: answers.reconcile(connection, "wheel-3"),
        "figures before and after": lambda: answers.explain(connection, log.last_command, most=10**9),
    }
    for name, ask in once.items():
        began_s = time.monotonic()
        await ask()
        print(f"{name + ' (once)':28}{(time.monotonic() - began_s) * 1000:10.0f}", flush=True)


async def explained(connection: Connection, log: Log) -> None:
    """The indexes that PostgreSQL uses for each query."""
    arguments: dict[str, tuple[Any, ...]] = {
        "winners": ("wheel-3", 20), "newest_of_member": ("m-7", None, 20_000), "publication": ("wheel-3", 1),
        "people": ("wheel-3",), "totals": ("wheel-3",),
        "days": ("wheel-3", [(START_S + day * 86_400) // 900 for day in range(46, 60)]),
        "of_command": (f"request-{log.number // 2}", 1000),
    }  # fmt: skip
    print()
    for name, queries in _QUERIES.items():
        for each in queries:
            rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {query(each)}", *arguments[each])
            plan = "\n".join(row[0] for row in rows)
            scans = list(dict.fromkeys(_INDEX.findall(plan))) or await _used(connection, each, arguments[each])
            whole = dict.fromkeys(_WHOLE.findall(plan))
            shown = re.search(r"Execution Time: ([\d.]+) ms", plan)
            print(f"{name:12}{each:18}{shown[1] if shown else '?':>9} ms  by {', '.join(scans) or '-'}"
                  f"{'; whole tables: ' + ', '.join(whole) if whole else ''}")  # fmt: skip


async def _used(connection: Connection, name: str, arguments: tuple[Any, ...]) -> list[str]:
    """The indexes that a query uses within a function, where EXPLAIN does not look: those that count more scans."""
    counted: list[dict[str, int]] = []
    for _ in range(2):
        await connection.execute("SELECT pg_stat_force_next_flush()")
        rows = await connection.fetch("SELECT indexrelname, idx_scan FROM pg_stat_user_indexes")
        counted.append(dict(rows))
        await connection.fetch(query(name), *arguments)
    before, after = counted
    return sorted(index for index in after if after[index] > before.get(index, 0))


async def write_path(url: str, rounds: int, events: int) -> None:
    """The record's COPY into the tables as 0001 made them, with what others add, and while figures are counted, too."""
    texts = files("fairground_record").joinpath("migrations")
    first = texts.joinpath("0001_records.sql").read_text("utf-8")
    second = "".join(texts.joinpath(name).read_text("utf-8") for name in ("0002_answers.sql", "0003_shop.sql"))
    found: dict[str, list[float]] = {"0001 alone": [], "with the others": [], "while figures are counted": []}
    for number in range(rounds):
        for name, rates in found.items():
            connection = await connect(url)
            await connection.execute("DROP SCHEMA IF EXISTS record CASCADE")
            await connection.execute("CREATE SCHEMA record")
            await connection.execute(first if name == "0001 alone" else first + second)
            counting = asyncio.create_task(tally_now_and_then(lambda: connect(url), 0.1)) if "while" in name else None
            rates.append(await _cost_us(connection, events))
            if counting is not None:
                counting.cancel()
                await asyncio.gather(counting, return_exceptions=True)
            print(f"round {number + 1}: {name}: {rates[-1]:.2f} us of PostgreSQL's CPU a row", flush=True)
            await connection.close()
    before = median(found["0001 alone"])
    for name, rates in found.items():
        print(f"median {name}: {median(rates):.2f} us, {median(rates) / before:.3f}")


async def _cost_us(connection: Connection, events: int) -> float:
    """CPU time of the backend that copies, a row, over batches as large as the record's: steadier than rows/s."""
    log, rows = Log(await register(connection, sources(("lottery",))), events), 0
    backend = psutil.Process(connection.get_server_pid())
    spent_s = 0.0
    for begin in range(0, events, 5_000):
        lines = list(log.lines(min(5_000, events - begin)))
        rows += len(lines)
        before = backend.cpu_times()
        await copy(connection, b"".join(lines))
        after = backend.cpu_times()
        spent_s += after.user + after.system - before.user - before.system
        await log.written(connection)
    return spent_s / rows * 1e6


async def main(arguments: argparse.Namespace) -> None:
    """Everything that was asked for."""
    with tempfile.TemporaryDirectory(prefix="fairground-answers-", ignore_cleanup_errors=True) as directory:
        postgres = Postgres(Path(directory) / "postgres")
        await postgres.start()
        try:
            if arguments.write_path:
                await write_path(postgres.address, 7, arguments.events or 200_000)
                return
            connection = await connect(postgres.address, 600)
            log = await filled(connection, 200_000 if arguments.quick else arguments.events or 2_000_000)
            await measured(connection, log)
            await explained(connection, log)
            await connection.close()
        finally:
            await postgres.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="200,000 events")
    parser.add_argument("--events", type=int, default=0, help="how many events (default 2,000,000)")
    parser.add_argument("--write-path", action="store_true", help="what the indexes cost the record, instead")
    asyncio.run(main(parser.parse_args()))
