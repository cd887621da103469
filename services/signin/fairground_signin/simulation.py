"""A sign-in before it is launched: what its rules promise, and what members do when they come by. Pure.

Whoever comes by signs in, once a business day, as a frontend asks for it. Nobody makes a missed day up: what that
earns is bought, and what it costs is paid back by its price.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from fairground_contracts.message import Message
from fairground_decider import Event, Translated
from fairground_decider.simulation import Plan, PlannedPrize, Rules, believed
from fairground_signin.contract import DaySigned, SignIn
from fairground_signin.domain import SignIns
from fairground_signin.rules import Given, load, rules_of


class Visitors:
    """The members of one repetition."""

    def __init__(self, rules: Rules) -> None:
        """`rules`: of the activity."""
        self._rules = load(dict(rules))
        self._signed: dict[str, int] = {}  # the last business day on which the member signed in
        self._visits = 0

    def came_by(self, member_id: str, time: str, time_ms: int) -> Iterator[Translated]:
        """The day is signed, unless it is already."""
        day = self._rules.day(time_ms)
        if self._signed.get(member_id) != day:
            self._signed[member_id] = day
            self._visits += 1
            asked = believed(SignIn, activity_id=self._rules.id, member_id=member_id)
            yield Translated(member_id, f"visit-{self._visits}", time, asked)

    def saw(self, _events: Sequence[Event[Any]]) -> Iterator[Translated]:
        """Nothing follows from a signed day."""
        return iter(())


class SignInSimulation:
    """What sign-in brings to be simulated (fairground_decider.simulation.Simulated)."""

    plays: tuple[type[Message], ...] = (DaySigned,)
    left_out: frozenset[str] = frozenset()

    def plan(self, rules: Rules) -> Plan:
        """What the rules promise. A budget of theirs is for rewards by rank only, so the whole has none."""
        known = load(dict(rules))
        given = {rule.id: rule for plan in known.plans for rule in rules_of(plan)}
        given |= {rank.id: rank for rank in known.ranks}
        return Plan(
            known.id, known.zh, known.en, known.zone, known.day_start_hour, known.starts_ms, known.ends_ms, None,
            tuple(_planned(rule) for rule in given.values()), counts_orders=False,
        )  # fmt: skip

    def without_budget(self, rules: Rules) -> Rules:
        """The same: nothing is refused for a budget that the plan would name."""
        return rules

    def service(self, secret: bytes) -> SignIns:
        """Nothing is drawn, so the secret is nobody's business."""
        return SignIns()

    def players(self, rules: Rules, seed: str) -> Visitors:
        """Members of whom nobody has come yet. They do the same whatever the seed."""
        return Visitors(rules)


def _planned(rule: Given) -> PlannedPrize:
    reward = rule.reward
    return PlannedPrize(rule.id, reward.name or rule.id, rule.en or rule.id, reward.value_fen, None)


SIMULATION = SignInSimulation()
