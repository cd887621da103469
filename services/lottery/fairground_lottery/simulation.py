"""The lottery before it is launched: what its rules promise, and what members do when chances come. Pure.

Members draw as soon as chances are granted. Who comes by takes the free draws of the day, and with them whatever a
quota had left over from before.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from fairground_contracts.message import Message
from fairground_decider import Event, Translated
from fairground_decider.days import business_day
from fairground_decider.simulation import Plan, PlannedPrize, Rules, believed
from fairground_lottery.contract import (
    ChancesGranted,
    ChancesRevoked,
    Draw,
    DrawMissed,
    DrawRefused,
    GrantWithdrawn,
    PrizeWon,
    Reason,
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


class WheelSimulation:
    """What the lottery brings to be simulated (fairground_decider.simulation.Simulated)."""

    plays: tuple[type[Message], ...] = (PrizeWon, DrawMissed)

    def plan(self, rules: Rules) -> Plan:
        """What the wheel's rules promise. Thanks are no prize."""
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

    def players(self, rules: Rules) -> WheelPlayers:
        """The wheel's members."""
        return WheelPlayers(rules)


SIMULATION = WheelSimulation()
