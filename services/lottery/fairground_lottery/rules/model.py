"""An activity's rules after they were checked: what an activity file says, with every default filled in."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from fairground_activities.files import Audience, Heading, audience_form, present
from fairground_contracts.rewards import Reward

#: The kinds of activity files that are understood here: they differ in how a turn at the prizes is earned.
WHEEL, SCORE_GAME = "lottery", "score_game"

#: The kinds, and the facts that a turn of each brings with it: tables and their conditions may ask for them.
BROUGHT: dict[str, tuple[str, ...]] = {WHEEL: (), SCORE_GAME: ("score",)}
KINDS = tuple(BROUGHT)

#: What becomes of a draw whose prize cannot be given: the next of its chain, one of those that can, or nothing.
SoldOut = Literal["fallback", "renormalise", "miss"]

#: What a risk level may lead to beside a table: the lowest prize that there always is, or no draw at all.
LOWEST, REFUSE = "lowest", "refuse"

#: Where chances may come from beside free ones and orders; those for points are bought, all others are granted.
POINTS = "points"
SOURCES = ("sign_in", "share", "review", "invitation", POINTS)


@dataclass(frozen=True, slots=True)
class Unlock:
    """A prize can be won only after so many draws."""

    after: int
    by: Literal["member", "all"]
    per: Literal["day", "cycle", "lifetime"]  # cycle: counted anew whenever the prize is won


@dataclass(frozen=True, slots=True)
class Pacing:
    """The stock is released bit by bit: by day that in all, over the window; by hour that of a day, over the day."""

    by: Literal["day", "hour"]
    curve: tuple[int, ...]  # weights of days, repeated until the window ends, or of the 24 hours of a business day
    carry: bool  # whether what was not given in its day or hour can be given later


@dataclass(frozen=True, slots=True)
class Pity:
    """Who has won none of these prizes `after` times in a row wins one with the next draw."""

    id: str
    prizes: tuple[str, ...]
    after: int
    soft_from: int | None  # from so many misses on, each adds `soft_step` to the weight of each of them
    soft_step: int


@dataclass(frozen=True, slots=True)
class Tier:
    """Other weights, for those members whom all that is said here applies to; without any of it, for risk levels."""

    id: str
    spend_fen: int | None  # at least so much spent, by the fact of that name
    level: int | None  # at least this level, by the fact of that name
    draws: int | None  # at least so many draws, or plays, before
    condition: str  # over facts; empty: none
    weights: tuple[tuple[str, int], ...]  # prizes that are not named have none
    score: int | None = None  # at least this score, in a score game

    @property
    def by_member(self) -> bool:
        """Whether it says which members, or which of their turns, it is for."""
        return (self.score, self.spend_fen, self.level, self.draws, self.condition) != (None, None, None, None, "")


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """What becomes of a prize's reward after the draw. Where nothing is said, it is not followed."""

    on_rejected: Reward | Literal["nothing"] | None = None  # what is given instead of one that cannot be delivered
    on_refund: Literal["keep", "reverse", "debt"] = "keep"  # of the order that had brought the chance
    restock: bool = False  # whether what is taken back, comes back or is not claimed goes back into stock and budget
    claim_days: int | None = None  # so long a physical prize can be claimed; None: it does not have to be

    @property
    def followed(self) -> bool:
        """Whether its rewards are remembered, because more may be heard of them."""
        return self.on_rejected is not None or self.on_refund != "keep" or self.claim_days is not None

    def follows(self, cause: str) -> bool:
        """Whether the reward of a draw is remembered, whose chance this had granted; empty: it was free."""
        if self.on_rejected is not None or self.claim_days is not None:
            return True
        return self.on_refund != "keep" and cause.startswith(("order:", "reward:"))


@dataclass(frozen=True, slots=True)
class Prize:
    """One prize, a segment of the wheel. Limits are None where there are none."""

    id: str
    zh: str
    en: str
    weight: int
    stock: int | None
    stock_per_day: int | None
    per_member: int | None
    value_fen: int
    reward: Reward | None  # None: thanks
    fallback: str  # what a draw becomes when this prize may not be taken; empty when it always may
    unlock: Unlock | None = None
    pacing: Pacing | None = None
    fulfilment: Fulfilment = Fulfilment()

    def endless(self, budgeted: bool) -> bool:
        """Whether it can always be given: no limit of its own, and nothing that a budget could run out of."""
        return (
            self.stock is None
            and self.stock_per_day is None
            and self.per_member is None
            and self.unlock is None
            and not (budgeted and self.value_fen)
        )


@dataclass(frozen=True, slots=True)
class OrderRule:
    """What paid orders earn: `chances` per order, or per `every_fen` of all orders together."""

    rule: Literal["per_order", "cumulative"]
    chances: int
    every_fen: int  # 0 with per_order
    min_order_fen: int
    expire_days: int | None
    on_refund: Literal["keep", "debt"]  # of chances that are used already
    per_day: int | None = None  # chances of orders that a member may come to on a business day
    total: int | None = None  # the same in all


@dataclass(frozen=True, slots=True)
class Source:
    """What one source of chances brings."""

    kind: str  # one of SOURCES
    chances: int | None  # for each cause; None: whoever grants them says how many
    per_day: int | None  # chances that a member may come to on a business day
    total: int | None  # the same in all
    expire_days: int | None
    price: int = 0  # points for `chances`, where they are bought
    answer_minutes: int = 0  # how long a purchase waits for whoever owns the points


@dataclass(frozen=True, slots=True)
class PlayRule:
    """How a play goes that ends with a score."""

    max_score: int  # nobody reaches a higher one
    min_seconds: int  # nobody ends a play sooner
    within_seconds: int  # what ends later counts for nothing
    expected_scores: tuple[tuple[int, int], ...]  # scores with weights, for simulations; empty: all alike


@dataclass(frozen=True, slots=True)
class Rules(Heading):
    """One version of an activity's rules."""

    free_per_day: int
    orders: OrderRule | None
    refund_window_days: int
    draws_per_day: int | None
    draws_per_month: int | None
    draws_total: int | None
    budget_fen: int | None
    budget_per_day_fen: int | None
    prizes: tuple[Prize, ...]
    sold_out: SoldOut = "fallback"
    pity: tuple[Pity, ...] = ()
    tables: tuple[Tier, ...] = ()
    risk: tuple[tuple[int, str], ...] = ()  # risk level to a table's id, LOWEST or REFUSE
    audience: Audience | None = None
    eligible: str = ""  # a condition over facts; empty: none
    draws_per_week: int | None = None
    play: PlayRule | None = None  # of a score game
    sources: tuple[Source, ...] = ()

    @property
    def kind(self) -> str:
        """Which kind of activity it is."""
        return WHEEL if self.play is None else SCORE_GAME

    @property
    def days(self) -> int:
        """How many business days the window touches."""
        return self.day(self.ends_ms - 1) - self.first_day + 1

    @property
    def budgeted(self) -> bool:
        """Whether there is a budget that could run out."""
        return self.budget_fen is not None or self.budget_per_day_fen is not None


def form(rules: Rules) -> dict[str, Any]:
    """The published form: an activity file's content again, with every default written out. Checks like a file."""
    content: dict[str, Any] = {
        "kind": rules.kind,
        **rules.heading(),
        **_turns_form(rules),
        "quotas": present(
            per_day=rules.draws_per_day,
            per_week=rules.draws_per_week,
            per_month=rules.draws_per_month,
            total=rules.draws_total,
        ),
        "budget": present(total_fen=rules.budget_fen, per_day_fen=rules.budget_per_day_fen),
        "sold_out": rules.sold_out,
        "prizes": [_prize_form(prize) for prize in rules.prizes],
    }
    return content | _odds_form(rules)


def _turns_form(rules: Rules) -> dict[str, Any]:
    """How a turn is earned."""
    if rules.play is not None:
        scores = {str(score): weight for score, weight in rules.play.expected_scores}
        return {"play": present(**asdict(rules.play) | {"expected_scores": scores or None})}
    chances: dict[str, Any] = {"free_per_day": rules.free_per_day, "refund_window_days": rules.refund_window_days}
    if rules.orders is not None:
        chances["orders"] = _order_form(rules.orders)
    if rules.sources:
        chances["sources"] = {source.kind: _source_form(source) for source in rules.sources}
    return {"chances": chances}


def _odds_form(rules: Rules) -> dict[str, Any]:
    """What came later than the first version of this form: left out where nothing is said, so that the form of rules
    that do not use it, and its hash, stay what they were."""
    return present(
        pity=[_pity_form(pity) for pity in rules.pity] or None,
        tables=[_tier_form(tier) for tier in rules.tables] or None,
        risk={str(level): what for level, what in rules.risk} or None,
        audience=None if rules.audience is None else audience_form(rules.audience),
        eligible=rules.eligible or None,
    )


def _tier_form(tier: Tier) -> dict[str, Any]:
    when = present(
        score=tier.score, spend_fen=tier.spend_fen, level=tier.level, draws=tier.draws, condition=tier.condition or None
    )
    return present(id=tier.id, when=when or None, weights=dict(tier.weights))


def _pity_form(pity: Pity) -> dict[str, Any]:
    soft = None if pity.soft_from is None else {"from": pity.soft_from, "step": pity.soft_step}
    return present(id=pity.id, prizes=list(pity.prizes), after=pity.after, soft=soft)


def _order_form(orders: OrderRule) -> dict[str, Any]:
    return present(
        rule=orders.rule,
        chances=orders.chances,
        every_fen=orders.every_fen or None,
        min_order_fen=orders.min_order_fen,
        expire_days=orders.expire_days,
        on_refund=orders.on_refund,
        per_day=orders.per_day,
        total=orders.total,
    )


def _source_form(source: Source) -> dict[str, Any]:
    return present(
        chances=source.chances,
        per_day=source.per_day,
        total=source.total,
        expire_days=source.expire_days,
        price=source.price or None,
        answer_minutes=source.answer_minutes or None,
    )


def _prize_form(prize: Prize) -> dict[str, Any]:
    reward = prize.reward
    return present(
        id=prize.id,
        name={"zh": prize.zh, "en": prize.en},
        weight=prize.weight,
        stock=prize.stock,
        stock_per_day=prize.stock_per_day,
        per_member=prize.per_member,
        value_fen=prize.value_fen,
        fallback=prize.fallback or None,
        unlock=None if prize.unlock is None else asdict(prize.unlock),
        pacing=None if prize.pacing is None else asdict(prize.pacing) | {"curve": list(prize.pacing.curve)},
        reward=None if reward is None else {"kind": reward.reward, "amount": reward.amount, "ref": reward.ref},
    ) | _fulfilment_form(prize.fulfilment)


def _fulfilment_form(fulfilment: Fulfilment) -> dict[str, Any]:
    """Said at each prize, also what the file says for all of them."""
    instead: Any = fulfilment.on_rejected
    if isinstance(instead, Reward):
        instead = {
            "kind": instead.reward, "amount": instead.amount, "ref": instead.ref, "value_fen": instead.value_fen,
        }  # fmt: skip
    return present(
        on_rejected=instead,
        on_refund=None if fulfilment.on_refund == "keep" else fulfilment.on_refund,
        restock=fulfilment.restock or None,
        claim_days=fulfilment.claim_days,
    )
