"""The report as data: what `--json file.json` writes. Its JSON Schema is `report.schema.json` here.

Money is an integer number of fen; what nobody says on any topic is null.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from fairground_cli.simulate.figures import CountFigures
from fairground_cli.simulate.figures import Report as Simulated

Verdict = Literal["higher", "lower", "unclear", "too_small"]

#: `holds`: every outcome is what its seed makes of it. `differs`: not all are. `not_disclosed`: nobody can know yet.
#: `unreadable`: an event in the record is none any more. `not_asked`: left out of this report.
Verified = Literal["holds", "differs", "not_disclosed", "unreadable", "not_asked"]


class _Figure(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Name(_Figure):
    """As members see it."""

    zh: str
    en: str


class HappenedFigures(_Figure):
    """What members did. Members count once each, whatever they did how often."""

    exposed: int | None = Field(description="who saw it; null: no frontend has ever said so of this activity")
    visitors: int = Field(description="of those, who were not logged in")
    met: int = Field(description="members who asked anything of it")
    took_part: int
    won: int
    used: int | None = Field(description="rewards that were made use of; null: nobody has ever said so of any reward")
    users: int = Field(description="members who used one")
    plays: int
    rewards: int


class PrizeLine(_Figure):
    """One prize."""

    id: str
    name: Name
    value_fen: int
    stock: int | None = Field(description="null: unlimited")
    won: int
    forecast: CountFigures | None


class KindLine(_Figure):
    """One kind of reward."""

    kind: str
    granted: int
    granted_fen: int
    used: int | None = Field(description="null: nobody has ever said of any reward that it was used")


class RefusalLine(_Figure):
    """One reason to refuse."""

    reason: str
    times: int


class DayLine(_Figure):
    """One business day."""

    day: str
    exposed: int = Field(description="who saw it on that day")
    plays: int
    rewards: int
    refused: int
    granted_fen: int
    revoked_fen: int
    forecast_plays: float | None = Field(description="on average; null: no forecast for this day")


class ForgedLine(_Figure):
    """One fact in the record that is not what the seed and the rules make of it."""

    event: str = Field(description="its id; empty: the activity as a whole")
    field: str
    recorded: str
    recomputed: str


class VerificationFigures(_Figure):
    """Whether the lot was fair: what `fairground verify` finds."""

    verdict: Verified
    seed_sha256: str = Field(description="published with the first version; empty: packets have one each")
    outcomes: int = Field(description="recomputed")
    agreeing: int = Field(description="outcomes that are what the seed and the rules make of them")
    differing: int = Field(description="facts that are not, of outcomes and of everything else")
    first: list[ForgedLine] = Field(description="the first of those")
    why: str = Field(description="what could not be read, for support; mostly empty")


class CustomerFigures(_Figure):
    """Members who bought within 30 days of first taking part: what followed, whatever the reason."""

    bought: int
    bought_again: int
    orders: int
    sales_fen: int
    order_value_fen: int = Field(description="of one order, on average")
    brought: int = Field(description="members who registered and name one who took part as who brought them")
    traffic: int = Field(description="who saw it; who asked anything of it where that is not known, or is less")
    conversion: float = Field(description="of the traffic, the share that bought")
    repurchase_fen: int = Field(description="going-concern value: customers x repurchase rate x order value")
    social_fen: int = Field(description="and customers x referral rate x order value")


class GroupFigures(_Figure):
    """Customers of one group and what they bought in the measured time."""

    people: int
    buyers: int
    orders: int
    spent_fen: int


class DifferenceFigures(_Figure):
    """Treated minus holdout, with its 95 % interval. Nulls: nothing can be said."""

    treated: float
    holdout: float
    difference: float
    low: float | None
    high: float | None
    smallest: float | None = Field(description="a true difference of this size is told from chance four times in five")
    verdict: Verdict


class UpliftFigures(_Figure):
    """What it brought: customers whom it was open to against those who were held out."""

    from_day: str
    until_day: str = Field(description="the last day that counts")
    known_until_day: str | None = Field(description="of the newest order that is known; null: none is")
    treated: GroupFigures
    holdout: GroupFigures
    neither: int = Field(description="customers whom it was not open to, or who were held out for a part of the time")
    ambiguous: int = Field(
        description="customers with several accounts of which it was open to one, and held out another one"
    )
    repurchase: DifferenceFigures = Field(description="share of customers who bought again")
    spend: DifferenceFigures = Field(description="fen a customer")
    extra_fen: tuple[int, int, int] | None = Field(
        description="what all treated together bought because of it: from, as measured, to; null: too few to tell"
    )
    conditional: bool = Field(description="some of the treated did not meet its conditions, so the effect is diluted")


class CostFigures(_Figure):
    """Rewards, each once: the sums of `fairground reconcile`, which are the audit's."""

    granted: int
    granted_fen: int
    revoked: int
    revoked_fen: int
    delivered: int
    delivered_fen: int
    failed: int
    failed_fen: int
    cost_fen: int = Field(description="granted and not taken back")
    budget_fen: int | None = Field(description="null: none")


class Report(_Figure):
    """Everything on the page."""

    activity: str
    name: Name
    service: str
    version: int = Field(description="the newest one")
    starts: str = Field(description="business day")
    ends: str = Field(description="the last business day")
    zone: str
    made_at: str = Field(description="RFC 3339")
    forecast: Simulated | None
    forecast_made: Literal["before", "afterwards"] | None = Field(
        description="from a file; or simulated for this report, with as many members as came"
    )
    happened: HappenedFigures
    prizes: list[PrizeLine]
    kinds: list[KindLine]
    refusals: list[RefusalLine]
    days: list[DayLine]
    verification: VerificationFigures | None = Field(description="null: nothing of it is drawn by lot")
    customers: CustomerFigures
    uplift: UpliftFigures | None = Field(description="null: nobody was held out")
    cost: CostFigures


if __name__ == "__main__":
    from pathlib import Path

    import orjson

    schema = orjson.dumps(Report.model_json_schema(mode="serialization"), option=orjson.OPT_INDENT_2)
    Path(__file__).with_name("report.schema.json").write_bytes(schema + b"\n")
