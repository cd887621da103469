"""What an activity brought: those whom it was open to, against those who were held out of it (rule C15).

Compared are customers: people of whom a member had paid an order before it began. Who belongs to which group follows
from a hash of the person's id, or of the member's where no person is known, by the activity's own rule (its service's
room `experiment`), never from what anybody did: whether they took part or never heard of it, they count where the hash
put them (intention to treat). So nothing but the activity can make the groups differ, and chance, which the intervals
are for.
"""

from dataclasses import dataclass

from fairground_contracts.cloudevent import parse_time_ms
from fairground_decider.answers import Experiment
from fairground_record.answers.activities import Rules, rules, rules_of
from fairground_record.answers.intervals import Difference, Group, means, shares
from fairground_record.answers.people import by_member, people, place, see_served
from fairground_record.database import Connection
from fairground_record.rooms import room
from fairground_record.sql import query

_TIMEOUT_S = 600.0
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Uplift:
    """Customers of both groups, and how far apart they are."""

    starts_ms: int  # from then on it counts what they buy
    ends_ms: int  # the first moment that no longer does
    known_until_ms: int  # the newest order that the record knows; 0: it knows none
    treated: Group
    holdout: Group
    neither: int  # customers whom it was not open to, or who were held out for a part of the time
    ambiguous: int  # customers with several accounts of which it was open to one, and held out another one
    repurchase: Difference  # share of customers who bought again
    spend: Difference  # fen a customer
    conditional: bool  # some of the treated did not meet its conditions

    @property
    def extra_fen(self) -> tuple[float, float, float]:
        """What the treated bought because of it, all together: from, as measured, to."""
        people, spend = self.treated.people, self.spend
        return people * spend.low, people * spend.seen, people * spend.high


async def uplift(connection: Connection, activity_id: str) -> Uplift | None:
    """How customers' orders differ; None where nobody was held out. Reads all orders there are: seconds a million."""
    versions = await _versions(connection, activity_id)
    tried = _tried(versions)
    if tried is None:
        return None
    published_ms = parse_time_ms(versions[0].time)
    starts_ms = published_ms if tried.starts_ms < published_ms < tried.ends_ms else tried.starts_ms
    groups = await _groups(connection, activity_id, tried, starts_ms)
    treated, holdout = (Group(*groups[name]) for name in ("treated", "holdout"))
    return Uplift(
        starts_ms=starts_ms, ends_ms=tried.ends_ms,
        known_until_ms=await connection.fetchval(query("shop_until"), timeout=_TIMEOUT_S) or 0,
        treated=treated, holdout=holdout, neither=groups["neither"][0],
        ambiguous=groups["ambiguous"][0], repurchase=shares(treated, holdout),
        spend=means(treated, holdout), conditional=tried.conditional,
    )  # fmt: skip


async def _versions(connection: Connection, activity_id: str) -> list[Rules]:
    """All that were published, oldest first."""
    newest = await rules(connection, activity_id)
    numbers = range(1, newest.version + 1) if newest else ()
    found = await rules_of(connection, ((activity_id, number) for number in numbers))
    return [found[activity_id, number] for number in numbers if (activity_id, number) in found]


def _tried(versions: list[Rules]) -> Experiment | None:
    """What its service makes of them; None where nobody was held out, or nothing can be."""
    experimenting = room(versions[0].service, "experiment") if versions else None
    if experimenting is None:
        return None
    forms, published_ms = [each.form for each in versions], [parse_time_ms(each.time) for each in versions]
    found: Experiment | None = experimenting.experiment(forms, published_ms)
    return found


async def _groups(
    connection: Connection, activity_id: str, tried: Experiment, starts_ms: int
) -> dict[str, list[int]]:  # fmt: skip
    """The sums of each group, and of who is in none."""
    sums = {name: [0] * len(Group._fields) for name in ("treated", "holdout", "neither", "ambiguous")}
    found = await people(connection, tried.ends_ms, _TIMEOUT_S)
    whose = by_member(found)
    async with connection.transaction(readonly=True):
        async for member_id, before, orders, spent_fen in connection.cursor(
            query("customers_before"), starts_ms, tried.ends_ms, list(whose), prefetch=_PAGE, timeout=_TIMEOUT_S
        ):
            person = whose.get(member_id)
            if person is None:
                _add(sums[tried.group(member_id)], orders, spent_fen)
            else:
                person.before |= before
                person.orders += orders
                person.spent_fen += spent_fen
    await see_served(connection, activity_id, found, _TIMEOUT_S)
    for person_id, person in found.items():
        if person.before:
            _add(sums[place(person_id, person, tried, starts_ms)], person.orders, person.spent_fen)
    return sums


def _add(group: list[int], orders: int, spent_fen: int) -> None:
    for at, more in enumerate((1, orders > 0, orders, spent_fen, spent_fen * spent_fen)):
        group[at] += more
