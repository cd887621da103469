"""Which table of weights applies: by risk level, else the first tier that the member belongs to, else the base."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fairground_activities.prizes.game import Table

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Tier:
    """A table for the members that everything said here applies to."""

    table: Table
    least: tuple[tuple[str, int], ...]  # facts, and what each has to be at least
    condition: Callable[[Facts], bool] | None


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """All tables of a game."""

    base: Table
    tiers: tuple[Tier, ...]
    risk: Mapping[int, Table]

    def table(self, risk: int, facts: Facts) -> Table:
        """The table for a draw at that risk level, by a member with these facts."""
        if risk in self.risk:
            return self.risk[risk]
        return next((tier.table for tier in self.tiers if _applies(tier, facts)), self.base)

    def candidates(self, risk: int, known: Mapping[str, int]) -> tuple[Table, ...]:
        """The tables that may apply as far as risk and those facts say that anybody knows, such as earlier draws."""
        if risk in self.risk:
            return (self.risk[risk],)
        found = []
        for tier in self.tiers:
            if any(known[name] < least for name, least in tier.least if name in known):
                continue
            found.append(tier.table)
            if tier.condition is None and all(name in known for name, _ in tier.least):
                return tuple(found)
        return (*found, self.base)


def _applies(tier: Tier, facts: Facts) -> bool:
    """A fact that was not supplied, or is no number, is not enough of anything."""
    for name, least in tier.least:
        value = facts.get(name)
        if not isinstance(value, int | float) or value < least:
            return False
    return tier.condition is None or tier.condition(facts)
