"""What a version may take from members once an activity has begun: nothing that was promised, field by field."""

import inspect
from dataclasses import fields, is_dataclass
from itertools import pairwise
from typing import Any

import pytest

from fairground_redpacket import traffic
from fairground_redpacket.rules import Range, Who, model
from fairground_redpacket.rules.promises import PROMISES
from tests.redpacket.world import Table, friends, rules

_ORDERS = {"total_fen": 300, "count": 3, "form": "fission", "min_order_fen": 1_000}
_REWARDS = {"total_fen": 88}
_QUOTAS = {"per_member_day": 3, "per_member_total": 9, "per_day": 50, "total": 500}


def _friends(**said: Any) -> dict[str, Any]:
    """Packets that members pay, of 1 to 10 yuan, with passwords."""
    return friends(packets={
        "funded_by": "member", "total_fen": {"least": 100, "most": 1_000}, "count": {"least": 2, "most": 20},
        "access": ["open", "password"], "guesses": 3, "expire_minutes": 60,
    } | said)  # fmt: skip


def _published(before: dict[str, Any], after: dict[str, Any]) -> tuple[Any, set[str]]:
    """What becomes of a version in the middle of the year, and where its problems are."""
    event = Table(before).publish(after)[0]
    return event, {problem.field for problem in getattr(event, "problems", ())}


_TAKEN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("orders", rules(orders=_ORDERS), rules()),
    ("rewards", rules(rewards=_REWARDS), rules()),
    ("rewards.total_fen", rules(rewards=_REWARDS), rules(rewards={"total_fen": 87})),
    ("orders.total_fen", rules(orders=_ORDERS), rules(orders=_ORDERS | {"total_fen": 299})),
    ("orders.count", rules(orders=_ORDERS), rules(orders=_ORDERS | {"count": 4})),
    ("orders.split", rules(orders=_ORDERS), rules(orders=_ORDERS | {"split": "equal"})),
    ("orders.form", rules(orders=_ORDERS), rules(orders=_ORDERS | {"form": "open"})),
    ("orders.min_order_fen", rules(orders=_ORDERS), rules(orders=_ORDERS | {"min_order_fen": 1_001})),
    ("orders.on_refund", rules(orders=_ORDERS | {"on_refund": "keep"}), rules(orders=_ORDERS)),
    ("each_fen", rules(), rules(each_fen={"least": 1, "most": 500})),
    ("budget.total_fen", rules(), rules(budget={"total_fen": 1})),
    ("budget.per_day_fen", rules(), rules(budget={"total_fen": 10_000_000, "per_day_fen": 100})),
    ("quotas.per_member_day", friends(), friends(quotas=_QUOTAS)),
    *((f"quotas.{name}", friends(quotas=_QUOTAS), friends(quotas=_QUOTAS | {name: 1})) for name in _QUOTAS),
    ("eligible", rules(), rules(eligible="level >= 3")),
    ("audience.only", rules(), rules(audience={"only": ["ann"]})),
    ("audience.share", rules(audience={"share": "50%"}), rules(audience={"share": "49%"})),
    ("audience.holdout", rules(), rules(audience={"holdout": "5%"})),
    ("second_bill", rules(second_bill=True), rules()),
    ("packets.expire_minutes", rules(), rules(packets=rules()["packets"] | {"expire_minutes": 60})),
    ("packets.funded_by", _friends(), rules()),
    ("packets.splits", _friends(), _friends(splits=["equal"])),
    ("packets.access", _friends(), _friends(access=["password"])),
    ("packets.count", _friends(), _friends(count={"least": 2, "most": 19})),
    ("packets.total_fen", _friends(), _friends(total_fen={"least": 101, "most": 1_000})),
    ("packets.expire_minutes", _friends(), _friends(expire_minutes=59)),
    ("packets.sender_grabs", _friends(), _friends(sender_grabs=False)),
    ("packets.guesses", _friends(), _friends(guesses=2)),
    ("packets.answer_minutes", _friends(), _friends(answer_minutes=14)),
]


@pytest.mark.parametrize(("field", "before", "after"), _TAKEN)
def test_nothing_that_was_promised_is_taken(field: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    refused, found = _published(before, after)
    assert field in found, refused
    assert {problem.code for problem in refused.problems} <= {"promise_taken", "rule_removed"}
    assert all(problem.zh and problem.en for problem in refused.problems)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (rules(), rules(orders=_ORDERS, rewards=_REWARDS, budget={"total_fen": 20_000_000})),
        (rules(orders=_ORDERS), rules(orders=_ORDERS | {"total_fen": 600, "min_order_fen": 1, "on_refund": "keep"})),
        (friends(quotas=_QUOTAS), friends(quotas=dict.fromkeys(_QUOTAS, 1000))),
        (_friends(), _friends(count={"least": 1, "most": 50}, guesses=5, expire_minutes=120, access=[
            "open", "password", "group",
        ])),
        (rules(eligible="level >= 3", audience={"holdout": "5%"}), rules()),
    ],
)  # fmt: skip
def test_members_may_be_given_more_at_any_time(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert _published(before, after)[0].version == 2


@pytest.mark.parametrize(
    "after",
    [
        rules(refuse_risk=1), rules(audience={"never": ["m-9"]}), rules(keep_days=1),
        rules(packets={"total_fen": {"least": 1, "most": 10}, "senders": "operators", "access": ["open"]}),
    ],
)  # fmt: skip
def test_what_protects_from_fraud_and_what_operators_send_may_change(after: dict[str, Any]) -> None:
    assert _published(rules(), after)[0].version == 2


def test_every_field_of_the_rules_has_its_direction() -> None:
    """A field that is added later is promised, or said to be none."""
    said = {kind for _, kind in inspect.getmembers(model, is_dataclass) if kind.__module__ == model.__name__}
    assert said == {*PROMISES, Range, Who}
    for kind, table in PROMISES.items():
        assert {field.name for field in fields(kind)} == set(table), kind


def test_versions_of_believable_traffic_take_nothing() -> None:
    for versions in zip(*(traffic.rules(version).values() for version in (1, 2, 3)), strict=True):
        for before, after in pairwise(versions):
            assert _published(before, after)[0].version == 2, before["id"]
