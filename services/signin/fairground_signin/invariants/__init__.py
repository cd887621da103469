"""What must be true of all that ever happened at sign-in activities, whoever wrote it: pure, and seen as a stream."""

from collections import defaultdict
from typing import Any

from fairground_decider import Event
from fairground_decider.days import parse_iso
from fairground_decider.laws import Findings, Law, OneOutcome
from fairground_signin.contract import DayMadeUp, DaySigned, RulesFollowed
from fairground_signin.domain.cycles import Span, cycle_of
from fairground_signin.domain.holding import LATE_DAYS
from fairground_signin.invariants.by_rules import ByRules, whose
from fairground_signin.invariants.counting import FiguresKept
from fairground_signin.invariants.paying import FundingsKept, RanksKept, RevokedOnce, TiersKept
from fairground_signin.rules import Rules


def laws() -> list[Law]:
    """All of them, fresh."""
    kinds: list[type[Findings]] = [
        OneOutcome, RulesInForce, DayOnce, CycleKeepsVersion, FiguresKept, TiersKept, RevokedOnce, FundingsKept,
        RanksKept,
    ]  # fmt: skip
    return [kind() for kind in kinds]


class RulesInForce(ByRules):
    """Versions and moves reach every partition in their order, and nothing is signed against them."""

    name = "rules_in_force"
    zh = "每次签到都按本分区已生效的版本，在活动时间内，且活动进行中，并记在命令时间的那一天"
    en = "every sign-in follows a version its partition knows, within the window, while it runs, on its time's day"

    def __init__(self) -> None:
        super().__init__()
        self._revisions: dict[tuple[str, str], int] = {}

    def see(self, event: Event[Any]) -> None:
        """Revisions only go up."""
        said = event.data
        if isinstance(said, RulesFollowed):
            before = self._revisions.get(self.here(event), -1)
            self.check(said.revision > before, f"{event.id}: revision {said.revision} follows {before}")
            self._revisions[self.here(event)] = said.revision
        super().see(event)

    def see_counted(self, event: Event[Any], said: DaySigned | DayMadeUp, rules: Rules) -> None:
        """The day is that of the time; what was paid for in time may be made up during a pause."""
        newest, status = self.newest(event), self.status[self.here(event)]
        day, today = parse_iso(said.day), rules.day(event.time_ms)
        if isinstance(said, DaySigned):
            within = newest.starts_ms <= event.time_ms < newest.ends_ms
            self.check(
                status == "running" and within and day == today, f"{event.id}: {said.day} at {event.time}, {status}"
            )
        else:
            over = day < today or bool(said.funding_id)  # the clock of whoever confirms a payment may be behind
            self.check(over and day >= rules.first_day, f"{event.id}: {said.day} made up at {event.time}")


class DayOnce(ByRules):
    """A day comes to count once; a revoked one never again."""

    name = "day_once"
    zh = "每人每天只计一次，撤销的日子不再计入，补签不超过规定"
    en = "a day counts once for a person, a revoked one never again, and no more are made up than allowed"

    def see_counted(self, event: Event[Any], said: DaySigned | DayMadeUp, rules: Rules) -> None:
        """It was not there before. What was made up may still be signed when a late sign-in comes."""
        known, day = self.known(event), parse_iso(said.day)
        there = known.signed if isinstance(said, DaySigned) else known.present
        self.check(day not in there | known.revoked, f"{event.id}: {said.day} again for {whose(said)}")
        if isinstance(said, DayMadeUp) and rules.make_up is not None:
            span = cycle_of(rules.cycle, rules.first_day, day)
            made = sum(span.first <= each <= span.last for each in known.made_up) + 1
            self.check(made <= rules.make_up.per_cycle, f"{event.id}: {made} made up in the cycle of {said.day}")


class CycleKeepsVersion(ByRules):
    """A cycle keeps the version under which the member began it, whenever its commands come, if they are not too late.

    What is too late: the cycle was over for so many days when rules were followed, or when the member began another.
    """

    name = "cycle_keeps_version"
    zh = "会员的每个周期始终按同一版本，迟到的签到也是"
    en = "a member's cycle keeps its version, for late sign-ins, too"

    def __init__(self) -> None:
        super().__init__()
        self._versions: dict[tuple[str, str, str], dict[Span, int]] = defaultdict(dict)  # partition, activity, member
        self._followed: dict[tuple[str, str], int] = {}  # the latest business day on which rules were

    def see(self, event: Event[Any]) -> None:
        """Rules that are followed may end what is kept of older ones."""
        super().see(event)
        said, here = event.data, self.here(event)
        if isinstance(said, RulesFollowed) and said.status != "archived":
            self._followed[here] = max(self._followed.get(here, 0), self.newest(event).day(event.time_ms))

    def see_counted(self, event: Event[Any], said: DaySigned | DayMadeUp, rules: Rules) -> None:
        """The same cycle has the same version."""
        if rules.cycle.every == "none":
            return
        here, span = self.here(event), cycle_of(rules.cycle, rules.first_day, parse_iso(said.day))
        versions = self._versions[*here, whose(said)]
        if span not in versions:
            newest = max(span, *versions) if versions else span
            kept = {each: version for each, version in versions.items() if each.last + LATE_DAYS >= newest.first}
            versions.clear()
            versions.update(kept)
        before = versions.get(span, said.version)
        too_late = span.last + LATE_DAYS < max(self._followed[here], *(each.first for each in (span, *versions)))
        self.check(before == said.version or too_late, f"{event.id}: version {said.version} in {span}, was {before}")
        versions[span] = said.version

    def forget(self, here: tuple[str, str]) -> None:
        """Nothing is left of its members."""
        kept = {key: versions for key, versions in self._versions.items() if key[:2] != here}
        self._versions = defaultdict(dict, kept)
