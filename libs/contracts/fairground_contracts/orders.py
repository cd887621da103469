"""Orders, as the shop says them on `shop.orders`. When something happened is the event's `ce_time`.

Shops repeat themselves and send late and out of order: a reader recognises an order by its id, never by its place.
"""

from typing import ClassVar

from pydantic import Field

from fairground_contracts.message import Fen, Id, Message


class OrderItem(Message):
    """One line of an order: so many of one article."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    sku: Id  # the article
    name: str = Field(default="", max_length=200)  # the article's name, as the member saw it
    category: str = Field(default="", max_length=128)  # the shop's category; empty where it has none
    quantity: int = Field(default=1, ge=1, le=10**6)  # pieces
    amount_fen: Fen = 0  # for all pieces, after discounts


class _Order(Message):
    order_id: Id  # the order's number in the shop; the same in all events of one order
    member_id: Id  # who ordered


class _Basket(_Order):
    amount_fen: Fen  # what the member pays, after discounts; 0 for a free order
    channel: str = Field(default="", max_length=64)  # where it was ordered: app, mini_program, web, store
    shop_id: str = Field(default="", max_length=128)  # the branch or the seller; empty where there is only one
    items: tuple[OrderItem, ...] = Field(default=(), max_length=1000)  # what was ordered; empty where nobody needs it


class OrderCreated(_Basket):
    """A member placed an order; nothing is paid yet."""

    type: ClassVar[str] = "shop.order.created.v1"


class OrderPaid(_Basket):
    """An order was paid in full: this is what earns chances, stamps and seats."""

    type: ClassVar[str] = "shop.order.paid.v1"


class OrderCancelled(_Order):
    """An order will not be carried out; what was paid comes back as a refund of its own."""

    type: ClassVar[str] = "shop.order.cancelled.v1"
    reason: str = Field(default="", max_length=200)  # the shop's reason, in its words


class OrderRefunded(_Order):
    """Money went back to the member: part of what was paid, or the rest of it."""

    type: ClassVar[str] = "shop.order.refunded.v1"
    refund_id: str = Field(default="", max_length=128)  # the refund's number: an order can be refunded several times
    amount_fen: Fen  # of this refund
    refunded_total_fen: Fen  # of all refunds of the order up to this one
    paid_fen: Fen  # what was paid for the order: it is fully refunded once refunded_total_fen reaches this
    reason: str = Field(default="", max_length=200)  # the shop's reason, in its words

    @property
    def full(self) -> bool:
        """Whether nothing of what was paid is left with the shop."""
        return self.refunded_total_fen >= self.paid_fen


class OrderCompleted(_Order):
    """The goods arrived, and the time for returning them is over."""

    type: ClassVar[str] = "shop.order.completed.v1"
    amount_fen: Fen  # what stayed paid after refunds
