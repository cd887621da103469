"""The switch of an activity's packets that are out: all of them held, released or closed at once.

It is thrown where the activity is at home, and followed by every partition in its own order, so that each grab comes
before or after it. Held packets expire as ever. To close them all their home, which keeps who is out, sends each its
own end: what is left in one goes back once, whatever ends it first.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from fairground_activities.lifecycle import MOVE_WINDOW_DAYS, Moved, repeated
from fairground_activities.seeds import Seeds
from fairground_contracts.activities import (
    ActivityCommand,
    ActivityRefused,
    ActivityResumed,
    PauseActivity,
    StopActivity,
)
from fairground_contracts.message import Message
from fairground_decider import Command, Event, State
from fairground_decider.causes import Seen, remember, seen
from fairground_redpacket.contract import (
    FollowSwitch,
    PacketCreated,
    PacketsSwept,
    PacketsSwitched,
    SweepPackets,
    SwitchFollowed,
    SwitchKnown,
    SwitchPackets,
)
from fairground_redpacket.contract.commands import PARTS, Switched
from fairground_redpacket.domain.publication import ACTIVITY, LIFECYCLE
from fairground_redpacket.domain.records import (
    HERE,
    SWITCH,
    UNSWITCHED,
    Out,
    Switch,
    out_field,
    part_of,
    switch_field,
)
from fairground_redpacket.domain.terms import ms

#: So many parts are looked at by one command, if they do not hold more packets than one event should name.
PARTS_SWEPT = 512
PACKETS_SWEPT = 500

_MOVES: dict[str, type[ActivityCommand]] = {"held": PauseActivity, "closed": StopActivity}


def decide_switch(
    _seeds: Seeds, state: State, command: Command[SwitchPackets]
) -> Iterator[Moved | PacketsSwitched | ActivityRefused]:
    """The activity is paused or stopped where it is not yet, and its packets follow."""
    asked = command.data
    if asked.to == "open":
        yield from _released(state, command)
        return
    standing = LIFECYCLE.standing(state, asked.activity_id)
    move = _MOVES[asked.to](activity_id=asked.activity_id, by=asked.by, why=asked.why)
    (moved,) = LIFECYCLE.decide_move(None, state, structs.replace(command, data=move))
    if isinstance(moved, ActivityRefused):
        over = standing is not None and standing.status != "archived" and moved.reason == "illegal_move"
        if not over or _at_home(state, asked.activity_id).to in (asked.to, "closed"):
            yield moved
            return
    else:
        yield moved
    yield _switched(state, asked, asked.to)


def _released(state: State, command: Command[SwitchPackets]) -> Iterator[PacketsSwitched | ActivityRefused]:
    """Grabs are served again; whether the activity sends packets is another matter."""
    asked = command.data
    standing = LIFECYCLE.standing(state, asked.activity_id)
    if refused := repeated(standing, command):
        yield refused
    elif _at_home(state, asked.activity_id).to != "held":
        yield ActivityRefused(
            activity_id=asked.activity_id, reason="illegal_move" if standing else "unknown_activity",
            zh="这个活动的红包没有被暂停。", en="The packets of this activity are not held.",
            version=standing.version if standing else 0, by=asked.by, why=asked.why,
        )  # fmt: skip
    else:
        yield _switched(state, asked, "open")


def decide_move(_seeds: Seeds, state: State, command: Command[ActivityCommand]) -> Iterator[Message]:
    """A move of the activity. Who resumes it releases the packets that were held with it, too."""
    for event in LIFECYCLE.decide_move(None, state, command):
        yield event
        if isinstance(event, ActivityResumed) and _at_home(state, event.activity_id).to == "held":
            yield _switched(state, command.data, "open")


def _at_home(state: State, activity_id: str) -> Switch:
    found: Switch | None = state.record(activity_id, SWITCH)
    return found or UNSWITCHED


def _switched(state: State, asked: ActivityCommand, to: Switched) -> PacketsSwitched:
    standing = LIFECYCLE.standing(state, asked.activity_id)
    assert standing is not None, "what is switched is published"
    return PacketsSwitched(
        activity_id=asked.activity_id, version=standing.version, to=to, by=asked.by, why=asked.why
    )  # fmt: skip


def decide_follow(
    _seeds: Seeds, state: State, command: Command[FollowSwitch]
) -> Iterator[SwitchFollowed | SwitchKnown]:
    """From here on this partition goes by it, unless it knows a newer one."""
    asked = command.data
    known: Switch = state.record(HERE, switch_field(asked.activity_id)) or UNSWITCHED
    fields: dict[str, Any] = {"activity_id": asked.activity_id, "place": asked.place, "revision": asked.revision}
    if asked.revision <= known.revision:
        yield SwitchKnown(**fields, known=known.revision)
    else:
        yield SwitchFollowed(**fields, to=asked.to)


def decide_sweep(_seeds: Seeds, state: State, command: Command[SweepPackets]) -> Iterator[PacketsSwept]:
    """Some of the packets that may be out. What is over already is not ended by that again."""
    asked = command.data
    found, part = list[str](), asked.part
    while part < last_part(asked.part) and len(found) < PACKETS_SWEPT:
        out: Out | None = state.record(asked.activity_id, out_field(part))
        found += [packet_id for packet_id, _ in out.packets] if out else ()
        part += 1
    standing = LIFECYCLE.standing(state, asked.activity_id)
    yield PacketsSwept(
        activity_id=asked.activity_id, version=standing.version if standing else 0, part=asked.part, next_part=part,
        packet_ids=tuple(found), by=asked.by, why=asked.why,
    )  # fmt: skip


def last_part(first: int) -> int:
    """Behind the last part that one command looks at."""
    return min(first + PARTS_SWEPT, PARTS)


def evolve_switched(state: State, event: Event[PacketsSwitched]) -> None:
    """Fold it at home, where the command is remembered as every operator's is."""
    said = event.data
    standing = LIFECYCLE.standing(state, said.activity_id)
    assert standing is not None, "what is switched is published"
    if seen(standing.moves, event.command_id, event.time_ms, MOVE_WINDOW_DAYS) is Seen.NEW:
        moves = remember(standing.moves, event.command_id, event.time_ms, MOVE_WINDOW_DAYS)
        state.put(said.activity_id, ACTIVITY, structs.replace(standing, moves=moves))
    state.put(said.activity_id, SWITCH, Switch(said.to))


def evolve_followed(state: State, event: Event[SwitchFollowed]) -> None:
    """Fold it in this partition."""
    said = event.data
    state.put(HERE, switch_field(said.activity_id), Switch(said.to, said.revision))


def is_out(state: State, event: Event[PacketCreated]) -> None:
    """Fold that a packet is out until its time is over; of those beside it only what is still out is kept."""
    said = event.data
    field = out_field(part_of(said.member_id, said.packet.total_fen, said.packet.count))
    out: Out | None = state.record(said.activity_id, field)
    kept = [each for each in (out.packets if out else ()) if each[1] > event.time_ms]
    packets = (*kept, (said.packet_id, ms(said.packet.expires_at)))
    state.put(said.activity_id, field, Out(packets))


def packets_are(state: State, activity_id: str) -> str:
    """How the activity's packets stand in this partition: open, held or closed."""
    found: Switch | None = state.record(HERE, switch_field(activity_id))
    return "open" if found is None else found.to
