"""Believable commands for sign-in, the same for the same seed: for benchmarks and crash tests."""

import random
from collections.abc import Callable, Iterator
from itertools import chain, islice

from fairground_contracts.activities import (
    ArchiveActivity,
    PauseActivity,
    PublishActivity,
    ResumeActivity,
    StopActivity,
)
from fairground_contracts.cloudevent import format_time
from fairground_contracts.message import CommandMessage
from fairground_contracts.topics import EVERYWHERE
from fairground_decider import Translated
from fairground_decider.days import business_day, iso
from fairground_signin.contract import (
    ClaimRank,
    FollowRules,
    GiveTokens,
    LapseMakeUp,
    LinkMember,
    MakeUp,
    RejectReward,
    RevokeDay,
    SettleMakeUp,
    SignIn,
    TakeTokens,
)
from fairground_signin.contract.commands import Pays, Token
from fairground_signin.rules import form, load
from fairground_signin.traffic.files import activity_id, rules

__all__ = ["START_MS", "activity_id", "commands", "rules"]

#: When traffic begins at the earliest: 2017-05-01 00:00 in Shanghai.
START_MS = 1_493_568_000_000
_DAY_MS = 86_400_000
_MINUTE_MS = 60_000
_FEWEST_MEMBERS = 12
_DAYS = 20  # so long the traffic lasts, about, however much it is
_COMMANDS_A_DAY = 1.6  # of a member, over all activities
_REPEATED = 0.03  # of all commands, sent again as they were
_LINKED = 6  # every sixth member turns out to be another one, too


def commands(seed: int, n: int, activities: int = 4) -> Iterator[Translated]:
    """`n` commands, publications first; they can go to the command topic as they are."""
    return _Traffic(seed, n, activities).commands(n)


class _Traffic:
    """What whoever sends commands remembers."""

    def __init__(self, seed: int, n: int, activities: int) -> None:
        self._random = random.Random(seed)
        self._seed = seed
        self._activities = activities
        self._members = max(_FEWEST_MEMBERS, int(n / _DAYS / _COMMANDS_A_DAY))
        self._clock_ms = START_MS + seed % 100 * _DAY_MS
        self._behind_ms = 0
        self._number = self._sent = 0
        self._versions = [1] * activities
        self._paused: list[int] = []
        self._over: set[int] = set()  # activities that are stopped
        self._asked: list[tuple[str, str, int]] = []  # funding, member, activity
        self._given: list[tuple[int, str, Token, str]] = []
        self._signed: list[tuple[str, int, int]] = []  # member, activity, place in a log of its own
        self._kinds: list[tuple[int, Callable[[int, str], CommandMessage]]] = [
            (8000, self._sign), (900, self._make_up), (350, self._settle), (40, self._lapse), (150, self._revoke),
            (400, self._grant), (40, self._take), (150, self._reject), (60, self._link), (60, self._claim),
            (60, self._publish), (15, self._pause), (60, self._resume), (1, self._stop), (1, self._archive),
        ]  # fmt: skip

    def commands(self, n: int) -> Iterator[Translated]:
        """Publications, and what follows from them in each partition; then what members and operators do."""
        for asked in islice(chain(self._opening(), self._going_on(n)), n):
            yield asked
            self._sent += 1

    def _opening(self) -> Iterator[Translated]:
        for number in range(self._activities):
            made = rules(number)
            yield self._made(PublishActivity(activity_id=activity_id(number), rules=made, why="opening"))
            for place in EVERYWHERE:
                published = form(load(made))
                follow = FollowRules(
                    activity_id=activity_id(number), place=place, revision=0, version=1, status="running",
                    rules=published,
                )  # fmt: skip
                yield self._made(follow)

    def _going_on(self, n: int) -> Iterator[Translated]:
        lately: list[Translated] = []
        for _ in range(n):
            if lately and self._random.random() < _REPEATED:
                yield self._random.choice(lately[-200:])
                continue
            self._go_on()
            lately.append(self._next())
            yield lately[-1]

    def _go_on(self) -> None:
        """So far that a member comes once or twice a day; now and then somebody's clock is hours behind."""
        self._behind_ms = 0
        if self._random.random() < 0.01:
            self._behind_ms = self._random.randrange(6 * 60) * _MINUTE_MS
        else:
            self._clock_ms += int(self._random.expovariate(self._members * _COMMANDS_A_DAY / _DAY_MS))

    @property
    def _time_ms(self) -> int:
        """When the next command is sent, by the clock of whoever sends it."""
        return self._clock_ms - self._behind_ms

    def _next(self) -> Translated:
        make = self._random.choices([kind for _, kind in self._kinds], [weight for weight, _ in self._kinds])[0]
        number = self._random.randrange(self._activities)
        if number in self._over and self._random.random() < 0.95:  # few come to one that is over
            number = self._random.randrange(self._activities - 1)
        return self._made(make(number, f"m{self._random.randrange(self._members)}"))

    def _made(self, data: CommandMessage) -> Translated:
        self._number += 1
        return Translated(_key(data), self._id(data), format_time(self._time_ms), data)

    def _id(self, data: CommandMessage) -> str:
        """Answers have ids of their own; everything else is a request."""
        if isinstance(data, RejectReward):
            return f"rejected:{data.reward_id}"
        if isinstance(data, SettleMakeUp):
            return f"{'confirmed' if data.paid else 'refused'}:{data.funding_id}"
        return f"request-{self._number}"

    def _day(self, back: int) -> str:
        return iso(business_day(self._time_ms, "Asia/Shanghai") - back)

    def _sign(self, number: int, member: str) -> CommandMessage:
        unknown = self._random.random() < 0.005
        self._signed.append((member, number, self._sent))
        return SignIn(
            activity_id="no-such-activity" if unknown else activity_id(number),
            member_id=member,
            facts={"level": self._random.choice((0, 1, 1, 2, 3))} if self._random.random() > 0.02 else {},
            risk=self._risk(),
        )

    def _risk(self) -> int:
        return self._random.choice((0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4))

    def _make_up(self, number: int, member: str) -> CommandMessage:
        """Mostly a day or two back, paid as can be paid there; now and then one that nobody can make up."""
        ways: tuple[tuple[Pays, ...], ...] = (("card", "card", "points"), ("money",), ("card",), ("card",))
        pays: Pays = self._random.choice(ways[number % len(ways)] if self._random.random() < 0.9 else ("points",))
        if pays != "card":
            self._asked.append((f"signin-1-0-{self._sent}-0-f", member, number))
        day = self._day(self._random.choice((1, 1, 2, 2, 3, 4, 9, 0)))
        return MakeUp(activity_id=activity_id(number), member_id=member, day=day, pays=pays, risk=self._risk())

    def _settle(self, number: int, member: str) -> CommandMessage:
        """Mostly what was asked for lately; now and then of a make-up that nobody asked for."""
        funding = f"signin-9-9-{self._number}-0-f"
        if self._asked and self._random.random() < 0.95:
            funding, member, number = self._random.choice(self._asked[-5:])
        paid = self._random.random() < 0.8
        why = "" if paid else "balance_too_low"
        return SettleMakeUp(
            activity_id=activity_id(number), member_id=member, funding_id=funding, paid=paid, why=why
        )  # fmt: skip

    def _lapse(self, number: int, member: str) -> CommandMessage:
        """Of a make-up that was asked for a while ago; mostly it has its answer, or still has time."""
        funding = f"signin-9-9-{self._number}-0-f"
        if self._asked and self._random.random() < 0.95:
            funding, member, number = self._random.choice(self._asked[-50:])
        return LapseMakeUp(activity_id=activity_id(number), member_id=member, funding_id=funding)

    def _revoke(self, number: int, member: str) -> CommandMessage:
        day = self._day(self._random.choice((0, 0, 1, 1, 2, 5, 40)))
        return RevokeDay(activity_id=activity_id(number), member_id=member, day=day, by="li", why="fraud")

    def _grant(self, number: int, member: str) -> CommandMessage:
        token: Token = "freeze"
        if self._random.random() < 0.8:
            token, number = "make_up_card", self._random.choice((0, 2)) % self._activities
        cause, granted_by = f"gift-{self._number if self._random.random() > 0.05 else self._number // 10}", ""
        if self._number % 3 == 0:
            cause, granted_by = f"reward:lottery-1-0-{self._seed}{self._number:09d}-0-r", "wheel-1"
        self._given.append((number, member, token, cause))
        return GiveTokens(
            activity_id=activity_id(number), member_id=member, token=token, cause=cause, granted_by=granted_by
        )

    def _take(self, number: int, member: str) -> CommandMessage:
        """What was given lately; now and then for nothing that was."""
        token, cause = "freeze", f"gift-{self._number}"
        if self._given and self._random.random() < 0.9:
            number, member, token, cause = self._random.choice(self._given[-20:])
        return TakeTokens(activity_id=activity_id(number), member_id=member, token=token, cause=cause)

    def _reject(self, number: int, member: str) -> CommandMessage:
        """Of what was earned lately; now and then of what was given instead."""
        place = 0
        if self._signed:
            member, number, place = self._random.choice(self._signed[-100:])
        which = self._random.choice(("r0", "r0", "r1", "k", "c"))
        reward = f"signin-1-{self._random.choice((0, 0, 0, 1, 2, 3))}-{place}-0-{which}"
        return RejectReward(
            activity_id=activity_id(number), member_id=member, reward_id=reward, rejected="template_sold_out"
        )  # fmt: skip

    def _link(self, number: int, _member: str) -> CommandMessage:
        """Now and then of somebody who is linked already, or to themselves."""
        one, other = (self._random.randrange(0, most, _LINKED) for most in (self._members, _FEWEST_MEMBERS))
        return LinkMember(activity_id=activity_id(number), member_id=f"m{one}", person_id=f"m{other}")

    def _claim(self, number: int, member: str) -> CommandMessage:
        """As a signed day asks, mostly of an activity that rewards it."""
        number = number if self._random.random() < 0.2 else 0
        event = f"signin-1-0-{self._sent}-0"
        return ClaimRank(activity_id=activity_id(number), member_id=member, day=self._day(0), event_id=event)

    def _publish(self, number: int, _member: str) -> CommandMessage:
        self._versions[number] += 1
        made = rules(number, self._versions[number])
        return PublishActivity(activity_id=activity_id(number), rules=made, by="li", why="more time")

    def _pause(self, number: int, _member: str) -> CommandMessage:
        self._paused.append(number)
        return PauseActivity(activity_id=activity_id(number), by="li", why="complaints")

    def _resume(self, number: int, _member: str) -> CommandMessage:
        """Mostly of one that is paused; a mistake otherwise."""
        if self._paused:
            number = self._paused.pop(0)
        return ResumeActivity(activity_id=activity_id(number), by="li", why="solved")

    def _stop(self, _number: int, _member: str) -> CommandMessage:
        """Only ever the last of several activities, so that the others live on."""
        last = self._activities - 1 if self._activities > 1 else 999
        self._over.add(last)
        return StopActivity(activity_id=activity_id(last), by="wang", why="over")

    def _archive(self, _number: int, _member: str) -> CommandMessage:
        return ArchiveActivity(activity_id=activity_id(self._activities - 1), by="wang", why="tidy up")


def _key(data: CommandMessage) -> str:
    """The record key: the member, the place, else the activity."""
    if isinstance(data, ClaimRank):
        return data.activity_id
    said = data.__dict__
    return str(said.get("member_id") or said.get("place") or said["activity_id"])
