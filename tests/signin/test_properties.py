"""Sets of days under random histories: order and repetition leave no trace, and a business day is signed once."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fairground_contracts.cloudevent import format_time
from fairground_decider import Translated
from fairground_decider.days import business_day, iso, parse_iso
from fairground_decider.folding import World, fold
from fairground_signin.contract import DayMadeUp, DayRevoked, DaySigned, MakeUp, RevokeDay, SignIn
from fairground_signin.domain import SignIns, days
from fairground_signin.domain.cycles import Span, cycle_of, year_before
from fairground_signin.domain.days import Before, Days, bitmap_of
from fairground_signin.domain.reaching import Change, change, figures, newly_reached
from fairground_signin.domain.walking import Counting, left_behind, walk
from fairground_signin.invariants.by_rules import Known
from fairground_signin.invariants.counting import frozen_days, streak_of
from fairground_signin.rules import Cycle, FreezeRule, load
from fairground_signin.traffic import commands
from tests.signin.world import DAILY, Book, amounts, checked, replayed, rules, tier, utc

_QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

FIRST = parse_iso("2017-05-25")
_DAYS = st.integers(FIRST, FIRST + 20)
_SETS = st.sets(_DAYS, max_size=15)


@_QUICK
@given(signed=_SETS, made_up=_SETS, revoked=_SETS, data=st.data())
def test_days_are_a_set_whatever_order_they_come_in_and_however_often(
    signed: set[int], made_up: set[int], revoked: set[int], data: st.DataObject
) -> None:
    steps = [(days.sign, day) for day in signed] + [(days.make_up, day) for day in made_up]
    steps += [(days.revoke, day) for day in revoked]
    steps += data.draw(st.lists(st.sampled_from(steps), max_size=10)) if steps else []
    found = days.none_yet(FIRST)
    for step, day in data.draw(st.permutations(steps)):
        found = step(found, day)
    first = found.first
    assert set(days.members(first, found.signed)) == signed - revoked
    assert set(days.members(first, found.made_up)) == made_up - signed - revoked
    assert set(days.members(first, found.revoked)) == revoked
    assert days.from_dense(days.dense(found.signed)) == found.signed
    for bitmap in (found.made_up, found.revoked, found.earned_base):
        assert days.from_sparse(days.sparse(bitmap)) == bitmap


@_QUICK
@given(bits=st.integers(0, (1 << 731) - 1))
def test_bitmaps_are_bytes_and_back(bits: int) -> None:
    assert days.from_dense(days.dense(bits)) == bits
    assert days.from_sparse(days.sparse(bits)) == bits
    assert len(days.dense(bits)) <= 93


_PLANS: list[dict[str, Any]] = [
    {},
    {"cycle": {"every": "week"}},
    {"cycle": {"every": "month", "shown": "crosses"}},
    {"cycle": {"every": "days", "days": 5}},
    {"freeze": {"every": 3, "most": 2, "total": True}},
    {"freeze": {"every": 2, "most": 1}, "cycle": {"every": "week"}},
    {"freeze": {"every": 4, "most": 3}, "cycle": {"every": "month", "shown": "crosses"}},
]


@pytest.mark.parametrize("plan", _PLANS, ids=str)
@_QUICK
@given(signed=_SETS, granted=st.lists(_DAYS, max_size=3))
def test_streaks_are_those_that_a_plain_count_finds(plan: dict[str, Any], signed: set[int], granted: list[int]) -> None:
    read = load(rules(**plan))
    granted = granted if read.freeze else []
    counting = Counting(read.cycle, read.first_day, read.freeze, True)
    found = days.none_yet(FIRST)
    for day in signed:
        found = days.sign(found, day)
    walked = walk(counting, found, tuple(granted))
    plain = Known(signed=signed, freezes=granted)
    frozen = frozen_days(read, plain) if read.freeze and signed else frozenset[int]()
    assert set(days.members(found.first, walked.frozen)) == frozen
    assert sum(run.length for run in walked.runs) == len(signed)
    for day in signed:
        (run,) = [run for run in walked.runs if run.first <= day <= run.last]
        span = Span(0, 10**6) if read.cycle.crosses else cycle_of(read.cycle, read.first_day, day)
        assert run.length == streak_of(signed, frozen, span, day), iso(day)


_FREE = {
    "make_up": {"days_back": 366, "per_cycle": 366, "cards": True},
    "streak": {"tiers": [tier(2, 20), tier(4, 40, paid="ever"), tier(5, 50, paid="per_cycle")]},
    "total": [tier(3, 30) | {"id": "t3"}, tier(6, 60, paid="ever") | {"id": "t6"}],
}


def _asked(signed: Sequence[int], made_up: Sequence[int], revoked: Sequence[int]) -> list[Translated]:
    """The same commands whenever they come: each has its own time and its own id."""
    late = "2017-06-30"
    return [
        *(Translated("ann", f"s{day}", utc(iso(day)), SignIn(activity_id=DAILY, member_id="ann")) for day in signed),
        *(
            Translated("ann", f"m{day}", utc(late), MakeUp(activity_id=DAILY, member_id="ann", day=iso(day)))
            for day in made_up
        ),
        *(
            Translated("ann", f"r{day}", utc(late), RevokeDay(activity_id=DAILY, member_id="ann", day=iso(day)))
            for day in revoked
        ),
    ]


@_QUICK
@given(signed=_SETS, made_up=_SETS, revoked=st.sets(_DAYS, max_size=4), data=st.data())
def test_any_order_and_repetition_of_commands_comes_to_the_same_days(
    signed: set[int], made_up: set[int], revoked: set[int], data: st.DataObject
) -> None:
    book = Book(**_FREE)
    book.grant("make_up_card", 100, "2017-05-01")
    asked = _asked(sorted(signed), sorted(made_up), sorted(revoked))
    asked += data.draw(st.lists(st.sampled_from(asked), max_size=8)) if asked else []
    for command in data.draw(st.permutations(asked)):
        book.world.decide([command])
    kept = book.member().days
    assert set(days.members(kept.first, kept.signed)) == signed - revoked
    assert set(days.members(kept.first, kept.made_up)) == made_up - signed - revoked
    assert replayed(book.world).records == book.world.records
    book.checked()
    _paid_at_least_what_is_reached(book, (signed | made_up) - revoked)


def _paid_at_least_what_is_reached(book: Book, present: set[int]) -> None:
    """Whatever the days reach in the end was paid; once for all means once."""
    earned = [
        (each.rule, each.days)
        for event in book.world.events
        if isinstance(event.data, DaySigned | DayMadeUp)
        for each in event.data.earned
    ]
    longest = max((streak_of(present, frozenset(), Span(0, 10**6), day) for day in present), default=0)
    paid = {rule for rule, _ in earned}
    assert {f"d{length}" for length in (2, 4, 5) if length <= longest} <= paid
    assert {f"t{total}" for total in (3, 6) if total <= len(present)} <= paid
    for once in ("d4", "d5", "t3", "t6"):  # without cycles, once in a cycle is once
        revocations = sum(isinstance(event.data, DayRevoked) for event in book.world.events)
        assert sum(rule == once for rule, _ in earned) <= 1 + (revocations if once in ("d5", "t3") else 0)


@_QUICK
@given(present=_SETS, data=st.data())
def test_without_revocations_what_counts_once_is_paid_exactly_once_in_any_order(
    present: set[int], data: st.DataObject
) -> None:
    book = Book(**_FREE)
    for command in data.draw(st.permutations(_asked(sorted(present), (), ()))):
        book.world.decide([command])
    longest = max((streak_of(present, frozenset(), Span(0, 10**6), day) for day in present), default=0)
    paid = [rule for event in book.world.events if isinstance(event.data, DaySigned) for rule in amounts(event.data)]
    for rule, reached in (("d4", longest >= 4), ("d5", longest >= 5), ("t3", len(present) >= 3),
                          ("t6", len(present) >= 6), ("base", False)):  # fmt: skip
        assert rule == "base" or paid.count(rule) == reached, rule
    assert paid.count("base") == len(present)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia"])
@_QUICK
@given(hour=st.integers(0, 23), minutes=st.lists(st.integers(0, 14 * 24 * 60), min_size=1, max_size=30))
def test_a_traveller_signs_exactly_once_a_business_day(zone: str, hour: int, minutes: list[int]) -> None:
    """Wherever the member is: the day is that of the activity. Fourteen days around a change of the clocks."""
    book = Book(zone=zone, day_start_hour=hour)
    begin_ms = 1_489_190_400_000  # 2017-03-11T00:00Z; clocks change in New York on the 12th
    signed = []
    for number, minute in enumerate(minutes):
        time_ms = begin_ms + minute * 60_000
        asked = Translated("ann", f"r{number}", format_time(time_ms), SignIn(activity_id=DAILY, member_id="ann"))
        (event,) = book.world.decide([asked])
        if isinstance(event.data, DaySigned):
            signed.append(event.data.day)
    expected = {iso(business_day(begin_ms + minute * 60_000, zone, hour)) for minute in minutes}
    assert sorted(signed) == sorted(expected)
    book.checked()


@_QUICK
@given(
    offsets=st.sets(st.integers(0, 1_200), min_size=1, max_size=60),
    crosses=st.booleans(),
    freezes=st.booleans(),
    given_on=st.lists(st.integers(0, 1_200), max_size=5),
)
def test_years_that_are_left_behind_leave_their_sums(
    offsets: set[int], crosses: bool, freezes: bool, given_on: list[int]
) -> None:
    """Three years and more: total and longest streak stay those of all days, the streak goes on over the border, and
    freezes that were granted and not used are there still."""
    cycle = Cycle("month", crosses=crosses)
    counting = Counting(cycle, FIRST, FreezeRule(3, 2, False, False) if freezes else None, True)
    kept, everything = days.none_yet(FIRST), Days(year_before(FIRST))
    every = tuple(FIRST + offset for offset in given_on) if freezes else ()
    left = every
    for day in sorted(FIRST + offset for offset in offsets):
        first = year_before(day)
        if first > kept.first:
            kept = days.moved(kept, first, left_behind(counting, kept, left, first))
            left = tuple(each for each in left if each >= first)
        kept, everything = days.sign(kept, day), days.sign(everything, day)
        assert kept.present.bit_length() <= days.LONGEST_BITS
        now, whole = walk(counting, kept, left), walk(counting, everything, every)
        assert now.runs[-1].length == whole.runs[-1].length
        assert max(now.longest, kept.before.longest) == whole.longest
        assert kept.before.total + kept.present.bit_count() == everything.present.bit_count()
        assert (now.earned, now.granted) == (whole.earned, whole.granted)


@pytest.mark.parametrize("seed", range(6))
def test_believable_traffic_obeys_the_laws_and_can_be_folded_again(seed: int) -> None:
    world = fold(SignIns(), commands(seed, 2500))
    checked(world)
    other = World(SignIns())
    other.fold(world.events)
    assert (other.records, other.counters) == (world.records, world.counters)
    kinds = {event.data.type for event in world.events}
    wanted = ("day.signed", "day.made_up", "day.revoked", "rank.taken", "tokens.taken")
    assert {f"signin.{name}.v1" for name in wanted} <= kinds


@pytest.mark.parametrize("cycle", [Cycle(), Cycle("week"), Cycle("month", crosses=True), Cycle("days", 5)])
@settings(max_examples=150, deadline=None)
@given(
    signed=st.sets(st.integers(FIRST, FIRST + 90), min_size=1, max_size=60),
    every=st.integers(1, 4),
    most=st.integers(1, 5),
    streak=st.integers(0, 3),
)
def test_what_no_freeze_could_join_does_not_have_to_be_walked(
    cycle: Cycle, signed: set[int], every: int, most: int, streak: int
) -> None:
    """The short way comes to what the whole way comes to, about any day of the set."""
    counting = Counting(cycle, FIRST, FreezeRule(every, most, False, True), True)
    first = min(signed)
    found = Days(first, bitmap_of(first, signed), before=Before(streak=streak, earned=streak and 1))
    whole = walk(counting, found)
    for day in signed:
        span = counting.span(day)
        now = figures(counting, found, (), day)
        inside = found.span(span.first, span.last)
        assert now.frozen & inside == whole.frozen & inside
        assert now.total == ((found.present | whole.frozen) & inside).bit_count()
        (run,) = [run for run in whole.runs if run.first <= day <= run.last]
        assert now.shown == run.length
        cut = [each for each in whole.runs if each.first <= span.last and each.last >= span.first]
        assert len(now.runs) == len(cut)


@pytest.mark.parametrize(
    "cycle", [Cycle(), Cycle("week"), Cycle("month"), Cycle("month", crosses=True), Cycle("days", 5)]
)
@settings(max_examples=150, deadline=None)
@given(
    signed=st.sets(st.integers(FIRST, FIRST + 60), max_size=50),
    made_up=st.sets(st.integers(FIRST, FIRST + 60), max_size=10),
    day=st.integers(FIRST, FIRST + 60),
    counts=st.booleans(),
    before=st.builds(Before, st.integers(0, 9), st.just(0), st.integers(0, 3), st.just(0), st.just(0)),
)
def test_without_freezes_nobody_has_to_walk(
    cycle: Cycle, signed: set[int], made_up: set[int], day: int, counts: bool, before: Before
) -> None:
    """What bits alone say is what walking with no freeze at hand says."""
    found = Days(FIRST, bitmap_of(FIRST, signed), bitmap_of(FIRST, made_up - signed), before=before)
    after = days.sign(found, day)
    quick = change(Counting(cycle, FIRST - 40, None, counts), found, after, (), day)
    walked = change(Counting(cycle, FIRST - 40, FreezeRule(0, 0, False, False), counts), found, after, (), day)
    assert list(quick.reached) == list(walked.reached)
    assert replace(quick, reached=(), longest_before=None) == replace(walked, reached=(), longest_before=None)


@pytest.mark.parametrize(
    "cycle", [Cycle(), Cycle("week"), Cycle("month"), Cycle("month", crosses=True), Cycle("days", 5)]
)
@settings(max_examples=150, deadline=None)
@given(
    signed=st.sets(st.integers(FIRST, FIRST + 60), max_size=50),
    made_up=st.sets(st.integers(FIRST, FIRST + 60), max_size=10),
    day=st.integers(FIRST, FIRST + 60),
    freeze=st.builds(FreezeRule, st.integers(0, 4), st.integers(0, 3), st.just(False), st.booleans()),
    granted=st.lists(st.integers(FIRST, FIRST + 60), max_size=3),
    before=st.builds(Before, st.integers(0, 9), st.just(0), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
)
def test_a_day_changes_what_it_differs_in(
    cycle: Cycle, signed: set[int], made_up: set[int], day: int, freeze: FreezeRule, granted: list[int], before: Before
) -> None:
    """What two walks say, one without the day and one with it, is what one says that forks at the day."""
    differs_in_what_it_changes(cycle, signed, made_up, day, freeze, granted, before)


@pytest.mark.parametrize("cycle", [Cycle(), Cycle("week"), Cycle("week", crosses=True), Cycle("days", 5)])
@settings(max_examples=150, deadline=None)
@given(
    signed=st.sets(st.integers(FIRST, FIRST + 20), min_size=1),
    behind=st.integers(1, 5),
    freeze=st.builds(FreezeRule, st.integers(0, 4), st.integers(0, 3), st.just(False), st.booleans()),
    before=st.builds(Before, st.integers(0, 9), st.just(0), st.integers(0, 3), st.integers(0, 3), st.just(0)),
)
def test_so_does_a_day_behind_all_others(
    cycle: Cycle, signed: set[int], behind: int, freeze: FreezeRule, before: Before
) -> None:
    """Most are: they are not walked twice."""
    differs_in_what_it_changes(cycle, signed, set(), max(signed) + behind, freeze, [], before)


def differs_in_what_it_changes(
    cycle: Cycle, signed: set[int], made_up: set[int], day: int, freeze: FreezeRule, granted: list[int], before: Before
) -> None:
    """The change is the difference of two walks."""
    counting = Counting(cycle, FIRST - 40, freeze, freeze.in_total)
    found = Days(FIRST, bitmap_of(FIRST, signed), bitmap_of(FIRST, made_up - signed), before=before)
    after = days.sign(found, day)
    was, now = figures(counting, found, tuple(granted), day), figures(counting, after, tuple(granted), day)
    longest = max((run.length for run in was.runs), default=0)
    newly = now.frozen & ~was.frozen
    expected = Change(newly_reached(was, now), was.total, now.total, now.streak(day), now.shown, newly, longest)
    changed = change(counting, found, after, tuple(granted), day)
    assert replace(changed, reached=list(changed.reached)) == expected
