"""Where chances come from: what a cause of a source brings, and how far its cap reaches for one member."""

from collections.abc import Mapping

from msgspec import structs

from fairground_decider import Event
from fairground_decider.causes import DAY_MS, Seen, remember, seen
from fairground_lottery.contract import ChancesGranted, GrantChances, Reason
from fairground_lottery.domain import entrants, refusals, taken_up
from fairground_lottery.domain.admission import Denied
from fairground_lottery.domain.calendar import day_of
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.records import DAYS_KEPT, Entrant, Sourced
from fairground_lottery.rules import POINTS, OrderRule, Source

#: Under which name chances of orders count against their cap.
ORDERS = "orders"

#: Whom a member invited is remembered as long as the wheel, and longer than any window of one.
INVITATION = "invitation"
_FOR_EVER_DAYS = 1_000_000

Cap = OrderRule | Source


def cause_of(grant: GrantChances) -> str:
    """What granted chances are called: each source has names of its own for its causes. A reward is the same one
    whether the wheel counts it as of a source or not, so that it grants once whatever a new version says of that."""
    return f"{grant.source}:{grant.cause}" if grant.source and not taken_up.is_reward(grant.cause) else grant.cause


def granting(in_force: InForce, grant: GrantChances) -> Source | None:
    """The source that a grant names; None: it names none, or is a reward, which need not be of a source that the wheel
    knows. Raises Denied for one that does not grant here."""
    if not grant.source:
        return None
    source = in_force.sources.get(grant.source)
    if source is None and taken_up.is_reward(grant.cause):
        return None
    if source is None or source.kind == POINTS:
        raise Denied(Reason.UNKNOWN_SOURCE, refusals.help_with(Reason.UNKNOWN_SOURCE, in_force))
    return source


def wanted(source: Source | None, grant: GrantChances) -> int:
    """How many chances the cause brings before any cap: of a reward those that were promised to the member with it."""
    if source is None or source.chances is None or taken_up.is_reward(grant.cause):
        return grant.chances or 1
    return source.chances


def known(entrant: Entrant, grant: GrantChances, time_ms: int, window_days: int) -> Seen:
    """Whether the cause has granted before, or may have. Whom a member invited counts once, however late it is said."""
    if grant.source == INVITATION:
        invited = entrant.invited if isinstance(entrant, Sourced) else ()
        return seen(invited, cause_of(grant), time_ms, _FOR_EVER_DAYS)
    return seen(entrant.causes, cause_of(grant), time_ms, window_days)


def remembered(entrant: Entrant, event: Event[ChancesGranted], window_days: int) -> Entrant:
    """The same with the event's cause remembered."""
    granted = event.data
    if granted.source == INVITATION:
        member = entrants.sourced(entrant)
        return structs.replace(member, invited=remember(member.invited, granted.cause, event.time_ms, _FOR_EVER_DAYS))
    return structs.replace(entrant, causes=remember(entrant.causes, granted.cause, event.time_ms, window_days))


# ---- caps ------------------------------------------------------------------------------------------------


def capped(rule: Cap | None) -> bool:
    """Whether a member can come only to so many chances by it."""
    return rule is not None and (rule.per_day is not None or rule.total is not None)


def allowed(in_force: InForce, entrant: Entrant, name: str, rule: Cap, time_ms: int, least: int = 1) -> int | None:
    """How many chances the source's cap leaves to the member, `least` at least; None: it has no cap. Raises Denied.

    What is being bought counts as long as it may still be paid, against the day on which it was asked for.
    """
    if not capped(rule):
        return None
    day = in_force.day(time_ms)
    total, days = _earned(entrant, name)
    held = _held(entrant, time_ms) if name == POINTS else {}
    if rule.per_day is not None and len(days) == DAYS_KEPT and day < min(days):
        raise Denied(Reason.TOO_LATE)
    left = {
        Reason.CAP_REACHED_TOTAL: _left(rule.total, total + sum(held.values())),
        Reason.CAP_REACHED_DAY: _left(rule.per_day, days.get(day, 0) + held.get(day, 0)),
    }
    for reason, chances in left.items():  # what is used up for longest is said first
        if chances is not None and chances < least:
            raise Denied(reason, refusals.help_with(reason, in_force))
    return min(chances for chances in left.values() if chances is not None)


def _left(cap: int | None, counted: int) -> int | None:
    return None if cap is None else cap - counted


def _earned(entrant: Entrant, name: str) -> tuple[int, Mapping[int, int]]:
    """Chances that were counted against the source's cap, in all and by business day."""
    earned = entrant.earned if isinstance(entrant, Sourced) else ()
    for source, total, days in earned:
        if source == name:
            return total, dict(zip(days[::2], days[1::2], strict=True))
    return 0, {}


def _held(entrant: Entrant, time_ms: int) -> Mapping[int, int]:
    """Chances that may still be paid, by the business day on which they were asked for."""
    held: dict[int, int] = {}
    for purchase in entrant.purchases if isinstance(entrant, Sourced) else ():
        if purchase.until_s * 1000 >= time_ms:
            held[purchase.day] = held.get(purchase.day, 0) + purchase.chances
    return held


def counted(entrant: Entrant, granted: ChancesGranted) -> Entrant:
    """The same with a grant counted against its source's cap, if it has one; the newest three days are kept."""
    if not granted.day:
        return entrant
    member, day = entrants.sourced(entrant), day_of(granted.day)
    name = ORDERS if granted.order_id else granted.source
    chances = granted.chances + granted.debt_paid
    total, days = _earned(member, name)
    by_day = {**days, day: days.get(day, 0) + chances}
    kept = tuple(number for each in sorted(by_day)[-DAYS_KEPT:] for number in (each, by_day[each]))
    others = [each for each in member.earned if each[0] != name]
    return structs.replace(member, earned=tuple(sorted([*others, (name, total + chances, kept)])))


def expiry_s(rule: Cap | None, time_ms: int) -> int:
    """When chances that come now expire by the rule, in seconds since 1970; 0: never."""
    if rule is None or rule.expire_days is None:
        return 0
    return (time_ms + rule.expire_days * DAY_MS) // 1000


def sooner(one_s: int, other_s: int) -> int:
    """The earlier of two expiries, of which 0 is never."""
    return min(one_s, other_s) if one_s and other_s else one_s or other_s
