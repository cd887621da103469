"""Reports in which everything is known, and what their pages are looked at with."""

import io
from typing import Any
from xml.etree import ElementTree

from rich.console import Console

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
from fairground_cli.report.show import show

HOSTILE = """<script>alert("x")</script>'&{name}[bold]$body"""


def difference(verdict: Any = "higher", low: float | None = 0.02, high: float | None = 0.1) -> DifferenceFigures:
    return DifferenceFigures(
        treated=0.36, holdout=0.3, difference=0.06, low=low, high=high, smallest=0.05, verdict=verdict
    )


def uplift(verdict: Any = "higher", **fields: Any) -> UpliftFigures:
    spend = DifferenceFigures(
        treated=2000, holdout=1800, difference=200, low=-50, high=450, smallest=360, verdict="unclear"
    )
    return UpliftFigures(**{
        "from_day": "2017-06-01", "until_day": "2017-06-10", "known_until_day": "2017-07-01",
        "treated": GroupFigures(people=2000, buyers=720, orders=900, spent_fen=4_000_000),
        "holdout": GroupFigures(people=500, buyers=150, orders=180, spent_fen=900_000), "neither": 12, "ambiguous": 3,
        "repurchase": difference(verdict), "spend": spend, "extra_fen": (-100_000, 400_000, 900_000),
        "conditional": True, **fields,
    })  # fmt: skip


def verified(verdict: Any = "holds", **fields: Any) -> VerificationFigures:
    return VerificationFigures(**{
        "verdict": verdict, "seed_sha256": "ab" * 32, "outcomes": 1234, "agreeing": 1234, "differing": 0, "first": [],
        "why": "", **fields,
    })  # fmt: skip


def report(**fields: Any) -> Report:
    """A page in which everything is known; `fields` replace its own."""
    days = [
        DayLine(day=f"2017-06-{day:02d}", exposed=0, plays=day, rewards=1, refused=0, granted_fen=500, revoked_fen=0,
                forecast_plays=2.5) for day in range(1, 11)
    ]  # fmt: skip
    return Report(**{
        "activity": "june", "name": Name(zh="六月转盘", en="June wheel"), "service": "lottery", "version": 2,
        "starts": "2017-06-01", "ends": "2017-06-10", "zone": "Asia/Shanghai", "made_at": "2017-07-01T00:00:00Z",
        "forecast": None, "forecast_made": None,
        "happened": HappenedFigures(
            exposed=None, visitors=0, met=400, took_part=300, won=40, used=None, users=0, plays=1234, rewards=44
        ),
        "prizes": [
            PrizeLine(id="gift", name=Name(zh="礼物", en="Gift"), value_fen=500, stock=50, won=44, forecast=None)
        ],
        "kinds": [KindLine(kind="points", granted=44, granted_fen=22_000, used=None)],
        "refusals": [RefusalLine(reason="no_chances", times=7)], "days": days, "verification": verified(),
        "customers": CustomerFigures(
            bought=100, bought_again=100, orders=200, sales_fen=20_000_000, order_value_fen=100_000, brought=200,
            traffic=400, conversion=0.25, repurchase_fen=10_000_000, social_fen=20_000_000,
        ),
        "uplift": uplift(),
        "cost": CostFigures(granted=44, granted_fen=22_000, revoked=4, revoked_fen=2_000, delivered=30,
                            delivered_fen=15_000, failed=1, failed_fen=500, cost_fen=20_000, budget_fen=30_000),
        **fields,
    })  # fmt: skip


def printed(made: Report) -> str:
    """The report as a terminal shows it that is wide enough for every sentence."""
    console = Console(width=400, record=True, file=io.StringIO())
    show(console, made)
    return console.export_text()


class Elements:
    """Which elements a page or a picture has, with their text. It is read as XML, where nothing may be left open."""

    def __init__(self, text: str) -> None:
        found = list(ElementTree.fromstring(text).iter())
        self.names = [element.tag for element in found]
        self.attributes = [pair for element in found for pair in element.items()]
        self.words = "".join(found[0].itertext())
