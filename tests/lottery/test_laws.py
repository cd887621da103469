"""The laws hold for what the wheel does, and break for what it must never do."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from fairground_contracts.activities import PauseActivity
from fairground_decider import Event, Outgoing
from fairground_decider.laws import Verdict, judge
from fairground_lottery.contract import ClaimPrize, ExpirePrize, RejectReward, ReportParcel
from fairground_lottery.invariants import laws
from tests.lottery.world import THANKS, WHEEL, Fair, prize

Events = list[Event[Any]]
Effects = list[Outgoing]

PACING = {"by": "hour", "curve": [1] * 24, "carry": True}  # at noon the first of two has been released


def _story() -> tuple[Events, Effects]:
    fair = Fair(
        prizes=[
            prize("phone", 9, stock=3, stock_per_day=2, per_member=1, value_fen=50, fallback="thanks", pacing=PACING),
            prize("bike", 3, unlock={"after": 1, "by": "member", "per": "lifetime"}, fallback="thanks"),
            THANKS,
        ],
        pity=[{"prizes": ["bike"], "after": 2}],
        audience={"never": ["eve"]},
        chances={"free_per_day": 2, "orders": {"rule": "per_order", "chances": 2}},
        quotas={"per_day": 4, "total": 8},
        budget={"total_fen": 60},
        rewards={"on_rejected": {"kind": "points", "amount": 1}, "on_refund": "reverse", "restock": True},
    )
    for member in ("ann", "bob", "cid"):
        fair.pay(f"order of {member}", 100, member)
        fair.draw(member, draws=4, request=f"draw of {member}")
    for member in ("ann", "bob", "cid"):
        fair.refund(f"order of {member}", member)
    fair.grant("share", 1)
    fair.draw("ann", now="2017-06-02 12:00")
    first = fair.world.events[_won(fair.world.events)]
    for reward in (f"{first.id}-r", f"{first.id}-r-c"):
        asked = RejectReward(activity_id=WHEEL, member_id=first.data.member_id, reward_id=reward, rejected="gone")
        fair.send(asked)
    fair.move(PauseActivity)
    return fair.world.events, fair.world.effects


def _verdicts(events: Events, effects: Effects) -> dict[str, Verdict]:
    return {verdict.name: verdict for verdict in judge(laws(), events, effects)}


def test_what_happened_is_lawful_and_was_looked_at() -> None:
    verdicts = _verdicts(*_story())
    assert all(not verdict.broken for verdict in verdicts.values())
    assert all(verdict.checked for verdict in verdicts.values())
    assert all(verdict.zh and verdict.en for verdict in verdicts.values())


def _changed(events: Events, at: int, **fields: Any) -> Events:
    event = events[at]
    return [*events[:at], structs.replace(event, data=event.data.model_copy(update=fields)), *events[at + 1 :]]


def _won(events: Events) -> int:
    return next(at for at, event in enumerate(events) if event.data.type == "lottery.prize.won.v1")


def _of(events: Events, kind: str) -> Event[Any]:
    return next(event for event in events if event.data.type == kind)


def _again(events: Events) -> Events:
    """Everything that is won or missed once more, as later commands."""
    drawn = [event for event in events if hasattr(event.data, "drawn_id")]
    return events[:-1] + [
        structs.replace(
            event, id=f"lottery-1-0-{900 + at}-0", data=event.data.model_copy(update={"draws": 1, "index": 0})
        )
        for at, event in enumerate(drawn)
    ]


BREAKS: dict[str, Callable[[Events], Events]] = {
    "one_outcome": lambda events: events[:3] + events[4:],
    "version_in_force": lambda events: _changed(events, _won(events), version=2),
    "stock_kept": _again,
    "budget_kept": _again,
    "chances_kept": _again,
    "quotas_kept": _again,
    "once_only": _again,
    "rewards_owed": lambda events: _changed(events, _won(events), member_id="somebody else"),
    "pity_kept": lambda events: _changed(events, _won(events), pity="hard"),
    "unlocks_kept": lambda events: _changed([events[0], events[_won(events)]], 1, prize_id="bike", drawn_id="bike"),
    "audience_kept": lambda events: _changed(events, _won(events), member_id="eve"),
    "tables_kept": lambda events: _changed(events, _won(events), table="vip"),
    "pacing_kept": _again,
    "fulfilment_kept": lambda events: [*events, _of(events, "lottery.reward.compensated.v1")],
    "way_kept": lambda events: _changed(events, _won(events), drawn_id="thanks"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_law_breaks(name: str) -> None:
    events, effects = _story()
    assert _verdicts(BREAKS[name](events), effects)[name].broken


def test_rewards_that_are_missing_doubled_or_nobodys_are_found() -> None:
    events, effects = _story()
    reward = next(effect for effect in effects if effect.topic == "fairground.rewards")
    others = [effect for effect in effects if effect is not reward]
    other = structs.replace(reward, data=reward.data.model_copy(update={"member_id": "eve"}))
    assert "is not there" in _verdicts(events, others)["rewards_owed"].broken[0]
    assert "different content" in _verdicts(events, [*effects, other])["rewards_owed"].broken[0]
    assert "nothing owes it" in _verdicts(events, [*effects, structs.replace(reward, id="x")])["rewards_owed"].broken[0]
    assert not _verdicts(events, [*effects, reward])["rewards_owed"].broken


def test_a_draw_during_a_pause_is_found() -> None:
    events, effects = _story()
    drawn = events[_won(events)]
    late = structs.replace(drawn, id="lottery-1-0-999-0", data=drawn.data.model_copy(update={"index": 0, "draws": 1}))
    assert _verdicts([*events, late], effects)["version_in_force"].broken


def test_broken_facts_are_shown_up_to_a_number() -> None:
    events, effects = _story()
    many = [*events, *(events[_won(events)] for _ in range(100))]
    broken = _verdicts(many, effects)["one_outcome"].broken
    assert len(broken) == 21
    assert broken[-1].startswith("... and ")


def test_a_reward_that_goes_back_twice_or_brings_back_more_is_found() -> None:
    events, effects = _story()
    back = _of(events, "lottery.reward.taken_back.v1")
    at = events.index(back)
    twice = [*events, *[back] * 4]
    assert _verdicts(twice, effects)["fulfilment_kept"].broken
    assert _verdicts(twice, effects)["stock_kept"].broken
    assert _verdicts(_changed(events, at, restocked=False), effects)["fulfilment_kept"].broken
    assert _verdicts(_changed(events, at, budget_fen=10_000), effects)["budget_kept"].broken


def test_a_compensation_that_the_rules_do_not_give_is_found() -> None:
    events, effects = _story()
    at = events.index(_of(events, "lottery.reward.compensated.v1"))
    reward = events[at].data.reward.model_copy(update={"amount": 2})
    assert _verdicts(_changed(events, at, reward=reward), effects)["fulfilment_kept"].broken
    assert _verdicts(_changed(events, at, member_id="eve"), effects)["fulfilment_kept"].broken


def _shipped() -> tuple[Events, Effects]:
    """A cup that is claimed and comes back, and one for which nobody comes."""
    cup = prize("cup", reward={"kind": "physical", "amount": 1}, claim_days=14, restock=True)
    fair = Fair(prizes=[cup], chances={"free_per_day": 9})
    fair.draw(draws=2)
    whose = {"activity_id": WHEEL, "member_id": "ann"}
    fair.send(ClaimPrize(**whose, reward_id="lottery-1-0-1-0-r", address_ref="addr-1"))
    fair.send(ReportParcel(**whose, reward_id="lottery-1-0-1-0-r", status="shipped"))
    fair.send(ReportParcel(**whose, reward_id="lottery-1-0-1-0-r", status="returned"))
    fair.send(ExpirePrize(**whose, reward_id="lottery-1-0-1-1-r"), now="2017-06-20 12:00")
    fair.checked()
    return fair.world.events, fair.world.effects


@pytest.mark.parametrize("kind", ["lottery.prize.claimed.v1", "lottery.parcel.reported.v1"])
def test_a_prize_that_is_claimed_or_comes_back_twice_is_found(kind: str) -> None:
    events, effects = _shipped()
    again = [event for event in events if event.data.type == kind][-1]
    assert _verdicts([*events, again], effects)["fulfilment_kept"].broken


def test_a_prize_that_expires_before_its_time_is_found() -> None:
    events, effects = _shipped()
    assert events[-1].data.type == "lottery.reward.taken_back.v1"
    early = structs.replace(events[-1], time_ms=events[0].time_ms)
    assert _verdicts([*events[:-1], early], effects)["fulfilment_kept"].broken
    claimed = _changed(events, len(events) - 1, reward_id="lottery-1-0-1-0-r")
    assert _verdicts(claimed, effects)["fulfilment_kept"].broken
