"""The working copy of the state: everything can be taken back, and what changed is what has to be written."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground_decider import Change, Key, Move, OutOfBounds, State, Touched, touched
from tests.toy import SetStock, TakeTicket, Toy

_ACTIVITIES = st.sampled_from(("a", "b"))
_FIELDS = st.sampled_from(("u", "v", "w"))
_BOUNDS = (-5, 5)

_ACT = st.one_of(
    st.tuples(st.just("put"), _ACTIVITIES, _FIELDS, st.one_of(st.none(), st.integers(0, 3))),
    st.tuples(st.just("count"), _ACTIVITIES, _FIELDS, st.integers(-3, 3)),
    st.tuples(st.just("clear"), _ACTIVITIES, _FIELDS),
    st.tuples(st.just("drop"), _ACTIVITIES),
)
_COMMANDS = st.lists(st.tuples(st.lists(_ACT, max_size=5), st.booleans()), max_size=8)
_STORED = st.tuples(
    st.dictionaries(st.tuples(_ACTIVITIES, _FIELDS), st.integers(0, 3)),
    st.dictionaries(st.tuples(_ACTIVITIES, _FIELDS), st.integers(*_BOUNDS)),
)


def loaded(records: dict[Key, int], counters: dict[Key, int]) -> State:
    every = {(activity, field): records.get((activity, field)) for activity in "ab" for field in "uvw"}
    return State(every, dict(counters), "ab")


def act(state: State, what: tuple[Any, ...]) -> None:
    method, *arguments = what
    if method == "count":
        arguments += _BOUNDS
    getattr(state, method)(*arguments)


def seen(state: State) -> tuple[Any, ...]:
    """All that a decision could ask, and all that would be written."""
    records = {(activity, field): state.record(activity, field) for activity in "ab" for field in "uvw"}
    counters = {(activity, field): state.counter(activity, field) for activity in "ab" for field in "uvw"}
    dropped, changed, moves, cleared = state.change()
    return records, counters, set(dropped), dict(changed), dict(moves), set(cleared)


@settings(max_examples=120, deadline=None)
@given(_STORED, _COMMANDS)
def test_take_back_leaves_no_trace(
    stored: tuple[dict[Key, int], dict[Key, int]], commands: list[tuple[list[Any], bool]]
) -> None:
    state = loaded(*stored)
    for acts, kept in commands:
        before = seen(state)
        try:
            for what in acts:
                act(state, what)
        except OutOfBounds:
            kept = False
        if kept:
            state.keep()
        else:
            state.take_back()
            assert seen(state) == before


def write(records: dict[Key, int], counters: dict[Key, int], change: Change) -> None:
    """What every store does with a change."""
    for kept in (records, counters):
        for key in [key for key in kept if key[0] in change.dropped]:
            del kept[key]
    for key in change.cleared:
        counters.pop(key, None)
    for key, move in change.counters.items():
        counters[key] = counters.get(key, 0) + move.delta
        assert move.floor <= counters[key] <= move.ceiling
    for key, record in change.records.items():
        if record is None:
            records.pop(key, None)
        else:
            records[key] = record


@settings(max_examples=120, deadline=None)
@given(_STORED, st.lists(_ACT, max_size=20), st.lists(st.integers(0, 20)))
def test_batches_of_any_size_write_the_same(
    stored: tuple[dict[Key, int], dict[Key, int]], acts: list[Any], cuts: list[int]
) -> None:
    once, cut = (dict(stored[0]), dict(stored[1])), (dict(stored[0]), dict(stored[1]))
    whole, part = loaded(*once), loaded(*cut)
    for number, what in enumerate(acts):
        try:
            act(whole, what)
        except OutOfBounds:
            whole.take_back()
            continue
        whole.keep()
        act(part, what)
        if number in cuts:
            write(*cut, part.change())
            part = loaded(*cut)
    write(*once, whole.change())
    write(*cut, part.change())
    assert once == cut


def test_what_was_not_loaded_is_a_bug() -> None:
    state = State({("a", "u"): None}, {}, ("a",))
    with pytest.raises(KeyError):
        state.record("a", "v")
    with pytest.raises(AssertionError, match="was not loaded"):
        state.put("a", "v", 1)
    for ask in (
        lambda: state.counter("b", "n"),
        lambda: state.counters_of("b"),
        lambda: state.count("b", "n", 1, 0, 1),
    ):
        with pytest.raises(AssertionError, match="were not loaded"):
            ask()


def test_a_counter_keeps_within_its_bounds() -> None:
    state = State({}, {("a", "n"): 3}, ("a",))
    state.count("a", "n", 2, 0, 5)
    for delta, floor, ceiling in ((1, 0, 5), (-6, 0, 5)):
        with pytest.raises(OutOfBounds):
            state.count("a", "n", delta, floor, ceiling)
    assert state.counter("a", "n") == 5
    assert dict(state.change().counters) == {("a", "n"): Move(2, 0, 5)}


class _Beside(Toy):
    """Reads what is known of the member beside the activity, too."""

    def touches(self, message: Any) -> Touched:
        own = super().touches(message)
        return own if isinstance(message, SetStock) else own._replace(beside=(("members", (message.member_id,)),))


def test_what_a_batch_touches_is_together_by_activity() -> None:
    takes = [
        TakeTicket(activity_id=activity, member_id=member) for activity, member in (("a", "u"), ("a", "v"), ("b", "u"))
    ]
    assert touched(_Beside(), [*takes, SetStock(activity_id="members", stock=1)]) == {
        "a": {"stock", "m:u", "m:v"}, "b": {"stock", "m:u"}, "members": {"u", "v", "stock"},
    }  # fmt: skip
