"""A score game on the same prize engine: a play is begun, ends with a score, and pays once."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairground_contracts.activities import PauseActivity, PublishActivity, ResumeActivity, StopActivity
from fairground_contracts.rewards import RewardGranted
from fairground_decider import Translated
from fairground_decider.folding import World, fold
from fairground_lottery.contract import (
    FinishPlay,
    GrantChances,
    PlayMissed,
    PlayRefused,
    PlayStarted,
    PlayWon,
    StartPlay,
)
from fairground_lottery.domain import Lottery, Seeds
from fairground_lottery.domain.records import MAX_OPEN
from tests.lottery.world import NOON, SECRET, THANKS, WHEEL, Fair, Game, checked, game_rules, prize, replayed, utc

_QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

# ---- the way of a play -----------------------------------------------------------------------------------


def test_a_play_has_the_id_of_its_request_and_a_deadline() -> None:
    game = Game()
    started = game.start("request of ann")
    assert isinstance(started, PlayStarted)
    assert started.play_id == "request of ann"
    assert (started.deadline.minute, started.day, started.version) == (3, "2017-06-01", 1)
    won = game.finish("request of ann")
    assert isinstance(won, PlayWon)
    assert (won.play_id, won.score, won.chance, won.cause, won.draws) == ("request of ann", 600, "play", "", 1)
    game.checked()


def test_a_deadline_is_never_behind_the_end_of_the_window() -> None:
    game = Game()
    started = game.start(now="2017-12-31 23:59")
    assert started.deadline.isoformat() == "2017-12-31T16:00:00+00:00"
    game.checked()


@pytest.mark.parametrize(
    ("score", "table", "prize_id"),
    [(0, "", "thanks"), (499, "", "thanks"), (500, "silver", "pen"), (899, "silver", "pen"), (900, "gold", "cup"),
     (1000, "gold", "cup")],
)  # fmt: skip
def test_bands_of_scores_lead_to_tables(score: int, table: str, prize_id: str) -> None:
    game = Game()
    game.start()
    ended = game.finish(score=score)
    assert isinstance(ended, PlayMissed if prize_id == "thanks" else PlayWon)
    assert (ended.table, ended.prize_id, ended.score) == (table, prize_id, score)
    game.checked()


def test_a_win_is_owed_like_any_other() -> None:
    game = Game()
    game.start()
    game.finish()
    (reward,) = [effect for effect in game.world.effects if isinstance(effect.data, RewardGranted)]
    assert isinstance(reward.data, RewardGranted)
    assert (reward.id, reward.data.prize_id) == (f"{game.world.events[-1].id}-r", "pen")
    assert game.counter("stock:pen") == 1


def test_a_repeated_start_is_the_same_play() -> None:
    game = Game(quotas={"total": 2})
    game.start("a")
    assert game.start("a").reason == "duplicate"
    assert game.start("b").type == "lottery.play.started.v1"
    assert game.start("c").reason == "quota_used_total"


# ---- what is refused ---------------------------------------------------------------------------------------


def test_a_play_that_never_began_pays_nothing() -> None:
    game = Game()
    game.start()
    refused = game.finish("forged")
    assert isinstance(refused, PlayRefused)
    assert (refused.reason, refused.asked, refused.play_id, refused.score) == ("unknown_play", "finish", "forged", 600)
    assert (refused.help_zh, refused.help_en) == ("重新开始一局", "begin another play")
    assert not game.world.counters.get((WHEEL, "stock:pen"))
    game.checked()


def test_somebody_elses_play_pays_nothing_and_stays_theirs() -> None:
    game = Game()
    game.start()
    assert game.finish(member="eve").reason == "unknown_play"
    assert game.finish().type == "lottery.play.won.v1"
    game.checked()


def test_a_play_that_is_over_pays_no_second_time() -> None:
    game = Game()
    game.start()
    assert game.finish(request="one").type == "lottery.play.won.v1"
    assert game.finish(request="one").reason == "duplicate"
    assert game.finish(request="two", score=950).reason == "duplicate"
    assert game.counter("stock:pen") + game.counter("stock:cup") == 1
    game.checked()


@pytest.mark.parametrize(("now", "reason"), [("12:02:59", ""), ("12:03:00", "play_over"), ("18:00:00", "play_over")])
def test_what_ends_too_late_counts_for_nothing(now: str, reason: str) -> None:
    game = Game()
    game.start()
    assert getattr(game.finish(now=f"2017-06-01 {now}"), "reason", "") == reason
    game.checked()


@pytest.mark.parametrize(
    ("now", "score", "reason"),
    [
        ("12:00:20", 1000, ""), ("12:00:19", 1000, "implausible"), ("12:00:19", 0, "implausible"),
        ("11:59:00", 5, "implausible"), ("12:01:00", 1001, "implausible"),
    ],
)  # fmt: skip
def test_what_nobody_can_have_reached_is_refused_and_the_play_is_void(now: str, score: int, reason: str) -> None:
    game = Game()
    game.start()
    assert getattr(game.finish(score=score, now=f"2017-06-01 {now}"), "reason", "") == reason
    assert game.finish().reason == "duplicate"
    game.checked()


def test_a_refusal_that_may_pass_leaves_the_play_open() -> None:
    game = Game()
    game.start()
    game.move(PauseActivity)
    assert game.finish(request="one").reason == "paused"
    game.move(ResumeActivity)
    assert game.finish(request="one").reason == "duplicate"
    assert game.finish(request="two").type == "lottery.play.won.v1"
    game.checked()


def test_a_refused_finish_stays_refused_when_the_play_begins_later() -> None:
    game = Game()
    assert game.finish("play", request="early", now=NOON).reason == "unknown_play"
    game.start("play")
    assert game.finish("play", request="early").reason == "duplicate"


def test_only_so_many_plays_are_open_at_once() -> None:
    game = Game()
    for number in range(MAX_OPEN + 1):
        game.start(f"play {number}")
    assert len(game.player().open) == MAX_OPEN
    assert game.finish("play 0").reason == "unknown_play"
    assert game.finish(f"play {MAX_OPEN}").type == "lottery.play.won.v1"
    game.checked()


def test_a_game_that_was_stopped_ends_no_play() -> None:
    game = Game()
    game.start()
    game.move(StopActivity)
    assert game.finish().reason == "stopped"
    assert game.start("another").reason == "stopped"


def test_each_kind_is_played_in_its_own_way() -> None:
    game, fair = Game(), Fair(prizes=[prize("gift"), THANKS])
    (refused,) = game.draw()
    assert (refused.reason, refused.help_en) == ("other_kind", "begin a play, then finish it with its score")
    grant = GrantChances(activity_id=WHEEL, member_id="ann", chances=1, cause="share")
    assert [each.reason for each in game.send(grant)] == ["other_kind"]
    assert game.pay("order", 5000).reason == "other_kind"
    (refused,) = fair.send(StartPlay(activity_id=WHEEL, member_id="ann"))
    assert (refused.reason, refused.help_en) == ("other_kind", "draw")
    (refused,) = fair.send(FinishPlay(activity_id=WHEEL, member_id="ann", play_id="p", score=1))
    assert refused.reason == "other_kind"
    (refused,) = game.send(StartPlay(activity_id="nowhere", member_id="ann"))
    assert refused.reason == "unknown_activity"


# ---- quotas -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quotas", "days", "reason"),
    [
        ({"per_day": 2}, ["06-01", "06-01", "06-02", "06-02", "06-02"], "quota_used_day"),
        ({"per_week": 2}, ["06-04", "06-05", "06-06", "06-07"], "quota_used_week"),
        ({"per_month": 2}, ["05-31", "06-01", "06-02", "06-03"], "quota_used_month"),
        ({"total": 3}, ["05-31", "06-01", "07-02", "08-03"], "quota_used_total"),
    ],
)
def test_plays_are_limited_when_they_begin(quotas: dict[str, int], days: list[str], reason: str) -> None:
    game = Game(quotas=quotas)
    for number, day in enumerate(days[:-1]):
        assert game.start(f"play {number}", now=f"2017-{day} 12:00").type == "lottery.play.started.v1"
    refused = game.start("one more", now=f"2017-{days[-1]} 12:00")
    assert (refused.reason, refused.asked) == (reason, "start")
    assert "游戏次数" in refused.zh
    assert game.start("bob's", "bob", now=f"2017-{days[-1]} 12:00").type == "lottery.play.started.v1"
    game.checked()


def test_nobody_plays_until_a_score_is_to_their_liking() -> None:
    """A play that is never finished has been played all the same."""
    game = Game(quotas={"per_day": 1})
    game.start()
    assert game.start("again", now="2017-06-01 18:00").reason == "quota_used_day"


def test_a_play_over_midnight_counts_on_the_day_on_which_it_began() -> None:
    game = Game(quotas={"per_day": 1})
    game.start("late", now="2017-06-01 23:59")
    assert game.finish("late", now="2017-06-02 00:01").day == "2017-06-02"
    assert game.start("next", now="2017-06-02 00:02").type == "lottery.play.started.v1"
    assert game.finish("next", now="2017-06-02 00:03").type == "lottery.play.won.v1"
    game.checked()


def test_a_day_that_is_closed_is_closed_for_plays_too() -> None:
    game = Game(quotas={"per_day": 1})
    for day in range(1, 5):
        game.start(f"play {day}", now=f"2017-06-0{day} 12:00")
    assert game.start("old", "bob", now="2017-06-01 12:00").reason == "too_late"
    game.checked()


# ---- the same engine ---------------------------------------------------------------------------------------


def test_stock_budget_pity_and_caps_are_those_of_the_engine() -> None:
    game = Game(
        prizes=[
            prize("cup", 0, stock=1, fallback="pen"),
            prize("pen", 0, value_fen=40, per_member=3, fallback="thanks"),
            prize("badge", 0),
            THANKS,
        ],
        tables=[
            {"id": "gold", "when": {"score": 900}, "weights": {"cup": 1}},
            {"id": "silver", "when": {"score": 500}, "weights": {"badge": 1, "thanks": 10**12}},
        ],
        budget={"total_fen": 80},
        pity=[{"prizes": ["badge"], "after": 2}],
    )
    seen = []
    for number, score in enumerate((900, 900, 900, 900, 600, 600, 600)):
        game.start(f"play {number}")
        ended = game.finish(f"play {number}", score)
        seen.append((ended.prize_id, ended.withheld, ended.pity))
    assert seen == [
        ("cup", "", ""),
        ("pen", "sold_out", ""),
        ("pen", "sold_out", "due"),
        ("thanks", "sold_out", "due"),
        ("badge", "", "hard"),
        ("thanks", "", ""),
        ("thanks", "", ""),
    ]
    game.checked()


def test_audience_conditions_and_risk_are_those_of_every_activity() -> None:
    tables = [
        {"id": "vip", "when": {"score": 500, "condition": "'vip' in tags && score < 900"}, "weights": {"cup": 1}},
        *game_rules()["tables"],
    ]
    game = Game(tables=tables, eligible="level >= 1", audience={"never": ["eve"]}, risk={"3": "lowest", "4": "refuse"})
    assert game.start("a").reason == "not_eligible"
    assert game.start("b", "eve", facts={"level": 3}).reason == "not_eligible"
    assert game.start("c", facts={"level": 3}, risk=4).reason == "risk_denied"
    facts = {"level": 3, "tags": ["vip"], "score": 999}
    ended = []
    for play, score, risk in (("d", 600, 0), ("e", 900, 0), ("f", 950, 3)):
        game.start(play, facts=facts)
        ended.append(game.finish(play, score, facts=facts, risk=risk).table)
    assert ended == ["vip", "gold", "lowest"]
    game.start("g", facts=facts)
    assert game.finish("g", facts=facts, risk=4).reason == "risk_denied"
    assert game.finish("g", facts={}).reason == "not_eligible"
    assert game.finish("g", facts={"level": 1}).table == "silver"
    game.checked()


def test_a_worker_without_the_secret_begins_and_ends_nothing() -> None:
    game = Game()
    game.start()
    game.world.service = Lottery(Seeds(b"another secret of 32 bytes......", "k1"))
    assert game.start("another").reason == "seed_unavailable"
    assert game.finish().reason == "seed_unavailable"
    game.world.service = Lottery(Seeds(SECRET, "k1"))
    assert game.finish().type == "lottery.play.won.v1"


def test_an_edit_keeps_open_plays_and_what_was_played() -> None:
    game = Game(quotas={"total": 2})
    game.start("a")
    game.publish(quotas={"total": 3})
    assert game.finish("a").version == 2
    game.start("b")
    game.start("c")
    assert game.start("d").reason == "quota_used_total"
    game.checked()


# ---- a play pays at most once, under any order and duplication ----------------------------------------------

_MEMBERS = st.sampled_from(["ann", "ann", "ann", "bob"])
_PLAYS = st.sampled_from([f"play {number}" for number in range(3)])


def _sent(seconds: int, request: str, data: Any) -> Translated:
    return Translated(WHEEL, request, utc(f"2017-06-01 12:{seconds // 60:02d}:{seconds % 60:02d}"), data)


_STARTS = st.builds(
    lambda at, play, member: _sent(at, play, StartPlay(activity_id=WHEEL, member_id=member)),
    st.integers(0, 60), _PLAYS, _MEMBERS,
)  # fmt: skip
_FINISHES = st.builds(
    lambda at, request, play, member, score: _sent(
        at, f"request {request}", FinishPlay(activity_id=WHEEL, member_id=member, play_id=play, score=score)
    ),
    st.integers(60, 300), st.integers(0, 30), _PLAYS, _MEMBERS, st.integers(0, 1100),
)  # fmt: skip


@_QUICK
@given(st.lists(st.one_of(_STARTS, _FINISHES), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_a_play_pays_at_most_once_under_any_order_and_duplication(sent: list[Translated], dice: Any) -> None:
    history = [*sent, *dice.sample(sent, len(sent) // 2)]
    dice.shuffle(history)
    game = Game(quotas={"total": 4})
    world = game.world
    for command in history:
        world.decide([command])
    ended = [event.data for event in world.events if isinstance(event.data, PlayWon | PlayMissed)]
    began = [event.data for event in world.events if isinstance(event.data, PlayStarted)]
    times = Counter((each.member_id, each.play_id) for each in ended)
    assert not {play for play, count in times.items() if count > 1}
    assert set(times) <= {(each.member_id, each.play_id) for each in began}
    assert max(Counter(each.member_id for each in began).values(), default=0) <= 4
    rewards = [effect for effect in world.effects if isinstance(effect.data, RewardGranted)]
    assert len(rewards) == sum(isinstance(each, PlayWon) for each in ended)
    checked(world)
    _same(world, replayed(world))
    publication = PublishActivity(activity_id=WHEEL, rules=game_rules(quotas={"total": 4}))
    whole = [game.command(publication, world.events[0].command_id), *history]
    _same(world, fold(Lottery(Seeds(SECRET, "k1")), whole, batch=len(whole)))


def _same(one: World, other: World) -> None:
    assert one.events == other.events
    assert (one.records, one.counters) == (other.records, other.counters)
