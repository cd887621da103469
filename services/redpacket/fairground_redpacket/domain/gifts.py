"""Packets that paid orders and rewards of other activities bring, and what becomes of them when those are void.

A cause brings packets once, and a void one none, whichever is heard of first. What cannot be given for a reward is
reported as rejected, so that whoever granted it compensates it by its own rule.
"""

from collections.abc import Iterator

from msgspec import structs

from fairground_activities.seeds import Seeds
from fairground_contracts.refusals import Sentence, yuan
from fairground_contracts.rewards import MOST_AT_ONCE
from fairground_decider import Command, Event, State
from fairground_decider.causes import Seen, digest, remember, seen
from fairground_decider.days import iso
from fairground_redpacket.contract import GiftPacket, GiftRevoked, PacketCreated, PacketRefused, Reason, RevokeGift, ids
from fairground_redpacket.domain import accounts, creation
from fairground_redpacket.domain.creation import FINAL, Served
from fairground_redpacket.domain.publication import LIFECYCLE
from fairground_redpacket.domain.records import member_field
from fairground_redpacket.domain.refusals import Denied
from fairground_redpacket.rules import GiftRule

#: Causes are remembered as long as orders can be refunded.
CAUSE_WINDOW_DAYS = 30

_MANY_KEPT = 50


def decide_gift(_seeds: Seeds, state: State, command: Command[GiftPacket]) -> Iterator[PacketCreated | PacketRefused]:
    """All packets that the cause brings, or none."""
    asked = command.data
    try:
        found, gift = _served(state, command)
        creation.quotas(state, found, asked.activity_id, "")
        creation.budget(state, found, asked.activity_id, gift.total_fen * asked.packets)
    except Denied as refused:
        yield creation.refusal(
            state, asked, refused, cause=asked.cause, order_id=asked.order_id, granted_by=asked.granted_by,
            missing_fen=refused.missing_fen,
        )  # fmt: skip
        return
    for number in range(asked.packets):
        yield PacketCreated(
            activity_id=asked.activity_id,
            version=found.standing.version,
            member_id=asked.member_id,
            packet_id=ids.gift_of(asked.activity_id, asked.cause, number),
            packet=creation.gift_packet(found, gift, asked.member_id, command.time_ms),
            day=iso(found.day),
            cause=asked.cause,
            order_id=asked.order_id,
            granted_by=asked.granted_by,
            number=number,
            packets=asked.packets,
        )


def _served(state: State, command: Command[GiftPacket]) -> tuple[Served, GiftRule]:
    """A pause stops nothing here: what members have earned does not wait for operators. Raises Denied."""
    asked, time_ms = command.data, command.time_ms
    found = creation.known(state, asked.activity_id, asked.member_id, time_ms)
    if seen(found.sender.void, asked.cause, time_ms, CAUSE_WINDOW_DAYS) is Seen.DUPLICATE:
        raise Denied(Reason.ORDER_VOID)
    cause = seen(found.sender.causes, asked.cause, time_ms, CAUSE_WINDOW_DAYS)
    if cause is not Seen.NEW:
        raise Denied(Reason(cause.value))
    if found.standing.status in ("stopped", "ended"):
        raise Denied(Reason(found.standing.status))
    creation.within(found, time_ms)
    if asked.packets > (most := MOST_AT_ONCE["packet"]):
        raise Denied(Reason.TOO_MANY_PACKETS, Sentence(f"最多 {most} 个", f"at most {most}"))
    gift = found.rules.orders if asked.order_id else found.rules.rewards
    if gift is None:
        raise Denied(Reason.NO_GIFTS)
    if asked.amount_fen < gift.min_order_fen:
        missing_fen = gift.min_order_fen - asked.amount_fen
        said = Sentence(f"还差 {yuan(missing_fen)} 元", f"{yuan(missing_fen)} yuan more")
        raise Denied(Reason.BELOW_MINIMUM, said, missing_fen)
    return found, gift


def decide_revoke(_seeds: Seeds, state: State, command: Command[RevokeGift]) -> Iterator[GiftRevoked | PacketRefused]:
    """The packets that it had brought are closed on their own partitions; what was grabbed stays."""
    asked = command.data
    try:
        found = creation.known(state, asked.activity_id, asked.member_id, command.time_ms)
        void = seen(found.sender.void, asked.cause, command.time_ms, CAUSE_WINDOW_DAYS)
        if void is not Seen.NEW:
            raise Denied(Reason(void.value))
    except Denied as refused:
        yield creation.refusal(state, asked, refused, cause=asked.cause, order_id=asked.order_id)
        return
    brought = seen(found.sender.causes, asked.cause, command.time_ms, CAUSE_WINDOW_DAYS) is Seen.DUPLICATE
    number = dict(found.sender.many).get(digest(asked.cause), 1) if brought else 0
    yield GiftRevoked(
        activity_id=asked.activity_id,
        version=found.standing.version,
        member_id=asked.member_id,
        cause=asked.cause,
        why=asked.why,
        order_id=asked.order_id,
        packet_ids=tuple(ids.gift_of(asked.activity_id, asked.cause, each) for each in range(number)),
    )


def evolve_created(state: State, event: Event[PacketCreated]) -> None:
    """Fold packets of an order or a reward: counted, paid from the budget, the cause remembered."""
    said = event.data
    accounts.count_packet(state, said.activity_id, "", said.day)
    accounts.take_budget(state, said.activity_id, said.day, said.packet.total_fen)
    if said.number == 0:
        _remember(state, event, many=said.packets)


def evolve_refused(state: State, event: Event[PacketRefused]) -> None:
    """A refused cause stays refused: what was compensated elsewhere must not come later, too."""
    said = event.data
    if said.reason not in FINAL and LIFECYCLE.standing(state, said.activity_id) is not None:
        _remember(state, event, many=0)


def _remember(state: State, event: Event[PacketCreated] | Event[PacketRefused], many: int) -> None:
    said = event.data
    sender = accounts.sender_of(state, said.activity_id, said.member_id)
    causes = remember(sender.causes, said.cause, event.time_ms, CAUSE_WINDOW_DAYS)
    numbers = sender.many if many == 1 else (*sender.many, (digest(said.cause), many))[-_MANY_KEPT:]
    after = structs.replace(sender, causes=causes, many=numbers)
    state.put(said.activity_id, member_field(said.member_id), after)


def evolve_revoked(state: State, event: Event[GiftRevoked]) -> None:
    """Fold a void cause: it brings nothing any more."""
    said = event.data
    sender = accounts.sender_of(state, said.activity_id, said.member_id)
    void = remember(sender.void, said.cause, event.time_ms, CAUSE_WINDOW_DAYS)
    state.put(said.activity_id, member_field(said.member_id), structs.replace(sender, void=void))
