"""Wheels in memory, for tests that say what members and operators do in one line each."""

from collections.abc import Iterable
from typing import Any

from fairground_contracts.activities import ActivityCommand, PublishActivity
from fairground_contracts.cloudevent import format_time, parse_time_ms
from fairground_contracts.message import CommandMessage
from fairground_decider import Event, Translated
from fairground_decider.folding import World
from fairground_decider.laws import judge
from fairground_lottery.contract import Draw, EarnChances, GrantChances, RevokeOrder
from fairground_lottery.domain import Lottery, Seeds
from fairground_lottery.domain.records import Entrant
from fairground_lottery.invariants import laws

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
        """One command; its events' data."""
        return [event.data for event in self.world.decide([self.command(data, request, now)])]

    def command(self, data: CommandMessage, request: str = "", now: str = "") -> Translated:
        """A command that is not sent yet."""
        self._requests += 1
        key: str = data.__dict__["activity_id"]
        return Translated(key, request or f"request {self._requests}", utc(now or self.now), data)

    def publish(self, request: str = "", now: str = "", wheel: str = WHEEL, **fields: Any) -> list[Any]:
        """Publish a wheel, or a new version of it."""
        return self.send(PublishActivity(activity_id=wheel, rules=rules(**fields)), request, now)

    def move(self, kind: type[ActivityCommand], request: str = "", now: str = "") -> Any:
        """Pause, resume, stop, archive."""
        (event,) = self.send(kind(activity_id=WHEEL, by="li", why="because"), request, now)
        return event

    def draw(self, member: str = "ann", draws: int = 1, request: str = "", now: str = "", **fields: Any) -> list[Any]:
        """Draw; the outcomes."""
        return self.send(Draw(activity_id=WHEEL, member_id=member, draws=draws, **fields), request, now)

    def grant(self, cause: str, chances: int = 1, member: str = "ann", now: str = "", **fields: Any) -> Any:
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


def ids(outcomes: Iterable[Any]) -> list[str]:
    """The prizes of draws."""
    return [outcome.prize_id for outcome in outcomes]


def replayed(world: World) -> World:
    """Another world that only folds that world's events, as whoever aligns does."""
    other = World(Lottery())
    other.fold(world.events)
    return other


def kinds(events: Iterable[Event[Any]]) -> list[str]:
    """Their types."""
    return [event.data.type for event in events]
