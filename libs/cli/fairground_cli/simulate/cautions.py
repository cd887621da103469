"""What whoever launches an activity should know, as sentences: follows from the figures alone."""

from collections.abc import Iterator, Sequence
from datetime import date

from fairground_cli.simulate.crowd import Moved
from fairground_cli.simulate.figures import GoneFigures, Report, WarningFigures
from fairground_cli.simulate.tally import Outcome
from fairground_cli.simulate.words import Sentence, both
from fairground_decider.days import business_day, iso
from fairground_decider.simulation import Plan

#: What runs out in fewer repetitions than this is not spoken of.
WORTH_SAYING = 0.05

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def cautions(
    report: Report, plan: Plan, outcomes: Sequence[Outcome], orders: Moved | None, *, facts: bool = False
) -> Iterator[WarningFigures]:
    """All of them, the dearest first. `orders`: where they lie, if there are any; `facts`: are members known."""
    if report.stopped_by == "seconds" and report.cost.p95_error_fen is None:
        yield _warning("too-few", repetitions=report.repetitions)
    yield from _budget(report)
    for prize, planned in zip(report.prizes, plan.prizes, strict=True):
        if prize.gone is not None:
            name = Sentence(planned.zh, planned.en)
            yield from _runs_out("prize-gone", prize.gone, both("the-prize", name=name))
    yield from _unseen(report, plan, orders)
    yield from _unknown(report, facts)
    if any(outcome.endless for outcome in outcomes):
        yield _warning("endless")


def _budget(report: Report) -> Iterator[WarningFigures]:
    budget_fen, demand = report.budget_fen, report.demand
    if budget_fen is None or demand is None:
        return
    if demand.p95_fen > budget_fen:
        ratio = f"{demand.p95_fen / budget_fen:.2g}" if demand.p95_fen < 10 * budget_fen else (
            f"{demand.p95_fen / budget_fen:,.0f}"
        )  # fmt: skip
        yield _warning("over-budget", ratio=ratio, budget=yuan(budget_fen), demand=yuan(demand.p95_fen))
    if report.budget_gone is not None:
        yield from _runs_out("budget-gone", report.budget_gone, both("the-budget"))


def _runs_out(code: str, gone: GoneFigures, what: Sentence) -> Iterator[WarningFigures]:
    """The strongest thing that can be said of it."""
    if gone.by_95_percent:
        said = both("gone-by-most", what=what, date=in_words(gone.by_95_percent))
    elif gone.by_half:
        said = both("gone-by-half", what=what, date=in_words(gone.by_half))
    elif gone.probability >= WORTH_SAYING:
        said = both("gone-at-all", what=what, percent=f"{gone.probability * 100:.0f}")
    else:
        return
    yield WarningFigures(code=code, zh=said.zh, en=said.en)


def _unseen(report: Report, plan: Plan, orders: Moved | None) -> Iterator[WarningFigures]:
    """What the crowd cannot tell: days without orders, and an activity at which nobody can play."""
    if not report.plays.mean:
        yield _warning("no-plays")
    if orders is None or not orders.orders:
        return
    first, last = (
        business_day(time_ms, plan.zone, plan.day_start_hour) for time_ms in (orders.first_ms, orders.last_ms)
    )
    begin = business_day(plan.starts_ms, plan.zone, plan.day_start_hour)
    end = business_day(plan.ends_ms - 1, plan.zone, plan.day_start_hour)
    covered, days = min(last, end) - max(first, begin) + 1, end - begin + 1
    if covered < days - 1:  # the first and the last day may be without an order by chance
        dates = {"first": in_words(iso(max(first, begin))), "last": in_words(iso(min(last, end)))}
        yield _warning("not-covered", covered=covered, days=days, **dates)


def _unknown(report: Report, facts: bool) -> Iterator[WarningFigures]:
    """Members of whom nothing is known meet no condition."""
    refused = sum(each.mean for each in report.refusals if each.reason == "not_eligible")
    if refused and not facts:
        yield _warning("no-facts", refused=f"{refused:,.0f}")


def _warning(code: str, **values: object) -> WarningFigures:
    said = both(f"warning-{code}", **values)
    return WarningFigures(code=code, zh=said.zh, en=said.en)


def in_words(day: str) -> Sentence:
    """2026-03-03 as people write it."""
    at = date.fromisoformat(day)
    return Sentence(f"{at.year} 年 {at.month} 月 {at.day} 日", f"{at.day} {_MONTHS[at.month - 1]} {at.year}")


def yuan(fen: int) -> str:
    """123456 fen as ¥1,234.56."""
    return f"¥{fen / 100:,.2f}"
