"""Sign-in's part in the demo: some households sign in day after day, others when they come by."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fairground_cli.demo import act
from fairground_cli.demo.act import Request, Wording
from fairground_cli.demo.sender import Part
from fairground_cli.demo.tally import Rewards
from fairground_contracts.topics import PARTITIONS
from fairground_decider.days import business_day

SIGN = "signin.day.sign.v1"

_SIGNED, _MADE_UP = "signin.day.signed.v1", "signin.day.made_up.v1"
_FOLLOWED = "signin.rules.followed.v1"

_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000
_DAYTIME_HOURS = 16  # of a UTC day, which are one business day in Shanghai
_REGULARS = 1  # of a hundred households so many sign in nearly every day
_FORGETS = 14  # a regular forgets one of so many days
_PASSING_PERCENT = 2  # of visits with which any other household signs in
_REPEATED = 60  # one of so many is sent twice


@dataclass(slots=True)
class SignInTally:
    """What came of it."""

    signed: int = 0
    made_up: int = 0
    longest: int = 0  # streak that members were shown
    members: set[str] = field(default_factory=set)
    rewards: Counter[str] = field(default_factory=Counter)  # by the rule that brought them
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)  # by rule and kind of reward
    given: Rewards = field(default_factory=Rewards)
    value_fen: int = 0


class SignIns:
    """Sign-in activities (fairground_cli.demo.act.Act)."""

    service = "signin"

    def __init__(self) -> None:
        """Nobody signs in before an activity is open."""
        self.tally = SignInTally()
        self.names: dict[str, tuple[str, str]] = {}  # of activities: Chinese, English
        self._zones: dict[str, tuple[str, int]] = {}
        self._seed = 0
        self._regulars: set[str] = set()
        self._known: set[str] = set()
        self._asked: dict[tuple[str, str], int] = {}  # by activity and household: the last day that was asked for
        self._wording = Wording(SIGN)
        self._passing: list[Request] = []
        self._places = 0

    def open(self, rules: Sequence[Mapping[str, Any]], seed: int) -> None:
        """From now on households sign in."""
        self._seed = seed
        self._zones = {each["id"]: (each["zone"], each["day_start_hour"]) for each in rules}
        self.names = {each["id"]: (each["name"]["zh"], each["name"]["en"]) for each in rules}

    @property
    def ready(self) -> bool:
        """The rules have reached every partition, as sign-ins are decided where the member is."""
        return self._places >= PARTITIONS * len(self._zones)

    def came_by(self, member: str, time_ms: int) -> Iterable[Request]:
        """A household that is in the shop may sign in; who is regular is known from the first visit on.

        What they ask goes out with the next day, so that a day's sign-ins are few batches.
        """
        if member not in self._known:
            self._known.add(member)
            if act.roll(self._seed, f"regular{member}") % 100 < _REGULARS:
                self._regulars.add(member)
        elif member not in self._regulars and self._roll(member, time_ms) % 100 < _PASSING_PERCENT:
            for activity in self._zones:
                self._passing += self._sign(activity, member, time_ms)
        return ()

    def day_began(self, day_ms: int) -> Iterator[Request]:
        """The regulars, each at an hour of their own, and those who came by the day before."""
        passing, self._passing = self._passing, []
        yield from passing
        for member in sorted(self._regulars):
            roll = self._roll(member, day_ms)
            if roll % _FORGETS:
                at_ms = day_ms + (roll >> 4) % (_DAYTIME_HOURS * _HOUR_MS)
                for activity in self._zones:
                    yield from self._sign(activity, member, at_ms)

    def _sign(self, activity: str, member: str, time_ms: int) -> Iterator[Request]:
        day = business_day(time_ms, *self._zones[activity])
        if self._asked.get((activity, member)) == day:
            return
        self._asked[activity, member] = day
        value = f'{{"activity_id":"{activity}","member_id":"{member}"}}'
        asked = self._wording.request(f"sign-{activity}-{member}-{day}", SIGN, member, activity, value, time_ms)
        yield asked
        if self._roll(member, time_ms) % _REPEATED == 0:
            yield asked

    def see(self, kind: str, event_id: str, time_ms: int, data: Mapping[str, Any]) -> Iterable[Request]:
        """A day that counts, with what it brings."""
        if kind == _FOLLOWED:
            self._places += 1
        elif kind in (_SIGNED, _MADE_UP):
            tally = self.tally
            tally.signed += kind == _SIGNED
            tally.made_up += kind == _MADE_UP
            tally.longest = max(tally.longest, data["shown"])
            tally.members.add(data["member_id"])
            for earned in data["earned"]:
                reward = earned["reward"]
                tally.rewards[earned["rule"]] += 1
                tally.kinds[earned["rule"], reward["reward"]] += reward["amount"]
                tally.value_fen += reward["value_fen"]
                tally.given.add(reward["reward"], reward["amount"], reward["value_fen"])
        return ()

    def tells(self) -> Mapping[str, Sequence[Part]]:
        """Nobody answers for rewards here."""
        return {}

    def _roll(self, member: str, time_ms: int) -> int:
        return act.roll(self._seed, f"sign{member}{time_ms // _DAY_MS}")
