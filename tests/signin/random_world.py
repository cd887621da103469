"""A world of sign-in that is left to chance: four partitions, few members, and everybody who sends something there.

What events send elsewhere is taken up: commands, timers, fundings and rewards, by the service's own intake. Whatever is
sent may wait, overtake, and come again; only what one partition sends to another one keeps its order, as in Kafka.
"""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from fairground_contracts.activities import (
    ActivityListed,
    ArchiveActivity,
    EndActivity,
    PauseActivity,
    PublishActivity,
    ResumeActivity,
    StopActivity,
)
from fairground_contracts.cloudevent import CloudEvent, format_time, parse_time_ms
from fairground_contracts.funding import FundingConfirmed, FundingRefused, FundingRequested
from fairground_contracts.members import MemberIdentityLinked
from fairground_contracts.message import CommandMessage, Message
from fairground_contracts.reward_results import RewardRejected
from fairground_contracts.rewards import Reward, RewardGranted, RewardRevoked
from fairground_contracts.timers import TimerRequested
from fairground_contracts.topics import PARTITIONS
from fairground_decider import Outgoing, Translated
from fairground_decider.days import business_day, iso
from fairground_signin.contract import COMMANDS, SERVICE, GiveTokens, MakeUp, RevokeDay, SignIn
from fairground_signin.domain import SignIns
from fairground_signin.intake import translate
from tests.signin.places import Places
from tests.signin.random_files import edited, file_of
from tests.signin.world import DAILY

#: Four members in three partitions; the activity is at home in the fourth.
MEMBERS = ("m0", "m2", "m1", "m4")

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS
_FUNDED = ("points", "money")


class _Asked(NamedTuple):
    """A funding that whoever owns the balance was asked for."""

    id: str
    said: FundingRequested


class RandomWorld:
    """Everything that happens, from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.file = file_of(self.chance)
        self.places = Places()
        self.now_ms = parse_time_ms(f"{self.file['window']['starts'].replace(' ', 'T')}:00Z") + 5 * _HOUR_MS
        self.confirmed: list[str] = []  # fundings that were taken, in the order in which that was said
        self._post: list[Translated] = []  # sent, and still on its way
        self._sent: list[Translated] = []
        self._rows: dict[str, ActivityListed] = {}
        self._fundings: list[_Asked] = []
        self._answers: dict[str, bool] = {}  # what was said of a funding: nobody says the opposite later
        self._timers: list[TimerRequested] = []
        self._rewards: list[Outgoing] = []
        self._won: list[tuple[str, RewardGranted]] = []  # at a wheel
        self._number = 0
        self._kinds: list[tuple[int, Callable[[], None]]] = [
            (100, self._sign), (24, self._make_up), (24, self._answer), (8, self._ring), (14, self._revoke),
            (10, self._win), (5, self._lose), (5, self._gift), (12, self._reject),
            (self.chance.choice((0, 2, 6)), self._link), (5, self._edit), (3, self._move),
            (8, self._again), (2, self._for_nothing),
        ]  # fmt: skip

    def run(self, steps: int) -> None:
        """So many things happen; then everything arrives, and every timer rings."""
        self._ask(PublishActivity(activity_id=DAILY, rules=self.file))
        self._settle()
        weights = [weight for weight, _ in self._kinds]
        for _ in range(steps):
            self.now_ms += self.chance.choice(
                (0, 0, _MINUTE_MS, 20 * _MINUTE_MS, 3 * _HOUR_MS, 9 * _HOUR_MS, _DAY_MS // 2)
            )
            self.chance.choices([kind for _, kind in self._kinds], weights)[0]()
            for _ in range(self.chance.randrange(6)):
                self._turn()
        self._settle()
        self.now_ms += 2 * _DAY_MS
        for timer in list(self._timers):
            self._rings(timer)
        self._settle()

    @property
    def archived(self) -> bool:
        """Whether nothing is kept any more."""
        return self._rows[DAILY].status == "archived"

    @property
    def today(self) -> int:
        """The business day."""
        return business_day(self.now_ms, self.file["zone"], self.file["day_start_hour"])

    def _turn(self) -> None:
        """Something arrives, or a partition decides."""
        if self._post and self.chance.random() < 0.4:
            self.places.ask([self._post.pop(self.chance.randrange(len(self._post)))])
        self._taken_up(self.places.turn(self.chance.randrange(PARTITIONS)))

    def _settle(self) -> None:
        while self._post or not self.places.idle:
            self._turn()

    def _send(self, asked: Translated) -> None:
        """On its way, sooner or later, once or twice."""
        self._sent.append(asked)
        self._post += [asked] * (1 + (self.chance.random() < 0.1))

    def _ask(self, data: CommandMessage, late_ms: int = 0) -> None:
        """Somebody asks for something now."""
        self._number += 1
        self._send(Translated(SignIns().key(data), f"request {self._number}", format_time(self.now_ms - late_ms), data))

    def _say(self, id: str, said: Message, time_ms: int | None = None) -> None:
        """Something stands on a shared stream, and the intake makes of it what it does."""
        time = format_time(self.now_ms if time_ms is None else time_ms)
        for command in translate(CloudEvent(id, said.type, "test", time, "", b""), said, self._rows):
            self._send(command)

    def _taken_up(self, effects: list[Outgoing]) -> None:
        for effect in effects:
            said = effect.data
            if isinstance(said, ActivityListed):
                self._rows[said.activity_id] = said
            elif isinstance(said, FundingRequested):
                self._fundings.append(_Asked(effect.id, said))
            elif isinstance(said, TimerRequested):
                self._timers.append(said)
            elif isinstance(said, RewardGranted | RewardRevoked | RewardRejected):
                self._say(effect.id, said)
            if isinstance(said, RewardGranted):
                self._rewards.append(effect)

    # ---- members ---------------------------------------------------------------------------------------------

    def _member(self) -> str:
        return self.chance.choice(MEMBERS)

    def _day(self, *back: int) -> str:
        return iso(self.today - self.chance.choice(back))

    def _sign(self) -> None:
        late = self.chance.choice((0, 0, 0, 0, 0, _HOUR_MS, 9 * _HOUR_MS, _DAY_MS, 3 * _DAY_MS))
        facts = {"level": self.chance.choice((0, 1, 2, 3))}
        self._ask(SignIn(activity_id=DAILY, member_id=self._member(), facts=facts), late)

    def _make_up(self) -> None:
        pays: Any = self.chance.choice(("card", *_FUNDED))
        self._ask(MakeUp(activity_id=DAILY, member_id=self._member(), day=self._day(1, 1, 1, 2, 2, 3, 5), pays=pays))

    # ---- owners of balances, and the timer -------------------------------------------------------------------

    def _answer(self) -> None:
        """One of the last fundings is taken or not, in time or late; what was said is said again now and then."""
        if not self._fundings:
            return
        id, asked = self.chance.choice(self._fundings[-4:])
        paid = self._answers.setdefault(id, self.chance.random() < 0.8)
        late_ms = self.chance.choice((-5 * _MINUTE_MS, -5 * _MINUTE_MS, 0, 1000, 20 * _MINUTE_MS))
        time_ms = min(round(asked.answer_by.timestamp() * 1000) + late_ms, self.now_ms)
        common: dict[str, Any] = {
            "member_id": asked.member_id, "activity_id": asked.activity_id, "service": SERVICE, "funding_id": id,
        }  # fmt: skip
        if paid:
            self.confirmed.append(id)
            self._say(id, FundingConfirmed(**common), time_ms)
        else:
            self._say(id, FundingRefused(**common, reason="balance_too_low"), time_ms)

    def _for_nothing(self) -> None:
        """Money is taken that nobody had asked for."""
        self._number += 1
        id = f"signin-1-0-{90_000 + self._number}-0-f"
        self.confirmed.append(id)
        said = FundingConfirmed(member_id=self._member(), activity_id=DAILY, service=SERVICE, funding_id=id)
        self._say(id, said)

    def _ring(self) -> None:
        due = [timer for timer in self._timers if timer.due_at.timestamp() * 1000 <= self.now_ms]
        if due:
            self._rings(self.chance.choice(due[-4:]))

    def _rings(self, timer: TimerRequested) -> None:
        """Whether it was cancelled or not: that may have come too late."""
        data = COMMANDS[timer.command].model_validate(timer.content)
        time = format_time(round(timer.due_at.timestamp() * 1000))
        self._send(Translated(timer.key, f"timer:{timer.timer_id}", time, data))

    # ---- rewards ---------------------------------------------------------------------------------------------

    def _win(self) -> None:
        """A wheel grants cards or freezes; too many now and then."""
        self._number += 1
        ref = f"{DAILY}/{self.chance.choice(('make_up_card', 'make_up_card', 'freeze'))}"
        reward = Reward(reward="custom", amount=self.chance.choice((1, 1, 2, 101)), ref=ref)
        won = RewardGranted(
            member_id=self._member(), activity_id="wheel", service="lottery", version=1, prize_id="p", reward=reward
        )
        id = f"lottery-1-0-{self._number}-0-r"
        self._won.append((id, won))
        self._say(id, won)

    def _lose(self) -> None:
        """What a wheel has granted is taken back, or said again."""
        if self._won:
            id, won = self.chance.choice(self._won[-5:])
            back = RewardRevoked(
                reward_id=id, member_id=won.member_id, activity_id="wheel", service="lottery",
                reason="order_refunded", reward=won.reward,
            )  # fmt: skip
            self._say(*((id, won) if self.chance.random() < 0.2 else (f"{id}-v", back)))

    def _gift(self) -> None:
        """Somebody is kind, with the same cause now and then."""
        token: Any = self.chance.choice(("make_up_card", "freeze"))
        cause = f"gift-{self.chance.randrange(12)}"
        self._ask(GiveTokens(activity_id=DAILY, member_id=self._member(), token=token, cause=cause))

    def _reject(self) -> None:
        """A reward cannot be delivered."""
        if self._rewards:
            effect = self.chance.choice(self._rewards[-4:])
            granted = effect.data
            assert isinstance(granted, RewardGranted)
            named = self.chance.choice(("", DAILY))
            said = RewardRejected(
                reward_id=effect.id, member_id=granted.member_id, activity_id=named, reason="sold_out"
            )
            self._say(f"{effect.id}-x", said)

    # ---- operators, and the shop -----------------------------------------------------------------------------

    def _revoke(self) -> None:
        day = self._day(0, 0, 1, 1, 2, 3, 6)
        self._ask(RevokeDay(activity_id=DAILY, member_id=self._member(), day=day, by="li", why="fraud"))

    def _link(self) -> None:
        """Two of them turn out to be one person: heard of now, or much later; now and then of both at once."""
        self._settle()  # three who are linked in a circle at once are no case that shops know
        member, person = self.chance.sample(MEMBERS, 2)
        for one, other in ((member, person), (person, member))[: self.chance.choice((1, 1, 1, 2))]:
            late_ms = self.chance.choice((0, 0, _DAY_MS, 50 * _DAY_MS))
            linked = MemberIdentityLinked(member_id=one, person_id=other, link="phone")
            event = CloudEvent("", linked.type, "test", format_time(self.now_ms - late_ms), "", b"")
            self._post += translate(event, linked, self._rows)

    def _edit(self) -> None:
        self.file = edited(self.chance, self.file)
        self._ask(PublishActivity(activity_id=DAILY, rules=self.file))

    def _move(self) -> None:
        """A pause and what ends it, mostly; for good now and then."""
        kinds = (PauseActivity, ResumeActivity, ResumeActivity, ResumeActivity)
        last = (StopActivity, EndActivity, ArchiveActivity)
        kind = self.chance.choice(last if self.chance.random() < 0.15 else kinds)
        self._ask(kind(activity_id=DAILY, by="li", why="because"))
        if kind is PauseActivity:
            self._ask(ResumeActivity(activity_id=DAILY, by="li", why="because"))

    def _again(self) -> None:
        """Something is sent again, as it was; by a worker that starts again, too."""
        everything = [*self._sent[-40:], *self.places.sent[-40:]]
        if everything:
            self._post.append(self.chance.choice(everything))
