"""Whom a wheel was tried on: the hash alone says it, over all versions, for whoever never came by as well."""

from collections.abc import Sequence
from typing import Any

from fairground_decider.answers import Experiment
from fairground_lottery.contract import Reason
from fairground_lottery.experiment import experiment
from tests.lottery.world import NOON, THANKS, Fair, prize

MEMBERS = [f"m-{number}" for number in range(600)]


def _tried(*audiences: dict[str, Any] | None, times: Sequence[str] = (), **fields: Any) -> Experiment | None:
    """What versions with these audiences try, published at these times, or all while it runs."""
    fair = Fair()
    for number, audience in enumerate(audiences):
        given: dict[str, Any] = {"audience": audience} if audience else {}
        now = times[number] if times else NOON
        fair.publish(prizes=[prize("gift", 1), THANKS], chances={"free_per_day": 9}, now=now, **given, **fields)
    events = fair.world.events
    return experiment([event.data.rules for event in events], [event.time_ms for event in events])


def _groups(*audiences: dict[str, Any] | None, times: Sequence[str] = ()) -> dict[str, set[str]]:
    tried = _tried(*audiences, times=times)
    assert tried is not None
    found: dict[str, set[str]] = {"treated": set(), "holdout": set(), "neither": set()}
    for member in MEMBERS:
        found[tried.group(member)].add(member)
    return found


def test_the_groups_are_whom_the_wheel_lets_in_and_whom_it_refuses_as_holdout() -> None:
    audience = {"never": ["m-1", "m-2"], "share": "70%", "holdout": "30%"}
    fair = Fair(prizes=[prize("gift", 1), THANKS], audience=audience)
    told: dict[str, set[str]] = {}
    for member in MEMBERS:
        (event,) = fair.draw(member)
        told.setdefault(str(getattr(event, "reason", "")), set()).add(member)
    found = _groups(audience)
    assert found["holdout"] == told[Reason.HOLDOUT]
    assert found["treated"] == told[""]
    assert found["neither"] == told[Reason.NOT_ELIGIBLE]
    assert min(len(members) for members in found.values()) > 50


def test_whom_only_some_versions_held_out_is_not_compared() -> None:
    small, large = _groups({"holdout": "10%"}), _groups({"holdout": "30%"})
    both = _groups({"holdout": "30%"}, {"holdout": "10%"})
    assert both["holdout"] == small["holdout"] < large["holdout"]
    assert both["treated"] == large["treated"]
    assert both["neither"] == large["holdout"] - small["holdout"]
    assert not _groups({"holdout": "30%"}, None)["holdout"]


def test_what_was_replaced_before_it_had_begun_was_tried_on_nobody() -> None:
    """An experiment may be planned until the window begins: the first version need not have held anybody out."""
    before, begun = "2016-12-31 23:59:59", "2017-01-01 00:00"
    planned = _groups(None, {"never": MEMBERS[:9]}, {"holdout": "30%"}, times=("2016-12-01 12:00", before, before))
    assert planned == _groups({"holdout": "30%"})
    assert not _groups({"holdout": "30%"}, None, times=(before, begun))["holdout"]
    assert _tried({"holdout": "30%"}, None, times=(before, before)) is None


def test_a_share_that_grew_counts_as_it_was_at_last() -> None:
    grown = _groups({"share": "20%", "holdout": "10%"}, {"share": "60%", "holdout": "10%"})
    assert grown == _groups({"share": "60%", "holdout": "10%"})
    opened = _groups({"share": "20%", "holdout": "10%"}, {"holdout": "10%"})
    assert not opened["neither"]


def test_lists_are_those_from_the_beginning_because_later_ones_may_follow_from_what_members_did() -> None:
    banned = _groups({"holdout": "10%"}, {"holdout": "10%", "never": MEMBERS[:50]})
    assert not banned["neither"]
    invited = _groups({"holdout": "10%", "only": MEMBERS[:50]})
    assert invited["treated"] | invited["holdout"] == set(MEMBERS[:50])


def test_conditions_are_not_asked_and_that_is_said() -> None:
    tried = _tried({"holdout": "10%"}, eligible="level >= 3")
    assert tried is not None
    assert tried.conditional
    assert {tried.group(member) for member in MEMBERS} == {"treated", "holdout"}
    assert _tried({"share": "50%"}) is None
    assert _tried(None) is None
