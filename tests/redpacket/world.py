"""Red packets in memory, for tests that say what members and operators do in one line each.

What events send to the service itself is followed at once; what is due is given when a test sets the clock.
"""

from collections import deque
from typing import Any, TypeVar

from msgspec import structs

from fairground_activities.seeds import Seeds
from fairground_contracts import topics
from fairground_contracts.activities import ActivityCommand, ActivityListed, PublishActivity
from fairground_contracts.cloudevent import CloudEvent, format_time, parse_time_ms
from fairground_contracts.funding import FundingConfirmed, FundingRefused, FundingReleased, FundingRequested
from fairground_contracts.message import CommandMessage, Message
from fairground_contracts.rewards import RewardGranted
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_decider import Event, Outgoing, Translated
from fairground_decider.folding import World
from fairground_decider.laws import judge
from fairground_redpacket.contract import (
    COMMANDS,
    SERVICE,
    CreatePacket,
    Grab,
    PacketCreated,
    PacketRequested,
    ReportPayout,
    ShareGrabbed,
)
from fairground_redpacket.domain import RedPacket
from fairground_redpacket.domain.records import Course, Taker, Terms
from fairground_redpacket.intake import translate
from fairground_redpacket.invariants import laws

M = TypeVar("M", bound=Message)

SECRET = b"only workers know it, 32 bytes.."
ACTIVITY = "packets"
NOON = "2017-06-01 12:00"


def rules(**fields: Any) -> dict[str, Any]:
    """An activity file: packets of the platform's; `fields` replace its own."""
    return {
        "kind": "red_packet",
        "id": ACTIVITY,
        "name": {"zh": "红包", "en": "Packets"},
        "window": {"starts": "2017-01-01 00:00", "ends": "2018-01-01 00:00"},
        "each_fen": {"least": 1, "most": 20_000},
        "packets": {"total_fen": {"least": 1, "most": 1_000_000}},
        "budget": {"total_fen": 10_000_000},
    } | fields


def friends(**fields: Any) -> dict[str, Any]:
    """An activity file: packets that members pay."""
    said = rules(packets={"funded_by": "member", "total_fen": {"least": 1, "most": 1_000_000}})
    del said["budget"]
    return said | fields


def rain(**fields: Any) -> dict[str, Any]:
    """An activity file: a minute of rain at noon, ten shares."""
    said = rules(
        kind="red_packet_rain",
        rain={
            "per_member": 2,
            "sessions": [{"id": "noon", "starts": NOON, "seconds": 60, "total_fen": 1_000, "count": 10}],
        },
        budget={"total_fen": 100_000},
    )
    del said["packets"]
    return said | fields


def utc(local: str) -> str:
    """A local time in Shanghai, which is 8 hours ahead all year, as RFC 3339."""
    seconds = "" if local.count(":") == 2 else ":00"
    return format_time(parse_time_ms(f"{local.replace(' ', 'T')}{seconds}+08:00"))


def checked(world: World) -> None:
    """All laws hold in that world."""
    for verdict in judge(laws(), world.events, world.effects):
        assert not verdict.broken, verdict


class Table:
    """Everything around one service: its log, its timers, its clock."""

    def __init__(self, content: dict[str, Any] | None = None, secret: bytes = SECRET, **fields: Any) -> None:
        """With `content`, or `fields` of the platform's packets, an activity is published first."""
        self.world = World(RedPacket(Seeds(secret, "k1")))
        self.now = NOON
        self.timers: dict[str, tuple[int, TimerRequested | None]] = {}
        self._requests = 0
        self._followed = 0
        if content is not None or fields:
            (event, *_) = self.publish(content or rules(**fields))
            assert event.type == "fairground.activity.published.v1", event

    def send(self, data: CommandMessage, request: str = "", now: str = "") -> list[Any]:
        """One command and everything that follows from it; the data of its own events."""
        self._requests += 1
        asked = Translated(
            self.world.service.key(data), request or f"request {self._requests}", utc(now or self.now), data
        )
        return [event.data for event in self.give(asked)]

    def give(self, asked: Translated) -> list[Event[Any]]:
        """The same of a command that is complete."""
        own, waiting = None, deque([asked])
        while waiting:
            events = self.world.decide([waiting.popleft()])
            own = own or events
            for effect in self.world.effects[self._followed :]:
                self._follow(effect, events[0].time, waiting)
            self._followed = len(self.world.effects)
        return own or []

    def _follow(self, effect: Outgoing, time: str, waiting: deque[Translated]) -> None:
        if effect.topic == topics.commands(SERVICE).name:
            assert isinstance(effect.data, CommandMessage)
            waiting.append(Translated(effect.key, effect.id, time, effect.data))
        if isinstance(effect.data, TimerRequested | TimerCancelled):
            revision, _ = self.timers.get(effect.data.timer_id, (-1, None))
            if effect.data.revision > revision:
                kept = effect.data if isinstance(effect.data, TimerRequested) else None
                self.timers[effect.data.timer_id] = (effect.data.revision, kept)

    def tick(self, now: str) -> None:
        """The clock stands there: what is due is given, once, at that time."""
        self.now = now
        for timer_id, (revision, timer) in sorted(self.timers.items()):
            if timer is not None and format_time(round(timer.due_at.timestamp() * 1000)) <= utc(now):
                self.timers[timer_id] = (revision, None)
                self.give(
                    Translated(timer.key, timer_id, utc(now), COMMANDS[timer.command].model_validate(timer.content))
                )

    def publish(self, content: dict[str, Any], request: str = "", now: str = "") -> list[Any]:
        """Publish an activity, or a new version of it."""
        return self.send(PublishActivity(activity_id=content["id"], rules=content), request, now)

    def move(self, kind: type[ActivityCommand], now: str = "") -> Any:
        """Pause, resume, stop, end, archive."""
        return self.send(kind(activity_id=ACTIVITY, by="li", why="because"), "", now)[0]

    def create(self, total_fen: int, count: int = 1, request: str = "", now: str = "", **fields: Any) -> Any:
        """Send a packet; the first event."""
        asked = CreatePacket(activity_id=ACTIVITY, total_fen=total_fen, count=count, **fields)
        return self.send(asked, request, now)[0]

    def packet(self, total_fen: int = 100, count: int = 5, **fields: Any) -> str:
        """A packet that is open; its id."""
        event = self.create(total_fen, count, **fields)
        assert isinstance(event, PacketCreated), event
        return event.packet_id

    def grab(self, packet_id: str, member: str = "ann", request: str = "", now: str = "", **fields: Any) -> list[Any]:
        """Grab; the events."""
        asked = Grab(activity_id=ACTIVITY, packet_id=packet_id, member_id=member, **fields)
        return self.send(asked, request, now)

    def grabs(self, packet_id: str, members: int, now: str = "") -> list[int]:
        """So many members grab, one after another; what they got."""
        return [self.grab(packet_id, f"m{number}", now=now)[0].amount_fen for number in range(members)]

    def reason(self, *sent: Any, **fields: Any) -> str:
        """Grab and be refused: the reason."""
        (event,) = self.grab(*sent, **fields)
        return str(event.reason)

    def report(self, packet_id: str, index: int, result: Any, member: str = "ann", again: str = "") -> Any:
        """News of a payout."""
        bill = f"redpacket-{packet_id}-{index}{again}"
        asked = ReportPayout(activity_id=ACTIVITY, packet_id=packet_id, member_id=member, reward_id=bill, result=result)
        return self.send(asked)[0]

    def hear(self, message: Message, now: str = "", id: str = "shop-1") -> list[Any]:
        """A record of a shared stream, as the intake translates it; the events of its commands."""
        rows = {row.activity_id: row for _, row in self.of(ActivityListed)}
        event = CloudEvent(id, message.type, "", utc(now or self.now), "", b"")
        return [said.data for asked in translate(event, message, rows) for said in self.give(asked)]

    def of(self, kind: type[M]) -> list[tuple[str, M]]:
        """What was sent of that kind, with its id."""
        return [(effect.id, effect.data) for effect in self.world.effects if isinstance(effect.data, kind)]

    def events(self, kind: type[Message]) -> list[Any]:
        """What happened of that kind."""
        return [event.data for event in self.world.events if isinstance(event.data, kind)]

    def paid(self) -> list[tuple[str, str, int]]:
        """Rewards: bill number, member, fen."""
        return [(bill, sent.member_id, sent.reward.amount) for bill, sent in self.of(RewardGranted)]

    def asked_for(self) -> list[tuple[str, int]]:
        """Fundings: id and fen."""
        return [(funding, sent.amount) for funding, sent in self.of(FundingRequested)]

    def released(self) -> list[tuple[str, int, str]]:
        """Fundings that went back: id, fen, why."""
        return [(sent.funding_id, sent.amount, sent.reason) for _, sent in self.of(FundingReleased)]

    def counter(self, name: str) -> int:
        """What was taken at the activity."""
        return self.world.counters.get((ACTIVITY, name), 0)

    def _record(self, key: str, field: str) -> Any:
        stored = self.world.records.get((key, field))
        return None if stored is None else self.world.service.decode(field, stored)

    def course(self, packet_id: str) -> Course:
        """How far a packet is."""
        found = self._record(packet_id, "course")
        assert isinstance(found, Course)
        return found

    def terms(self, packet_id: str) -> Terms:
        """A packet as it was opened."""
        found = self._record(packet_id, "packet")
        assert isinstance(found, Terms)
        return found

    def taker(self, packet_id: str, member: str = "ann") -> Taker | None:
        """What a member has of a packet."""
        found: Taker | None = self._record(packet_id, f"m:{member}")
        return found

    def checked(self) -> None:
        """All laws hold."""
        checked(self.world)

    def confirm(self, asked: PacketRequested, now: str = "") -> Any:
        """Whoever owns the money has taken it; what becomes of the packet."""
        funding_id = asked.packet.funding_id
        said = FundingConfirmed(member_id=asked.member_id, activity_id=ACTIVITY, service=SERVICE, funding_id=funding_id)
        return self.hear(said, now)[0]

    def refuse(self, asked: PacketRequested) -> Any:
        """Whoever owns the money has not taken it."""
        said = FundingRefused(
            member_id=asked.member_id, activity_id=ACTIVITY, service=SERVICE, funding_id=asked.packet.funding_id,
            reason="balance_too_low",
        )  # fmt: skip
        return self.hear(said)[0]

    def request(self, total_fen: int = 100, count: int = 5, sender: str = "sue", **fields: Any) -> PacketRequested:
        """A member sends a packet, whose money is asked for."""
        event = self.create(total_fen, count, member_id=sender, **fields)
        assert isinstance(event, PacketRequested), event
        return event


def replayed(world: World, **fields: Any) -> World:
    """Another world that only folds that world's events, as whoever aligns does; with `fields` in its shares."""
    other = World(RedPacket())
    other.fold(
        structs.replace(event, data=event.data.model_copy(update=fields))
        if fields and isinstance(event.data, ShareGrabbed) else event
        for event in world.events
    )  # fmt: skip
    return other
