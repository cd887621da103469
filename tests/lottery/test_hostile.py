"""Whatever a command says, it has an outcome that is a valid event, and the wheel goes on."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from fairground_contracts.activities import PublishActivity
from fairground_contracts.cloudevent import format_time
from fairground_decider import Translated
from fairground_lottery.contract import Draw, EarnChances, FinishPlay, GrantChances, RevokeOrder, StartPlay
from fairground_lottery.contract.commands import MAX_CHANCES
from tests.lottery.world import WHEEL, Fair, Game, ids, prize

_TEXT = st.characters(codec="utf-8")
_IDS = st.text(_TEXT, min_size=1, max_size=128) | st.sampled_from(["\0", ":", "m:m:", "é" * 128])
_WORDS = st.text(_TEXT, max_size=9)
_REQUESTS = st.text(_TEXT, min_size=1, max_size=9) | st.just("r" * 1024)  # what a CloudEvent's id can be
_WHEELS = st.just(WHEEL) | _IDS
_TIMES = st.sampled_from(
    ["1970-01-01T00:00:00Z", "2017-06-01T04:00:00Z", "2100-01-01T00:00:00Z", "9998-12-31T23:59:59.999Z"]
)
_MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
_COMMANDS: st.SearchStrategy[Any] = st.one_of(
    st.builds(Draw, activity_id=_WHEELS, member_id=_IDS, draws=st.integers(1, 100), risk=st.integers(0, 4),
              policy=st.sampled_from(["all", "available"]), facts=st.dictionaries(_WORDS, st.booleans())),
    st.builds(GrantChances, activity_id=_WHEELS, member_id=_IDS, cause=_IDS, chances=st.integers(1, MAX_CHANCES),
              expires_at=_MOMENTS),
    st.builds(EarnChances, activity_id=_WHEELS, member_id=_IDS, order_id=_IDS, amount_fen=st.integers(0, 10**13)),
    st.builds(RevokeOrder, activity_id=_WHEELS, member_id=_IDS, order_id=_IDS, why=st.just("cancelled")),
    st.builds(PublishActivity, activity_id=_WHEELS, rules=st.dictionaries(_WORDS, _WORDS)),
    st.builds(StartPlay, activity_id=_WHEELS, member_id=_IDS, risk=st.integers(0, 4)),
    st.builds(FinishPlay, activity_id=_WHEELS, member_id=_IDS, play_id=_IDS, score=st.integers(0, 10**9),
              facts=st.dictionaries(_WORDS, st.booleans())),
)  # fmt: skip
_CUMULATIVE = {
    "free_per_day": 1,
    "orders": {"rule": "cumulative", "every_fen": 100, "chances": 1000, "on_refund": "debt"},
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_COMMANDS, _TIMES, _REQUESTS), min_size=1, max_size=8))
def test_every_command_has_an_outcome(sent: list[tuple[Any, str, str]]) -> None:
    fair = Fair(chances=_CUMULATIVE)
    for data, time, request in sent:
        assert fair.world.decide([Translated(data.activity_id, request, time, data)])
    assert ids(fair.draw("somebody new", request="and it goes on")) in (["gift"], ["thanks"])
    fair.checked()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_COMMANDS, _TIMES, _REQUESTS), min_size=1, max_size=8))
def test_every_command_to_a_score_game_has_an_outcome(sent: list[tuple[Any, str, str]]) -> None:
    game = Game()
    for data, time, request in sent:
        assert game.world.decide([Translated(data.activity_id, request, time, data)])
    assert game.start("and it goes on", "somebody new").type == "lottery.play.started.v1"
    assert game.finish("and it goes on", 900, "somebody new").prize_id == "cup"
    game.checked()


def test_huge_amounts_stay_within_what_is_remembered() -> None:
    fair = Fair(chances=_CUMULATIVE)
    granted = fair.pay("o1", 10**13)
    assert granted.chances == 65_534
    assert len(fair.draw(draws=100)) == 100
    revoked = fair.refund("o1")
    assert (sum(part.chances for part in revoked.taken), revoked.debt) == (65_435, 99)
    fair.checked()


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (FinishPlay, {"play_id": "p", "score": -1}),
        (FinishPlay, {"play_id": "p", "score": 10**9 + 1}),
        (FinishPlay, {"play_id": "p", "score": 0.5}),
        (FinishPlay, {"play_id": "", "score": 1}),
        (FinishPlay, {"play_id": "p" * 1025, "score": 1}),
        (StartPlay, {"risk": 5}),
        (Draw, {"draws": 0}),
        (Draw, {"draws": 101}),
        (Draw, {"risk": 5}),
        (Draw, {"member_id": ""}),
        (Draw, {"member_id": "m" * 10_240}),
        (Draw, {"activity_id": "a" * 129}),
        (Draw, {"facts": {"k": [["list"]]}}),
        (Draw, {"facts": {"k": ["many"] * 65}}),
        (Draw, {"facts": {str(number): 1 for number in range(65)}}),
        (EarnChances, {"order_id": "o", "amount_fen": -1}),
        (EarnChances, {"order_id": "o", "amount_fen": 10**13 + 1}),
        (EarnChances, {"order_id": "o", "amount_fen": 1.5}),
        (GrantChances, {"cause": "c", "chances": 0}),
        (GrantChances, {"cause": "c", "chances": 1, "expires_at": "2017-06-01T00:00:00"}),
        (RevokeOrder, {"order_id": "o", "why": "mood"}),
    ],
)
def test_what_is_no_command_is_not_understood(model: type[Any], fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({"activity_id": WHEEL, "member_id": "ann"} | fields)


def test_chances_that_expired_in_1970_or_expire_in_9999() -> None:
    fair = Fair(prizes=[prize("gift")], chances={"free_per_day": 0})
    assert fair.grant("a", expires_at=datetime(1970, 1, 1, tzinfo=UTC)).reason == "already_expired"
    assert fair.grant("b", expires_at=datetime(9999, 12, 31, tzinfo=UTC)).chances == 1
    assert format_time(0) == "1970-01-01T00:00:00.000Z"
    assert ids(fair.draw()) == ["gift"]
