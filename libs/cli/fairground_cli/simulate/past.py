"""The crowd that was asked for: made-up members, or orders of a past, moved into the activity's window."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from rich.markup import escape

from fairground_cli import ordertable
from fairground_cli.demo import baskets
from fairground_cli.demo.shop import member_id, refunds
from fairground_cli.orders import once, told_columns, told_malformed
from fairground_cli.ordertable import Malformed, Order, Reading
from fairground_cli.simulate.crowd import Crowd, MadeUp, Moved, Past, moved
from fairground_cli.simulate.figures import CrowdFigures
from fairground_cli.simulate.words import say
from fairground_cli.terminal import err
from fairground_cli.trouble import Trouble
from fairground_decider.simulation import Plan
from fairground_embedded import cache_directory

_SHOP_SEED = 1  # of which of the demo's orders are refunded


class Asked(NamedTuple):
    """The crowd that the command line asks for; exactly one of the first three is given."""

    orders: Path | None
    demo_orders: bool
    members: int | None
    shift_days: int | None
    columns: Mapping[str, str | None]  # of a file of orders
    reading: Reading


class Gathered(NamedTuple):
    """The crowd, and what there is to say of it."""

    crowd: Crowd
    figures: CrowdFigures
    orders: Moved | None
    malformed: list[Malformed]  # lines of the file that say nothing usable


def gathered(asked: Asked, plan: Plan) -> Gathered:
    """The crowd. Raises Trouble: a file that cannot be read, or in which nothing lies in the window."""
    if asked.members is not None:
        figures = CrowdFigures(kind="members", members=asked.members, orders=None, moved_days=0)
        return Gathered(MadeUp(asked.members), figures, None, [])
    malformed: list[Malformed] = []
    found = list(_of_the_demo() if asked.orders is None else _of_file(asked.orders, asked, malformed))
    there = moved(found, plan, asked.shift_days)
    if not there.orders:
        told_malformed(malformed)
        raise Trouble(say("no-orders", orders=len(found)), 1)
    figures = CrowdFigures(
        kind="orders" if asked.orders is not None else "demo-orders",
        members=len({order.member_id for order in there.orders}), orders=len(there.orders), moved_days=there.days,
    )  # fmt: skip
    return Gathered(Past(there.orders), figures, there, malformed)


def _of_file(file: Path, asked: Asked, malformed: list[Malformed]) -> Iterator[Order]:
    ordertable.check_zone(asked.reading.zone)
    seen: dict[str, int] = {}
    with ordertable.opened(file) as table:
        named = ordertable.columns(table.columns, asked.columns)
        err().print(escape(told_columns(named, asked.reading)))
        for line, _, row in table.rows:
            order = once(line, ordertable.order(line, row, named, asked.reading), seen)
            if isinstance(order, Malformed):
                malformed.append(order)
            else:
                yield order


def _of_the_demo() -> Iterator[Order]:
    """The baskets of a real year; as many of them are refunded as the demo's shop refunds."""
    there = baskets.load(cache_directory())
    refunded = refunds(there, _SHOP_SEED)
    for row in range(len(there)):
        since_ms = refunded.get(row)
        yield Order(
            str(there.order_ids[row]), member_id(there, row), there.times_ms[row], there.amounts_fen[row],
            "paid" if since_ms is None else "refunded", since_ms,
        )  # fmt: skip
