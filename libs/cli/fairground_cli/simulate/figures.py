"""The simulation's report as data: what `--report file.json` writes. Its JSON Schema is `report.schema.json` here."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from fairground_cli.simulate.estimate import Spread, date_by, spread
from fairground_cli.simulate.tally import BUDGET, Outcome
from fairground_cli.words import language
from fairground_decider.days import business_day, iso
from fairground_decider.simulation import Plan, PlannedPrize

#: Members who won more often than this are counted together.
MOST_WINS = 10

_BARS = 40  # of the picture of costs


class _Figure(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CrowdFigures(_Figure):
    """Who came."""

    kind: Literal["orders", "demo-orders", "members"]
    members: int = Field(description="made-up members; of orders: members who ordered within the window")
    orders: int | None = Field(description="orders within the window; null with made-up members")
    moved_days: int = Field(description="by which orders were moved in time; 0: not at all")


class MoneyFigures(_Figure):
    """An amount over all repetitions, in fen."""

    mean_fen: int
    p50_fen: int
    p95_fen: int
    p99_fen: int
    p95_error_fen: int | None = Field(description="standard error of the P95; null: too few repetitions to tell")


class CountFigures(_Figure):
    """A number over all repetitions."""

    mean: float
    p50: int
    p95: int


class GoneFigures(_Figure):
    """Whether and when something runs out."""

    probability: float = Field(description="share of repetitions in which it ran out")
    by_half: str | None = Field(description="date by which it was gone in 50 % of all repetitions; null: in fewer")
    by_95_percent: str | None = Field(
        description="date by which it was gone in 95 % of all repetitions; null: in fewer"
    )


class PrizeFigures(_Figure):
    """One prize."""

    id: str
    name: str = Field(description="as members see it")
    value_fen: int
    stock: int | None = Field(description="null: unlimited")
    wins: CountFigures
    gone: GoneFigures | None = Field(description="null: it has no stock that could run out")


class WinsFigures(_Figure):
    """Members who won so often."""

    wins: int = Field(description=f"so often; the last row is {MOST_WINS} or more")
    share: float = Field(description="of the members who played at all, over all repetitions")


class RefusalFigures(_Figure):
    """One reason to refuse."""

    reason: str
    zh: str = Field(description="what the member is told")
    en: str = Field(description="the same in English")
    mean: float = Field(description="how often, in a repetition")


class DayFigures(_Figure):
    """One day of the activity, on average over all repetitions."""

    day: str = Field(description="business day, 2017-11-30")
    plays: float
    cost_fen: float = Field(description="of what was granted on it")


class CostBar(_Figure):
    """How many repetitions cost so much: a bar of the picture."""

    from_fen: int
    to_fen: int = Field(description="not included, except by the last bar")
    repetitions: int


class WarningFigures(_Figure):
    """Something that whoever launches this should know."""

    code: str = Field(description="machine-readable")
    zh: str
    en: str


class Report(_Figure):
    """All figures of one simulation."""

    activity: str = Field(description="the activity's id")
    name: str = Field(description="as members see it")
    seed: int = Field(description="the same seed gives the same report")
    repetitions: int
    stopped_by: Literal["precision", "repetitions", "seconds"]
    crowd: CrowdFigures
    budget_fen: int | None = Field(description="null: none")
    cost: MoneyFigures = Field(description="value of all rewards that were granted and not taken back")
    granted: MoneyFigures | None = Field(
        default=None, description="of all that were granted; null: none was ever taken back"
    )
    demand: MoneyFigures | None = Field(description="what it would be without the budget; null: there is none")
    budget_gone: GoneFigures | None = Field(
        description="when the budget can pay no prize any more; null: there is none"
    )
    prizes: list[PrizeFigures]
    plays: CountFigures = Field(description="draws or games")
    players: CountFigures = Field(description="members who played at all")
    wins_per_member: list[WinsFigures]
    refusals: list[RefusalFigures]
    days: list[DayFigures] = Field(description="from the first to the last day with a play")
    costs: list[CostBar]
    warnings: list[WarningFigures]


def report(
    plan: Plan, crowd: CrowdFigures, outcomes: Sequence[Outcome], seed: int,
    stopped_by: Literal["precision", "repetitions", "seconds"], warnings: Sequence[WarningFigures] = (),
) -> Report:  # fmt: skip
    """All figures. At least one outcome."""
    costs = [outcome.cost_fen for outcome in outcomes]
    granted = [outcome.granted_fen for outcome in outcomes]
    demands = [outcome.demand_fen for outcome in outcomes if outcome.demand_fen is not None]
    return Report(
        activity=plan.activity_id,
        name=plan.zh if language() == "zh" else plan.en,
        seed=seed,
        repetitions=len(outcomes),
        stopped_by=stopped_by,
        crowd=crowd,
        budget_fen=plan.budget_fen,
        cost=_money(spread(costs)),
        granted=_money(spread(granted)) if granted != costs else None,
        demand=_money(spread(demands)) if demands else None,
        budget_gone=None if plan.budget_fen is None else _gone(plan, outcomes, BUDGET),
        prizes=[_prize(plan, prize, outcomes) for prize in plan.prizes],
        plays=_count([outcome.plays for outcome in outcomes]),
        players=_count([sum(outcome.members_by_wins.values()) for outcome in outcomes]),
        wins_per_member=_wins_per_member(outcomes),
        refusals=_refusals(outcomes),
        days=_days(outcomes),
        costs=bars(costs),
        warnings=list(warnings),
    )


def _money(of: Spread) -> MoneyFigures:
    error_fen = None if of.p95_error is None else round(of.p95_error)
    return MoneyFigures(
        mean_fen=round(of.mean), p50_fen=of.p50, p95_fen=of.p95, p99_fen=of.p99, p95_error_fen=error_fen
    )


def _count(values: Sequence[int]) -> CountFigures:
    of = spread(values)
    return CountFigures(mean=round(of.mean, 3), p50=of.p50, p95=of.p95)


def _gone(plan: Plan, outcomes: Sequence[Outcome], what: str) -> GoneFigures:
    times = [outcome.gone[what] for outcome in outcomes if what in outcome.gone]
    half, most = (date_by(times, len(outcomes), share) for share in (0.5, 0.95))
    return GoneFigures(
        probability=round(len(times) / len(outcomes), 4), by_half=_date(plan, half), by_95_percent=_date(plan, most)
    )


def _date(plan: Plan, time_ms: int | None) -> str | None:
    return None if time_ms is None else iso(business_day(time_ms, plan.zone, plan.day_start_hour))


def _prize(plan: Plan, prize: PlannedPrize, outcomes: Sequence[Outcome]) -> PrizeFigures:
    return PrizeFigures(
        id=prize.id,
        name=prize.zh if language() == "zh" else prize.en,
        value_fen=prize.value_fen,
        stock=prize.stock,
        wins=_count([outcome.wins.get(prize.id, 0) for outcome in outcomes]),
        gone=_gone(plan, outcomes, prize.id) if prize.stock else None,
    )


def _wins_per_member(outcomes: Sequence[Outcome]) -> list[WinsFigures]:
    members = Counter[int]()
    for outcome in outcomes:
        for wins, number in outcome.members_by_wins.items():
            members[min(wins, MOST_WINS)] += number
    played = members.total()
    return [
        WinsFigures(wins=wins, share=round(members[wins] / played, 6)) for wins in range(max(members, default=-1) + 1)
    ]


def _refusals(outcomes: Sequence[Outcome]) -> list[RefusalFigures]:
    """By reason, the most frequent first."""
    refused = sum((Counter(outcome.refusals) for outcome in outcomes), Counter[str]())
    sentences = {reason: said for outcome in outcomes for reason, said in outcome.sentences.items()}
    return [
        RefusalFigures(reason=reason, zh=sentences[reason].zh, en=sentences[reason].en,
                       mean=round(refused[reason] / len(outcomes), 3))
        for reason in sorted(refused, key=lambda reason: (-refused[reason], reason))
    ]  # fmt: skip


def _days(outcomes: Sequence[Outcome]) -> list[DayFigures]:
    plays = sum((Counter(outcome.plays_by_day) for outcome in outcomes), Counter[int]())
    costs = sum((Counter(outcome.cost_by_day) for outcome in outcomes), Counter[int]())
    if not plays:
        return []
    return [
        DayFigures(
            day=iso(day), plays=round(plays[day] / len(outcomes), 3), cost_fen=round(costs[day] / len(outcomes), 1)
        )
        for day in range(min(plays), max(plays) + 1)
    ]


def bars(costs: Sequence[int]) -> list[CostBar]:
    """All repetitions by cost; where all cost the same there is one bar."""
    least, most = min(costs), max(costs)
    width = max(-(-(most - least) // _BARS), 1)
    counted = Counter(min((cost - least) // width, max((most - least - 1) // width, 0)) for cost in costs)
    return [
        CostBar(from_fen=least + bar * width, to_fen=least + (bar + 1) * width, repetitions=counted[bar])
        for bar in range(max(counted) + 1)
    ]


if __name__ == "__main__":
    from pathlib import Path

    import orjson

    schema = orjson.dumps(Report.model_json_schema(mode="serialization"), option=orjson.OPT_INDENT_2)
    Path(__file__).with_name("report.schema.json").write_bytes(schema + b"\n")
