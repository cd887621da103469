"""Plays of members who are one person: their account counts and holds them, whoever of them plays."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairground_lottery.contract import (
    CommandForwarded,
    FinishPlay,
    PlayRefused,
    PlayStarted,
    PlayWon,
    RewardCompensated,
    StartPlay,
)
from fairground_lottery.domain.records import MAX_OPEN, NOBODY, Player
from tests.lottery.test_fulfilment import reject
from tests.lottery.world import WHEEL, Game, prize, replayed

_QUICK = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
MEMBERS = ("ann", "bob", "cid", "dan")


def _checked(game: Game) -> None:
    """The laws hold, and whoever only reads the events comes to the same state."""
    game.checked()
    assert replayed(game.world).records == game.world.records


def test_plays_before_a_link_count_for_the_person() -> None:
    game = Game(quotas={"per_day": 3})
    game.start("a", "ann")
    game.start("b", "bob")
    game.link("bob", "ann")
    assert game.player("ann").plays == 2
    assert game.player("bob") == NOBODY
    third = game.start("c", "bob")
    assert isinstance(third, PlayStarted)
    assert (third.member_id, third.person_id, third.play_id) == ("bob", "ann", "c")
    assert [game.start(play, member).reason for play, member in (("d", "ann"), ("e", "bob"))] == ["quota_used_day"] * 2
    _checked(game)


def test_a_play_that_was_begun_before_a_link_can_be_finished_after_it_once() -> None:
    game = Game()
    game.start("a", "bob")
    game.link("bob", "ann")
    won = game.finish("a", 950, "bob")
    assert isinstance(won, PlayWon)
    assert (won.member_id, won.person_id, won.play_id, won.prize_id) == ("bob", "ann", "a", "cup")
    assert game.finish("a", 950, "bob").reason == game.finish("a", 950, "ann").reason == "duplicate"
    _checked(game)


def test_a_play_is_known_by_the_id_that_its_member_knows_however_often_it_was_forwarded() -> None:
    game = Game()
    game.link("bob", "ann")
    long = "r" * 1024
    for play in ("short", long):
        started = game.start(play, "bob")
        assert isinstance(started, PlayStarted)
        assert game.start(play, "bob").reason == "duplicate"
        won = game.finish(play, 600, "bob")
        assert isinstance(won, PlayWon)
        assert won.play_id == started.play_id
        assert game.finish(play, 600, "bob").reason == "duplicate"
    assert any(isinstance(event.data, CommandForwarded) for event in game.world.events)
    _checked(game)


def test_a_command_that_carries_the_person_links_the_member() -> None:
    game = Game()
    game.start("a", "bob")
    (won,) = game.send(FinishPlay(activity_id=WHEEL, member_id="bob", person_id="ann", play_id="a", score=600),
                       now="2017-06-01 12:01")  # fmt: skip
    assert isinstance(won, PlayWon)
    assert won.person_id == "ann"
    (started,) = game.send(StartPlay(activity_id=WHEEL, member_id="bob", person_id="ann"), "b")
    assert isinstance(started, PlayStarted)
    _checked(game)


def test_of_the_open_plays_of_both_those_stay_that_began_last() -> None:
    game = Game()
    for number in range(MAX_OPEN):
        game.start(f"a{number}", "ann", now=f"2017-06-01 12:00:{2 * number:02}")
        game.start(f"b{number}", "bob", now=f"2017-06-01 12:00:{2 * number + 1:02}")
    game.link("bob", "ann")
    assert len(game.player("ann").open) == MAX_OPEN
    assert game.finish("b0", 600, "bob").reason == game.finish("a0", 600, "ann").reason == "unknown_play"
    assert isinstance(game.finish("b2", 600, "bob", now="2017-06-01 12:02"), PlayWon)
    _checked(game)


@pytest.mark.parametrize("linked", [True, False], ids=["before the play", "after it"])
def test_a_reward_of_a_play_is_its_winners(linked: bool) -> None:
    pen = prize("pen", 0, value_fen=9, on_rejected={"kind": "points", "amount": 5})
    game = Game(prizes=[prize("cup", 0), pen, {"id": "thanks", "name": {"zh": "谢", "en": "Thanks"}, "weight": 1}])
    if linked:
        game.link("bob", "ann")
    game.start("a", "bob")
    won = game.finish("a", 600, "bob")
    assert isinstance(won, PlayWon)
    game.link("bob", "ann")
    reward = next(event.id for event in game.world.events if isinstance(event.data, PlayWon))
    assert reject(game, f"{reward}-r", "ann").reason == "unknown_reward"
    instead = reject(game, f"{reward}-r", "bob")
    assert isinstance(instead, RewardCompensated)
    assert (instead.member_id, instead.person_id) == ("bob", "ann")
    _checked(game)


def test_an_impossible_score_ends_the_play_of_the_person() -> None:
    game = Game()
    game.link("bob", "ann")
    game.start("a", "bob")
    refused = game.finish("a", 5000, "bob")
    assert isinstance(refused, PlayRefused)
    assert (refused.reason, refused.person_id) == ("implausible", "ann")
    assert game.finish("a", 600, "bob").reason == "duplicate"
    _checked(game)


_LINKS = [("ann", "bob"), ("bob", "cid"), ("dan", "bob")]
_ASKED = st.tuples(st.sampled_from(["start", "finish"]), st.sampled_from(MEMBERS), st.integers(0, 6),
                   st.integers(1, 3), st.integers(0, 3))  # fmt: skip


def _ask(game: Game, asked: tuple[str, str, int, int, int], member: str, number: int) -> tuple[str, str]:
    """What came of it, without who it was."""
    what, _, play, day, minute = asked
    now = f"2017-06-0{day} 12:{minute:02}"
    if what == "start":
        said = game.start(f"play {play}", member, now)
    else:
        said = game.finish(f"play {play}", 600, member, now, f"r{number}")
    return said.type, str(getattr(said, "reason", ""))


@_QUICK
@given(st.lists(_ASKED, max_size=30), st.permutations(_LINKS))
def test_who_is_linked_from_the_start_plays_as_one_person(
    asked: list[tuple[str, str, int, int, int]], links: Sequence[tuple[str, str]]
) -> None:
    one, many = Game(quotas={"per_day": 3, "total": 7}), Game(quotas={"per_day": 3, "total": 7})
    for member, person in links:
        many.link(member, person)
    for number, each in enumerate(asked):
        assert _ask(many, each, each[1], number) == _ask(one, each, "ann", number)
    _checked(many)


@_QUICK
@given(st.lists(_ASKED, max_size=30), st.lists(_ASKED, max_size=10))
def test_any_order_of_links_leads_to_the_same_plays(
    asked: list[tuple[str, str, int, int, int]], then: list[tuple[str, str, int, int, int]]
) -> None:
    accounts: set[Player] = set()
    for links in permutations(_LINKS):
        game = Game(quotas={"per_day": 3, "total": 12})
        for number, each in enumerate(asked):
            _ask(game, each, each[1], number)
        for member, person in (*links, *links):
            game.link(member, person)
        for number, each in enumerate(then, len(asked)):
            _ask(game, each, each[1], number)
        accounts |= {game.player("cid")} if (WHEEL, "p:cid") in game.world.records else {NOBODY}
        _checked(game)
    assert len(accounts) == 1
