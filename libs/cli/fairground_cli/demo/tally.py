"""What players at wheels and games saw: everything that the report counts of it, counted event by event."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_WEEK_MS = 7 * 86_400_000


@dataclass(slots=True)
class WheelTally:
    """One wheel's draws."""

    draws: int = 0
    tables: Counter[str] = field(default_factory=Counter)  # by the table of weights that applied
    drawn: Counter[str] = field(default_factory=Counter)  # by the prize that the number named
    won: Counter[str] = field(default_factory=Counter)  # by the prize that the draw became
    value_fen: Counter[str] = field(default_factory=Counter)  # by prize
    pity: Counter[str] = field(default_factory=Counter)  # by what pity did: soft, hard, due
    withheld: Counter[str] = field(default_factory=Counter)  # by why the prize that was named could not be given


@dataclass(slots=True)
class RewardTally:
    """One kind of rewards."""

    rewards: int = 0
    amount: int = 0
    value_fen: int = 0


@dataclass(slots=True)
class Tally:
    """All outcomes. Times are the simulated ones."""

    origin_ms: int  # when the first week begins
    wheels: dict[str, WheelTally] = field(default_factory=dict)
    rewards: dict[str, RewardTally] = field(default_factory=dict)
    draws_by_week: Counter[int] = field(default_factory=Counter)
    wins_by_week: Counter[int] = field(default_factory=Counter)

    @property
    def draws(self) -> int:
        """Draws that were made."""
        return sum(wheel.draws for wheel in self.wheels.values())

    @property
    def wins(self) -> int:
        """Draws that ended in a reward."""
        return sum(kind.rewards for kind in self.rewards.values())

    def drew(self, data: Mapping[str, Any], time_ms: int) -> None:
        """A draw was made, or a play ended: `data` of the event that says what it came to."""
        wheel = self.wheels.get(data["activity_id"])
        if wheel is None:
            wheel = self.wheels[data["activity_id"]] = WheelTally()
        week = (time_ms - self.origin_ms) // _WEEK_MS
        wheel.draws += 1
        wheel.tables[data.get("table", "")] += 1
        wheel.drawn[data["drawn_id"]] += 1
        wheel.won[data["prize_id"]] += 1
        if data.get("pity"):
            wheel.pity[data["pity"]] += 1
        if data.get("withheld"):
            wheel.withheld[data["withheld"]] += 1
        self.draws_by_week[week] += 1
        reward = data.get("reward")
        if reward is None:
            return
        self.wins_by_week[week] += 1
        wheel.value_fen[data["prize_id"]] += reward["value_fen"]
        kind = self.rewards.setdefault(reward["reward"], RewardTally())
        kind.rewards += 1
        kind.amount += reward["amount"]
        kind.value_fen += reward["value_fen"]
