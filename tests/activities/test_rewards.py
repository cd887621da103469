"""What no service will pay is no reward of any file."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fairground_contracts.activities import Problem
from fairground_contracts.rewards import MOST_AT_ONCE
from fairground_lottery import rules as wheels
from fairground_signin import rules as sign_ins
from tests.lottery import world as lottery
from tests.signin import world as signin

Check = Callable[[str], list[Problem]]

#: Where files give rewards: whose, where, and a file with that reward there.
_PLACES: list[tuple[Check, str, Callable[[Any], dict[str, Any]]]] = [
    (wheels.check, "prizes[0].reward", lambda reward: _wheel(reward=reward)),
    (wheels.check, "prizes[0].on_rejected", lambda reward: _wheel(on_rejected=reward)),
    (wheels.check, "rewards.on_rejected", lambda reward: _wheel() | {"rewards": {"on_rejected": reward}}),
    (sign_ins.check, "base.reward", lambda reward: signin.rules(base={"reward": reward})),
    (sign_ins.check, "on_rejected.reward", lambda reward: signin.rules(on_rejected={"reward": reward})),
    (sign_ins.check, "levels[0].base.reward", lambda reward: signin.rules(
        levels=[{"level": 2, "base": {"reward": reward}}],
    )),
]  # fmt: skip


def _wheel(**fields: Any) -> dict[str, Any]:
    return lottery.rules(prizes=[lottery.prize("gift", **fields), lottery.THANKS])


@pytest.mark.parametrize("kind", MOST_AT_ONCE)
@pytest.mark.parametrize(("check", "path", "made"), _PLACES)
def test_a_reward_of_more_than_is_given_at_once_is_refused_with_its_line(
    check: Check, path: str, made: Callable[[Any], dict[str, Any]], kind: str
) -> None:
    most = MOST_AT_ONCE[kind]
    assert check(json.dumps(made({"kind": kind, "amount": most, "ref": "spring"}))) == []
    text = json.dumps(made({"kind": kind, "amount": most + 1, "ref": "spring"}), indent=1)
    (problem,) = check(text)
    assert (problem.field, problem.code) == (f"{path}.amount", "out_of_range")
    assert text.split("\n")[problem.line - 1].strip().startswith(f'"amount": {most + 1}')
    (slip,) = check(json.dumps(made({"kind": kind, "amount": 10**13, "ref": "spring"})))
    assert (slip.field, slip.code) == (f"{path}.amount", "out_of_range")


@pytest.mark.parametrize(("load", "content"), [
    (wheels.load, _wheel(reward={"kind": "packet", "amount": 100, "ref": "spring"})),
    (sign_ins.load, signin.rules(base={"reward": {"kind": "packet", "amount": 100, "ref": "spring"}})),
])  # fmt: skip
def test_what_was_published_when_more_was_allowed_goes_on(load: Callable[[Any], Any], content: dict[str, Any]) -> None:
    assert load(content).id == content["id"]
