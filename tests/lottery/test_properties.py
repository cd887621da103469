"""Laws of the wheel over random histories: replay, interleaved days, and a state that is a fold of its events."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairground_contracts import topics
from fairground_contracts.activities import PauseActivity, PublishActivity, ResumeActivity
from fairground_contracts.message import CommandMessage
from fairground_decider import Translated
from fairground_decider.days import business_day
from fairground_decider.folding import World, fold
from fairground_lottery.contract import (
    ClaimPrize,
    Draw,
    DrawMissed,
    EarnChances,
    ExpirePrize,
    GrantChances,
    PrizeWon,
    RejectReward,
    ReportParcel,
    RevokeOrder,
)
from fairground_lottery.domain import Lottery, Seeds
from fairground_lottery.domain.records import DAYS_KEPT
from fairground_lottery.traffic import PARTITIONS, commands
from fairground_runtime.kafka.adapters import partition_of
from tests.lottery.world import SECRET, THANKS, WHEEL, Fair, checked, prize, replayed, rules, utc

_QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

_MEMBERS = st.sampled_from(["ann", "bob", "cid"])
_ORDERS = st.sampled_from(["o1", "o2", "o3", "o4"])
_RULES = {
    "chances": {"free_per_day": 1, "orders": {"rule": "cumulative", "every_fen": 3000, "on_refund": "debt"}},
    "quotas": {"per_day": 4, "per_month": 9},
    "budget": {"total_fen": 900, "per_day_fen": 300},
    "prizes": [
        prize(
            "phone",
            2,
            stock=3,
            stock_per_day=1,
            per_member=1,
            value_fen=100,
            fallback="cash",
            reward={"kind": "physical", "amount": 1},
            claim_days=2,
            on_refund="reverse",
            restock=True,
        ),
        prize(
            "cash",
            3,
            reward={"kind": "cash", "amount": 50},
            fallback="thanks",
            on_refund="debt",
            on_rejected={"kind": "cash", "amount": 20},
        ),
        THANKS,
    ],
}
_REWARDS = st.builds(
    "lottery-1-0-{}-{}-r{}".format,
    st.integers(1, 40),
    st.sampled_from([0, 0, 0, 1, 2]),
    st.sampled_from(["", "", "-c"]),
)


def _about(kind: type[CommandMessage], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[CommandMessage]:
    """Something that becomes of a reward, if there is one under that id."""
    return st.builds(kind, activity_id=st.just(WHEEL), member_id=_MEMBERS, reward_id=_REWARDS, **fields)


_COMMANDS: st.SearchStrategy[CommandMessage] = st.one_of(
    _about(RejectReward, rejected=st.just("gone")),
    _about(ClaimPrize, address_ref=st.just("addr-1")),
    _about(ReportParcel, status=st.sampled_from(["shipped", "delivered", "returned"])),
    _about(ExpirePrize),
    st.builds(Draw, activity_id=st.just(WHEEL), member_id=_MEMBERS, draws=st.integers(1, 4),
              policy=st.sampled_from(["all", "available"])),
    st.builds(GrantChances, activity_id=st.just(WHEEL), member_id=_MEMBERS, chances=st.integers(1, 3), cause=_ORDERS),
    st.builds(EarnChances, activity_id=st.just(WHEEL), member_id=_MEMBERS, order_id=_ORDERS,
              amount_fen=st.integers(0, 9000)),
    st.builds(RevokeOrder, activity_id=st.just(WHEEL), member_id=_MEMBERS, order_id=_ORDERS,
              why=st.just("refunded"), left_fen=st.sampled_from([0, 0, 500, 2500, 6000]), paid_fen=st.just(9000)),
    st.sampled_from([PauseActivity(activity_id=WHEEL), ResumeActivity(activity_id=WHEEL)]),
    st.integers(0, 4).map(lambda stock: PublishActivity(
        activity_id=WHEEL, rules=rules(**_RULES | {"quotas": {"per_day": stock + 1}}))),
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[Translated]:
    """A publication, then anything, on days that interleave, with requests that repeat."""
    history = [
        Translated(WHEEL, "first", utc("2017-06-01 00:00"), PublishActivity(activity_id=WHEEL, rules=rules(**_RULES)))
    ]
    for data in draw(st.lists(_COMMANDS, min_size=5, max_size=60)):
        day, hour = draw(st.integers(1, 9)), draw(st.integers(0, 23))
        request = f"r{draw(st.integers(0, 60))}"
        history.append(Translated(WHEEL, request, utc(f"2017-06-{day:02d} {hour:02d}:30"), data))
    return history


def _lottery() -> Lottery:
    return Lottery(Seeds(SECRET, "k1"))


def _cut(history: Sequence[Translated], sizes: Sequence[int]) -> World:
    """The history in batches of these sizes, over and over."""
    world, at, turn = World(_lottery()), 0, 0
    while at < len(history):
        size = sizes[turn % len(sizes)]
        world.decide(history[at : at + size])
        at, turn = at + size, turn + 1
    return world


def _same(one: World, other: World) -> None:
    assert one.events == other.events
    assert one.effects == other.effects
    assert one.records == other.records
    assert one.counters == other.counters


@_QUICK
@given(histories(), st.lists(st.integers(1, 20), min_size=1, max_size=5), st.integers(0, 60))
def test_any_batch_cut_gives_the_same_events_and_the_same_bytes(
    history: list[Translated], sizes: list[int], prefix: int
) -> None:
    whole = fold(_lottery(), history, batch=len(history))
    _same(whole, _cut(history, sizes))
    _same(fold(_lottery(), history[: prefix + 1], batch=1), _cut(history[: prefix + 1], sizes))
    events = fold(_lottery(), history[: prefix + 1]).events
    assert whole.events[: len(events)] == events


@_QUICK
@given(histories())
def test_state_is_the_fold_of_the_events_and_all_laws_hold(history: list[Translated]) -> None:
    world = fold(_lottery(), history)
    _same(world, replayed(world))
    checked(world)


@_QUICK
@given(histories())
def test_interleaved_days_are_counted_apart_or_refused(history: list[Translated]) -> None:
    """Command time is not monotone within a partition. Against a plain count over all of history."""
    world = fold(_lottery(), history)
    seen: list[int] = []
    for event in world.events:
        day = business_day(event.time_ms, "Asia/Shanghai")
        closed = len(seen) >= DAYS_KEPT and day < sorted(seen)[-DAYS_KEPT]
        if isinstance(event.data, PrizeWon | DrawMissed):
            assert not closed
            if day not in seen:
                seen.append(day)
        elif getattr(event.data, "reason", "") == "too_late":
            assert closed
    taken = [event.data for event in world.events if isinstance(event.data, PrizeWon)]
    for field in ("stock:phone", "stock:cash"):
        back = [event.data for event in world.events if getattr(event.data, "restocked", False)]
        left = sum(f"stock:{won.prize_id}" == field for won in taken) - sum(
            f"stock:{said.prize}" == field for said in back
        )
        assert world.counters.get((WHEEL, field), 0) == left
    days = {field.rpartition(":")[2] for _, field in world.counters if field.startswith("budget:")}
    assert len(days) <= DAYS_KEPT


@pytest.mark.parametrize("seed", range(2))
def test_traffic_in_any_cut_is_the_same_and_lawful(seed: int) -> None:
    history = list(commands(seed, 1500))
    world = fold(_lottery(), history, batch=1500)
    _same(world, _cut(history, [1, 37, 400]))
    _same(world, replayed(world))
    checked(world)
    assert list(commands(seed, 1500)) == history
    reasons = {str(getattr(event.data, "reason", event.data.type)) for event in world.events}
    assert {"duplicate", "no_chances", "lottery.prize.won.v1", "lottery.chances.revoked.v1"} <= reasons
    assert {"unknown_reward", "lottery.reward.compensated.v1", "lottery.reward.taken_back.v1"} <= reasons


def test_a_wheel_of_another_partition_draws_other_numbers() -> None:
    def drawn(partition: int, epoch: int) -> list[str]:
        fair = Fair()
        fair.world = World(_lottery(), epoch, partition)
        fair.publish(chances={"free_per_day": 100})
        return [outcome.drawn_id for outcome in fair.draw(draws=64)]

    assert len({tuple(drawn(0, 1)), tuple(drawn(1, 1)), tuple(drawn(0, 2))}) == 3


def test_traffic_knows_to_which_partitions_its_activities_belong() -> None:
    """It names rewards by where their draws stand, so that some of its rejections are of rewards that there are."""
    assert {key: partition_of(key.encode(), topics.PARTITIONS) for key in PARTITIONS} == PARTITIONS
