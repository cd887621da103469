"""An intake for the toy: each paid order of a shop of its own asks for a ticket. Its `broken` version has a bug."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from fairground_contracts import topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import Message
from fairground_contracts.orders import OrderPaid
from fairground_contracts.topics import Topic
from fairground_decider import Translated
from fairground_runtime.worker import Activity, Intake
from tests.toy import TakeTicket

#: What the broken version stumbles over.
POISON = "poison"


def orders(name: str) -> Topic:
    """The shop's topic."""
    return replace(topics.ORDERS, name=f"{name}.orders")


def with_intake(activity: Activity, version: str) -> Activity:
    """The toy with an intake: `broken` or `mended`."""
    translate = _broken if version == "broken" else _mended
    return replace(activity, intake=Intake((orders(activity.name),), {OrderPaid.type: OrderPaid}, translate))


def _mended(event: CloudEvent, message: Message, _activities: Mapping[str, Any]) -> Iterable[Translated]:
    assert isinstance(message, OrderPaid)
    ticket = TakeTicket(activity_id="act-1", member_id=message.member_id, order_id=message.order_id)
    yield Translated("act-1", f"paid:{message.order_id}", event.time, ticket)


def _broken(event: CloudEvent, message: Message, activities: Mapping[str, Any]) -> Iterable[Translated]:
    if POISON in getattr(message, "order_id", ""):
        raise KeyError("rules of a version that is not known yet")
    return _mended(event, message, activities)
