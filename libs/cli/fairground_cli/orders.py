"""`fairground orders replay`: anybody's own orders, as the shop would have said them."""

import asyncio
from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from cyclopts import Parameter
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from fairground_cli import client, ordertable, places
from fairground_cli.ordertable import Malformed, Order, Reading, Status, Unit
from fairground_cli.places import DATA
from fairground_cli.terminal import DataOption, err, out, run
from fairground_cli.terminal import app as group
from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import Message
from fairground_contracts.orders import OrderCancelled, OrderCreated, OrderPaid, OrderRefunded
from fairground_contracts.topics import ORDERS
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka import topics as kafka_topics
from fairground_runtime.protocol.ports import Stopped, Unavailable

app = group("orders", say("orders-help"))

_SOURCE = "/shop/replay"
_UNDER_WAY = 5_000  # records that may wait for their acknowledgement
_SHOWN = 20  # malformed lines that are shown one by one


def _column(option: str) -> Parameter:
    """The option that names one column of the file."""
    return Parameter(name=f"--{option}", help=say("orders-column-help", what=say(f"what-{option}")))


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Told:
    """What a file of orders does not say by itself. The columns that nobody names are guessed."""

    order_id: Annotated[str | None, _column("order-id")] = None
    member: Annotated[str | None, _column("member")] = None
    time: Annotated[str | None, _column("time")] = None
    amount: Annotated[str | None, _column("amount")] = None
    status: Annotated[str | None, _column("status")] = None
    status_time: Annotated[str | None, _column("status-time")] = None
    zone: Annotated[str, Parameter(name="--zone", help=say("zone-help"))] = "Asia/Shanghai"
    amount_unit: Annotated[Unit, Parameter(name="--amount-unit", help=say("unit-help"))] = "yuan"

    @property
    def columns(self) -> dict[str, str | None]:
        """By option."""
        return {"order-id": self.order_id, "member": self.member, "time": self.time, "amount": self.amount,
                "status": self.status, "status-time": self.status_time}  # fmt: skip

    @property
    def reading(self) -> Reading:
        """How times and amounts are read."""
        return Reading(self.zone, self.amount_unit)


GUESSED = Told()


@app.command(help=say("replay-help"))
def replay(
    file: Annotated[Path, Parameter(help=say("orders-file-argument"))],
    /,
    *,
    told: Told = GUESSED,
    limit: Annotated[int | None, Parameter(help=say("limit-help"))] = None,
    data: DataOption = DATA,
) -> int:
    """Publish each order of the file on shop.orders, with the time at which it happened."""
    ordertable.check_zone(told.zone)
    with ordertable.opened(file) as table:
        named = ordertable.columns(table.columns, told.columns)
        out().print(escape(told_columns(named, told.reading)))
        count = run(_replay(places.kafka(data), table, named, told.reading, limit))
    return _report(count)


def told_columns(named: ordertable.Columns, reading: Reading) -> str:
    """Which column is understood as what."""
    since = f" ({named.status_time})" if named.status_time else ""
    return say(
        "orders-understood", order_id=named.order_id, member=named.member, time=named.time, amount=named.amount,
        status=(named.status or say("orders-all-paid")) + since, zone=reading.zone, unit=reading.unit,
    )  # fmt: skip


@dataclass(slots=True)
class Count:
    """What became of the file's lines."""

    orders: int = 0
    events: int = 0
    malformed: list[Malformed] = field(default_factory=list)


async def _replay(
    kafka: KafkaAddress, table: ordertable.Table, named: ordertable.Columns, reading: Reading, limit: int | None
) -> Count:
    count, seen, waiting = Count(), dict[str, int](), deque[asyncio.Future[Any]]()
    async with client.sender(kafka) as writer:
        try:
            await kafka_topics.provide(kafka, [ORDERS])
        except (Stopped, Unavailable) as error:
            raise Trouble(str(error)) from error
        with _progress(table.size if limit is None else limit) as advance:
            for line, steps, row in table.rows:
                if limit is not None and count.orders >= limit:
                    break
                order = once(line, ordertable.order(line, row, named, reading), seen)
                if isinstance(order, Malformed):
                    count.malformed.append(order)
                    continue
                for kind, event in happened(order):
                    waiting.append(await _send(writer, order, kind, event))
                    count.events += 1
                count.orders += 1
                await _settle(waiting, _UNDER_WAY)
                advance(steps if limit is None else count.orders, count.orders)
        await _settle(waiting, 0)
    return count


def once(line: int, order: Order | Malformed, seen: dict[str, int]) -> Order | Malformed:
    """A second line of the same order is not another order: a table of articles is not one of orders."""
    if isinstance(order, Malformed):
        return order
    first = seen.setdefault(order.order_id, line)
    return order if first == line else Malformed(line, say("orders-repeated", order=order.order_id, line=first))


#: What an order has gone through that is now in this state.
_COURSE: dict[Status, tuple[Status, ...]] = {
    "created": ("created",), "paid": ("created", "paid"), "refunded": ("created", "paid", "refunded"),
    "cancelled": ("created", "cancelled"),
}  # fmt: skip
_MODELS: dict[Status, type[Message]] = {
    "created": OrderCreated, "paid": OrderPaid, "refunded": OrderRefunded, "cancelled": OrderCancelled,
}  # fmt: skip


def happened(
    order: Order, wanted: Container[str] | None = None, make: Callable[..., Message] | None = None
) -> Iterator[tuple[Status, Message]]:
    """What the shop would have said of an order that is now in this state, each with the word that its id ends in.

    `wanted`: only messages of these types; None: all of them. `make`: makes a message of a model and its fields, where
    the model's own way, which validates them, is too slow.
    """
    for status in _COURSE[order.status]:
        model = _MODELS[status]
        if wanted is None or model.type in wanted:
            fields = _fields(order, status)
            yield status, make(model, **fields) if make else model(**fields)


def time_of(order: Order, status: str) -> int:
    """When an order came into this state."""
    return order.time_ms if order.status_ms is None or status != order.status else max(order.status_ms, order.time_ms)


def _fields(order: Order, status: Status) -> dict[str, Any]:
    fields: dict[str, Any] = {"order_id": order.order_id, "member_id": order.member_id}
    if status != "cancelled":
        fields["amount_fen"] = order.amount_fen
    if status == "refunded":
        fields |= {"refunded_total_fen": order.amount_fen, "paid_fen": order.amount_fen}
    return fields


async def _send(writer: AIOKafkaProducer, order: Order, kind: str, event: Message) -> "asyncio.Future[Any]":
    time = cloudevent.format_time(time_of(order, kind))
    made = CloudEvent(f"order-{order.order_id}-{kind}", event.type, _SOURCE, time, order.order_id, b"")
    key, value = order.member_id.encode(), event.model_dump_json().encode()
    try:
        future: asyncio.Future[Any] = await writer.send(ORDERS.name, value, key, headers=cloudevent.headers(made))
    except (KafkaError, OSError) as error:
        raise Trouble(say("client-not-published", topic=ORDERS.name, why=str(error))) from error
    return future


async def _settle(waiting: "deque[asyncio.Future[Any]]", left: int) -> None:
    """Wait until no more than `left` records are unacknowledged. Raises Trouble when one was not taken."""
    while len(waiting) > left:
        try:
            await waiting.popleft()
        except (KafkaError, OSError) as error:
            raise Trouble(say("client-not-published", topic=ORDERS.name, why=str(error))) from error


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int, int], None]]:
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[orders]}"),
        TimeRemainingColumn(), console=err(), transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task(say("orders-progress"), total=total, orders=0)

        def advance(steps: int, orders: int) -> None:
            if orders % 500 == 0:
                bar.update(task, completed=steps, orders=orders)

        yield advance


def _report(count: Count) -> int:
    out().print(escape(say("orders-done", orders=count.orders, events=count.events, topic=ORDERS.name)))
    return told_malformed(count.malformed)


def told_malformed(malformed: Sequence[Malformed]) -> int:
    """Say which lines were not used, the first of them one by one. Returns the exit status."""
    if not malformed:
        return 0
    console = err()
    console.print(f"[yellow]{escape(say('orders-malformed', count=len(malformed)))}[/]")
    for line, why in malformed[:_SHOWN]:
        console.print(escape(say("orders-malformed-line", line=line, why=why)))
    if len(malformed) > _SHOWN:
        console.print(say("orders-malformed-more", count=len(malformed) - _SHOWN))
    return 1
