"""Versions that add and remove levels while members take part: whatever is asked again is answered, and as it was."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairground_decider.days import iso, parse_iso
from fairground_signin.contract import DaySigned
from tests.signin.world import Book, amounts, calendar_of, points, replayed, tier

FIRST = parse_iso("2017-06-01")

#: What a version without levels gives, and levels that come and go.
GENERAL: dict[str, Any] = {"streak": {"tiers": [tier(2, 20), tier(4, 40)]}, "total": [tier(3, 30) | {"id": "t3"}]}
EVERYBODY = {"level": 1, "multiplier": "100%"}
SOME = {"level": 2, "multiplier": "100%"}
GOLD = {"level": 3, "multiplier": "200%", "base": points(7)} | {
    "streak": {"tiers": [tier(2, 22), tier(4, 44)]}, "total": [tier(3, 33) | {"id": "t3"}],
}  # fmt: skip

#: Levels of the versions, one after another.
EDITIONS: list[list[list[dict[str, Any]]]] = [
    [[SOME], []],
    [[], [SOME], [EVERYBODY, SOME], []],
    [[GOLD], [EVERYBODY, GOLD]],
    [[EVERYBODY, GOLD], [SOME, GOLD], [GOLD]],
]


def _levels(levels: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    return GENERAL | fields | ({"levels": levels} if levels else {})


@pytest.mark.parametrize("every", ["none", "month"])
@pytest.mark.parametrize("editions", EDITIONS)
def test_levels_may_come_and_go_while_members_take_part(editions: list[list[dict[str, Any]]], every: str) -> None:
    """The plan of a member is found by the level, by its place in the rules of now it would be another one, or none."""
    opening, *later = editions
    book, facts = Book(**_levels(opening, cycle={"every": every})), {"level": 3}
    for number in range(3):
        book.sign(iso(FIRST + number), facts=facts)
    first = book.sign("2017-06-04 08:00", facts=facts)
    for hour, levels in enumerate(later, 9):
        assert (
            book.publish(f"2017-06-04 {hour:02d}:00", **_levels(levels, cycle={"every": every}))[0].version == hour - 7
        )
        again = book.sign(f"2017-06-04 {hour:02d}:30", facts={})
        assert (again.first.streak, again.first.earned) == (4, first.earned), "whatever the level is meanwhile"
        assert [each.rule for each in calendar_of(book, f"2017-06-04 {hour:02d}:45").next] == []
    revoked = book.revoke("2017-06-01", "2017-06-04 20:00")
    assert [(lost.rule, lost.becomes) for lost in revoked.lost] == [("d4", "keep")]
    fifth = book.sign("2017-06-05", facts=facts)
    assert fifth.owed_before == ("d4",), "a tier that was kept is not paid a second time"
    assert amounts(fifth) == {"base": amounts(first)["base"]}
    book.checked()


@pytest.mark.parametrize("cycle", [{"every": "week"}, {"every": "days", "days": 5}, {"every": "month"}], ids=str)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 50)), max_size=30))
def test_a_cycle_keeps_its_version_in_whatever_order_its_days_come(
    cycle: dict[str, Any], steps: list[tuple[int, int]]
) -> None:
    """Each step is so many days behind the one before, and a sign-in that comes so late, or a version (-1)."""
    book, now = Book(cycle=cycle), FIRST
    for version, (days, late) in enumerate(steps, 6):
        now += days
        if late < 0:
            book.publish(iso(now), cycle=cycle, base=points(version))
        else:
            book.sign(iso(now - late))
    assert replayed(book.world).records == book.world.records
    book.checked()


_DAYS = st.integers(0, 12)
_STEPS = st.one_of(
    st.tuples(st.just("sign"), _DAYS, st.sampled_from((0, 1, 2, 3, 9))),
    st.tuples(st.just("revoke"), _DAYS, st.just(0)),
    st.tuples(st.just("publish"), _DAYS, st.integers(0, 3)),
)


@pytest.mark.parametrize("gold", [(), (GOLD,)], ids=["one plan", "two plans"])
@pytest.mark.parametrize("every", ["none", "week"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(_STEPS, max_size=25))
def test_whatever_versions_come_between_a_repeated_sign_in_is_told_what_the_first_one_came_to(
    gold: tuple[dict[str, Any], ...], every: str, steps: list[tuple[str, int, int]]
) -> None:
    below: tuple[list[dict[str, Any]], ...] = ([], [EVERYBODY], [SOME], [EVERYBODY, SOME])
    book = Book(**_levels(list(gold), cycle={"every": every}))
    told: dict[str, DaySigned] = {}
    for kind, number, how in sorted(steps, key=lambda step: step[1]):
        day = iso(FIRST + number)
        if kind == "publish":
            book.publish(day, **_levels([*below[how], *gold], cycle={"every": every}))
        elif kind == "revoke":
            book.revoke(iso(FIRST + number - how), day)
            told.pop(day, None)
        else:
            said = book.sign(day, facts={"level": how} if how else {})
            if isinstance(said, DaySigned):
                told[day] = said
            elif day in told:
                assert (said.first.streak, said.first.earned) == (told[day].streak, told[day].earned)
        calendar_of(book, day)
    assert replayed(book.world).records == book.world.records
    book.checked()
