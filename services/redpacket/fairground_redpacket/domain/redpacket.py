"""Red packets as the worker runs them: which function decides which command and folds which event."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fairground_activities.lifecycle import MOVES, STATUS_AFTER
from fairground_activities.seeds import Seeds
from fairground_contracts.activities import ActivityCommand, ActivityPublished, ActivityRefused, PublishActivity
from fairground_contracts.message import CommandMessage, Message
from fairground_decider import Command, Event, Outgoing, State, Touched
from fairground_redpacket import contract
from fairground_redpacket.domain import (
    accounts,
    budgets,
    creation,
    funding,
    gifts,
    grabs,
    identities,
    packets,
    payouts,
    publication,
    records,
    switch,
)
from fairground_redpacket.domain.effects import effects_of
from fairground_redpacket.domain.publication import ACTIVITY, LIFECYCLE, RULES, InForce


def _evolve_created(state: State, event: Event[contract.PacketCreated]) -> None:
    """Fold a packet: of a member's money, of a rain's session, of an order or a reward, or the platform's own."""
    said = event.data
    if not said.packet.session:  # those of a rain are named in its rules
        switch.is_out(state, event)
    if said.packet.funding_id:
        funding.evolve_paid(state, event)
    elif said.cause.startswith("session:"):
        accounts.take_budget(state, said.activity_id, said.day, said.packet.total_fen)
    elif said.cause:
        gifts.evolve_created(state, event)
    else:
        creation.remember_request(state, event)
        accounts.count_packet(state, said.activity_id, said.member_id, said.day)
        accounts.take_budget(state, said.activity_id, said.day, said.packet.total_fen)


def _evolve_refused(state: State, event: Event[contract.PacketRefused]) -> None:
    """A refused request, or cause, stays refused, whatever changes meanwhile: it is remembered."""
    if event.data.cause:
        gifts.evolve_refused(state, event)
    elif event.data.reason not in creation.FINAL:
        creation.remember_request(state, event)


_EVOLVES: dict[type[Message], Callable[[State, Event[Any]], None]] = {
    contract.PacketRequested: funding.evolve_requested,
    contract.PacketCreated: _evolve_created,
    contract.PacketRefused: _evolve_refused,
    contract.PacketCancelled: funding.evolve_cancelled,
    contract.FundingReturned: funding.evolve_returned,
    contract.GiftRevoked: gifts.evolve_revoked,
    contract.BudgetReturned: budgets.evolve_returned,
    contract.PacketOpened: packets.evolve_opened,
    contract.ShareGrabbed: grabs.evolve_grabbed,
    contract.PacketEmptied: grabs.evolve_emptied,
    contract.PacketClosed: packets.evolve_closed,
    contract.PacketHeld: packets.evolve_held,
    contract.GrabRefused: grabs.evolve_refused,
    contract.PayoutReported: payouts.evolve_reported,
    contract.PayoutRetried: payouts.evolve_retried,
    contract.PayoutReturned: payouts.evolve_returned,
    contract.PacketForgotten: packets.evolve_forgotten,
    contract.PacketsSwitched: switch.evolve_switched,
    contract.SwitchFollowed: switch.evolve_followed,
    contract.MemberLinked: identities.evolve_linked,
    contract.MemberUnlinked: identities.evolve_unlinked,
    contract.LinkDropped: identities.evolve_dropped,
    ActivityPublished: LIFECYCLE.evolve_published,
    **dict.fromkeys(STATUS_AFTER, LIFECYCLE.evolve_moved),
    ActivityRefused: LIFECYCLE.evolve_refused,
}  # other refusals change nothing: the command can be given again when its reason is gone

_Decide = Callable[[Seeds, State, Command[Any]], Iterator[Message]]


_DECIDES: dict[type[Message], _Decide] = {
    contract.CreatePacket: creation.decide_create,
    contract.GiftPacket: gifts.decide_gift,
    contract.RevokeGift: gifts.decide_revoke,
    contract.AnswerFunding: funding.decide_answer,
    contract.CancelFunding: funding.decide_cancel,
    contract.ReturnRemainder: budgets.decide_return,
    contract.OpenPacket: packets.decide_open,
    contract.Grab: grabs.decide_grab,
    contract.ExpirePacket: packets.decide_expire,
    contract.ClosePacket: packets.decide_close,
    contract.HoldPacket: packets.decide_hold,
    contract.ReportPayout: payouts.decide_report,
    contract.ForgetPacket: packets.decide_forget,
    contract.SwitchPackets: switch.decide_switch,
    contract.SweepPackets: switch.decide_sweep,
    contract.FollowSwitch: switch.decide_follow,
    contract.LinkMember: lambda _, state, command: identities.decide_link(state, command),
    contract.UnlinkMember: lambda _, state, command: identities.decide_unlink(state, command),
    contract.DropLink: lambda _, state, command: identities.decide_drop(state, command),
    PublishActivity: publication.decide_publication,
    **dict.fromkeys(MOVES, switch.decide_move),
}

#: What happens at the packet's own partition; everything else is the activity's.
_OF_PACKET = frozenset(
    {contract.OpenPacket, contract.Grab, contract.ExpirePacket, contract.ClosePacket, contract.HoldPacket,
     contract.ReportPayout, contract.ForgetPacket, contract.PacketOpened, contract.ShareGrabbed,
     contract.PacketEmptied, contract.PacketClosed, contract.PacketHeld, contract.GrabRefused, contract.ChangeRefused,
     contract.PayoutReported, contract.PayoutRetried, contract.PayoutReturned, contract.PayoutRefused,
     contract.PacketForgotten}
)  # fmt: skip

#: What may lead to a packet that is out.
_CREATING = (contract.CreatePacket, contract.GiftPacket, contract.AnswerFunding, contract.PacketCreated)


class RedPacket:
    """Red packets and rains: pure, so that the same log always has the same outcomes (fairground_decider.Service)."""

    name = contract.SERVICE
    commands: Mapping[str, type[CommandMessage]] = contract.COMMANDS
    events: Mapping[str, type[Message]] = contract.EVENTS

    def __init__(self, seeds: Seeds | None = None) -> None:
        """Without seeds it folds and reads what was decided, but decides nothing: that is all an audit needs."""
        self._seeds = seeds

    def key(self, command: CommandMessage) -> str:
        """The packet where there is one, so that packets spread over partitions; else the activity."""
        if isinstance(command, contract.PacketKeyed):
            return command.packet_id
        if isinstance(command, contract.PlaceKeyed):
            return command.place
        assert isinstance(command, contract.ActivityKeyed | ActivityCommand)
        return command.activity_id

    def touches(self, message: Message) -> Touched:
        """A packet's own records, or the activity with its rules, in both the member; or what a partition knows."""
        if type(message) in _OF_PACKET:
            return _of_packet(message)
        if "place" in message.__dict__:
            return _of_place(message)
        return _of_activity(message)

    def decide(self, state: State, command: Command[Any]) -> Iterator[Message]:
        """The command's outcome: at least one event."""
        assert self._seeds is not None, "a reader decides nothing"
        return _DECIDES[type(command.data)](self._seeds, state, command)

    def evolve(self, state: State, event: Event[Any]) -> None:
        """Fold one event into the state."""
        fold = _EVOLVES.get(type(event.data))
        if fold is not None:
            fold(state, event)

    def effects(self, event: Event[Any]) -> Iterable[Outgoing]:
        """Payouts, follow-up commands, timers, fundings, and the activity's row in the table of activities."""
        return effects_of(event)

    def encode(self, record: Any) -> bytes:
        """A state record for the store: of rules their published form."""
        return record.source if isinstance(record, InForce) else records.encode(record)

    def decode(self, field: str, stored: bytes) -> Any:
        """A state record from the store."""
        return publication.in_force_of(stored) if field == RULES else records.decode(field, stored)


def _of_packet(message: Message) -> Touched:
    """With the members whose shares it is about; a grab reads, too, who they are and whether packets are held."""
    fields: tuple[str, ...] = (records.PACKET, records.COURSE)
    said = message.__dict__
    if type(message) is contract.Grab:
        here: tuple[str, ...] = (records.switch_field(said["activity_id"]),)
        for name in identities.names_of(message):
            fields += (records.member_field(name),)
            here += (records.link_field(name),)
        return Touched(said["packet_id"], fields, ((records.HERE, here),))
    member, person = said.get("member_id", ""), said.get("person_id", "")
    if isinstance(message, contract.OpenPacket):
        member = message.packet.first_for
    if member:
        fields += (records.member_field(member),)
    if person and person != member:
        fields += (records.member_field(person),)
    return Touched(said["packet_id"], fields)


def _of_activity(message: Message) -> Touched:
    """With the sender, and what came back of the packet."""
    said = message.__dict__
    fields: tuple[str, ...] = (ACTIVITY, RULES, records.SWITCH)
    if "member_id" in said:
        fields += (records.member_field(said["member_id"]),)
    if "packet_id" in said:
        fields += (records.returned_field(said["packet_id"]),)
    if isinstance(message, _CREATING):
        fields += (records.out_field(_part(message)),)
    if isinstance(message, contract.SweepPackets):
        fields += tuple(map(records.out_field, range(message.part, switch.last_part(message.part))))
    if isinstance(message, contract.CreatePacket):
        names = identities.names_of(message)
        fields += tuple(map(records.member_field, message.identities))
        return Touched(message.activity_id, fields, ((records.HERE, tuple(map(records.link_field, names))),))
    return Touched(said["activity_id"], fields)


def _part(message: Message) -> int:
    """Where a packet is listed that is created: the command that leads to it says as much."""
    said = message.packet if isinstance(message, contract.PacketCreated) else message
    total_fen, count = getattr(said, "total_fen", 0), getattr(said, "count", 0)
    return records.part_of(message.__dict__["member_id"], total_fen, count)


def _of_place(message: Message) -> Touched:
    """What the partition knows of an activity's packets, or of a member and the person."""
    said = message.__dict__
    if "activity_id" in said:
        return Touched(records.HERE, (records.switch_field(said["activity_id"]),))
    names = (said["member_id"], said.get("person_id", ""))
    return Touched(records.HERE, tuple(records.link_field(name) for name in names if name))
