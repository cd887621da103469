"""Each law notices what it is for: one fact is falsified, and that law says so."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from msgspec import structs

from fairground_contracts.rewards import Reward
from fairground_decider import Event
from fairground_decider.laws import judge
from fairground_signin.contract import DayMadeUp, DayRevoked, DaySigned, RankTaken, RulesFollowed, TokensTaken
from fairground_signin.invariants import laws
from tests.signin.world import DAILY, Book, points, tier

Events = list[Event[Any]]


@cache
def _story() -> tuple[Event[Any], ...]:
    book = Book(
        cycle={"every": "month"}, first=points(50), streak={"tiers": [tier(5, 20, on_revoke="reverse")]},
        total=[tier(3, 30) | {"id": "t3"}], make_up={"days_back": 5, "per_cycle": 1, "cards": True, "points": 10},
        freeze={"every": 2, "most": 1}, nth=[{"id": "early", "from": 1, "to": 2} | points(8, value_fen=80)],
        budget={"total_fen": 1000},
    )  # fmt: skip
    book.grant("make_up_card", 1, "2017-06-01")
    book.sign_all("2017-06-01", "2017-06-03..05")
    book.sign("2017-06-03", "bob")
    book.make_up("2017-06-02", "2017-06-05")
    asked = book.make_up("2017-06-02", "2017-06-05", "points", "bob")
    book.settle(asked.funding_id, "2017-06-05 12:01", member="bob")
    book.revoke("2017-06-04", "2017-06-05")
    book.sign_all("2017-06-06", "2017-07-01")
    for token in ("make_up_card", "freeze"):
        book.grant(token, 1, "2017-07-01", token)
        book.take(token, token, now="2017-07-01")
    book.sign("2017-07-03")
    book.checked()
    return tuple(book.world.events)


def _changed(kind: type[Any], place: int = 0, **fields: Any) -> Events:
    """The story, in which one event of that kind says something else."""
    events = list(_story())
    at = [number for number, event in enumerate(events) if type(event.data) is kind][place]
    data = events[at].data.model_copy(update=fields)
    events[at] = structs.replace(events[at], data=data)
    return events


def _twice(kind: type[Any], place: int = 0) -> Events:
    """One event of that kind stands there again, at the end, as another command's."""
    events = list(_story())
    again = [event for event in events if type(event.data) is kind][place]
    return [*events, structs.replace(again, id="signin-1-0-9999-0")]


def _without(kind: type[Any], place: int = 0) -> Events:
    events = list(_story())
    gone = [event for event in events if type(event.data) is kind][place]
    return [event for event in events if event is not gone]


def _earned(place: int, **fields: Any) -> Events:
    event = [event.data for event in _story() if isinstance(event.data, DaySigned)][place]
    return _changed(DaySigned, place, earned=tuple(each.model_copy(update=fields) for each in event.earned))


def _lost(**fields: Any) -> Events:
    """What was taken back is said to have been something else."""
    (revoked,) = [event.data for event in _story() if isinstance(event.data, DayRevoked)]
    return _changed(DayRevoked, lost=tuple(each.model_copy(update=fields) for each in revoked.lost))


FALSE: dict[str, list[Callable[[], Events]]] = {
    "one_outcome": [lambda: [*_story(), _story()[3]], lambda: [_story()[1], _story()[0]]],
    "rules_in_force": [
        lambda: _changed(DaySigned, 1, day="2017-06-02"), lambda: _twice(RulesFollowed),
        lambda: _changed(RulesFollowed, status="paused"), lambda: _changed(DayMadeUp, day="2017-06-05"),
    ],
    "day_once": [lambda: _twice(DaySigned), lambda: _twice(DayMadeUp),
                 lambda: _changed(DaySigned, 1, day="2017-06-01")],
    "cycle_keeps_version": [lambda: _versions(), lambda: _late_version()],
    "figures_kept": [
        lambda: _changed(DaySigned, 1, streak=9), lambda: _changed(DaySigned, 2, total=9),
        lambda: _changed(DayMadeUp, shown=1), lambda: _without(DaySigned, 1), lambda: _without(DayRevoked),
        lambda: _changed(TokensTaken, 1, count=0),
    ],
    "tiers_kept": [
        lambda: _twice(DaySigned), lambda: _earned(1, rule="gift"), lambda: _earned(0, by="streak", days=5),
        lambda: _earned(1, reward=Reward(reward="cash", amount=5)),
    ],
    "revoked_once": [
        lambda: _twice(DayRevoked), lambda: _without(DayMadeUp), lambda: _lost(member_id="bob"),
        lambda: _lost(reward=Reward(reward="points", amount=1)),
    ],
    "fundings_kept": [
        lambda: _twice(DayMadeUp), lambda: _twice(DayMadeUp, 1), lambda: _changed(DayMadeUp, 1, funding_id="other"),
        lambda: _changed(TokensTaken, count=2),
    ],
    "ranks_kept": [
        lambda: _twice(RankTaken), lambda: _changed(RankTaken, nth=2), lambda: _changed(RankTaken, reward=None),
        lambda: _without(RankTaken, 0 if _ranked(0) == _ranked(1) else 1),
    ],
}  # fmt: skip


def _ranked(place: int) -> str:
    return str([event.data for event in _story() if isinstance(event.data, RankTaken)][place].day)


def _versions() -> Events:
    """A second version is followed, and the next day of the same cycle says it."""
    events = list(_story())
    followed = next(event for event in events if isinstance(event.data, RulesFollowed))
    at = [number for number, event in enumerate(events) if isinstance(event.data, DaySigned)][1]
    second = structs.replace(
        followed, id="signin-1-0-5-0", data=followed.data.model_copy(update={"version": 2, "revision": 5})
    )
    changed = structs.replace(events[at], data=events[at].data.model_copy(update={"version": 2}))
    return [*events[:at], second, changed, *events[at + 1 :]]


def _late_version() -> Events:
    """A second version is followed in July, and a sign-in of June that comes late says it."""
    events = _versions()
    followed, changed = (event for event in events if getattr(event.data, "version", 0) == 2)
    late = structs.replace(
        changed, id="signin-1-0-9998-0", data=changed.data.model_copy(update={"day": "2017-06-10", "earned": ()})
    )
    return [*_story(), structs.replace(followed, id="signin-1-0-9997-0"), late]


@pytest.mark.parametrize("name", sorted(FALSE))
def test_a_law_that_is_broken_says_so(name: str) -> None:
    for falsify in FALSE[name]:
        verdicts = {verdict.name: verdict for verdict in judge(laws(), falsify(), ())}
        assert verdicts[name].broken, falsify
        assert verdicts[name].checked


def test_every_law_has_something_to_check_in_the_story_and_is_said_in_two_languages() -> None:
    verdicts = judge(laws(), list(_story()), ())
    assert {verdict.name for verdict in verdicts} == set(FALSE)
    for verdict in verdicts:
        assert verdict.checked, verdict.name
        assert verdict.broken == []
        assert verdict.zh
        assert verdict.en
    assert all(event.data.activity_id == DAILY for event in _story())
