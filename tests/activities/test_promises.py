"""What no kind of activity may take from members once it has begun."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fairground_contracts.activities import PublishActivity
from fairground_contracts.cloudevent import format_time
from fairground_decider import Translated
from fairground_decider.folding import World
from tests import services


def _files() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """A file of each kind that a service understands, from its own traffic: service, kind, content."""
    for name in services.names():
        waiting = set(services.activity(name).kinds)
        for command in services.traffic(name, 1, 2_000) if waiting else ():
            if isinstance(command.data, PublishActivity) and command.data.rules.get("kind") in waiting:
                waiting.remove(command.data.rules["kind"])
                yield name, command.data.rules["kind"], command.data.rules
        assert not waiting, f"the traffic of {name} publishes no {waiting}"


_FILES = [pytest.param(name, content, id=f"{name}-{kind}") for name, kind, content in _files()]


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What draws publishes with a seed."""
    monkeypatch.setenv("FAIRGROUND_SECRET", "5e" * 32)


def _second(name: str, content: dict[str, Any], first: str | None, second: str | None, after_s: int) -> Any:
    """What becomes of a second version, so long after the window's begin, of which another share is held out."""
    world = World(services.activity(name).service())
    _publish(world, content, first, -1, 1)
    return _publish(world, content, second, after_s, 2)


def _publish(world: World, content: dict[str, Any], share: str | None, after_s: int, number: int) -> Any:
    """A version, which is called otherwise than the one before, whatever is held out."""
    begins = datetime.fromisoformat(content["window"]["starts"]).replace(
        tzinfo=ZoneInfo(content.get("zone", "Asia/Shanghai"))
    )
    held = {"audience": {"holdout": share} if share else None}
    rules = content | {"name": {"zh": "活动", "en": f"version {number}"}} | held
    asked = PublishActivity(activity_id=content["id"], rules=rules)
    time = format_time(int(begins.timestamp() + after_s) * 1000)
    event, *_ = world.decide([Translated(world.service.key(asked), f"version {number}", time, asked)])
    return event.data


@pytest.mark.parametrize(("name", "content"), _FILES)
@pytest.mark.parametrize(("first", "second"), [(None, "0.0001%"), ("5%", "5.0001%")])
def test_an_experiment_grows_only_before_it_has_begun(
    name: str, content: dict[str, Any], first: str | None, second: str
) -> None:
    assert _second(name, content, first, second, -1).version == 2
    (problem,) = _second(name, content, first, second, 0).problems
    assert (problem.field, problem.code) == ("audience.holdout", "promise_taken")
    assert all(share in said for share in (first or "0%", second) for said in (problem.zh, problem.en))


@pytest.mark.parametrize(("name", "content"), _FILES)
@pytest.mark.parametrize("second", ["5%", "4.9999%", None])
def test_whoever_is_held_out_may_be_let_in_at_any_time(name: str, content: dict[str, Any], second: str | None) -> None:
    assert _second(name, content, "5%", second, 0).version == 2
