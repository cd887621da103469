"""The lottery before it is launched: what its rules promise, and what members do when chances come. Pure.

Members draw as soon as chances are granted. Who comes by takes the free draws of the day, and with them whatever a
quota had left over from before. Who comes by a score game plays once; the scores are those that its file expects.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from fairground_contracts.cloudevent import format_time
from fairground_contracts.message import Message
from fairground_decider import Event, Translated
from fairground_decider.days import business_day
from fairground_decider.entropy import Mac, uniform
from fairground_decider.simulation import Plan, PlannedPrize, Rules, believed
from fairground_lottery.contract import (
    ChancesGranted,
    ChancesRevoked,
    Draw,
    DrawMissed,
    DrawRefused,
    FinishPlay,
    GrantWithdrawn,
    PlayMissed,
    PlayStarted,
    PlayWon,
    PrizeWon,
    Reason,
    StartPlay,
)
from fairground_lottery.contract.commands import MAX_DRAWS
from fairground_lottery.domain import Lottery, Seeds
from fairground_lottery.rules import load

_KEY_ID = "simulation"


class WheelPlayers:
    """The members at one wheel."""

    def __init__(self, rules: Rules) -> None:
        """`rules`: of the wheel."""
        known = load(dict(rules))
        self._wheel = known.id
        self._free = known.free_per_day
        self._zone = known.zone
        self._day_start_hour = known.day_start_hour
        self._held: Counter[str] = Counter()  # chances that were granted and not used, by member
        self._came: dict[str, int] = {}  # the last business day on which the member took the free draws
        self._visits = 0

    def came_by(self, member_id: str, time: str, time_ms: int) -> Iterator[Translated]:
        """The free draws of the day, once, and what is left of granted chances."""
        day = business_day(time_ms, self._zone, self._day_start_hour)
        free = 0 if self._came.get(member_id) == day else self._free
        self._came[member_id] = day
        draws = free + self._held.get(member_id, 0)
        if draws:
            self._visits += 1
            yield self._draw(f"visit-{self._visits}", member_id, draws, time)

    def saw(self, events: Sequence[Event[Any]]) -> Iterator[Translated]:
        """Chances that came are drawn at once."""
        for event in events:
            said = event.data
            if isinstance(said, PrizeWon | DrawMissed):
                if said.chance == "granted":
                    self._holds(said.member_id, -1)
            elif isinstance(said, ChancesGranted):
                if said.chances:
                    self._holds(said.member_id, said.chances)
                    yield self._draw(f"draw-{event.id}", said.member_id, said.chances, event.time)
            elif isinstance(said, ChancesRevoked):
                self._holds(said.member_id, -sum(taken.chances for taken in said.taken))
            elif isinstance(said, GrantWithdrawn):
                self._holds(said.member_id, -said.chances)
            elif isinstance(said, DrawRefused) and said.reason is Reason.NO_CHANCES:
                self._held.pop(said.member_id, None)  # they have expired

    def _holds(self, member_id: str, more: int) -> None:
        left = self._held[member_id] + more
        if left > 0:
            self._held[member_id] = left
        else:
            del self._held[member_id]

    def _draw(self, request: str, member_id: str, draws: int, time: str) -> Translated:
        wheel = self._wheel
        asked = believed(
            Draw, activity_id=wheel, member_id=member_id, draws=min(draws, MAX_DRAWS), policy="available"
        )  # fmt: skip
        return Translated(wheel, request, time, asked)


class GamePlayers:
    """The members at one score game. What they score has nothing to do with who they are."""

    def __init__(self, rules: Rules, seed: str) -> None:
        """`rules`: of the game; `seed`: of the scores."""
        known = load(dict(rules))
        assert known.play is not None
        self._game = known.id
        self._lasts_ms = (known.play.min_seconds + known.play.within_seconds) * 500  # half-way between both
        self._max_score = known.play.max_score
        self._scores = [score for score, _ in known.play.expected_scores]
        self._bounds = list(accumulate(weight for _, weight in known.play.expected_scores))
        self._dice = Mac(seed.encode())
        self._plays = 0

    def came_by(self, member_id: str, time: str, time_ms: int) -> Iterator[Translated]:
        """One play begins."""
        self._plays += 1
        start = believed(StartPlay, activity_id=self._game, member_id=member_id)
        yield Translated(self._game, f"play-{self._plays}", time, start)

    def saw(self, events: Sequence[Event[Any]]) -> Iterator[Translated]:
        """What began is played to its end."""
        for event in events:
            said = event.data
            if isinstance(said, PlayStarted):
                finish = believed(
                    FinishPlay, activity_id=self._game, member_id=said.member_id, play_id=said.play_id,
                    score=self._score(said.play_id),
                )  # fmt: skip
                time = format_time(event.time_ms + self._lasts_ms)
                yield Translated(self._game, f"{said.play_id}-end", time, finish)

    def _score(self, play_id: str) -> int:
        """As the file expects it; any score is as likely as any other where it says nothing."""
        if not self._scores:
            return uniform(self._dice, play_id, self._max_score + 1).number
        return self._scores[bisect_right(self._bounds, uniform(self._dice, play_id, self._bounds[-1]).number)]


class WheelSimulation:
    """What the lottery brings to be simulated (fairground_decider.simulation.Simulated)."""

    plays: tuple[type[Message], ...] = (PrizeWon, DrawMissed, PlayWon, PlayMissed)
    left_out: frozenset[str] = frozenset()

    def plan(self, rules: Rules) -> Plan:
        """What the rules promise. Thanks are no prize."""
        known = load(dict(rules))
        prizes = [
            PlannedPrize(prize.id, prize.zh, prize.en, prize.value_fen, prize.stock)
            for prize in known.prizes
            if prize.reward is not None
        ]
        return Plan(
            known.id, known.zh, known.en, known.zone, known.day_start_hour, known.starts_ms, known.ends_ms,
            known.budget_fen, tuple(prizes), known.orders is not None,
        )  # fmt: skip

    def without_budget(self, rules: Rules) -> Rules:
        """The same without its budgets, that of a day included."""
        return {name: content for name, content in rules.items() if name != "budget"}

    def service(self, secret: bytes) -> Lottery:
        """A lottery that draws from this secret."""
        return Lottery(Seeds(secret, _KEY_ID))

    def players(self, rules: Rules, seed: str) -> WheelPlayers | GamePlayers:
        """The members of the wheel or game."""
        return GamePlayers(rules, seed) if "play" in rules else WheelPlayers(rules)


SIMULATION = WheelSimulation()
