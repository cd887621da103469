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
    BuyChances,
    ClaimPrize,
    Draw,
    EarnChances,
    ExpirePrize,
    FinishPlay,
    GrantChances,
    LinkMember,
    RejectReward,
    ReportParcel,
    RevokeOrder,
    SettlePurchase,
    StartPlay,
    WithdrawGrant,
)
from fairground_lottery.contract.fulfilment import Parcel
from fairground_lottery.traffic.files import GAME, game_rules, rules, wheel_id

__all__ = ["GAME", "PARTITIONS", "START_MS", "commands", "game_rules", "rules", "wheel_id"]

#: When traffic begins: 2017-06-01 10:00 in Shanghai.
START_MS = 1_496_282_400_000
_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_FEWEST_MEMBERS = 400
_COMMANDS_OF_A_MEMBER = 20  # on the average, where there are enough for that
_REPEATED = 0.03  # of all commands, sent again as they were
_NOWHERE = "no-such-wheel"
_LINKED = 5  # every fifth member turns out to be another one, too

_NEWS: tuple[Parcel, ...] = ("shipped", "delivered", "returned")


def commands(seed: int, n: int, wheels: int = 4) -> Iterator[Translated]:
    """`n` commands, publications of the wheels and the game first; they can go to the command topic as they are."""
    return _Traffic(seed, n, wheels).commands(n)


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

    def __init__(self, seed: int, n: int, wheels: int) -> None:
        self._random = random.Random(seed)
        self._apart = random.Random(f"rewards {seed}")  # what it says moves no other command
        self._seed = seed
        self._wheels = wheels
        self._members = max(_FEWEST_MEMBERS, n // _COMMANDS_OF_A_MEMBER)
        self._over: set[int] = set()  # wheels that are stopped
        self._given: list[tuple[int, str]] = []  # wheel, and the member who was to get chances there
        self._rewards: list[GrantChances] = []  # of a sign-in
        self._time_ms = START_MS
        self._number = 0
        self._asked: list[tuple[str, str, int]] = []  # funding, member, wheel
        self._versions = [1] * wheels
        self._orders: list[tuple[str, str, int, int]] = []  # order, member, wheel, fen
        self._paused: list[int] = []
        self._sent_to: Counter[int] = Counter()  # commands by partition; under -1 all of them
        self._following = {GAME, *(wheel_id(wheel) for wheel in range(wheels) if "rewards" in rules(wheel))}
        self._turns: list[_Turn] = []
        self._plays: list[tuple[str, str]] = []  # play, member
        self._game_version = 1
        self._kinds: list[tuple[int, Callable[[int, str], CommandMessage]]] = [
            (7000, self._draw), (1300, self._earn), (600, self._grant), (300, self._revoke), (600, self._reject),
            (20, self._withdraw), (250, self._claim), (150, self._report), (100, self._expire),
            (150, self._buy), (140, self._settle), (40, self._link),
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
        if wheel in self._over and self._random.random() < 0.95:  # few come to a wheel that is over
            wheel = self._random.randrange(self._wheels - 1)
        member = f"m{1 + int(self._members * self._random.random() ** 3)}"  # some come far more often than others
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
            part = f":{data.paid_fen - data.left_fen}" if data.left_fen else ""
            return f"{data.why}:{data.order_id}{part}:{data.activity_id}"
        if isinstance(data, RejectReward):
            return f"rejected:{data.reward_id}:{data.activity_id}"
        if isinstance(data, ReportParcel):
            return f"{data.status}:{data.reward_id}:{data.activity_id}"
        if isinstance(data, GrantChances) and data.granted_by:
            return f"granted:{data.cause.removeprefix('reward:')}"
        if isinstance(data, SettlePurchase):
            return f"{'confirmed' if data.paid else 'refused'}:{data.funding_id}"
        return f"request-{self._number}"

    def _draw(self, wheel: int, member: str) -> CommandMessage:
        """Mostly by whoever was to get chances lately."""
        if self._given and self._random.random() < 0.6:
            wheel, member = self._random.choice(self._given[-50:])
        unknown = self._random.random() < 0.005
        several = self._random.random() < 0.1
        return Draw(
            activity_id=_NOWHERE if unknown else wheel_id(wheel),
            member_id=member,
            person_id=f"p{member}" if int(member[1:]) % _LINKED == 0 and self._random.random() < 0.1 else "",
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
        amount_fen = int(self._random.lognormvariate(7.5, 1.0)) if self._random.random() > 0.02 else 0
        self._orders.append((order, member, wheel, amount_fen))
        self._given.append((wheel, member))
        return EarnChances(activity_id=wheel_id(wheel), member_id=member, order_id=order, amount_fen=amount_fen)

    def _revoke(self, wheel: int, member: str) -> CommandMessage:
        """Mostly an order that was paid lately, by whoever drew since; now and then one that is not yet paid. Half of
        the refunds leave a part."""
        order, paid_fen = f"o{self._number + 1}", 2000
        if self._orders and self._random.random() < 0.9:
            drew = {(turn.member, turn.activity) for turn in self._turns[-200:]}
            lately = self._orders[-50:]
            used = (
                [paid for paid in lately if (paid[1], wheel_id(paid[2])) in drew] if self._random.random() < 0.7 else []
            )
            order, member, wheel, paid_fen = self._random.choice(used or lately)
        why = self._random.choice(("cancelled", "refunded", "refunded"))
        left_fen = self._random.randrange(paid_fen + 1) if why == "refunded" and self._random.random() < 0.5 else 0
        return RevokeOrder(
            activity_id=wheel_id(wheel), member_id=member, order_id=order, why=why, left_fen=left_fen, paid_fen=paid_fen
        )

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

    def _link(self, wheel: int, _member: str) -> CommandMessage:
        """Now and then of somebody who is linked already, or to themselves."""
        one, other = (self._random.randrange(0, most, _LINKED) for most in (self._members, 20))
        activity = GAME if self._random.random() < 0.3 else wheel_id(wheel)
        return LinkMember(activity_id=activity, member_id=f"m{one}", person_id=f"m{other}")

    def _buy(self, wheel: int, member: str) -> CommandMessage:
        """Now and then where nothing is sold."""
        wheel = wheel if self._random.random() < 0.1 else min(2, self._wheels - 1)
        self._asked.append((f"lottery-1-0-{self._sent_to[-1]}-0-f", member, wheel))
        return BuyChances(
            activity_id=wheel_id(wheel),
            member_id=member,
            times=self._random.choice((1, 1, 2)),
            risk=self._random.choice((0, 0, 0, 0, 0, 0, 0, 1, 3, 4)),
            facts=self._facts() if self._random.random() > 0.02 else {},
        )

    def _settle(self, wheel: int, member: str) -> CommandMessage:
        """Mostly what was asked for lately, at once or after a while; now and then of a purchase that nobody made."""
        funding = f"lottery-9-9-{self._number}-0-f"
        if self._asked and self._random.random() < 0.95:
            funding, member, wheel = self._random.choice(self._asked[-5:])
        paid = self._random.random() < 0.8
        why = "" if paid else "balance_too_low"
        return SettlePurchase(activity_id=wheel_id(wheel), member_id=member, funding_id=funding, paid=paid, why=why)

    def _grant(self, wheel: int, member: str) -> CommandMessage:
        """By the shop, or as a reward of a sign-in."""
        self._given.append((wheel, member))
        by_shop = self._by_shop(wheel, member)
        return self._by_sign_in(wheel, member) if self._number % 3 == 0 else by_shop

    def _by_sign_in(self, wheel: int, member: str) -> GrantChances:
        """Now and then heard of once more, or for a wheel that is over or never was."""
        chance = self._apart.random()
        if self._rewards and chance < 0.1:
            return self._apart.choice(self._rewards[-20:])
        counted = "sign_in" in rules(wheel)["chances"].get("sources", {}) and self._apart.random() < 0.7
        reward = GrantChances(
            activity_id=self._apart.choice([_NOWHERE, *map(wheel_id, self._over)]) if chance > 0.9 else wheel_id(wheel),
            member_id=member,
            chances=self._apart.choice((1, 1, 2)),
            cause=f"reward:signin-1-0-{self._seed}{self._number:09d}-0-r",
            source="sign_in" if counted else "",
            why="reward of signin daily-0",
            granted_by="daily-0",
        )
        self._rewards.append(reward)
        return reward

    def _by_shop(self, wheel: int, member: str) -> GrantChances:
        source = self._random.choice(("", "", "share", "share", "invitation", "sign_in", "lottery"))
        if source:
            cause = (
                f"m{self._random.randrange(self._members)}" if source == "invitation" else f"{source}-{self._number}"
            )
            return GrantChances(activity_id=wheel_id(wheel), member_id=member, cause=cause, source=source)
        return GrantChances(
            activity_id=wheel_id(wheel),
            member_id=member,
            chances=self._random.choice((1, 1, 1, 3)),
            cause=f"share-{self._number if self._random.random() > 0.05 else self._number // 10}",
            why="shared the page",
        )

    def _start_play(self, _wheel: int, _member: str) -> CommandMessage:
        member = f"m{self._random.randrange(self._members)}"
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
        last = self._wheels - 1 if self._wheels > 1 else 999
        self._over.add(last)
        return StopActivity(activity_id=wheel_id(last), by="wang", why="over")

    def _archive(self, wheel: int, _member: str) -> CommandMessage:
        return ArchiveActivity(activity_id=wheel_id(self._wheels - 1), by="wang", why="tidy up")
