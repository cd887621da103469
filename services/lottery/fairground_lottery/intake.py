"""What the shop's orders mean to wheels: chances for paid orders, and nothing left of void ones. Pure."""

from collections.abc import Iterable, Mapping
from typing import Literal

from fairground_contracts.activities import ActivityListed, Status
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import CommandMessage, Message
from fairground_contracts.orders import OrderCancelled, OrderPaid, OrderRefunded
from fairground_decider import Translated
from fairground_lottery.contract import SERVICE, EarnChances, RevokeOrder
from fairground_lottery.rules import Rules, load

_DAY_MS = 86_400_000


def translate(event: CloudEvent, message: Message, activities: Mapping[str, ActivityListed]) -> Iterable[Translated]:
    """One command for each wheel that the order concerns.

    Ids come from the order, so that a repeated event makes the same command. The wheel decides for itself; left out is
    only what cannot matter to it: payments outside its window, refunds when no order of its window is refundable.
    """
    time_ms = event.time_ms
    if isinstance(message, OrderPaid):
        for wheel in _earning(activities):
            if wheel.starts_ms <= time_ms < wheel.ends_ms:
                earn = EarnChances(
                    activity_id=wheel.id,
                    member_id=message.member_id,
                    order_id=message.order_id,
                    amount_fen=message.amount_fen,
                )
                yield _command("paid", message.order_id, wheel, event, earn)
    elif isinstance(message, OrderCancelled) or (isinstance(message, OrderRefunded) and message.full):
        why: Literal["cancelled", "refunded"] = "cancelled" if isinstance(message, OrderCancelled) else "refunded"
        for wheel in _earning(activities, ("running", "paused", "ended")):
            if wheel.starts_ms <= time_ms < wheel.ends_ms + wheel.refund_window_days * _DAY_MS:
                revoke = RevokeOrder(
                    activity_id=wheel.id, member_id=message.member_id, order_id=message.order_id, why=why
                )
                yield _command(why, message.order_id, wheel, event, revoke)


def _command(cause: str, order_id: str, wheel: Rules, event: CloudEvent, data: CommandMessage) -> Translated:
    return Translated(wheel.id, f"{cause}:{order_id}:{wheel.id}", event.time, data)


def _earning(
    activities: Mapping[str, ActivityListed], statuses: tuple[Status, ...] = ("running", "paused")
) -> Iterable[Rules]:
    """The wheels at which orders count and that stand like this. A pause stops draws, not what members earn."""
    for row in activities.values():
        if row.service == SERVICE and row.status in statuses:
            known = _READ.get(row.activity_id)
            if known is None or known[0] is not row:
                known = _READ[row.activity_id] = (row, load(row.rules))
            if known[1].orders is not None:
                yield known[1]


#: Rows whose rules were read already: rules are read once a version, not once an order.
_READ: dict[str, tuple[ActivityListed, Rules]] = {}
