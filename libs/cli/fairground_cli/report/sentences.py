"""What the figures mean, in the chosen language: the same sentences in the terminal and on the page."""

from collections.abc import Callable, Iterable, Iterator

from fairground_cli.report.figures import DifferenceFigures, Report, UpliftFigures
from fairground_cli.report.words import say
from fairground_cli.simulate.cautions import yuan
from fairground_cli.words import language

#: Stands behind what was more than in 95 % of simulations.
ABOVE = "▲"


def name(report: Report) -> str:
    """The activity's, as members see it."""
    return str(getattr(report.name, language()))


def points(share: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return say("points", points=f"{share * 100:+.1f}")


def short_points(share: float) -> str:
    """The same for a picture whose title says what the unit is."""
    return f"{share * 100:+.1f}"


def signed_yuan(amount_fen: float) -> str:
    """An amount with its sign."""
    return f"{'-' if amount_fen < 0 else '+'}{yuan(round(abs(amount_fen)))}"


def range_of(p50: str, p95: str) -> str:
    """What half and what 95 of 100 repetitions stay below."""
    return say("between", p50=p50, p95=p95)


def forecast(report: Report) -> str:
    """What the forecast is."""
    if report.forecast is None or report.forecast_made is None:
        return say("no-forecast")
    return say(f"forecast-{report.forecast_made}", repetitions=f"{report.forecast.repetitions:,}",
               members=f"{report.forecast.crowd.members:,}")  # fmt: skip


def compared(report: Report) -> Iterator[tuple[str, str, str]]:
    """What, expected, happened: a line for each. A mark says what is out of the ordinary."""
    happened, cost, plan = report.happened, report.cost, report.forecast
    lines: list[tuple[str, tuple[int, int] | None, int, bool]] = [
        (say("players"), (plan.players.p50, plan.players.p95) if plan else None, happened.took_part, False),
        (say("plays"), (plan.plays.p50, plan.plays.p95) if plan else None, happened.plays, False),
        (say("cost"), (plan.cost.p50_fen, plan.cost.p95_fen) if plan else None, cost.cost_fen, True),
    ]
    for prize in report.prizes:
        wins = prize.forecast
        title = say("prize-won", name=getattr(prize.name, language()))
        lines.append((title, (wins.p50, wins.p95) if wins else None, prize.won, False))
    for title, expected, value, is_money in lines:
        told = yuan if is_money else lambda number: f"{number:,}"
        between = range_of(*map(told, expected)) if expected else ""
        yield title, between, f"{told(value)} {ABOVE}" if expected and value > expected[1] else told(value)


def any_above(lines: Iterable[tuple[str, str, str]]) -> bool:
    """Whether one of these lines has the mark, so that it must be explained."""
    return any(line[2].endswith(ABOVE) for line in lines)


def verification(report: Report) -> str:
    """Whether the lot was fair, or when and how that can be known."""
    found = report.verification
    if found is None:
        return say("verified-nothing")
    figures = {name: f"{getattr(found, name):,}" for name in ("outcomes", "agreeing", "differing")}
    said = say(f"verified-{found.verdict}", activity=report.activity, why=found.why, **figures)
    return _and(
        said, say("verified-seed", seed_sha256=found.seed_sha256) if found.seed_sha256 else say("verified-seeds")
    )


def forged(report: Report) -> Iterator[tuple[str, ...]]:
    """A line for each of the first facts that are not what they should be."""
    for each in report.verification.first if report.verification else ():
        yield each.event or report.activity, each.field, each.recorded, each.recomputed


def unfair(report: Report) -> bool:
    """Whether something is wrong with the outcomes, so that the page has to begin with it."""
    return report.verification is not None and report.verification.verdict in ("differs", "unreadable")


def uplift(report: Report) -> list[str]:
    """What it brought, or why that cannot be told."""
    found = report.uplift
    if found is None:
        return [say("uplift-none")]
    said = [_repurchase(found), _spend(found)]
    if found.extra_fen is not None:
        low, seen, high = map(signed_yuan, found.extra_fen)
        said.append(say("uplift-extra", people=f"{found.treated.people:,}", low=low, seen=seen, high=high,
                        cost=yuan(report.cost.cost_fen)))  # fmt: skip
    return said


def _repurchase(found: UpliftFigures) -> str:
    of = found.repurchase
    shares = {"treated": f"{of.treated * 100:.1f} %", "holdout": f"{of.holdout * 100:.1f} %"}
    return _and(say("uplift-repurchase", **shares), _verdict(found, of, points, short_points))


def _spend(found: UpliftFigures) -> str:
    of = found.spend
    means = {"treated": yuan(round(of.treated)), "holdout": yuan(round(of.holdout))}
    return _and(say("uplift-spend", **means), _verdict(found, of, signed_yuan, signed_yuan))


def _and(sentence: str, following: str) -> str:
    """Two sentences, with a space between them where the language has one."""
    return f"{sentence}{'' if language() == 'zh' else ' '}{following}"


def _verdict(
    found: UpliftFigures, of: DifferenceFigures, told: Callable[[float], str], short: Callable[[float], str]
) -> str:
    """`told`: a difference with its sign and unit; `short`: the same where a unit follows soon."""
    if of.low is None or of.high is None or of.smallest is None:
        return say("verdict-nobody")
    decided = of.verdict in ("higher", "lower")
    return say(
        f"verdict-{of.verdict}", difference=told(of.difference).lstrip("+-") if decided else told(of.difference),
        low=short(of.low), high=told(of.high), smallest=told(of.smallest).lstrip("+"),
        treated=f"{found.treated.people:,}", holdout=f"{found.holdout.people:,}",
    )  # fmt: skip


def how_measured(found: UpliftFigures) -> Iterator[str]:
    """Whom was compared with whom, and what dilutes it."""
    yield say("measured-how", start=found.from_day, end=found.until_day, known=found.known_until_day or say("unknown"))
    if found.neither:
        yield say("measured-neither", people=f"{found.neither:,}")
    if found.ambiguous:
        yield say("measured-ambiguous", people=f"{found.ambiguous:,}")
    if found.conditional:
        yield say("measured-conditional")


def value(report: Report) -> Iterator[tuple[str, str]]:
    """Sales and going-concern value, by the operators' formulas, with what they are made of."""
    of, happened = report.customers, report.happened
    traffic = "sales-traffic-exposed" if of.traffic == happened.exposed else "sales-traffic-met"
    formula = say(
        "sales-formula", traffic=f"{of.traffic:,}", conversion=f"{of.conversion * 100:.1f} %",
        value=yuan(round(of.sales_fen / of.bought)) if of.bought else yuan(0), sales=yuan(of.sales_fen),
    )  # fmt: skip
    yield say("sales-title"), _and(formula, say(traffic))
    rates = {
        "repurchase": f"{of.bought_again / of.bought * 100:.1f} %" if of.bought else "0 %",
        "referral": f"{of.brought / of.bought * 100:.1f} %" if of.bought else "0 %",
    }
    yield say("concern-title"), say(
        "concern-formula", customers=f"{of.bought:,}", value=yuan(of.order_value_fen), again=yuan(of.repurchase_fen),
        social=yuan(of.social_fen), total=yuan(of.repurchase_fen + of.social_fen), **rates,
    )  # fmt: skip


def funnel(report: Report) -> Iterator[tuple[str, str, str]]:
    """From who saw it to whom they brought: what, how many, and their share of a step before. What nobody says is said
    to be unknown."""
    happened, of = report.happened, report.customers
    users = None if happened.used is None else happened.users
    for what, number, before, whole in (
        ("exposed", happened.exposed, "", None),
        ("met", happened.met, "exposed", happened.exposed),
        ("took-part", happened.took_part, "met", happened.met),
        ("won", happened.won, "took-part", happened.took_part),
        ("used", users, "won", happened.won),
        ("bought", of.bought, "took-part", happened.took_part),
        ("bought-again", of.bought_again, "bought", of.bought),
        ("brought", of.brought, "", None),
    ):
        share = say(f"share-{before}", share=f"{number / whole * 100:.1f} %") if whole and number is not None else ""
        yield say(f"funnel-{what}"), say("unknown") if number is None else f"{number:,}", share


def funnel_notes(report: Report) -> Iterator[str]:
    """What has to be known of these figures."""
    happened = report.happened
    if happened.exposed is None:
        yield say("exposed-unknown")
    elif happened.visitors:
        yield say("exposed-visitors", visitors=f"{happened.visitors:,}")
    if happened.used is None:
        yield say("used-unknown")
    yield say("afterwards")


def kinds(report: Report) -> Iterator[tuple[str, ...]]:
    """A line for each kind of reward: how many were granted, and used."""
    for each in report.kinds:
        used = (
            (say("unknown"), "") if each.used is None else (f"{each.used:,}", f"{each.used / each.granted * 100:.1f} %")
        )
        yield each.kind, f"{each.granted:,}", yuan(each.granted_fen), *used


def cost_lines(report: Report) -> Iterator[tuple[str, str, str]]:
    """Finance's sums: what, how many, how much."""
    of = report.cost
    for what in ("granted", "revoked", "delivered", "failed"):
        yield say(f"cost-{what}"), f"{getattr(of, what):,}", yuan(getattr(of, f"{what}_fen"))


def prizes(report: Report) -> Iterator[tuple[str, ...]]:
    """A line for each prize."""
    for prize in report.prizes:
        stock = "∞" if prize.stock is None else f"{prize.stock:,}"
        name_here = str(getattr(prize.name, language()))
        yield name_here, yuan(prize.value_fen) if prize.value_fen else "", stock, f"{prize.won:,}"


def groups(found: UpliftFigures) -> Iterator[tuple[str, ...]]:
    """A line for each group."""
    for title, of in ((say("group-treated"), found.treated), (say("group-holdout"), found.holdout)):
        share, mean_fen = (of.buyers / of.people, of.spent_fen / of.people) if of.people else (0.0, 0.0)
        yield (
            title, f"{of.people:,}", f"{of.buyers:,}", f"{share * 100:.1f} %", f"{of.orders:,}", yuan(of.spent_fen),
            yuan(round(mean_fen)),
        )  # fmt: skip
