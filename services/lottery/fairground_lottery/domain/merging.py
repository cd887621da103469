"""Two members who turn out to be one person: what is known of both, added up as if it had been one from the start.

Nothing is taken back and nothing more is given: whoever has drawn or won more than one person may keeps it, and gets no
more. Whatever follows from an order of draws that is not known any more (misses in a row, draws since a win) comes out
as the better-founded of both counts. The result is the same whoever is merged into whom, and in whatever order.
"""

from collections.abc import Iterable

from msgspec import structs

from fairground_decider.causes import Remembered
from fairground_lottery.domain import entrants, following, orders
from fairground_lottery.domain.records import DAYS_KEPT, MAX_OPEN, Counted, Entrant, Lot, Play, Player, Sourced, Winner

_DIGEST_BYTES = 8


def merged(one: Entrant, other: Entrant) -> Entrant:
    """Both as one; of the plainer kinds of record, where both are plain."""
    both = Entrant(
        draws=one.draws + other.draws,
        days=_sums(one.days, other.days, width=3),
        months=_sums(one.months, other.months, width=2),
        carried_fen=one.carried_fen + other.carried_fen,
        debt=one.debt + other.debt,
        lots=_lots(one.lots + other.lots),
        wins=_added(one.wins, other.wins),
        orders=orders.both(one.orders, other.orders),
        causes=_remembered(one.causes, other.causes),
        requests=_remembered(one.requests, other.requests),
    )
    if isinstance(one, Counted) or isinstance(other, Counted):
        both = _counted(both, entrants.counted(one), entrants.counted(other))
    if isinstance(one, Winner) or isinstance(other, Winner):
        rewards = following.both(entrants.winner(one).rewards, entrants.winner(other).rewards)
        both = structs.replace(entrants.winner(both), rewards=rewards)
    if isinstance(one, Sourced) or isinstance(other, Sourced):
        both = _sourced(both, entrants.sourced(one), entrants.sourced(other))
    return both


def merged_plays(one: Player, other: Player) -> Player:
    """Plays of both as one's; of those that are open the ones that began last, as many as one may have."""
    return Player(
        plays=one.plays + other.plays,
        days=_sums(one.days, other.days, width=2),
        weeks=_sums(one.weeks, other.weeks, width=2),
        months=_sums(one.months, other.months, width=2),
        open=_open(one.open, other.open),
        over=_remembered(one.over, other.over),
    )


def _counted(both: Entrant, one: Counted, other: Counted) -> Counted:
    return structs.replace(
        entrants.counted(both),
        misses=_highest(one.misses, other.misses),
        opened=_opened(both.draws, one, other),
        weeks=_sums(one.weeks, other.weeks, width=2),
    )


def _sourced(both: Entrant, one: Sourced, other: Sourced) -> Sourced:
    return structs.replace(
        entrants.sourced(both),
        earned=_earned(one, other),
        purchases=tuple(sorted({*one.purchases, *other.purchases}, key=lambda each: (each.until_s, each.funding))),
        invited=_remembered(one.invited, other.invited),
    )


def _sums(one: tuple[int, ...], other: tuple[int, ...], width: int) -> tuple[int, ...]:
    """Flat rows of a period and its counts, added up by period; the newest ones are kept."""
    rows: dict[int, tuple[int, ...]] = {}
    for flat in (one, other):
        for at in range(0, len(flat), width):
            period, counts = flat[at], flat[at + 1 : at + width]
            before = rows.get(period, (0,) * len(counts))
            rows[period] = tuple(map(sum, zip(before, counts, strict=True)))
    return tuple(number for period in sorted(rows)[-DAYS_KEPT:] for number in (period, *rows[period]))


def _added(one: Iterable[tuple[str, int]], other: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    table = dict(one)
    for name, count in other:
        table[name] = table.get(name, 0) + count
    return tuple(sorted(table.items()))


def _highest(one: Iterable[tuple[str, int]], other: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Misses in a row: one of them has missed as often as that, and nobody knows who drew in between."""
    table = dict(one)
    for name, count in other:
        table[name] = max(table.get(name, 0), count)
    return tuple(sorted(table.items()))


def _open(one: tuple[Play, ...], other: tuple[Play, ...]) -> tuple[Play, ...]:
    """Those that began last; of two that were begun under the same id the later one."""
    by_age = sorted({*one, *other}, key=lambda play: (play.begun_ms, play.id))
    newest = {play.id: play for play in by_age}
    return tuple(play for play in by_age if newest[play.id] is play)[-MAX_OPEN:]


def _opened(draws: int, one: Counted, other: Counted) -> tuple[tuple[str, int], ...]:
    """Where the count of draws since a win began anew: the one who has drawn less since theirs says how many it are."""
    since: dict[str, int] = {}
    for entrant in (one, other):
        for prize, at in entrant.opened:
            drawn = entrant.draws - at
            since[prize] = min(since.get(prize, drawn), drawn)
    return tuple(sorted((prize, draws - drawn) for prize, drawn in since.items()))


def _lots(lots: tuple[Lot, ...]) -> tuple[Lot, ...]:
    """Soonest to expire first, and in an order that does not depend on whose they were."""
    return tuple(sorted(lots, key=lambda lot: (lot.expires_s == 0, lot.expires_s, lot.cause, lot.left)))


def _remembered(one: Remembered, other: Remembered) -> Remembered:
    """All causes of both by day, each once."""
    days: dict[int, set[bytes]] = {}
    for day, digests in (*one, *other):
        known = days.setdefault(day, set())
        known.update(digests[at : at + _DIGEST_BYTES] for at in range(0, len(digests), _DIGEST_BYTES))
    return tuple((day, b"".join(sorted(days[day]))) for day in sorted(days))


def _earned(one: Sourced, other: Sourced) -> tuple[tuple[str, int, tuple[int, ...]], ...]:
    table: dict[str, tuple[int, tuple[int, ...]]] = {}
    for source, total, days in (*one.earned, *other.earned):
        before, by_day = table.get(source, (0, ()))
        table[source] = before + total, _sums(by_day, days, width=2)
    return tuple((source, *table[source]) for source in sorted(table))
