"""Packets that members or operators send: whether they may, and what stands in them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import structs

from fairground_activities.lifecycle import Standing
from fairground_activities.requests import request_of
from fairground_activities.seeds import Seeds
from fairground_contracts.refusals import Sentence, yuan
from fairground_decider import Command, Event, State
from fairground_decider.causes import Seen, remember, seen
from fairground_decider.days import iso
from fairground_redpacket.contract import (
    CommandForwarded,
    CreatePacket,
    Packet,
    PacketCreated,
    PacketRefused,
    PacketRequested,
    Reason,
    ids,
)
from fairground_redpacket.domain import accounts, refusals
from fairground_redpacket.domain.identities import forwarded
from fairground_redpacket.domain.publication import LIFECYCLE, RULES, InForce
from fairground_redpacket.domain.records import Sender, member_field
from fairground_redpacket.domain.refusals import Denied
from fairground_redpacket.domain.terms import utc
from fairground_redpacket.rules import GiftRule, PacketRule, Range, Rules, fits

#: Requests are remembered for the UTC day of the newest one and the day before it: at least 24 hours.
REQUEST_WINDOW_DAYS = 1

#: How long after its last moment an answer about money is still waited for: it may be on its way.
GRACE_MS = 10 * 60_000

#: How many packets of a member may wait for their money at once.
MAX_PENDING = 5

_MINUTE_MS = 60_000

#: Reasons that come out the same whenever the same request comes again, or that leave nothing to keep it in.
FINAL = frozenset(
    {Reason.UNKNOWN_ACTIVITY, Reason.ARCHIVED, Reason.OTHER_KIND, Reason.DUPLICATE, Reason.TOO_OLD, Reason.TOO_LATE}
)

_UNUSABLE = {
    "group": ("group_id", "group_id"), "designated": ("receivers", "receivers"),
    "password": ("password_mac", "password_mac"), "fission": ("first_for", "first_for"),
}  # fmt: skip


class Served(NamedTuple):
    """An activity that is open for this command."""

    standing: Standing
    version: InForce
    packets: PacketRule
    sender: Sender
    day: int
    others: tuple[Sender, ...] = ()  # the same person's, by its other names

    @property
    def rules(self) -> Rules:
        """In force."""
        return self.version.rules


def decide_create(
    _seeds: Seeds, state: State, command: Command[CreatePacket]
) -> Iterator[PacketRequested | PacketCreated | PacketRefused | CommandForwarded]:
    """A packet from the budget is created at once; one of a member's money waits for whoever owns that."""
    if again := forwarded(state, command):
        yield again
        return
    asked = command.data
    try:
        found = served(state, command, asked.member_id)
        others = tuple(accounts.sender_of(state, asked.activity_id, name) for name in asked.identities)
        found = found._replace(others=others)
        _check(state, found, command)
    except Denied as refused:
        yield refusal(state, asked, refused, total_fen=asked.total_fen, count=asked.count)
        return
    packet = _packet(found, asked, command.time_ms)
    packet_id = ids.packet_of(asked.activity_id, request_of(command.id), command.time_ms, command.at.epoch)
    fields: dict[str, Any] = {
        "activity_id": asked.activity_id,
        "version": found.standing.version,
        "member_id": asked.member_id,
        "packet_id": packet_id,
        "day": iso(found.day),
    }
    if found.packets.funds == "budget":
        yield PacketCreated(**fields, packet=packet)
        return
    until_ms = command.time_ms + found.packets.answer_minutes * _MINUTE_MS
    funded = packet.model_copy(update={"funding_id": ids.funding_of(packet_id)})
    yield PacketRequested(**fields, packet=funded, answer_by=utc(until_ms), cancel_at=utc(until_ms + GRACE_MS))


def served(state: State, command: Command[Any], member_id: str) -> Served:
    """The activity as the command found it, if it is open to requests. Raises Denied."""
    asked, time_ms = command.data, command.time_ms
    found = known(state, asked.activity_id, member_id, time_ms)
    request = seen(found.sender.requests, request_of(command.id), time_ms, REQUEST_WINDOW_DAYS)
    if request is not Seen.NEW:
        raise Denied(Reason(request.value))
    if found.standing.status != "running":
        raise Denied(Reason(found.standing.status))
    within(found, time_ms)
    return found


def known(state: State, activity_id: str, member_id: str, time_ms: int) -> Served:
    """The activity, if packets are sent in it at all. Raises Denied."""
    standing = LIFECYCLE.standing(state, activity_id)
    if standing is None:
        raise Denied(Reason.UNKNOWN_ACTIVITY)
    if standing.status == "archived":
        raise Denied(Reason.ARCHIVED)
    version: InForce = state.record(activity_id, RULES)
    if version.rules.packets is None:
        raise Denied(Reason.OTHER_KIND)
    sender = accounts.sender_of(state, activity_id, member_id)
    return Served(standing, version, version.rules.packets, sender, version.day(time_ms))


def within(found: Served, time_ms: int) -> None:
    """Raises Denied outside of the window, and on a day that is closed."""
    if not found.rules.starts_ms <= time_ms < found.rules.ends_ms:
        raise Denied(Reason.NOT_STARTED if time_ms < found.rules.starts_ms else Reason.ENDED)
    if accounts.closed(found.standing, found.day):
        raise Denied(Reason.TOO_LATE)


def _check(state: State, found: Served, command: Command[CreatePacket]) -> None:
    """Raises Denied."""
    asked, packets, rules = command.data, found.packets, found.rules
    if packets.senders == "nobody" or (packets.senders == "members") != bool(asked.member_id):
        raise Denied(Reason.NOT_A_SENDER)
    if rules.refuse_risk is not None and asked.risk >= rules.refuse_risk:
        raise Denied(Reason.RISK_DENIED)
    _chosen(packets, asked)
    if asked.count not in packets.count or (asked.access == "designated" and asked.count > len(asked.receivers)):
        raise Denied(Reason.BAD_COUNT, _between(packets.count, str))
    if asked.total_fen not in packets.total_fen:
        raise Denied(Reason.BAD_AMOUNT, _between(packets.total_fen, yuan))
    if not fits(asked.total_fen, asked.count, rules.each_fen):
        each = rules.each_fen
        raise Denied(Reason.BAD_AMOUNT, _between(Range(asked.count * each.least, asked.count * each.most), yuan))
    quotas(state, found, asked.activity_id, asked.member_id)
    if packets.funds == "budget":
        budget(state, found, asked.activity_id, asked.total_fen)
    elif sum(len(each.pending) for each in (found.sender, *found.others)) >= MAX_PENDING:
        raise Denied(Reason.TOO_MANY_PENDING)


def _chosen(packets: PacketRule, asked: CreatePacket) -> None:
    """Raises Denied. Whom a packet is for has to be said, and nothing else."""
    if asked.split not in packets.splits:
        raise Denied(Reason.BAD_SPLIT, Sentence("、".join(packets.splits), ", ".join(packets.splits)))
    if asked.access not in packets.access:
        raise Denied(Reason.BAD_ACCESS, Sentence("、".join(packets.access), ", ".join(packets.access)))
    for access, (field, name) in _UNUSABLE.items():
        if bool(getattr(asked, field)) != (asked.access == access):
            raise Denied(Reason.BAD_ACCESS, Sentence(f"{access} 需要且只有它需要 {name}", f"{name} is for {access}"))


def _between(allowed: Range, shown: Any) -> Sentence:
    low, high = shown(allowed.least), shown(allowed.most)
    return Sentence(f"{low} 到 {high}", f"from {low} to {high}")


def quotas(state: State, found: Served, activity_id: str, member_id: str) -> None:
    """Raises Denied: the activity's limits, and the sender's."""
    rules, day = found.rules, iso(found.day)
    if member_id:
        senders = (found.sender, *found.others)
        if rules.per_member_total is not None and sum(each.total for each in senders) >= rules.per_member_total:
            raise Denied(Reason.QUOTA_USED_TOTAL)
        if rules.per_member_day is not None and sum(each.on(found.day) for each in senders) >= rules.per_member_day:
            raise Denied(Reason.QUOTA_USED_DAY)
    if rules.total is not None and state.counter(activity_id, accounts.PACKETS) >= rules.total:
        raise Denied(Reason.QUOTA_USED_TOTAL)
    if rules.per_day is not None and state.counter(activity_id, f"{accounts.PACKETS}:{day}") >= rules.per_day:
        raise Denied(Reason.QUOTA_USED_DAY)


def budget(state: State, found: Served, activity_id: str, total_fen: int) -> None:
    """Raises Denied where the budget would be exceeded."""
    rules, day = found.rules, iso(found.day)
    left = (rules.budget_fen or 0) - state.counter(activity_id, accounts.BUDGET)
    if left < total_fen:
        raise Denied(Reason.BUDGET_USED)
    taken = state.counter(activity_id, f"{accounts.BUDGET}:{day}")
    if rules.budget_per_day_fen is not None and taken + total_fen > rules.budget_per_day_fen:
        raise Denied(Reason.BUDGET_USED_DAY)


def _packet(found: Served, asked: CreatePacket, time_ms: int) -> Packet:
    packets = found.packets
    sender_grabs = packets.sender_grabs if asked.sender_grabs is None else asked.sender_grabs
    return made(
        found,
        time_ms,
        total_fen=asked.total_fen,
        count=asked.count,
        split=asked.split,
        access=asked.access,
        group_id=asked.group_id,
        receivers=asked.receivers,
        password_mac=asked.password_mac,
        guesses=packets.guesses if asked.access == "password" else 0,
        sender_grabs=sender_grabs,
        first_for=asked.first_for,
        funds=packets.funds,
        sender_id=asked.member_id,
    )


def gift_packet(found: Served, gift: GiftRule, member_id: str, time_ms: int) -> Packet:
    """The packet that an order or a reward brings its member."""
    return made(
        found,
        time_ms,
        total_fen=gift.total_fen,
        count=gift.count,
        split=gift.split,
        access={"own": "designated", "fission": "fission", "open": "open"}[gift.form],
        receivers=(member_id,) if gift.form == "own" else (),
        first_for=member_id if gift.form == "fission" else "",
    )


def made(found: Served, time_ms: int, **fields: Any) -> Packet:
    """A packet with all that it carries of the rules in force."""
    rules = found.rules
    return Packet(
        min_fen=rules.each_fen.least,
        max_fen=rules.each_fen.most,
        opens_at=utc(time_ms),
        expires_at=utc(time_ms + found.packets.expire_minutes * _MINUTE_MS),
        who=found.version.who,
        name=rules.zh,
        payouts=2 if rules.second_bill else 1,
        keep_days=rules.keep_days,
        **fields,
    )


def refusal(state: State, asked: Any, refused: Denied, **fields: Any) -> PacketRefused:
    """Why a packet is not sent."""
    standing = LIFECYCLE.standing(state, asked.activity_id)
    return PacketRefused(
        activity_id=asked.activity_id,
        version=standing.version if standing else 0,
        member_id=asked.member_id,
        **fields,
        **refusals.worded(refused.reason, refused.help_said),
    )


def remember_request(state: State, event: Event[Any]) -> None:
    """The request that led to this event is decided: sent again it is refused as a duplicate."""
    said = event.data
    sender = accounts.sender_of(state, said.activity_id, said.member_id)
    requests = remember(sender.requests, request_of(event.command_id), event.time_ms, REQUEST_WINDOW_DAYS)
    state.put(said.activity_id, member_field(said.member_id), structs.replace(sender, requests=requests))
