"""What a new version may not take from members once the activity has begun.

Packets keep the terms that they were sent with; promised is what is still to come: packets for orders and rewards, what
members may send, the budget that pays it, and for whom it is. Every field of the rules has its direction here. What
operators send is their own affair; risk levels, and who is kept out by name, protect from fraud and may change at any
time.
"""

from collections.abc import Mapping
from typing import Any

from fairground_activities.files import Problems
from fairground_activities.promises import (
    BY_PARTS,
    FREE,
    HEADING,
    Promise,
    Table,
    compare,
    compare_audience,
    compare_part,
    gone_or_same,
    kept_or_same,
    limit_not_lowered,
    not_less,
    not_more,
    same,
    still_yes,
    superset,
)
from fairground_redpacket.rules.model import GiftRule, PacketRule, RainRule, Range, Rules, Session


def _wider(before: Range, after: Range) -> bool:
    """Whatever could be chosen still can be."""
    return after.least <= before.least and after.most >= before.most


_STAYS = Promise(same)
_LIMIT = Promise(limit_not_lowered)
_IN_FORCE = FREE  # a published session never changes, begun or not: see `unchangeable`

#: Each part of the rules, and where its fields may go.
PROMISES: Mapping[type[Any], Table] = {
    Rules: {
        **HEADING,
        **dict.fromkeys(("packets", "orders", "rewards", "audience"), BY_PARTS),
        "each_fen": _STAYS,  # how packets are divided
        "rain": _IN_FORCE,
        **{name: _LIMIT.at(f"quotas.{name}") for name in (
            "per_member_day", "per_member_total", "per_day", "total",
        )},
        "budget_fen": _LIMIT.at("budget.total_fen"),
        "budget_per_day_fen": _LIMIT.at("budget.per_day_fen"),
        "eligible": Promise(gone_or_same),
        "refuse_risk": FREE,  # against fraud
        "second_bill": Promise(still_yes),
        "keep_days": FREE,  # how long a worker has at hand what the record keeps for ever
    },
    PacketRule: {  # that members send
        "funds": Promise(same, "funded_by"),
        "senders": FREE,  # it follows from who pays
        "splits": Promise(superset),
        "access": Promise(superset),
        "count": Promise(_wider),
        "total_fen": Promise(_wider),
        "expire_minutes": Promise(not_less),
        "sender_grabs": Promise(still_yes),
        "guesses": Promise(not_less),
        "answer_minutes": Promise(not_less),
    },
    GiftRule: {
        "total_fen": Promise(not_less),
        "count": _STAYS,  # more shares of the same would be smaller ones
        "split": _STAYS,
        "form": _STAYS,
        "min_order_fen": Promise(not_more),
        "on_refund": Promise(kept_or_same),
    },
    RainRule: dict.fromkeys(("sessions", "per_member", "tap_ms"), _IN_FORCE),
    Session: dict.fromkeys(("id", "starts", "starts_ms", "seconds", "total_fen", "count", "pools"), _IN_FORCE),
}  # fmt: skip

#: Of the platform's packets: those of orders and rewards last so long, too.
_PLATFORM = {name: PROMISES[PacketRule][name] for name in ("funds", "expire_minutes")}


def promises_kept(before: Rules, after: Rules, problems: Problems) -> None:
    """Note what the new version would take from members."""
    compare(PROMISES[Rules], before, after, problems)
    compare_audience(before.audience, after.audience, problems)
    if before.packets is not None and after.packets is not None:
        table = PROMISES[PacketRule] if before.packets.funds == "member" else _PLATFORM
        compare(table, before.packets, after.packets, problems, "packets")
    compare_part(PROMISES[GiftRule], before.orders, after.orders, problems, "orders")
    compare_part(PROMISES[GiftRule], before.rewards, after.rewards, problems, "rewards")


def unchangeable(before: Rules, after: Rules, problems: Problems) -> None:
    """Note sessions that were published and would change: their packets are there already."""
    if before.rain is None or after.rain is None:
        return
    now = {session.id: session for session in after.rain.sessions}
    limits = (before.each_fen, before.rain.per_member, before.rain.tap_ms)
    for session in before.rain.sessions:
        if now.get(session.id) != session or (after.each_fen, after.rain.per_member, after.rain.tap_ms) != limits:
            problems.add("rain.sessions", "session_changed", session=session.id)
