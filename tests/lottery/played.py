"""Wheels and a score game played to their end in memory, with every rule that decides an outcome: for verification."""

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

from fairground_contracts.activities import EndActivity, PublishActivity
from fairground_contracts.cloudevent import format_time
from fairground_contracts.message import CommandMessage
from fairground_decider import Command, Coordinates, Event, Records, State
from fairground_lottery.contract import (
    CommandForwarded,
    Draw,
    DrawMissed,
    EarnChances,
    FinishPlay,
    LinkMember,
    PrizeWon,
    ReportParcel,
    RevokeOrder,
    StartPlay,
)
from fairground_lottery.domain import Lottery, Seeds
from fairground_lottery.traffic import START_MS
from fairground_lottery.verification import Export, gather
from tests.lottery.world import SECRET

_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_MEMBERS = 60
_LINKED = 0.004  # of all draws come with a link

_PITIES: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"prizes": ["car", "cash"], "after": 12, "soft": {"from": 6, "step": 30}}],
    [
        {"id": "cash-soon", "prizes": ["cash"], "after": 4},
        {"prizes": ["car"], "after": 9, "soft": {"from": 2, "step": 5}},
    ],
)
_TABLES: tuple[dict[str, Any], ...] = (
    {},
    {
        "tables": [
            {"id": "regulars", "when": {"draws": 40}, "weights": {"car": 9, "cash": 200, "points": 300, "thanks": 400}},
            {"id": "careful", "weights": {"points": 1, "thanks": 9}},
        ],
        "risk": {"3": "careful", "4": "lowest"},
    },
    {
        "tables": [
            {"id": "vip", "when": {"condition": "'vip' in tags"}, "weights": {"car": 20, "cash": 80, "thanks": 300}},
            {"id": "spent", "when": {"spend_fen": 50_000, "draws": 5}, "weights": {"cash": 9, "tea": 9, "thanks": 90}},
        ],
        "risk": {"3": "lowest"},
        "eligible": "level >= 0",
        "audience": {
            "never": ["m7"],
            "only": [f"m{number}" for number in range(_MEMBERS) if number != 7],
            "share": "95%",
        },
    },
)
_UNLOCKS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"after": 5, "by": "member", "per": "lifetime"},
    {"after": 3, "by": "member", "per": "day"},
    {"after": 15, "by": "member", "per": "cycle"},
    {"after": 100, "by": "all", "per": "day"},
    {"after": 60, "by": "all", "per": "cycle"},
    {"after": 500, "by": "all", "per": "lifetime"},
)

_BY_DAY: tuple[dict[str, Any] | None, ...] = (
    None,
    {"by": "day", "curve": [40, 25, 5, 10, 1], "carry": True},
    {"by": "day", "curve": [3, 1], "carry": False},
)
_BY_HOUR: tuple[dict[str, Any] | None, ...] = (
    None,
    {"by": "hour", "curve": [9, 1, 2] * 8, "carry": False},
    {"by": "hour", "curve": [1, 2, 3, 4] * 6, "carry": True},
    None,
)

#: What a draw that cannot be given becomes, pity, tables, and when the car opens: all of them meet all others.
KINDS = [
    (sold_out, pity, tables, _UNLOCKS[(3 * at + pity) % len(_UNLOCKS)])
    for at, (sold_out, pity, tables) in enumerate(product(("fallback", "renormalise", "miss"), range(3), range(3)))
]


def rules(number: int, version: int = 1) -> dict[str, Any]:
    """The file of the number-th wheel. Each version brings more stock; the second has one rule less or more."""
    sold_out, pity, tables, unlock = KINDS[number % len(KINDS)]
    more = {} if unlock is None else {"unlock": unlock}
    content: dict[str, Any] = {
        "kind": "lottery",
        "id": f"wheel-{number}",
        "name": {"zh": f"转盘\u2028“{number}”", "en": f"Wheel \\ \"{number}\"\t\x7f"},
        "zone": ("Asia/Shanghai", "Europe/Berlin", "America/St_Johns")[number % 3],
        "day_start_hour": (0, 4, 0, 23)[number % 4],
        "window": {"starts": "2017-05-20 00:00", "ends": "2017-12-31 00:00"},
        "chances": _BY_ORDERS if returns(number) else {"free_per_day": 1_000_000},
        **({"rewards": {"on_refund": "reverse", "restock": True}} if returns(number) else {}),
        "budget": ({}, {"total_fen": 90_000 * version}, {"per_day_fen": 40_000})[number % 3],
        "sold_out": sold_out,
        "prizes": [
            _prize("car", 4, "physical", 1, 20_000, stock=30 * version, per_member=2, **more),
            _prize("cash", 40, "cash", 888, 888, stock_per_day=70, **_else(sold_out, "tea"),
                   **_paced(_BY_HOUR[number % len(_BY_HOUR)])),
            _prize("tea", 60, "coupon", 1, 500, stock=300 * version, **_else(sold_out, "points"),
                   **_paced(_BY_DAY[number % len(_BY_DAY)])),
            _prize("points", 96, "points", 10, 0),
            {"id": "thanks", "name": {"zh": "谢谢参与", "en": "Thanks"}, "weight": 800},
        ],
        "pity": _PITIES[pity],
        **({"quotas": {"per_week": 1_000_000}} if number % 5 == 0 else {}),
        **_TABLES[tables],
    }  # fmt: skip
    content["prizes"][0] |= _else(sold_out, "cash")
    return {name: said for name, said in content.items() if said != []}


#: Ten draws for each order, so that what they have won goes back with it.
_BY_ORDERS = {"orders": {"rule": "per_order", "chances": 10}}


def returns(number: int) -> bool:
    """Whether prizes go back into stock at that wheel."""
    return number % 3 == 1


def _paced(pacing: dict[str, Any] | None) -> dict[str, Any]:
    return {"pacing": pacing} if pacing else {}


def _else(sold_out: str, fallback: str) -> dict[str, str]:
    return {"fallback": fallback} if sold_out == "fallback" else {}


def _prize(name: str, weight: int, kind: str, amount: int, value_fen: int, **limits: Any) -> dict[str, Any]:
    reward = {"kind": kind, "amount": amount}
    return {"id": name, "name": {"zh": name, "en": name}, "weight": weight, "value_fen": value_fen, "reward": reward,
            **limits}  # fmt: skip


def events(number: int, draws: int) -> list[Event[Any]]:
    """A wheel with about so many draws, from its publication to its end; a second version comes in the middle."""
    play = _Play(number)
    play.send(PublishActivity(activity_id=play.wheel, rules=rules(number)))
    for version in (2, 3):
        while play.drawn < draws * (version - 1) // 2:
            play.draw()
        if version == 2:
            (published,) = play.send(PublishActivity(activity_id=play.wheel, rules=rules(number, version)))
            assert published.type == "fairground.activity.published.v1", published
    play.time_ms += 300 * _DAY_MS
    play.send(EndActivity(activity_id=play.wheel))
    return play.events


def export(number: int, draws: int) -> Export:
    """The same as an export; nothing differs in the record of what has just been decided."""
    gathered = gather(f"wheel-{number}", events(number, draws))
    assert gathered.differences == ()
    return gathered.export


def game_rules(version: int = 1) -> dict[str, Any]:
    """The file of the score game: a wheel with everything in it, whose tables also ask for the score; tea is sent."""
    wheel = rules(7, version)
    del wheel["chances"]
    wheel["prizes"][2]["reward"]["kind"] = "physical"
    return wheel | {
        "kind": "score_game",
        "id": "game",
        "rewards": {"claim_days": 30, "restock": True},
        "play": {"max_score": 1000, "min_seconds": 10, "within_seconds": 600},
        "tables": [
            {"id": "gold", "when": {"score": 900}, "weights": {"car": 9, "cash": 200, "points": 300, "thanks": 400}},
            {"id": "regulars", "when": {"draws": 20, "score": 600}, "weights": {"cash": 9, "tea": 9, "thanks": 90}},
            {"id": "vip", "when": {"condition": "'vip' in tags", "score": 500}, "weights": {"cash": 20, "thanks": 30}},
            {"id": "silver", "when": {"score": 300}, "weights": {"tea": 1, "points": 9, "thanks": 30}},
            {"id": "careful", "weights": {"points": 1, "thanks": 9}},
        ],
        "risk": {"3": "careful", "4": "lowest"},
    }


def game_export(plays: int) -> Export:
    """A score game with so many plays, from its publication to its end, as an export."""
    play = _Play(7, "game")
    for version in (1, 2):
        (published,) = play.send(PublishActivity(activity_id="game", rules=game_rules(version)))
        assert published.type == "fairground.activity.published.v1", published
        for _ in range(plays // 2):
            play.play()
    play.time_ms += 300 * _DAY_MS
    play.send(EndActivity(activity_id="game"))
    gathered = gather("game", play.events)
    assert gathered.differences == ()
    return gathered.export


def exports(draws: int) -> Iterator[Export]:
    """One of each kind, with about so many draws in all."""
    return (export(number, draws // len(KINDS)) for number in range(len(KINDS)))


class _Play:
    """One wheel, decided and folded without a store."""

    def __init__(self, number: int, activity: str = "") -> None:
        self.wheel = activity or f"wheel-{number}"
        self.time_ms = START_MS
        self.events: list[Event[Any]] = []
        self._dice = random.Random(number)
        self.drawn = 0
        self._by_orders = returns(number)
        self._orders: list[tuple[str, str]] = []
        self._lottery = Lottery(Seeds(SECRET, "k1"))
        self._state = State(Records(), {}, (self.wheel,))
        self._offset = 0

    def send(self, data: CommandMessage) -> list[Any]:
        """One command; what became of it."""
        self._offset += self._dice.choice((1, 1, 1, 5))  # other wheels of the partition stand in between
        at = Coordinates("lottery", 1, 3, self._offset)
        command = Command(f"request-{self._offset}", format_time(self.time_ms), self.time_ms, at, data)
        said = []
        for index, outcome in enumerate(self._lottery.decide(self._state, command)):
            event = Event(at.event_id(index), command.time, command.time_ms, command.id, outcome)
            self._lottery.evolve(self._state, event)
            self.events.append(event)
            said.append(outcome)
            self.drawn += isinstance(outcome, PrizeWon | DrawMissed)
        self._state.keep()
        if isinstance(said[-1], CommandForwarded):
            (effect,) = self._lottery.effects(self.events[-1])
            assert isinstance(effect.data, CommandMessage)
            return self.send(effect.data)
        return said

    def draw(self) -> None:
        """Somebody draws once or several times; now and then a clock is behind, or hours go by."""
        dice = self._dice
        self.time_ms += dice.choice((1, 7, 60, 60, 60, -90, 400)) * _MINUTE_MS // 10 + dice.randrange(1000)
        member = f"m{min(int(dice.paretovariate(0.6)), 10**6) % _MEMBERS}"
        if self._by_orders:
            self._order(member)
        if dice.random() < _LINKED:
            person = dice.choice((f"m{dice.randrange(_MEMBERS)}", "somebody"))
            self.send(LinkMember(activity_id=self.wheel, member_id=member, person_id=person))
        self.send(
            Draw(
                activity_id=self.wheel,
                member_id=member,
                person_id=f"m{dice.randrange(_MEMBERS)}" if dice.random() < _LINKED else "",
                draws=10 if self._by_orders else dice.choice((1, 1, 2, 10)),
                risk=dice.choice((0, 0, 0, 0, 1, 2, 3, 4)),
                facts=self._facts(),
            )
        )

    def _order(self, member: str) -> None:
        """An order is paid; now and then an earlier one, of whoever, is refunded."""
        order = f"o{self._offset}"
        self.send(EarnChances(activity_id=self.wheel, member_id=member, order_id=order, amount_fen=100))
        self._orders.append((order, member))
        if self._dice.random() < 0.3:
            refunded, buyer = self._dice.choice(self._orders[-40:])
            self.send(RevokeOrder(activity_id=self.wheel, member_id=buyer, order_id=refunded, why="refunded"))

    def play(self) -> None:
        """Somebody plays a game, and comes to some score within a minute."""
        dice = self._dice
        self.time_ms += dice.choice((1, 7, 60, 60, 60, -90, 400)) * _MINUTE_MS // 10 + dice.randrange(1000)
        member, risk = f"m{dice.randrange(_MEMBERS)}", dice.choice((0, 0, 0, 0, 1, 2, 3, 4))
        (begun,) = self.send(StartPlay(activity_id=self.wheel, member_id=member, facts=self._facts(), risk=risk))
        self.time_ms += _MINUTE_MS
        (ended,) = self.send(FinishPlay(activity_id=self.wheel, member_id=member, play_id=begun.play_id,
                                        score=dice.randrange(1001), facts=self._facts(), risk=risk))  # fmt: skip
        if ended.prize_id in ("car", "tea") and dice.random() < 0.5:
            reward = f"{self.events[-1].id}-r"
            self.send(ReportParcel(activity_id=self.wheel, member_id=member, reward_id=reward, status="returned"))

    def _facts(self) -> dict[str, Any]:
        dice = self._dice
        return {
            "level": dice.randrange(4),
            "tags": dice.choice(((), ("vip",), ("newsletter",))),
            "spend_fen": dice.randrange(0, 100_000, 100),
        }
