"""Streaks and totals, counted again day by day from plain sets: written apart from the domain on purpose."""

from typing import Any

from fairground_decider import Event
from fairground_decider.days import parse_iso
from fairground_signin.contract import AccountJoined, DayMadeUp, DaySigned
from fairground_signin.domain.cycles import NEVER, Span, cycle_of
from fairground_signin.invariants.by_rules import ByRules, Known, whose
from fairground_signin.rules import Rules


class FiguresKept(ByRules):
    """What an event says of streak and total is what the set of days comes to."""

    name = "figures_kept"
    zh = "每次签到后的连续天数与累计天数都由已签日期的集合得出"
    en = "streak and total after every day are those of the set of days"

    def __init__(self) -> None:
        super().__init__()
        self._summed: set[tuple[str, str, str]] = set()  # whose older days are known by their sums alone

    def see_counted(self, event: Event[Any], said: DaySigned | DayMadeUp, rules: Rules) -> None:
        """Counted again, with this day."""
        known, day = self.known(event), parse_iso(said.day)
        if (*self.here(event), whose(said)) in self._summed:
            return
        with_it = Known(set(known.signed), set(known.made_up), set(known.revoked), known.freezes)
        with_it.count(said)
        frozen = frozen_days(rules, with_it) if rules.freeze else frozenset[int]()
        span = cycle_of(rules.cycle, rules.first_day, day)
        shown = Span(0, NEVER) if rules.cycle.crosses else span
        counts = with_it.present if _made_up_counts(rules) else with_it.signed
        total = sum(span.first <= each <= span.last for each in counts)
        if rules.freeze and rules.freeze.in_total:
            total += sum(span.first <= each <= span.last for each in frozen)
        wanted = (streak_of(with_it.present, frozen, span, day), total, streak_of(with_it.present, frozen, shown, day))
        found = (said.streak, said.total, said.shown)
        self.check(found == wanted, f"{event.id}: {whose(said)} on {said.day} has {found}, counted {wanted}")

    def see_joined(self, event: Event[Any], said: AccountJoined) -> None:
        """Older days come as sums, which nobody can count again."""
        if said.account.before_total:
            self._summed.add((*self.here(event), whose(said)))


def _made_up_counts(rules: Rules) -> bool:
    return rules.make_up is None or rules.make_up.in_total


def streak_of(present: set[int], frozen: frozenset[int], span: Span, day: int) -> int:
    """The length of the row that this day is in, frozen days in between not counted."""
    length = 0
    for step in (-1, 1):
        at = day if step == -1 else day + 1
        while span.first <= at <= span.last and (at in present or at in frozen):
            length += at in present
            at += step
    return length


def frozen_days(rules: Rules, known: Known) -> frozenset[int]:
    """The missed days that freezes saved, from the first day to the newest one."""
    freeze, present = rules.freeze, known.present
    assert freeze is not None
    frozen: set[int] = set()
    earned = given = streak = 0
    granted = sorted(known.freezes)
    cycle = cycle_of(rules.cycle, rules.first_day, min(present))
    for day in range(min(present), max(present) + 1):
        while granted and granted[0] <= day:
            granted.pop(0)
            given += 1
        if day > cycle.last:
            cycle = cycle_of(rules.cycle, rules.first_day, day)
            streak = streak if rules.cycle.crosses else 0
        if day in present:
            streak += 1
            if freeze.every and streak % freeze.every == 0 and earned < freeze.most:
                earned += 1
        elif streak and earned:
            earned -= 1
            frozen.add(day)
        elif streak and given:
            given -= 1
            frozen.add(day)
        else:
            streak = 0
    return frozenset(frozen)
