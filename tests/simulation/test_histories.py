"""Thousands of histories of one partition, each from its own seed. What breaks one is replayed with --sim-seed."""

import secrets
from functools import cache

import pytest

from tests import services
from tests.simulation import scenes
from tests.simulation.history import History, Told, histories, replay

_SHARES = 8
_HISTORIES = 250  # a share
_OF_ACTIVITY = 80
_ACTIVITIES = [name for name in services.names() if name != "toy"]


@cache
def told(share: int) -> list[Told]:
    return histories(range(share * _HISTORIES, (share + 1) * _HISTORIES))


@pytest.mark.parametrize("share", range(_SHARES))
def test_no_history_breaks_an_invariant(share: int) -> None:
    assert len(told(share)) == _HISTORIES


def test_histories_that_nobody_has_seen_yet() -> None:
    """Other seeds in every run. One that breaks a rule is named with its history, and replays like any other."""
    first = secrets.randbelow(10**9)
    print(f"seeds {first} to {first + _HISTORIES - 1}")
    assert len(histories(range(first, first + _HISTORIES))) == _HISTORIES


def test_histories_reach_everything_that_can_happen() -> None:
    every = told(0)
    assert set().union(*(one.happened for one in every)) == {
        "append reply_lost", "append late", "append never", "append twice",
        "apply reply_lost", "apply late", "apply never", "apply twice",
        "dead: bad_json", "dead: misrouted", "dead: missing_header", "dead: unknown_type", "dead: decide_failed",
        "dead: outcome_too_large",
        "payments lost", "newest events not seen", "store lost", "store wiped", "killed", "offset lost",
    }  # fmt: skip
    for counted in ("void", "payments", "events", "commands"):
        assert sum(getattr(one, counted) for one in every) > _HISTORIES


def test_versions_that_disagree_about_every_other_command() -> None:
    assert len(histories(range(100), scenes.rivals)) == 100


@pytest.mark.parametrize("name", _ACTIVITIES)
def test_histories_of_every_activity(name: str) -> None:
    assert len(histories(range(_OF_ACTIVITY), scenes.of_activity(name))) == _OF_ACTIVITY


def test_a_seed_is_a_history() -> None:
    once, again = list[str](), list[str]()
    assert History(7, trace=once).run() == History(7, trace=again).run()
    assert once == again
    assert replay(7).splitlines()[1:] == [f"  {line}" for line in once]


@pytest.mark.parametrize("scene", ["toy", "rivals", *_ACTIVITIES])
def test_replay(scene: str, sim_seed: int) -> None:
    setting = {"toy": scenes.toy, "rivals": scenes.rivals}.get(scene) or scenes.of_activity(scene)
    print(replay(sim_seed, setting))
    assert histories([sim_seed], setting)
