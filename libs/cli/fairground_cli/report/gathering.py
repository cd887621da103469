"""Everything that the page says, asked of the record in the order in which it is told."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from fairground_cli import installed
from fairground_cli.report.figures import (
    CostFigures,
    CustomerFigures,
    DayLine,
    DifferenceFigures,
    GroupFigures,
    HappenedFigures,
    KindLine,
    Name,
    PrizeLine,
    RefusalLine,
    Report,
    UpliftFigures,
    VerificationFigures,
)
from fairground_cli.report.forecast import Forecast
from fairground_cli.simulate.figures import Report as Simulated
from fairground_decider.days import business_day, iso, parse_iso
from fairground_decider.simulation import Plan

#: So many business days are shown, the newest.
DAYS = 366


class Asked(NamedTuple):
    """The record's answers, as it gives them (fairground_record.answers)."""

    first: Any  # the rules as they were published first, and the newest
    newest: Any
    statistics: Any
    customers: Any
    uplift: Any
    days: Any  # of finance's file


async def ask(answers: Any, connection: Any, activity_id: str) -> Asked | None:
    """All answers; None when the record knows no such activity."""
    newest = await answers.rules(connection, activity_id)
    first = await answers.rules(connection, activity_id, 1)
    if newest is None:
        return None
    await answers.bring_up_to_date(connection)
    return Asked(
        first or newest,
        newest,
        await answers.statistics(connection, activity_id, DAYS),
        await answers.customers(connection, activity_id),
        await answers.uplift(connection, activity_id),
        await answers.reconcile(connection, activity_id),
    )


def report(
    activity_id: str, asked: Asked, forecast: Forecast | None, verification: VerificationFigures | None, now_ms: int
) -> Report:
    """The page's figures."""
    plan = installed.simulation(installed.activity(asked.newest.service)).plan(asked.newest.form)
    simulated = forecast.report if forecast else None
    return Report(
        activity=activity_id,
        name=Name(zh=plan.zh, en=plan.en),
        service=asked.newest.service,
        version=asked.newest.version,
        starts=_day(plan, plan.starts_ms),
        ends=_day(plan, plan.ends_ms - 1),
        zone=plan.zone,
        made_at=datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        forecast=simulated,
        forecast_made=forecast.made if forecast else None,
        happened=_happened(asked.statistics),
        prizes=_prizes(plan, simulated, asked.statistics.by_prize),
        kinds=_kinds(asked.statistics),
        refusals=[RefusalLine(reason=reason, times=times) for reason, times in asked.statistics.refused.items()],
        days=_days(asked.statistics.days, simulated),
        verification=verification,
        customers=_customers(asked.customers, max(asked.statistics.exposed or 0, asked.statistics.met)),
        uplift=None if asked.uplift is None else _uplift(plan, asked.uplift),
        cost=_cost(asked.days, plan.budget_fen),
    )


def _day(plan: Plan, time_ms: int) -> str:
    return iso(business_day(time_ms, plan.zone, plan.day_start_hour))


def _happened(found: Any) -> HappenedFigures:
    return HappenedFigures(
        exposed=found.exposed, visitors=found.visitors, met=found.met, took_part=found.took_part, won=found.won,
        used=found.used, users=found.users, plays=found.drew, rewards=found.rewards,
    )  # fmt: skip


def _prizes(plan: Plan, forecast: Simulated | None, won: Mapping[str, int]) -> list[PrizeLine]:
    """Those of the newest version, and then those that only an older one had."""
    expected = {prize.id: prize.wins for prize in forecast.prizes} if forecast else {}
    planned = [
        PrizeLine(
            id=prize.id, name=Name(zh=prize.zh, en=prize.en), value_fen=prize.value_fen, stock=prize.stock,
            won=won.get(prize.id, 0), forecast=expected.get(prize.id),
        ) for prize in plan.prizes
    ]  # fmt: skip
    known = {prize.id: prize for prize in forecast.prizes} if forecast else {}
    for prize_id in sorted(known.keys() - {prize.id for prize in planned}):
        gone = known[prize_id]
        planned.append(
            PrizeLine(
                id=prize_id, name=Name(zh=gone.name, en=gone.name), value_fen=gone.value_fen, stock=gone.stock,
                won=won.get(prize_id, 0), forecast=gone.wins,
            )
        )  # fmt: skip
    return planned


def _days(days: Any, forecast: Simulated | None) -> list[DayLine]:
    """Every day from the first to the last on which something happened or was expected to."""
    happened = {parse_iso(each.day.isoformat()): _happened_on(each) for each in days}
    happened = {day: figures for day, figures in happened.items() if any(figures.values())}
    expected = {parse_iso(each.day): each.plays for each in forecast.days} if forecast else {}
    known = happened.keys() | expected.keys()
    nothing = dict.fromkeys(_DAY_FIGURES, 0)
    return [
        DayLine(day=iso(day), forecast_plays=expected.get(day), **happened.get(day, nothing))
        for day in range(min(known, default=0), max(known, default=-1) + 1)
    ]  # fmt: skip


_DAY_FIGURES = ("exposed", "plays", "rewards", "refused", "granted_fen", "revoked_fen")


def _happened_on(day: Any) -> dict[str, int]:
    figures = (day.exposed, day.drew, day.won, day.refused, day.granted_fen, day.revoked_fen)
    return dict(zip(_DAY_FIGURES, figures, strict=True))


def _kinds(found: Any) -> list[KindLine]:
    """Each kind of reward, and how many were used."""
    return [
        KindLine(kind=kind, granted=granted, granted_fen=fen,
                 used=None if found.used is None else found.used_by_kind.get(kind, 0))
        for kind, (granted, fen) in found.by_kind.items()
    ]  # fmt: skip


def _customers(found: Any, traffic: int) -> CustomerFigures:
    value = found.going_concern
    return CustomerFigures(
        bought=found.bought, bought_again=found.bought_again, orders=found.orders, sales_fen=found.sales_fen,
        order_value_fen=found.order_value_fen, brought=found.brought, traffic=traffic,
        conversion=float(found.conversion(traffic)),
        repurchase_fen=value.repurchase_fen, social_fen=value.social_fen,
    )  # fmt: skip


def _uplift(plan: Plan, found: Any) -> UpliftFigures:
    extra = found.extra_fen if found.spend.verdict != "too_small" else None
    return UpliftFigures(
        from_day=_day(plan, found.starts_ms),
        until_day=_day(plan, found.ends_ms - 1),
        known_until_day=_day(plan, found.known_until_ms) if found.known_until_ms else None,
        treated=_group(found.treated),
        holdout=_group(found.holdout),
        neither=found.neither,
        ambiguous=found.ambiguous,
        repurchase=_difference(found.repurchase, lambda share: round(share, 6)),
        spend=_difference(found.spend, lambda fen: round(fen, 1)),
        extra_fen=None if extra is None else (round(extra[0]), round(extra[1]), round(extra[2])),
        conditional=found.conditional,
    )


def _group(of: Any) -> GroupFigures:
    return GroupFigures(people=of.people, buyers=of.buyers, orders=of.orders, spent_fen=of.spent_fen)


def _difference(of: Any, rounded: Callable[[float], float]) -> DifferenceFigures:
    low, high, smallest = (
        rounded(each) if math.isfinite(each) else None for each in (of.low, of.high, of.smallest)
    )  # fmt: skip
    return DifferenceFigures(
        treated=rounded(of.treated), holdout=rounded(of.holdout), difference=rounded(of.seen), low=low, high=high,
        smallest=smallest, verdict=of.verdict,
    )  # fmt: skip


def _cost(days: Any, budget_fen: int | None) -> CostFigures:
    names = [f"{what}{of}" for what in ("granted", "revoked", "delivered", "failed") for of in ("", "_fen")]
    sums = {name: sum(getattr(day, name) for day in days) for name in names}
    return CostFigures(cost_fen=sums["granted_fen"] - sums["revoked_fen"], budget_fen=budget_fen, **sums)
