"""Sign-in from the command line, with the real worker behind it: published, signed, linked, shown, explained."""

import itertools
from functools import partial
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Up
from tests.cli.test_answers import until

FILE = Path(__file__).with_name("sign-in.yaml")
_members = itertools.count()


@pytest.fixture(scope="module")
def _published() -> list[bool]:
    """Whether the activity was published by one of these tests."""
    return []


@pytest.fixture
def member(ask: Run, up: Up, _published: list[bool]) -> str:
    """Somebody of whom nothing is known, at an activity that every partition knows."""
    if not _published:
        assert ask("activities", "publish", FILE).status == 0
        for number in range(20):  # wherever they are
            early = f"early-{number}"
            until(partial(ask, "ask", "signin.sign", "daily", early), lambda out: "streak=1" in out)
        _published.append(True)
    return f"ann-{next(_members)}"


def test_a_day_is_signed_once_and_the_month_shows_it(ask: Run, member: str) -> None:
    first = ask("ask", "signin.sign", "daily", member, "--at", "2026-03-01T04:00:00Z")
    assert (first.status, "streak=1" in first.out) == (0, True)
    again = ask("ask", "signin.sign", "daily", member, "--at", "2026-03-01T05:00:00Z")
    assert (again.status, "Refused (duplicate)" in again.out) == (1, True)
    assert "streak=2" in ask("ask", "signin.sign", "daily", member, "--at", "2026-03-02T04:00:00Z").out
    shown = until(lambda: ask("calendar", "daily", member, "--month", "2026-03"), lambda out: "2 ✓" in out)
    assert "1 ✓" in shown
    assert "3 ·" in shown
    assert "longest 2, 2 in this cycle, 2 in all" in shown
    assert "Next for a streak: 2 more in a row for two in a row (points x 20)." in shown


def test_what_there_is_no_month_of_is_said(ask: Run, member: str) -> None:
    assert ask("calendar", "nosuch", member).status == 1
    assert ask("calendar", "daily", member, "--month", "March").status == 2


def test_a_linked_member_is_answered_from_the_person_s_partition(ask: Run, member: str) -> None:
    for number in range(4):
        twin = f"twin-{number}-{member}"
        assert f"person_id={member}" in ask("ask", "signin.link", "daily", twin, "--person-id", member).out
        status, out, _ = ask("ask", "signin.sign", "daily", twin)
        assert status == (0 if number == 0 else 1), out
        assert f"person_id={member}" in out or "duplicate" in out
    assert "✓" in ask("calendar", "daily", f"twin-1-{member}").out


def test_a_sign_in_is_explained_with_its_figures(ask: Run, member: str) -> None:
    ask("ask", "signin.sign", "daily", member, "--id", f"{member}-signed")
    out = until(lambda: ask("explain", f"{member}-signed"), lambda out: "By the rule `base`, for the day" in out)
    assert "days in a row" in out
    until(lambda: ask("member", member), lambda out: "Prizes: 2" in out or "Prizes: 1" in out)
    assert "signed" in until(lambda: ask("statistics", "daily"), lambda out: "signed" in out)
