"""Sign-in activities in memory, for tests that say what members and operators do in one line each."""

from typing import Any

from fairground_contracts.activities import ActivityCommand, PublishActivity
from fairground_contracts.cloudevent import format_time, parse_time_ms
from fairground_contracts.message import CommandMessage
from fairground_contracts.rewards import RewardGranted, RewardRevoked
from fairground_contracts.topics import commands as commands_topic
from fairground_decider import Event, State, Translated
from fairground_decider.answers import Calendar
from fairground_decider.folding import World
from fairground_decider.laws import judge
from fairground_signin.calendar import calendar, touches
from fairground_signin.contract import GiveTokens, LinkMember, MakeUp, RevokeDay, SettleMakeUp, SignIn, TakeTokens
from fairground_signin.domain import SignIns
from fairground_signin.domain.records import Member
from fairground_signin.invariants import laws

DAILY = "daily"


def points(amount: int, **fields: Any) -> dict[str, Any]:
    """A reward of points; `fields` stand beside it."""
    return {"reward": {"kind": "points", "amount": amount}} | fields


def tier(days: int, amount: int, **fields: Any) -> dict[str, Any]:
    """A tier of points, called after its days."""
    return {"id": f"d{days}", "days": days} | points(amount, **fields)


def rules(**fields: Any) -> dict[str, Any]:
    """An activity file with five points a day, all of 2017; `fields` replace its own."""
    made = {
        "kind": "sign_in",
        "id": DAILY,
        "name": {"zh": "签到", "en": "Sign-in"},
        "window": {"starts": "2017-01-01 00:00", "ends": "2018-01-01 00:00"},
        "base": points(5),
    } | fields
    return {name: said for name, said in made.items() if said is not None}


def utc(local: str) -> str:
    """A local time in Shanghai, which is 8 hours ahead all year, as RFC 3339; a date alone is noon."""
    date, _, time = local.partition(" ")
    time = time or "12:00"
    seconds = "" if time.count(":") == 2 else ":00"
    return format_time(parse_time_ms(f"{date}T{time}{seconds}+08:00"))


def checked(world: World) -> None:
    """All laws hold in that world."""
    for verdict in judge(laws(), world.events, world.effects):
        assert not verdict.broken, verdict


class Book:
    """One sign-in service in memory, all of it in one partition, with everything that follows from a command."""

    def __init__(self, **fields: Any) -> None:
        """With `fields`, an activity of these rules is published first."""
        self.world = World(SignIns())
        self.now = "2017-06-01"
        self._requests = 0
        event, *_ = self.publish(**fields)
        assert event.type == "fairground.activity.published.v1", event

    def send(self, data: CommandMessage, request: str = "", now: str = "") -> list[Any]:
        """One command and all that follows from it; the data of all events."""
        waiting, said = [self.command(data, request, now)], list[Any]()
        while waiting:
            asked = waiting.pop(0)
            known = len(self.world.effects)
            said += [event.data for event in self.world.decide([asked])]
            waiting += [
                Translated(effect.key, effect.id, asked.time, effect.data)
                for effect in self.world.effects[known:]
                if effect.topic == commands_topic("signin").name and isinstance(effect.data, CommandMessage)
            ]
        return said

    def command(self, data: CommandMessage, request: str = "", now: str = "") -> Translated:
        """A command that is not sent yet."""
        self._requests += 1
        key = self.world.service.key(data)
        return Translated(key, request or f"request {self._requests}", utc(now or self.now), data)

    def publish(self, now: str = "2017-01-01", **fields: Any) -> list[Any]:
        """Publish the activity, or a new version of it."""
        return self.send(PublishActivity(activity_id=DAILY, rules=rules(**fields)), "", now)

    def move(self, kind: type[ActivityCommand], now: str = "") -> Any:
        """Pause, resume, stop, archive."""
        return self.send(kind(activity_id=DAILY, by="li", why="because"), "", now)[0]

    def sign(self, day: str = "", member: str = "ann", request: str = "", **fields: Any) -> Any:
        """Sign in on a day, at noon or at the time that stands behind it."""
        return self.send(SignIn(activity_id=DAILY, member_id=member, **fields), request, day or self.now)[0]

    def sign_all(self, *days: str, member: str = "ann") -> list[Any]:
        """Sign in on each of these days of a month, written 2017-06-01..07 or one by one."""
        return [self.sign(day, member) for said in days for day in _days(said)]

    def make_up(
        self, day: str, now: str, pays: Any = "card", member: str = "ann", request: str = "", **fields: Any
    ) -> Any:
        """Make up a day."""
        asked = MakeUp(activity_id=DAILY, member_id=member, day=day, pays=pays, **fields)
        return self.send(asked, request, now)[0]

    def settle(self, funding: str, now: str, paid: bool = True, member: str = "ann") -> Any:
        """Whoever owns the points answers."""
        answer = SettleMakeUp(
            activity_id=DAILY, member_id=member, funding_id=funding, paid=paid, why="" if paid else "balance_too_low"
        )
        return self.send(answer, f"answer:{funding}:{paid}", now)[0]

    def revoke(self, day: str, now: str = "", member: str = "ann") -> Any:
        """Take a day back."""
        asked = RevokeDay(activity_id=DAILY, member_id=member, day=day, by="li", why="fraud")
        return self.send(asked, "", now or self.now)[0]

    def grant(self, token: Any, count: int = 1, now: str = "", cause: str = "", member: str = "ann") -> Any:
        """Give cards or freezes."""
        self._requests += 1
        asked = GiveTokens(
            activity_id=DAILY, member_id=member, token=token, count=count, cause=cause or f"gift-{self._requests}"
        )
        return self.send(asked, "", now or self.now)[0]

    def take(self, token: Any, cause: str, count: int = 1, now: str = "", member: str = "ann") -> Any:
        """What cards or freezes were given for is void."""
        asked = TakeTokens(activity_id=DAILY, member_id=member, token=token, count=count, cause=cause)
        return self.send(asked, "", now or self.now)[0]

    def link(self, member: str, person: str, now: str = "") -> list[Any]:
        """Two members turn out to be one person."""
        return self.send(LinkMember(activity_id=DAILY, member_id=member, person_id=person), "", now or self.now)

    def member(self, member: str = "ann") -> Member:
        """What is known of a member."""
        found = self.world.service.decode(f"m:{member}", self.world.records[DAILY, f"m:{member}"])
        assert isinstance(found, Member)
        return found

    def granted(self, member: str = "ann") -> list[RewardGranted]:
        """The member's rewards, taken-back ones too."""
        return [
            effect.data
            for effect in self.world.effects
            if isinstance(effect.data, RewardGranted) and effect.data.member_id == member
        ]

    def taken_back(self) -> list[str]:
        """The ids of rewards that were taken back."""
        return [effect.data.reward_id for effect in self.world.effects if isinstance(effect.data, RewardRevoked)]

    def checked(self) -> None:
        """All laws hold."""
        checked(self.world)


def calendar_of(book: Book, at: str, month: str = "", member: str = "ann") -> Calendar:
    """The month that a member is told."""
    world = book.world
    fields = touches(DAILY, member).fields
    records: dict[Any, Any] = {
        (DAILY, field): None if (stored := world.records.get((DAILY, field))) is None else
        world.service.decode(field, stored) for field in fields
    }  # fmt: skip
    found = calendar(State(records, {}, (DAILY,)), DAILY, member, month, parse_time_ms(utc(at)))
    assert found is not None
    return found


def amounts(event: Any) -> dict[str, int]:
    """What a day earned, by rule."""
    return {earned.rule: earned.reward.amount for earned in event.earned}


def _days(said: str) -> list[str]:
    first, dots, last = said.partition("..")
    if not dots:
        return [said]
    month, begin = first[:8], int(first[8:])
    return [f"{month}{day:02d}" for day in range(begin, int(last) + 1)]


def replayed(world: World) -> World:
    """Another world that only folds that world's events, as whoever aligns does."""
    other = World(SignIns())
    other.fold(world.events)
    return other


def of_member(world: World, member: str = "ann") -> list[Event[Any]]:
    """The member's events."""
    return [event for event in world.events if getattr(event.data, "member_id", "") == member]
