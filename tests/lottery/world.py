"""Wheels in memory, for tests that say what members and operators do in one line each."""

from collections.abc import Iterable
from typing import Any

from fairground_contracts.activities import ActivityCommand, ActivityPublished, PublishActivity
from fairground_contracts.cloudevent import format_time, parse_time_ms
from fairground_contracts.message import CommandMessage
from fairground_decider import Coordinates, Event, Translated
from fairground_decider.folding import World
from fairground_decider.laws import judge
from fairground_lottery.contract import Draw, EarnChances, FinishPlay, GrantChances, LinkMember, RevokeOrder, StartPlay
from fairground_lottery.domain import Lottery, Seeds
from fairground_lottery.domain.records import Entrant, Player
from fairground_lottery.invariants import laws
from fairground_lottery.rules import form, load

SECRET = b"only workers know it, 32 bytes.."
WHEEL = "wheel"
NOON = "2017-06-01 12:00"

THANKS = {"id": "thanks", "name": {"zh": "谢谢", "en": "Thanks"}, "weight": 1}


def prize(name: str, weight: float = 1, **fields: Any) -> dict[str, Any]:
    """A prize of ten points; `fields` say what differs."""
    made = {"id": name, "name": {"zh": name, "en": name}, "weight": weight}
    return made | {"reward": {"kind": "points", "amount": 10}} | fields


def rules(**fields: Any) -> dict[str, Any]:
    """An activity file with three free draws a day; `fields` replace its own."""
    return {
        "kind": "lottery",
        "id": WHEEL,
        "name": {"zh": "转盘", "en": "Wheel"},
        "window": {"starts": "2017-01-01 00:00", "ends": "2018-01-01 00:00"},
        "chances": {"free_per_day": 3},
        "prizes": [prize("gift", 1), THANKS],
    } | fields


def utc(local: str) -> str:
    """A local time in Shanghai, which is 8 hours ahead all year, as RFC 3339."""
    seconds = "" if local.count(":") == 2 else ":00"
    return format_time(parse_time_ms(f"{local.replace(' ', 'T')}{seconds}+08:00"))


def checked(world: World) -> None:
    """All laws hold in that world."""
    for verdict in judge(laws(), world.events, world.effects):
        assert not verdict.broken, verdict


class Fair:
    """One lottery in memory, with a clock that tests set."""

    def __init__(self, secret: bytes = SECRET, **fields: Any) -> None:
        """With `fields`, a wheel of these rules is published first."""
        self.world = World(Lottery(Seeds(secret, "k1")))
        self.now = NOON
        self._requests = 0
        if fields:
            (event,) = self.publish(**fields)
            assert event.type == "fairground.activity.published.v1", event

    def send(self, data: CommandMessage, request: str = "", now: str = "") -> list[Any]:
        """One command; the data of its events, or of those of the command as which it was forwarded."""
        decided = self.world.decide([self.command(data, request, now)])
        while following := getattr(decided[-1].data, "forwarded_id", ""):
            (effect,) = [effect for effect in self.world.effects if effect.id == following]
            assert isinstance(effect.data, CommandMessage)
            decided = self.world.decide([Translated(effect.key, effect.id, decided[-1].time, effect.data)])
        return [event.data for event in decided]

    def command(self, data: CommandMessage, request: str = "", now: str = "") -> Translated:
        """A command that is not sent yet."""
        self._requests += 1
        key: str = data.__dict__["activity_id"]
        return Translated(key, request or f"request {self._requests}", utc(now or self.now), data)

    def publish(self, request: str = "", now: str = "", wheel: str = WHEEL, **fields: Any) -> list[Any]:
        """Publish a wheel, or a new version of it."""
        return self.send(PublishActivity(activity_id=wheel, rules=rules(**fields)), request, now)

    def logged(self, **fields: Any) -> ActivityPublished:
        """A version that stands in the log although it takes what was promised: it was accepted before that was asked.

        Folding asks nothing, so such a log means what it meant.
        """
        last = next(event.data for event in reversed(self.world.events) if isinstance(event.data, ActivityPublished))
        read = form(load(rules(**fields)))
        published = last.model_copy(update={"version": last.version + 1, "rules": read, "changes": ()})
        at = Coordinates("lottery", self.world.epoch, self.world.partition, self.world.next)
        self.world.next += 1
        time = utc(self.now)
        self.world.fold([Event(at.event_id(0), time, parse_time_ms(time), f"logged {at.offset}", published)])
        return published

    def move(self, kind: type[ActivityCommand], request: str = "", now: str = "") -> Any:
        """Pause, resume, stop, archive."""
        (event,) = self.send(kind(activity_id=WHEEL, by="li", why="because"), request, now)
        return event

    def draw(self, member: str = "ann", draws: int = 1, request: str = "", now: str = "", **fields: Any) -> list[Any]:
        """Draw; the outcomes."""
        return self.send(Draw(activity_id=WHEEL, member_id=member, draws=draws, **fields), request, now)

    def grant(self, cause: str, chances: int | None = 1, member: str = "ann", now: str = "", **fields: Any) -> Any:
        """Grant chances."""
        asked = GrantChances(activity_id=WHEEL, member_id=member, chances=chances, cause=cause, **fields)
        (event,) = self.send(asked, "", now)
        return event

    def pay(self, order: str, amount_fen: int, member: str = "ann", now: str = "") -> Any:
        """An order is paid."""
        asked = EarnChances(activity_id=WHEEL, member_id=member, order_id=order, amount_fen=amount_fen)
        (event,) = self.send(asked, "", now)
        return event

    def refund(self, order: str, member: str = "ann", now: str = "") -> Any:
        """An order is refunded in full; what becomes of its chances."""
        return self.refunded(order, member, now)[0]

    def refunded(self, order: str, member: str = "ann", now: str = "") -> list[Any]:
        """An order is refunded in full; what becomes of its chances, then of what they have won."""
        asked = RevokeOrder(activity_id=WHEEL, member_id=member, order_id=order, why="refunded")
        return self.send(asked, f"refunded:{order}", now)

    def lowered(
        self, order: str, left_fen: int, paid_fen: int, member: str = "ann", now: str = "", why: Any = "refunded"
    ) -> list[Any]:
        """So much of an order stays paid after a refund; what becomes of its chances, then of what they have won."""
        whose = {"activity_id": WHEEL, "member_id": member, "order_id": order}
        return self.send(RevokeOrder(**whose, why=why, left_fen=left_fen, paid_fen=paid_fen), "", now)

    def link(self, member: str, person: str, now: str = "") -> Any:
        """Two members turn out to be one person."""
        return self.send(LinkMember(activity_id=WHEEL, member_id=member, person_id=person), "", now)[0]

    def reason(self, *sent: Any, **fields: Any) -> str:
        """Draw and be refused: the reason."""
        (event,) = self.draw(*sent, **fields)
        return str(event.reason)

    def entrant(self, member: str = "ann") -> Entrant:
        """What is known of a member."""
        found = self.world.service.decode(f"m:{member}", self.world.records[WHEEL, f"m:{member}"])
        assert isinstance(found, Entrant)
        return found

    def counter(self, name: str) -> int:
        """What was taken."""
        return self.world.counters.get((WHEEL, name), 0)

    def checked(self) -> None:
        """All laws hold."""
        checked(self.world)


def game_rules(**fields: Any) -> dict[str, Any]:
    """The activity file of a score game: thanks, a pen from 500 on, a cup from 900 on; `fields` replace its own."""
    made = rules(
        kind="score_game",
        play={"max_score": 1000, "min_seconds": 20, "within_seconds": 180},
        prizes=[prize("cup", 0), prize("pen", 0), THANKS],
        tables=[
            {"id": "gold", "when": {"score": 900}, "weights": {"cup": 1}},
            {"id": "silver", "when": {"score": 500}, "weights": {"pen": 1}},
        ],
    )
    del made["chances"]
    return made | fields


class Game(Fair):
    """A score game in memory that was published, of the same id as the wheels."""

    def __init__(self, **fields: Any) -> None:
        """`fields`: of its rules, as far as they are others."""
        super().__init__()
        (event,) = self.publish(**fields)
        assert event.type == "fairground.activity.published.v1", event

    def publish(self, request: str = "", now: str = "", wheel: str = WHEEL, **fields: Any) -> list[Any]:
        """Publish the game, or a new version of it."""
        return self.send(PublishActivity(activity_id=wheel, rules=game_rules(**fields)), request, now)

    def start(self, play: str = "play", member: str = "ann", now: str = "", **fields: Any) -> Any:
        """Begin a play."""
        (event,) = self.send(StartPlay(activity_id=WHEEL, member_id=member, **fields), play, now)
        return event

    def finish(
        self, play: str = "play", score: int = 600, member: str = "ann", now: str = "", request: str = "", **fields: Any
    ) -> Any:
        """End it, a minute later if nothing is said."""
        asked = FinishPlay(activity_id=WHEEL, member_id=member, play_id=play, score=score, **fields)
        (event,) = self.send(asked, request, now or self.now.replace(":00", ":01"))
        return event

    def player(self, member: str = "ann") -> Player:
        """What is known of a member's plays."""
        found = self.world.service.decode(f"p:{member}", self.world.records[WHEEL, f"p:{member}"])
        assert isinstance(found, Player)
        return found


def ids(outcomes: Iterable[Any]) -> list[str]:
    """The prizes of draws."""
    return [outcome.prize_id for outcome in outcomes]


def replayed(world: World) -> World:
    """Another world that only folds that world's events, as whoever aligns does."""
    other = World(Lottery())
    other.fold(world.events)
    return other


def by_person(events: Iterable[Event[Any]]) -> dict[tuple[str, str], list[Event[Any]]]:
    """The events about members, by activity and by who has the account of each in the end."""
    said = [event for event in events if getattr(event.data, "member_id", "")]
    under = {
        (event.data.activity_id, event.data.member_id): event.data.person_id
        for event in said
        if event.data.type == "lottery.members.linked.v1"
    }
    found: dict[tuple[str, str], list[Event[Any]]] = {}
    for event in said:
        activity, person = event.data.activity_id, event.data.member_id
        while (activity, person) in under:
            person = under[activity, person]
        found.setdefault((activity, person), []).append(event)
    return found


def kinds(events: Iterable[Event[Any]]) -> list[str]:
    """Their types."""
    return [event.data.type for event in events]
