"""Rules made ready to decide by: what each command needs is computed once per version."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from fairground_activities.files import Gate, gate_of
from fairground_activities.lifecycle import canonical
from fairground_signin.domain.walking import Counting
from fairground_signin.rules import Given, Plan, Rules, load


@dataclass(frozen=True, slots=True, eq=False)
class InForce:
    """One version's rules. `source` is what the store holds: the published form as canonical JSON."""

    source: bytes
    rules: Rules
    counting: Counting
    gate: Gate | None  # None: everybody may take part
    plans: tuple[Plan, ...]  # the general one, then that of each level
    given: tuple[tuple[Given | None, ...], ...]  # by plan: its rules by their positions

    def plan_of(self, level: int) -> int:
        """Which plan a member of that level has."""
        return sum(each.level <= level for each in self.rules.levels)

    def percent(self, plan: int) -> int:
        """What a plan multiplies points and cash by."""
        return self.rules.levels[plan - 1].percent if plan else 100


@lru_cache(maxsize=1024)
def in_force_of(source: bytes) -> InForce:
    """The rules that a published form says."""
    rules = load(orjson.loads(source))
    counting = Counting(
        rules.cycle, rules.first_day, rules.freeze, rules.make_up is None or rules.make_up.in_total
    )  # fmt: skip
    given = tuple(_given(plan) for plan in rules.plans)
    return InForce(source, rules, counting, gate_of(rules.audience, rules.eligible), rules.plans, given)


def in_force_of_form(form: dict[str, Any]) -> InForce:
    """The same of a published form that an event carries."""
    return in_force_of(canonical(form))


def _given(plan: Plan) -> tuple[Given | None, ...]:
    """Position 0 is the base, 1 the first sign-in ever; then dates, streak and total as they stand in the plan."""
    return (plan.base, plan.first_ever, *plan.dates, *plan.streak, *plan.total)
