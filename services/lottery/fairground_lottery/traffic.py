"""Believable commands for wheels and a game, the same for the same seed: for benchmarks and crash tests."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from fairground_contracts.activities import (
    ArchiveActivity,
    PauseActivity,
    PublishActivity,
    ResumeActivity,
    StopActivity,
)
from fairground_contracts.cloudevent import format_time
from fairground_contracts.message import CommandMessage
from fairground_decider import Translated
from fairground_lottery.contract import (
    ClaimPrize,
    Draw,
    EarnChances,
    ExpirePrize,
    FinishPlay,
    GrantChances,
    RejectReward,
    ReportParcel,
    RevokeOrder,
    StartPlay,
    WithdrawGrant,
)
from fairground_lottery.contract.fulfilment import Parcel

#: When traffic begins: 2017-06-01 10:00 in Shanghai.
START_MS = 1_496_282_400_000
_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_MEMBERS = 400
_REPEATED = 0.03  # of all commands, sent again as they were

#: What a wheel earns chances by, one after another; every fourth wheel has the same.
_CHANCES: tuple[dict[str, Any], ...] = (
    {"free_per_day": 3},
    {"free_per_day": 1, "orders": {"rule": "per_order", "chances": 2, "min_order_fen": 1000, "expire_days": 2}},
    {"orders": {"rule": "cumulative", "every_fen": 5000, "on_refund": "debt"}},
    {"free_per_day": 1, "orders": {"rule": "per_order", "on_refund": "keep"}, "refund_window_days": 7},
)

#: What else changes the odds from draw to draw, one wheel after another.
_ODDS: tuple[dict[str, Any], ...] = (
    {},
    {"pity": [{"prizes": ["car", "cash"], "after": 12, "soft": {"from": 8, "step": 20}}]},
    {"sold_out": "renormalise", "pity": [{"id": "some-cash", "prizes": ["cash"], "after": 9}]},
    {"sold_out": "miss", "pity": [{"prizes": ["car"], "after": 5}, {"prizes": ["cash"], "after": 3}]},
)

#: How the stock of cash is released, one wheel after another.
_PACINGS: tuple[dict[str, Any], ...] = (
    {},
    {"pacing": {"by": "day", "curve": [5, 1, 1, 1, 1, 1, 1], "carry": True}},
    {"pacing": {"by": "hour", "curve": [0] * 8 + [1, 2, 3, 4] * 4, "carry": False}},
    {"pacing": {"by": "hour", "curve": [1] * 24, "carry": True}},
)

#: Who may draw, and by which weights, one wheel after another.
_AUDIENCES: tuple[dict[str, Any], ...] = (
    {},
    {"risk": {"3": "careful", "4": "lowest"}, "tables": [
        {"id": "regulars", "when": {"draws": 10, "spend_fen": 50_000}, "weights": {"cash": 50, "points": 900}},
        {"id": "careful", "weights": {"points": 1, "thanks": 9}},
    ]},
    {"eligible": "level >= 1 || 'vip' in tags", "tables": [
        {"id": "vip", "when": {"condition": "'vip' in tags && draws_today < 3"}, "weights": {"cash": 40, "thanks": 60}},
    ], "risk": {"4": "refuse"}},
    {"audience": {"never": ["m1"], "share": "90%", "holdout": "5%"}, "risk": {"3": "lowest"}},
)  # fmt: skip

#: After how many draws, and whose, the car can be won.
_UNLOCKS: tuple[dict[str, Any], ...] = (
    {},
    {"unlock": {"after": 5, "by": "member", "per": "lifetime"}},
    {"unlock": {"after": 30, "by": "all", "per": "day"}},
    {"unlock": {"after": 40, "by": "all", "per": "cycle"}},
)

#: What becomes of rewards after the draw, one wheel after another. Cars and cups are physical.
_REWARDS: tuple[dict[str, Any], ...] = (
    {},
    {
        "rewards": {
            "on_rejected": {"kind": "points", "amount": 5},
            "on_refund": "reverse",
            "restock": True,
            "claim_days": 1,
        }
    },
    {"rewards": {"on_rejected": "nothing", "on_refund": "debt", "claim_days": 2, "restock": True}},
    {"rewards": {"on_rejected": {"kind": "draw_chances", "amount": 1}, "on_refund": "reverse"}},
)

_NEWS: tuple[Parcel, ...] = ("shipped", "delivered", "returned")


def rules(number: int, version: int = 1) -> dict[str, Any]:
    """The activity file of a wheel. Stock is small, so that it runs out; each version adds some."""
    odds = _ODDS[number % len(_ODDS)]
    car, cash = _UNLOCKS[number % len(_UNLOCKS)], _PACINGS[number % len(_PACINGS)]
    cup: dict[str, Any] = {}
    if "sold_out" not in odds:
        car, cash, cup = car | {"fallback": "cash"}, cash | {"fallback": "points"}, {"fallback": "points"}
    plain = {
        "kind": "lottery",
        "id": wheel_id(number),
        "name": {"zh": f"转盘{number}", "en": f"Wheel {number}"},
        "zone": "Asia/Shanghai" if number % 2 else "Europe/Berlin",
        "window": {"starts": "2017-05-20 00:00", "ends": "2017-12-31 00:00"},
        "chances": _CHANCES[number % len(_CHANCES)],
        "quotas": {"per_day": 20, "per_week": 60, "per_month": 200, "total": 1000} if number % 3 == 0 else {},
        "budget": {"total_fen": 50_000 * version, "per_day_fen": 20_000} if number % 2 else {},
        "prizes": [
            _prize("car", 5, 20_000, "physical", 1, stock=3 + version, per_member=1, **car),
            _prize("cash", 30, 88, "cash", 88, stock=200 * version, stock_per_day=50, **cash),
            _prize("cup", 100, 10, "physical", 1, stock=60 * version, **cup),
            _prize("again", 20, 0, "draw_chances", 1),
            _prize("points", 395, 0, "points", 10),
            {"id": "thanks", "name": {"zh": "谢谢参与", "en": "Thanks"}, "weight": 450},
        ],
    }
    return plain | odds | _AUDIENCES[number % len(_AUDIENCES)] | _REWARDS[number % len(_REWARDS)]


#: The score game's id.
GAME = "game"


def game_rules(version: int = 1) -> dict[str, Any]:
    """The activity file of the score game: quick fingers win more."""
    return {
        "kind": "score_game",
        "id": GAME,
        "name": {"zh": "连连看", "en": "Link-up"},
        "window": {"starts": "2017-05-20 00:00", "ends": "2017-12-31 00:00"},
        "play": {
            "max_score": 1000,
            "min_seconds": 20,
            "within_seconds": 14_400,
            "expected_scores": {"300": 2, "800": 1},
        },
        "quotas": {"per_day": 5, "per_month": 40},
        "budget": {"total_fen": 30_000 * version},
        "prizes": [
            _prize("plush", 0, 3_000, "physical", 1, stock=2 + version, per_member=1, fallback="cash"),
            _prize("cash", 2, 100, "cash", 100, stock=90 * version, fallback="points"),
            _prize("points", 8, 0, "points", 5),
            {"id": "thanks", "name": {"zh": "谢谢参与", "en": "Thanks"}, "weight": 30},
        ],
        "pity": [{"prizes": ["cash"], "after": 6}],
        "tables": [
            {"id": "gold", "when": {"score": 900}, "weights": {"plush": 3, "cash": 7}},
            {"id": "silver", "when": {"score": 500}, "weights": {"plush": 1, "cash": 9, "points": 20}},
        ],
        "risk": {"3": "lowest", "4": "refuse"},
        "rewards": {"on_rejected": {"kind": "points", "amount": 3}, "claim_days": 1, "restock": True},
    }


def _prize(name: str, weight: int, value_fen: int, kind: str, amount: int, **limits: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": {"zh": name, "en": name},
        "weight": weight,
        "value_fen": value_fen,
        "reward": {"kind": kind, "amount": amount},
        **limits,
    }


def wheel_id(number: int) -> str:
    """The id of the number-th wheel."""
    return f"wheel-{number}"


def commands(seed: int, n: int, wheels: int = 4) -> Iterator[Translated]:
    """`n` commands, publications of the wheels and the game first; they can go to the command topic as they are."""
    return _Traffic(seed, wheels).commands(n)


#: To which of four partitions the keys of the first wheels and of the game belong.
PARTITIONS = {wheel_id(0): 3, wheel_id(1): 1, wheel_id(2): 2, wheel_id(3): 0, GAME: 1}


class _Turn(NamedTuple):
    """A draw or the end of a play, whose rewards are followed."""

    member: str
    activity: str
    draws: int
    alone: str  # where it stands in a log of its own
    among: str  # where it stands in its partition of four


class _Traffic:
    """What whoever sends commands remembers."""

    def __init__(self, seed: int, wheels: int) -> None:
        self._random = random.Random(seed)
        self._wheels = wheels
        self._time_ms = START_MS
        self._number = 0
        self._versions = [1] * wheels
        self._orders: list[tuple[str, str, int]] = []  # order, member, wheel
        self._paused: list[int] = []
        self._sent_to: Counter[int] = Counter()  # commands by partition; under -1 all of them
        self._following = {GAME, *(wheel_id(wheel) for wheel in range(wheels) if _REWARDS[wheel % len(_REWARDS)])}
        self._turns: list[_Turn] = []
        self._plays: list[tuple[str, str]] = []  # play, member
        self._game_version = 1
        self._kinds: list[tuple[int, Callable[[int, str], CommandMessage]]] = [
            (7000, self._draw), (1300, self._earn), (600, self._grant), (300, self._revoke), (600, self._reject),
            (20, self._withdraw), (150, self._claim), (150, self._report), (100, self._expire),
            (60, self._publish), (20, self._pause), (60, self._resume), (1, self._stop), (1, self._archive),
            (700, self._start_play), (700, self._finish_play), (6, self._publish_game),
        ]  # fmt: skip

    def commands(self, n: int) -> Iterator[Translated]:
        """Publications, then what members, the shop and operators do, with repetitions in between."""
        for wheel in range(min(self._wheels, n)):
            yield self._sent(PublishActivity(activity_id=wheel_id(wheel), rules=rules(wheel), why="opening"))
        sent: list[Translated] = []
        if n > self._wheels:
            yield self._sent(PublishActivity(activity_id=GAME, rules=game_rules(), why="opening"))
        for _ in range(n - self._wheels - 1):
            if sent and self._random.random() < _REPEATED:
                yield self._placed(self._random.choice(sent[-200:]))
                continue
            self._time_ms += self._step_ms()
            sent.append(self._next())
            yield sent[-1]

    def _step_ms(self) -> int:
        """A minute or so; now and then somebody's clock is hours behind, or a night goes by."""
        chance = self._random.random()
        if chance < 0.01:
            return -self._random.randrange(6 * 60) * _MINUTE_MS
        return self._random.randrange(8 * 60 if chance < 0.03 else 2) * _MINUTE_MS + self._random.randrange(1000)

    def _next(self) -> Translated:
        make = self._random.choices([kind for _, kind in self._kinds], [weight for weight, _ in self._kinds])[0]
        wheel = self._random.randrange(self._wheels)
        member = f"m{int(self._random.paretovariate(0.8)) % _MEMBERS}"
        return self._sent(make(wheel, member))

    def _sent(self, data: CommandMessage) -> Translated:
        self._number += 1
        activity: str = data.__dict__["activity_id"]
        return self._placed(Translated(activity, self._id(data), format_time(self._time_ms), data))

    def _placed(self, asked: Translated) -> Translated:
        """Remember where it will stand: in a log of its own, or in its partition of four, if nothing else is there."""
        partition, said = PARTITIONS.get(asked.key, 0), asked.data
        if isinstance(said, Draw | FinishPlay) and asked.key in self._following:
            alone, among = f"0-{self._sent_to[-1]}", f"{partition}-{self._sent_to[partition]}"
            draws = said.draws if isinstance(said, Draw) else 1
            self._turns.append(_Turn(said.member_id, asked.key, draws, alone, among))
        self._sent_to[-1] += 1
        self._sent_to[partition] += 1
        return asked

    def _id(self, data: CommandMessage) -> str:
        """Orders have ids of their own; everything else is a request."""
        if isinstance(data, EarnChances):
            return f"paid:{data.order_id}:{data.activity_id}"
        if isinstance(data, RevokeOrder):
            return f"{data.why}:{data.order_id}:{data.activity_id}"
        if isinstance(data, RejectReward):
            return f"rejected:{data.reward_id}:{data.activity_id}"
        if isinstance(data, ReportParcel):
            return f"{data.status}:{data.reward_id}:{data.activity_id}"
        return f"request-{self._number}"

    def _draw(self, wheel: int, member: str) -> CommandMessage:
        unknown = self._random.random() < 0.005
        several = self._random.random() < 0.1
        return Draw(
            activity_id="no-such-wheel" if unknown else wheel_id(wheel),
            member_id=member,
            draws=self._random.choice((2, 5, 10)) if several else 1,
            policy="available" if self._random.random() < 0.5 else "all",
            risk=self._random.choice((0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)),
            facts=self._facts() if self._random.random() > 0.02 else {},
        )

    def _facts(self) -> dict[str, Any]:
        """What a profile would say; now and then nobody supplies it."""
        return {
            "level": self._random.choice((0, 1, 1, 2, 3)),
            "tags": self._random.choice(((), ("newsletter",), ("vip", "newsletter"))),
            "spend_fen": self._random.randrange(0, 100_000, 100),
        }

    def _earn(self, wheel: int, member: str) -> CommandMessage:
        order = f"o{self._number}"
        self._orders.append((order, member, wheel))
        amount_fen = int(self._random.lognormvariate(7.5, 1.0)) if self._random.random() > 0.02 else 0
        return EarnChances(activity_id=wheel_id(wheel), member_id=member, order_id=order, amount_fen=amount_fen)

    def _revoke(self, wheel: int, member: str) -> CommandMessage:
        """Mostly an order that was paid lately, by whoever drew since; now and then one that is not yet paid."""
        order = f"o{self._number + 1}"
        if self._orders and self._random.random() < 0.9:
            drew = {(turn.member, turn.activity) for turn in self._turns[-200:]}
            lately = self._orders[-50:]
            used = (
                [paid for paid in lately if (paid[1], wheel_id(paid[2])) in drew] if self._random.random() < 0.7 else []
            )
            order, member, wheel = self._random.choice(used or lately)
        why = self._random.choice(("cancelled", "refunded"))
        return RevokeOrder(activity_id=wheel_id(wheel), member_id=member, order_id=order, why=why)

    def _reject(self, wheel: int, member: str) -> CommandMessage:
        """Of what a draw or a play lately won, if it did; now and then of what was given instead."""
        member, activity, reward = self._reward(wheel, member)
        again = "-c" if self._random.random() < 0.2 else ""
        return RejectReward(
            activity_id=activity, member_id=member, reward_id=f"{reward}{again}", rejected="template_sold_out"
        )

    def _claim(self, wheel: int, member: str) -> CommandMessage:
        """A prize that may be no physical one, mostly in time."""
        member, activity, reward = self._reward(wheel, member)
        address = f"addr-{self._random.randrange(100)}"
        return ClaimPrize(activity_id=activity, member_id=member, reward_id=reward, address_ref=address)

    def _report(self, wheel: int, member: str) -> CommandMessage:
        """News of a parcel, in any order."""
        member, activity, reward = self._reward(wheel, member)
        status = self._random.choice(_NEWS)
        return ReportParcel(
            activity_id=activity, member_id=member, reward_id=reward, status=status, ref=f"SF-{self._number}"
        )

    def _expire(self, wheel: int, member: str) -> CommandMessage:
        """Mostly too early, or of what somebody has claimed."""
        member, activity, reward = self._reward(wheel, member, newest=1000)
        return ExpirePrize(activity_id=activity, member_id=member, reward_id=reward)

    def _withdraw(self, wheel: int, member: str) -> CommandMessage:
        """Of what a reward granted that was taken back; mostly there was none."""
        member, activity, reward = self._reward(wheel, member)
        return WithdrawGrant(activity_id=activity, member_id=member, cause=f"reward:{reward}")

    def _reward(self, wheel: int, member: str, newest: int = 100) -> tuple[str, str, str]:
        """Whose reward it is, of which activity, and its id, if the turn won: nobody here sees what became of it."""
        if not self._turns:
            return member, wheel_id(wheel), "lottery-1-0-0-0-r"
        turn = self._random.choice(self._turns[-newest:])
        place = turn.alone if self._random.random() < 0.7 else turn.among
        return turn.member, turn.activity, f"lottery-1-{place}-{self._random.randrange(turn.draws)}-r"

    def _grant(self, wheel: int, member: str) -> CommandMessage:
        return GrantChances(
            activity_id=wheel_id(wheel),
            member_id=member,
            chances=self._random.choice((1, 1, 1, 3)),
            cause=f"share-{self._number if self._random.random() > 0.05 else self._number // 10}",
            why="shared the page",
        )

    def _start_play(self, _wheel: int, _member: str) -> CommandMessage:
        member = f"m{self._random.randrange(_MEMBERS)}"
        self._plays.append((f"request-{self._number + 1}", member))
        risk = self._random.choice((0, 0, 0, 0, 0, 0, 0, 1, 3, 4))
        return StartPlay(activity_id=GAME, member_id=member, facts=self._facts(), risk=risk)

    def _finish_play(self, _wheel: int, member: str) -> CommandMessage:
        """Mostly a play that began lately; now and then one that was finished, is somebody else's or never began."""
        play, odd = f"request-{self._random.randrange(10**6)}", self._random.random()
        if self._plays and odd > 0.02:
            place = self._random.randrange(max(len(self._plays) - 5, 0), len(self._plays))
            play, player = self._plays[place]
            member = player if odd > 0.04 else member
            if odd > 0.1:
                del self._plays[place]
        score = min(int(self._random.lognormvariate(6, 0.6)), 1001)
        return FinishPlay(activity_id=GAME, member_id=member, play_id=play, score=score, facts=self._facts())

    def _publish_game(self, _wheel: int, _member: str) -> CommandMessage:
        self._game_version += 1
        return PublishActivity(activity_id=GAME, rules=game_rules(self._game_version), by="li", why="more stock")

    def _publish(self, wheel: int, _member: str) -> CommandMessage:
        self._versions[wheel] += 1
        return PublishActivity(
            activity_id=wheel_id(wheel), rules=rules(wheel, self._versions[wheel]), by="li", why="more stock"
        )

    def _pause(self, wheel: int, _member: str) -> CommandMessage:
        self._paused.append(wheel)
        return PauseActivity(activity_id=wheel_id(wheel), by="li", why="complaints")

    def _resume(self, wheel: int, _member: str) -> CommandMessage:
        """Mostly of a wheel that is paused; a mistake otherwise."""
        if self._paused:
            wheel = self._paused.pop(0)
        return ResumeActivity(activity_id=wheel_id(wheel), by="li", why="solved")

    def _stop(self, wheel: int, _member: str) -> CommandMessage:
        """Only ever the last of several wheels, so that the others live on."""
        return StopActivity(activity_id=wheel_id(self._wheels - 1 if self._wheels > 1 else 999), by="wang", why="over")

    def _archive(self, wheel: int, _member: str) -> CommandMessage:
        return ArchiveActivity(activity_id=wheel_id(self._wheels - 1), by="wang", why="tidy up")
