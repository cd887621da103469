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


class Rewards(dict[str, RewardTally]):
    """Rewards by kind."""

    def add(self, kind: str, amount: int, value_fen: int, rewards: int = 1) -> None:
        """One more, or several that came to this together."""
        known = self.get(kind)
        if known is None:
            known = self[kind] = RewardTally()
        known.rewards += rewards
        known.amount += amount
        known.value_fen += value_fen

    @property
    def count(self) -> int:
        """Of all kinds."""
        return sum(kind.rewards for kind in self.values())

    def together(self, *others: "Rewards") -> "Rewards":
        """These and others."""
        summed = Rewards()
        for each in (self, *others):
            for kind, given in each.items():
                summed.add(kind, given.amount, given.value_fen, given.rewards)
        return summed


@dataclass(slots=True)
class Tally:
    """All outcomes. Times are the simulated ones."""

    origin_ms: int  # when the first week begins
    wheels: dict[str, WheelTally] = field(default_factory=dict)
    rewards: Rewards = field(default_factory=Rewards)
    draws_by_week: Counter[int] = field(default_factory=Counter)
    wins_by_week: Counter[int] = field(default_factory=Counter)

    @property
    def draws(self) -> int:
        """Draws that were made."""
        return sum(wheel.draws for wheel in self.wheels.values())

    @property
    def wins(self) -> int:
        """Draws that ended in a reward."""
        return self.rewards.count

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
        self.rewards.add(reward["reward"], reward["amount"], reward["value_fen"])
