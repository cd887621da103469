"""The seed of a wheel is disclosed by the event that ends it, and stands nowhere before; secrets change by name."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from fairground_contracts.activities import (
    ActivityListed,
    ArchiveActivity,
    EndActivity,
    PauseActivity,
    PublishActivity,
    ResumeActivity,
    StopActivity,
)
from fairground_contracts.orders import OrderPaid, OrderRefunded
from fairground_decider.folding import World, fold
from fairground_lottery.contract import Draw, RaiseLimit
from fairground_lottery.domain import Lottery, Seeds
from fairground_lottery.intake import translate
from fairground_lottery.traffic import commands, wheel_id
from tests.lottery.test_intake import said
from tests.lottery.world import SECRET, WHEEL, Fair, checked, prize, replayed

OVER = "2018-01-01 00:00"
NEW = b"the secret after the old one...."


def _spellings(seed: bytes) -> list[bytes]:
    """How a seed could stand somewhere: as it is, or as text."""
    return [seed, seed.hex().encode(), seed.hex().upper().encode(), b64encode(seed)]


def _everything(world: World) -> bytes:
    """Whatever leaves the domain: events, effects, and what Redis holds."""
    said: list[Any] = [*world.events, *world.effects]
    messages = [made.data.model_dump_json().encode() for made in said]
    return b"\n".join([*messages, *world.records.values()])


def test_the_seed_of_a_played_wheel_is_nowhere() -> None:
    asked = [each for each in commands(7, 4000) if not isinstance(each.data, StopActivity | ArchiveActivity)]
    world = fold(Lottery(Seeds(SECRET, "k1")), asked)
    told = _everything(world)
    for wheel in range(4):
        for secret in (Seeds(SECRET, "k1").seed(wheel_id(wheel), "k1"), SECRET):
            assert not [each for each in _spellings(secret) if each in told]
    assert len({event.data.type for event in world.events}) >= 10


@pytest.mark.parametrize(
    ("moves", "now"),
    [([StopActivity], ""), ([PauseActivity, StopActivity], ""), ([EndActivity], OVER), ([ArchiveActivity], OVER)],
)
def test_whatever_ends_it_discloses_the_seed(moves: list[type[Any]], now: str) -> None:
    fair = Fair(prizes=[prize("gift")])
    fair.draw()
    before = _everything(fair.world)
    *others, last = [fair.move(kind, now=now) for kind in moves]
    assert hashlib.sha256(bytes.fromhex(last.seed)).hexdigest() == last.seed_sha256
    assert last.seed_sha256 == fair.world.events[0].data.seed_sha256
    assert last.seed.encode() not in before
    assert not [each for each in others if last.seed in each.model_dump_json()]
    assert last.seed.encode() not in b"".join(fair.world.records.values())
    assert replayed(fair.world).records == fair.world.records
    fair.checked()


def test_it_is_disclosed_once() -> None:
    fair = Fair(prizes=[prize("gift")])
    stopped, archived = fair.move(StopActivity), fair.move(ArchiveActivity)
    assert (len(stopped.seed), archived.seed) == (64, "")


def test_it_ends_when_its_window_is_over_and_not_before() -> None:
    fair = Fair(prizes=[prize("gift")])
    early = fair.move(EndActivity, now="2017-12-31 23:59")
    assert (early.reason, "Its window is not over yet; it can be stopped." in early.en) == ("illegal_move", True)
    assert fair.draw()[0].type == "lottery.prize.won.v1"
    fair.move(PauseActivity)
    assert fair.move(EndActivity, now=OVER).type == "fairground.activity.ended.v1"
    assert _row(fair).status == "ended"


def _row(fair: Fair) -> ActivityListed:
    row = next(effect.data for effect in reversed(fair.world.effects) if effect.topic == "fairground.activities")
    assert isinstance(row, ActivityListed)
    return row


def _ended() -> Fair:
    fair = Fair(prizes=[prize("gift", 1, stock=5, fallback="thanks"), prize("thanks")])
    fair.now = OVER
    fair.move(EndActivity)
    return fair


@pytest.mark.parametrize(
    "asked",
    [
        lambda fair: fair.publish(prizes=[prize("gift")])[0],
        lambda fair: fair.move(PauseActivity),
        lambda fair: fair.move(ResumeActivity),
        lambda fair: fair.move(StopActivity),
        lambda fair: fair.move(EndActivity),
        lambda fair: fair.send(RaiseLimit(activity_id=WHEEL, limit="stock", prize_id="gift", amount=1))[0],
    ],
)
def test_after_the_end_nothing_moves(asked: Callable[[Fair], Any]) -> None:
    fair = _ended()
    refused = asked(fair)
    assert (refused.reason, "The activity is ended" in refused.en) == ("illegal_move", True)
    assert "活动已结束" in refused.zh


def test_after_the_end_nobody_draws_or_gets_chances_whatever_time_they_say() -> None:
    """The seed is public now: who could still draw would know what comes."""
    fair = _ended()
    assert fair.reason(now="2017-12-31 23:00") == "ended"
    assert fair.grant("share", now="2017-12-31 23:00").reason == "ended"
    assert fair.pay("o1", 5000, now="2017-12-31 23:00").reason == "ended"
    fair.checked()


def test_what_is_ended_can_be_archived() -> None:
    fair = _ended()
    assert fair.move(ArchiveActivity).type == "fairground.activity.archived.v1"
    assert fair.reason() == "archived"


def test_refunds_still_reach_a_wheel_that_is_ended_and_payments_do_not() -> None:
    fair = Fair(chances={"orders": {"rule": "per_order"}})
    fair.move(EndActivity, now=OVER)
    table = {WHEEL: _row(fair)}
    paid = OrderPaid(order_id="o1", member_id="ann", amount_fen=5000)
    refunded = OrderRefunded(order_id="o1", member_id="ann", amount_fen=5000, refunded_total_fen=5000, paid_fen=5000)
    assert list(translate(said(paid, "2017-12-31 12:00"), paid, table)) == []
    assert len(list(translate(said(refunded, "2018-01-02 12:00"), refunded, table))) == 1


def _worker(fair: Fair, seeds: Seeds) -> Fair:
    """Another worker takes over: the same store and log, other secrets."""
    fair.world.service = Lottery(seeds)
    return fair


def test_a_wheel_goes_on_with_the_secret_it_was_published_with() -> None:
    """Rotation: k2 is the secret of the day, k1 stays for those who were promised its seed."""
    fair = Fair(prizes=[prize("gift")])
    first = fair.world.events[0].data
    _worker(fair, Seeds(NEW, "k2", {"k1": SECRET}))
    assert fair.draw()[0].type == "lottery.prize.won.v1"
    (second,) = fair.publish(prizes=[prize("gift", 2)])
    assert (second.seed_sha256, second.seed_key_id) == (first.seed_sha256, "k1")
    (other,) = fair.publish(wheel="other", id="other", prizes=[prize("gift")])
    assert other.seed_key_id == "k2"
    assert fair.move(StopActivity).seed == Seeds(SECRET, "k1").seed(WHEEL, "k1").hex()
    (event,) = fair.send(StopActivity(activity_id="other", why="x"))
    assert event.seed == Seeds(NEW, "k2").seed("other", "k2").hex()
    checked(fair.world)


def test_a_worker_without_the_wheels_secret_refuses() -> None:
    fair = _worker(Fair(prizes=[prize("gift")]), Seeds(NEW, "k2"))
    assert fair.reason() == "seed_unavailable"
    (refused,) = fair.publish(prizes=[prize("gift", 2)])
    assert [problem.code for problem in refused.problems] == ["seed_changed"]
    fair.now = OVER
    for kind in (StopActivity, EndActivity, ArchiveActivity):
        assert fair.move(kind).reason == "seed_unavailable"
    assert fair.move(PauseActivity).type == "fairground.activity.paused.v1"
    assert _worker(fair, Seeds(NEW, "k2", {"k1": SECRET})).move(StopActivity).seed


def test_another_name_for_the_same_secret_is_no_other_secret() -> None:
    fair = _worker(Fair(prizes=[prize("gift")]), Seeds(SECRET, "renamed"))
    assert fair.draw()[0].type == "lottery.prize.won.v1"


def test_the_secret_under_an_older_name_is_used_for_that_name_only() -> None:
    seeds = Seeds(NEW, "k2", {"k1": SECRET})
    assert seeds.seed("a", "k1") == Seeds(SECRET, "x").seed("a", "x")
    assert seeds.seed("a", "k2") == seeds.seed("a", "never heard of") == Seeds(NEW, "x").seed("a", "x")


def test_commands_of_all_kinds_are_the_wheels() -> None:
    asked = [
        EndActivity(activity_id="a"),
        PublishActivity(activity_id="a", rules={}),
        Draw(activity_id="a", member_id="m"),
    ]
    assert {Lottery().key(command) for command in asked} == {"a"}
