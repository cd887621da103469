"""The demo's report as data: what `REPORT=file.json` writes. Its JSON Schema is `report.schema.json` beside this."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict, Field

from fairground_cli.demo.heard import Heard, percentile
from fairground_cli.demo.packets import PacketTally
from fairground_cli.demo.signins import SignInTally
from fairground_cli.demo.tally import Rewards, Tally, WheelTally
from fairground_cli.demo.wheels import Segment, Wheel
from fairground_cli.simulate.figures import CountFigures, MoneyFigures


class _Figure(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OrderFigures(_Figure):
    """What was said on `shop.orders`."""

    events: int = Field(description="records that were published")
    created: int = Field(description="orders placed: the real baskets")
    paid: int = Field(description="orders paid: the same")
    cancelled: int = Field(description="synthetic cancellations")
    refunded: int = Field(description="synthetic refunds, partial ones included")
    repeated: int = Field(description="synthetic exact repetitions of one of the above")


class PrizeFigures(_Figure):
    """One prize of one wheel."""

    wheel: str = Field(description="the wheel's id")
    id: str = Field(description="the prize's id, unique within its wheel")
    name: str = Field(description="as members see it")
    weight: int = Field(description="its odds are this over the sum of the wheel's weights")
    odds: float = Field(description="the same as a share of 1")
    stock: int | None = Field(description="null: unlimited")
    left: int | None = Field(description="stock minus won; null: unlimited")
    expected: float = Field(description="odds times the wheel's draws; of draws by another table, its odds")
    drawn: int = Field(description="draws whose number named this prize")
    won: int = Field(description="draws that became this prize, after fallbacks of what was sold out")
    value_fen: int = Field(description="what its wins cost the operator")


class WheelFigures(_Figure):
    """One wheel or game: what decided its draws beside the prizes' own weights."""

    id: str
    name: str = Field(description="as members see it")
    draws: int
    tables: dict[str, int] = Field(description="draws by another table of weights, by its id")
    pity: dict[str, int] = Field(description="draws that pity made likelier (soft), decided (hard) or could not (due)")
    withheld: dict[str, int] = Field(description="draws whose prize could not be given, by reason")


class RewardFigures(_Figure):
    """One kind of rewards."""

    kind: str
    rewards: int = Field(description="how many were granted")
    amount: int = Field(description="points, coupons, fen, chances, days or pieces in all")
    value_fen: int = Field(description="what they cost the operator")


class SignInFigures(_Figure):
    """What came of signing in."""

    signed: int = Field(description="days that members signed")
    made_up: int = Field(description="missed days that were made up")
    members: int = Field(description="who signed in at least once")
    longest_streak: int = Field(description="the longest that a member was shown")
    rewards: dict[str, int] = Field(description="by the rule that brought them: base, or as the activity file calls it")
    value_fen: int = Field(description="what they cost the operator")


class SessionFigures(_Figure):
    """A session of a red-packet rain."""

    session: str
    grabs: int = Field(description="taps that were sent")
    shares: int = Field(description="shares that were had")


class PacketFigures(_Figure):
    """Red packets and rains."""

    opened: int = Field(description="packets and pools that were opened")
    shares: int = Field(description="shares that members have had")
    members: int = Field(description="who has had at least one")
    amount_fen: int = Field(description="of all shares")
    best_fen: int = Field(description="the luckiest share of a packet that was emptied")
    emptied: int = Field(description="packets of which every share was had")
    closed: int = Field(description="packets that expired with shares left")
    returned_fen: int = Field(description="what went back to the budget")
    sessions: list[SessionFigures]
    accounts: dict[str, int] = Field(description="the books at the end, in fen, by kind of account: they come to 0")


class WeekFigures(_Figure):
    """A week of the simulated year."""

    week: int = Field(description="from 0, beginning with the day of the first order")
    draws: int
    wins: int


class LawFigures(_Figure):
    """A law that the audit, or the demo itself, checked."""

    name: str = Field(description="machine-readable")
    meaning: str = Field(description="what must hold, in words")
    checked: int = Field(description="facts that it was checked on")
    broken: int = Field(description="facts that contradict it")
    examples: list[str] = Field(default=[], description="the first contradictions, in words")


class Latency(_Figure):
    """From a draw's publication to its answer at the player, in milliseconds, while the replay runs at full speed."""

    p50: float
    p90: float
    p99: float
    max: float


class Seconds(_Figure):
    """Where the time went."""

    setup: float = Field(description="getting the servers and the baskets: long only on the first run")
    start: float = Field(description="starting servers and services, publishing the wheels")
    run: float = Field(description="the replay, until everything is answered and recorded")
    audit: float = Field(description="checking the laws")
    stop: float = Field(description="ending services and servers; 0 with KEEP=1")


class PromisedPrize(_Figure):
    """One prize of the activity that was simulated."""

    id: str
    name: str = Field(description="as members see it")
    forecast: CountFigures = Field(description="wins in the simulation")
    won: int


class PromiseFigures(_Figure):
    """The wheel that ends first: simulated before it opens, recomputed after its end."""

    activity: str
    name: str = Field(description="as members see it")
    repetitions: int = Field(description="of the simulation")
    forecast_fen: MoneyFigures = Field(description="value of all rewards in the simulation")
    forecast_draws: CountFigures
    value_fen: int = Field(description="value of all rewards that were won")
    draws: int
    prizes: list[PromisedPrize]
    recomputed: int = Field(description="outcomes that were recomputed from the disclosed seed")
    differing: int = Field(
        description="outcomes that are not what the seed and the rules make of them: 0 when all is well"
    )
    seed_sha256: str = Field(description="hash of the seed, as it was published before the first draw")


class Report(_Figure):
    """All figures of one run."""

    orders: int = Field(description="real baskets that were replayed")
    order_events: OrderFigures
    commands: int = Field(description="commands that were decided: chances, refunds, draws, publications")
    events: int = Field(description="events that count, refusals included")
    voids: int = Field(description="events that do not count, because their writer was overtaken")
    draws: int = Field(description="draws that were made")
    draw_requests: int = Field(
        description="commands that players sent: draws, of which one may ask for several, and plays"
    )
    rewards: int = Field(description="rewards that draws, plays, sign-ins and shares of packets have brought")
    rewards_by_kind: list[RewardFigures]
    refusals: dict[str, int] = Field(description="by reason")
    wheels: list[WheelFigures]
    prizes: list[PrizeFigures]
    sign_in: SignInFigures
    red_packets: PacketFigures
    promise: PromiseFigures | None = Field(description="null: no wheel has ended by the last basket")
    weeks: list[WeekFigures]
    laws: list[LawFigures]
    unaccounted: int = Field(description="order events, commands and draws that nothing was heard of: 0 in a good run")
    commands_per_second: float = Field(description="while the replay ran")
    latency_ms: Latency
    seconds: Seconds
    seed: int = Field(description="of everything that is made up: refunds, repetitions, the players' habits")


def prizes(wheels: Iterable[Wheel], tallies: Mapping[str, WheelTally], language: str) -> list[PrizeFigures]:
    """All prizes of all wheels, in the order of their activity files."""
    return [
        _prize(wheel, segment, tallies.get(wheel.id, WheelTally()), language)
        for wheel in wheels
        for segment in wheel.segments
    ]


def wheels(shown: Iterable[Wheel], tallies: Mapping[str, WheelTally], language: str) -> list[WheelFigures]:
    """All wheels and games, in the order of their files."""
    made = ((wheel, tallies.get(wheel.id, WheelTally())) for wheel in shown)
    return [
        WheelFigures(
            id=wheel.id, name=wheel.zh if language == "zh" else wheel.en, draws=tally.draws,
            tables={table: draws for table, draws in tally.tables.most_common() if table},
            pity=dict(tally.pity.most_common()), withheld=dict(tally.withheld.most_common()),
        )
        for wheel, tally in made
    ]  # fmt: skip


def _prize(wheel: Wheel, segment: Segment, tally: WheelTally, language: str) -> PrizeFigures:
    odds, won = segment.weight / wheel.total_weight, tally.won[segment.id]
    expected = sum(wheel.odds(segment.id, table) * draws for table, draws in tally.tables.items())
    return PrizeFigures(
        wheel=wheel.id, id=segment.id, name=segment.zh if language == "zh" else segment.en, weight=segment.weight,
        odds=odds, stock=segment.stock, left=None if segment.stock is None else segment.stock - won,
        expected=round(expected, 2), drawn=tally.drawn[segment.id], won=won,
        value_fen=tally.value_fen[segment.id],
    )  # fmt: skip


def sign_in(tally: SignInTally) -> SignInFigures:
    """What came of signing in."""
    return SignInFigures(
        signed=tally.signed, made_up=tally.made_up, members=len(tally.members), longest_streak=tally.longest,
        rewards=dict(tally.rewards.most_common()), value_fen=tally.value_fen,
    )  # fmt: skip


def red_packets(tally: PacketTally, accounts: Mapping[str, int]) -> PacketFigures:
    """What came of packets and rains. `accounts`: the books."""
    return PacketFigures(
        opened=tally.opened, shares=tally.shares, members=len(tally.members), amount_fen=tally.amount_fen,
        best_fen=tally.best_fen, emptied=tally.emptied, closed=tally.closed, returned_fen=tally.returned_fen,
        sessions=[
            SessionFigures(session=session, grabs=grabs, shares=tally.got[session])
            for session, grabs in tally.grabs.items()
        ],
        accounts=dict(accounts),
    )  # fmt: skip


def rewards(given: Rewards) -> list[RewardFigures]:
    """By kind, the most frequent first."""
    return [
        RewardFigures(kind=kind, rewards=each.rewards, amount=each.amount, value_fen=each.value_fen)
        for kind, each in sorted(given.items(), key=lambda item: (-item[1].rewards, item[0]))
    ]


def weeks(tally: Tally) -> list[WeekFigures]:
    """All weeks from the first to the last in which anybody drew."""
    last = max(tally.draws_by_week, default=-1)
    return [
        WeekFigures(week=week, draws=tally.draws_by_week[week], wins=tally.wins_by_week[week])
        for week in range(last + 1)
    ]


def latency(heard: Heard) -> Latency:
    """Exact percentiles of all requests."""
    ordered = sorted(heard.latencies_us)
    p50, p90, p99, longest = (round(percentile(ordered, share) / 1000, 1) for share in (0.5, 0.9, 0.99, 1))
    return Latency(p50=p50, p90=p90, p99=p99, max=longest)


if __name__ == "__main__":
    from pathlib import Path

    import orjson

    schema = orjson.dumps(Report.model_json_schema(mode="serialization"), option=orjson.OPT_INDENT_2)
    Path(__file__).with_name("report.schema.json").write_bytes(schema + b"\n")
