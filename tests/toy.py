"""A whole activity service on one page: tickets of which there are only so many. For tests of everything that runs
services without knowing them (worker, record, audit, simulation)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal

import msgspec
from pydantic import Field

from fairground_contracts.message import CommandMessage, Id, Message
from fairground_contracts.rewards import Reward, RewardGranted
from fairground_contracts.topics import REWARDS
from fairground_decider import Command, Event, Outgoing, State, Touched

STOCK = 10  # tickets of an activity whose stock nobody has set


class SetStock(CommandMessage):
    """From now on this many tickets in all; never fewer than are taken."""

    type: ClassVar[str] = "toy.stock.set.v1"
    activity_id: Id
    stock: int = Field(ge=0, le=10**9)


class TakeTicket(CommandMessage):
    """A member asks for `count` tickets: as many outcomes."""

    type: ClassVar[str] = "toy.ticket.take.v1"
    activity_id: Id
    member_id: Id
    count: int = Field(default=1, ge=1, le=100)
    order_id: str = ""


class CloseActivity(CommandMessage):
    """Forget everything about the activity."""

    type: ClassVar[str] = "toy.activity.close.v1"
    activity_id: Id


class StockChanged(Message):
    """There are this many tickets."""

    type: ClassVar[str] = "toy.stock.changed.v1"
    activity_id: Id
    stock: int


class TicketTaken(Message):
    """One ticket is gone, and the member is owed its reward."""

    type: ClassVar[str] = "toy.ticket.taken.v1"
    activity_id: Id
    member_id: Id
    number: int
    reward: Reward
    order_id: str = ""


class TicketRefused(Message):
    """No ticket, and why."""

    type: ClassVar[str] = "toy.ticket.refused.v1"
    activity_id: Id
    member_id: Id
    reason: Literal["sold_out"]
    order_id: str = ""


class ActivityClosed(Message):
    """Its state is gone."""

    type: ClassVar[str] = "toy.activity.closed.v1"
    activity_id: Id


class Toy:
    """Tickets: an activity's `stock` record, its `taken` counter, and a `m:<member>` record with their numbers."""

    name = "toy"
    commands: Mapping[str, type[CommandMessage]] = {kind.type: kind for kind in (SetStock, TakeTicket, CloseActivity)}
    events: Mapping[str, type[Message]] = {
        kind.type: kind for kind in (StockChanged, TicketTaken, TicketRefused, ActivityClosed)
    }

    def key(self, command: Any) -> str:
        return str(command.activity_id)

    def touches(self, message: Any) -> Touched:
        member = getattr(message, "member_id", None)
        return Touched(message.activity_id, ("stock",) if member is None else ("stock", f"m:{member}"))

    def decide(self, state: State, command: Command[Any]) -> Iterator[Message]:
        asked = command.data
        if isinstance(asked, SetStock):
            taken = state.counter(asked.activity_id, "taken")
            yield StockChanged(activity_id=asked.activity_id, stock=max(asked.stock, taken))
        elif isinstance(asked, CloseActivity):
            yield ActivityClosed(activity_id=asked.activity_id)
        else:
            for _ in range(asked.count):
                yield self._take(state, asked)

    def _take(self, state: State, asked: TakeTicket) -> Message:
        taken, stock = state.counter(asked.activity_id, "taken"), state.record(asked.activity_id, "stock")
        named = {"activity_id": asked.activity_id, "member_id": asked.member_id, "order_id": asked.order_id}
        if taken >= (STOCK if stock is None else stock):
            return TicketRefused(**named, reason="sold_out")
        return TicketTaken(**named, number=taken + 1, reward=Reward(reward="points", amount=taken + 1, value_fen=1))

    def evolve(self, state: State, event: Event[Any]) -> None:
        happened = event.data
        if isinstance(happened, StockChanged):
            state.put(happened.activity_id, "stock", happened.stock)
        elif isinstance(happened, ActivityClosed):
            state.drop(happened.activity_id)
        elif isinstance(happened, TicketTaken):
            stock = state.record(happened.activity_id, "stock")
            state.count(happened.activity_id, "taken", 1, 0, STOCK if stock is None else stock)
            field = f"m:{happened.member_id}"
            held = state.record(happened.activity_id, field) or ()
            state.put(happened.activity_id, field, (*held, happened.number))

    def effects(self, event: Event[Any]) -> Iterable[Outgoing]:
        happened = event.data
        if isinstance(happened, TicketTaken):
            granted = RewardGranted(
                member_id=happened.member_id, activity_id=happened.activity_id, service=self.name, version=1,
                reward=happened.reward,
            )  # fmt: skip
            yield Outgoing(REWARDS.name, happened.member_id, f"{event.id}-r", happened.activity_id, granted)

    def encode(self, record: Any) -> bytes:
        return msgspec.msgpack.encode([f"{'stock' if isinstance(record, int) else 'tickets'}1", record])

    def decode(self, field: str, stored: bytes) -> Any:
        tag, record = msgspec.msgpack.decode(stored)
        assert tag in ("stock1", "tickets1"), tag
        return tuple(record) if tag == "tickets1" else record


TOY = Toy()
