"""What events send elsewhere: a pure function of the one event, so that sending again sends the same."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fairground_activities.lifecycle import STATUS_AFTER
from fairground_activities.telling import listed
from fairground_contracts import topics
from fairground_contracts.activities import ActivityPaused, ActivityPublished, ActivityResumed, ActivityStopped
from fairground_contracts.funding import FundingReleased, FundingRequested
from fairground_contracts.message import CommandMessage, Message, trusted
from fairground_contracts.reward_results import RewardDelivered, RewardRejected
from fairground_contracts.rewards import Reward, RewardGranted
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_decider import Event, Outgoing
from fairground_decider.envelope import offset_of
from fairground_redpacket.contract import (
    COMMANDS,
    SERVICE,
    CancelFunding,
    ClosePacket,
    CommandForwarded,
    DropLink,
    ExpirePacket,
    FollowSwitch,
    ForgetPacket,
    FundingReturned,
    GiftRevoked,
    HoldPacket,
    MemberUnlinked,
    OpenPacket,
    PacketClosed,
    PacketCreated,
    PacketEmptied,
    PacketOpened,
    PacketRefused,
    PacketRequested,
    PacketsSwept,
    PacketsSwitched,
    PayoutRetried,
    PayoutReturned,
    Reason,
    ReturnRemainder,
    ShareGrabbed,
    SweepPackets,
    ids,
)
from fairground_redpacket.contract.commands import PARTS
from fairground_redpacket.domain.identities import DAY_MS, KEPT_DAYS
from fairground_redpacket.domain.terms import utc

_COMMANDS = topics.commands(SERVICE).name
_REWARD = "reward:"


def effects_of(event: Event[Any]) -> Iterable[Outgoing]:
    """A grabbed share is owed; a created packet is opened; what nobody got goes back; what is due is asked for."""
    effect = _EFFECTS.get(type(event.data))
    return () if effect is None else effect(event)


def _grabbed(event: Event[ShareGrabbed]) -> tuple[Outgoing]:
    said = event.data
    return (_owed(said, said.reward_id, said.reward),)


def _retried(event: Event[PayoutRetried]) -> tuple[Outgoing]:
    said = event.data
    return (_owed(said, said.next_id, said.reward),)


def _owed(said: ShareGrabbed | PayoutRetried, bill: str, what: Reward) -> Outgoing:
    """The reward under its bill number, which is its id."""
    fields = {
        "member_id": said.member_id,
        "activity_id": said.activity_id,
        "service": SERVICE,
        "version": said.version,
        "prize_id": ids.prize_of(said.packet_id),
        "reward": what,
    }
    return Outgoing(topics.REWARDS.name, said.member_id, bill, said.activity_id, trusted(RewardGranted, fields))


def _requested(event: Event[PacketRequested]) -> Iterator[Outgoing]:
    """Whoever owns the money is asked for it, and the timer for an end of waiting."""
    said = event.data
    funding_id = said.packet.funding_id
    request = FundingRequested(
        member_id=said.member_id,
        activity_id=said.activity_id,
        service=SERVICE,
        pays="money",
        amount=said.packet.total_fen,
        answer_by=said.answer_by,
        purpose="packet",
    )
    yield Outgoing(topics.FUNDING.name, said.member_id, funding_id, said.activity_id, request)
    cancel = CancelFunding(activity_id=said.activity_id, member_id=said.member_id, funding_id=funding_id)
    yield _timer(event, f"funding:{funding_id}", said.cancel_at, said.activity_id, cancel)


def _created(event: Event[PacketCreated]) -> Iterator[Outgoing]:
    """The packet is opened on its own partition; whoever had granted it as a reward hears that it is there."""
    said = event.data
    command = OpenPacket(
        activity_id=said.activity_id, packet_id=said.packet_id, version=said.version, packet=said.packet
    )
    yield Outgoing(_COMMANDS, said.packet_id, f"{event.id}-o", said.activity_id, command)
    if said.cause.startswith(_REWARD) and said.number == 0:
        reward_id = said.cause.removeprefix(_REWARD)
        delivered = RewardDelivered(
            reward_id=reward_id, member_id=said.member_id, activity_id=said.granted_by,
            ref=said.packet_id,
        )  # fmt: skip
        yield Outgoing(topics.REWARD_RESULTS.name, said.member_id, f"{reward_id}-d", said.activity_id, delivered)


def _refused(event: Event[PacketRefused]) -> Iterator[Outgoing]:
    """A reward that brings no packet is compensated by whoever granted it. What was decided before is no news, nor is
    that one could not be taken back: only who is to give packets is told who grants them."""
    said = event.data
    if (
        said.cause.startswith(_REWARD)
        and said.granted_by
        and said.reason not in (Reason.DUPLICATE, Reason.TOO_OLD, Reason.ORDER_VOID)
    ):
        reward_id = said.cause.removeprefix(_REWARD)
        rejected = RewardRejected(
            reward_id=reward_id, member_id=said.member_id, activity_id=said.granted_by,
            reason=said.reason, detail=said.en,
        )  # fmt: skip
        yield Outgoing(topics.REWARD_RESULTS.name, said.member_id, f"{reward_id}-x", said.activity_id, rejected)


def _funding_returned(event: Event[FundingReturned]) -> tuple[Outgoing]:
    """Money that was taken for nothing goes back, all of it, under one id however often it is found out."""
    said = event.data
    return (_released(event, f"{said.funding_id}-r", said.member_id, said.funding_id, "not_awaited", 0),)


def _revoked(event: Event[GiftRevoked]) -> Iterator[Outgoing]:
    """The packets of a void cause are closed."""
    said = event.data
    for number, packet_id in enumerate(said.packet_ids):
        close = ClosePacket(
            activity_id=said.activity_id, packet_id=packet_id, by="intake", why=f"{said.cause} is {said.why}"
        )
        yield Outgoing(_COMMANDS, packet_id, f"{event.id}-o{number}", said.activity_id, close)


def _opened(event: Event[PacketOpened]) -> tuple[Outgoing]:
    """The packet ends when its time is over."""
    said = event.data
    expire = ExpirePacket(activity_id=said.activity_id, packet_id=said.packet_id)
    return (_timer(event, _expiry(said.packet_id), said.packet.expires_at, said.packet_id, expire),)


def _emptied(event: Event[PacketEmptied]) -> Iterator[Outgoing]:
    """It ends before its time, and is forgotten after a while."""
    yield _cancelled(event, _expiry(event.data.packet_id))
    yield _forget(event)


def _closed(event: Event[PacketClosed]) -> Iterator[Outgoing]:
    """What is left goes back where it came from."""
    said = event.data
    yield _back(event, said.remainder_fen, said.why)
    if said.why == "stopped":
        yield _cancelled(event, _expiry(said.packet_id))
    yield _forget(event)


def _payout_returned(event: Event[PayoutReturned]) -> tuple[Outgoing]:
    """A share that could not be paid out goes back where it came from."""
    return (_back(event, event.data.amount_fen, "undeliverable"),)


def _back(event: Event[PacketClosed] | Event[PayoutReturned], amount_fen: int, why: str) -> Outgoing:
    said = event.data
    if said.funds == "member":
        return _released(event, f"{event.id}-f", said.sender_id, said.funding_id, why, amount_fen)
    command = ReturnRemainder(activity_id=said.activity_id, packet_id=said.packet_id, returned_fen=said.returned_fen)
    return Outgoing(_COMMANDS, said.activity_id, f"{event.id}-b", said.activity_id, command)


def _released(event: Event[Any], id: str, member_id: str, funding_id: str, why: str, amount: int) -> Outgoing:
    said = event.data
    release = FundingReleased(
        member_id=member_id, activity_id=said.activity_id, service=SERVICE, funding_id=funding_id, reason=why,
        amount=amount,
    )  # fmt: skip
    return Outgoing(topics.FUNDING.name, member_id, id, said.activity_id, release)


def _expiry(packet_id: str) -> str:
    return f"packet-expiry:{packet_id}"


def _forget(event: Event[PacketEmptied] | Event[PacketClosed]) -> Outgoing:
    said = event.data
    forget = ForgetPacket(activity_id=said.activity_id, packet_id=said.packet_id)
    return _timer(event, f"packet-forget:{said.packet_id}", said.keep_until, said.packet_id, forget)


def _timer(event: Event[Any], timer_id: str, due_at: Any, key: str, command: CommandMessage) -> Outgoing:
    """The command is given at that time."""
    request = TimerRequested(
        service=SERVICE, timer_id=timer_id, revision=0, due_at=due_at, key=key, command=command.type,
        content=command.model_dump(mode="json"),
    )  # fmt: skip
    return _of_timer(event, "t", timer_id, request)


def _cancelled(event: Event[Any], timer_id: str) -> Outgoing:
    return _of_timer(event, "u", timer_id, TimerCancelled(service=SERVICE, timer_id=timer_id, revision=1))


def _of_timer(event: Event[Any], ending: str, timer_id: str, message: Message) -> Outgoing:
    key = f"{SERVICE}:{timer_id}"
    subject = getattr(event.data, "activity_id", "")
    return Outgoing(topics.TIMERS.name, key, f"{event.id}-{ending}", subject, message)


def _moved(event: Event[Any]) -> Iterator[Outgoing]:
    """The activity's row; a rain's packets are held, released or closed with it."""
    said = event.data
    yield from listed(event, SERVICE)
    if type(said) not in _SWITCHES:
        return
    for number, packet_id in enumerate(_pools(said.rules)):
        fields = {"activity_id": said.activity_id, "packet_id": packet_id, "by": said.by, "why": said.why}
        if isinstance(said, ActivityStopped):
            command: CommandMessage = ClosePacket(**fields)
        else:
            command = HoldPacket(**fields, held=isinstance(said, ActivityPaused), revision=offset_of(event.id))
        yield Outgoing(_COMMANDS, packet_id, f"{event.id}-o{number}", said.activity_id, command)


def _pools(form: dict[str, Any]) -> Iterator[str]:
    """The packets of a rain."""
    for session in form.get("rain", {}).get("sessions", ()):
        for number in range(session["pools"]):
            yield ids.pool_of(form["id"], session["id"], number)


def _switched(event: Event[PacketsSwitched]) -> Iterator[Outgoing]:
    """Every partition follows; where packets are to be closed, those that are out are looked for."""
    said = event.data
    for number, place in enumerate(topics.EVERYWHERE):
        follow = FollowSwitch(
            activity_id=said.activity_id, place=place, revision=offset_of(event.id), to=said.to
        )  # fmt: skip
        yield Outgoing(_COMMANDS, place, f"{event.id}-p{number}", said.activity_id, follow)
    if said.to == "closed":
        yield _sweep(event, 0)


def _swept(event: Event[PacketsSwept]) -> Iterator[Outgoing]:
    """Each of them is closed where it is, and the sweep goes on."""
    said = event.data
    for number, packet_id in enumerate(said.packet_ids):
        close = ClosePacket(activity_id=said.activity_id, packet_id=packet_id, by=said.by, why=said.why)
        yield Outgoing(_COMMANDS, packet_id, f"{event.id}-o{number}", said.activity_id, close)
    if said.next_part < PARTS:
        yield _sweep(event, said.next_part)


def _sweep(event: Event[PacketsSwitched] | Event[PacketsSwept], part: int) -> Outgoing:
    said = event.data
    sweep = SweepPackets(activity_id=said.activity_id, part=part, by=said.by, why=said.why)
    return Outgoing(_COMMANDS, said.activity_id, f"{event.id}-s", said.activity_id, sweep)


def _forwarded(event: Event[CommandForwarded]) -> tuple[Outgoing]:
    """The command comes back with the names that it lacked."""
    said = event.data
    again = COMMANDS[said.asked].model_validate(said.content)
    return (Outgoing(_COMMANDS, said.packet_id or said.activity_id, said.forwarded_id, said.activity_id, again),)


def _unlinked(event: Event[MemberUnlinked]) -> tuple[Outgoing]:
    """It need not be remembered for ever."""
    said = event.data
    timer_id = f"link-drop:{said.place}:{said.member_id}:{event.time_ms}"
    due_at = utc(event.time_ms + KEPT_DAYS * DAY_MS)
    return (_timer(event, timer_id, due_at, said.place, DropLink(place=said.place, member_id=said.member_id)),)


_SWITCHES = (ActivityPaused, ActivityResumed, ActivityStopped)

_EFFECTS: dict[type[Any], Callable[[Event[Any]], Iterable[Outgoing]]] = {
    ShareGrabbed: _grabbed,
    PayoutRetried: _retried,
    PayoutReturned: _payout_returned,
    PacketRequested: _requested,
    PacketCreated: _created,
    PacketRefused: _refused,
    FundingReturned: _funding_returned,
    GiftRevoked: _revoked,
    PacketOpened: _opened,
    PacketEmptied: _emptied,
    PacketClosed: _closed,
    PacketsSwitched: _switched,
    PacketsSwept: _swept,
    CommandForwarded: _forwarded,
    MemberUnlinked: _unlinked,
    ActivityPublished: _moved,
    **dict.fromkeys(STATUS_AFTER, _moved),
}
