"""Publication, versions, pause, resume, stop, archive: legal moves only, each with who and why."""

from typing import Any

import pytest

from fairground_contracts.activities import ArchiveActivity, EndActivity, PauseActivity, ResumeActivity, StopActivity
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_lottery.contract import RaiseLimit
from fairground_lottery.rules import check
from tests.lottery.world import SECRET, THANKS, WHEEL, Fair, prize

MOVES = {
    "pause": PauseActivity,
    "resume": ResumeActivity,
    "stop": StopActivity,
    "end": EndActivity,
    "archive": ArchiveActivity,
}


def test_a_publication_says_everything() -> None:
    fair = Fair()
    (event,) = fair.publish()
    assert (event.version, event.status, event.service, event.seed_key_id) == (1, "running", "lottery", "k1")
    assert check(event.rules) == []
    assert event.rules["zone"] == "Asia/Shanghai"
    assert SECRET.hex() not in event.model_dump_json()
    row, _ = fair.world.effects
    assert (row.topic, row.key) == ("fairground.activities", WHEEL)
    assert row.data.model_dump() == {
        "activity_id": WHEEL, "service": "lottery", "version": 1, "status": "running", "rules": event.rules,
        "seed_sha256": event.seed_sha256,
    }  # fmt: skip


def test_it_closes_by_itself_when_its_window_is_over() -> None:
    """A timer gives the command that ends it, so that every draw can be verified without anybody thinking of it."""
    fair = Fair(window={"starts": "2017-01-01 00:00", "ends": "2018-01-01 00:00"})
    (asked,) = timers(fair)
    assert (asked.timer_id, asked.due_at.isoformat()) == (f"end:{WHEEL}", "2017-12-31T16:00:00+00:00")
    end = EndActivity.model_validate(asked.content)
    (early,) = fair.send(end, "timer-1", "2017-12-31 23:59")
    assert early.reason == "illegal_move"
    (ended,) = fair.send(end, "timer-2", "2018-01-01 00:00")
    assert (ended.type, ended.by, bool(ended.seed)) == ("fairground.activity.ended.v1", "timer", True)
    assert [type(each) for each in timers(fair)] == [TimerRequested, TimerCancelled]
    (again,) = fair.send(end, "timer-3", "2018-01-01 00:00")
    assert again.reason == "illegal_move"


def test_a_new_version_closes_when_it_says_and_a_stop_needs_no_timer() -> None:
    fair = Fair(window={"starts": "2017-01-01 00:00", "ends": "2018-01-01 00:00"})
    fair.publish(window={"starts": "2017-01-01 00:00", "ends": "2018-02-01 00:00"})
    fair.move(StopActivity)
    first, second, gone = timers(fair)
    assert first.timer_id == second.timer_id == gone.timer_id
    assert first.revision < second.revision < gone.revision
    assert first.due_at < second.due_at
    assert isinstance(gone, TimerCancelled)


def timers(fair: Fair) -> list[Any]:
    """What timers were asked for."""
    return [effect.data for effect in fair.world.effects if effect.topic == "fairground.timers"]


def test_bad_rules_are_refused_with_everything_that_is_wrong() -> None:
    fair = Fair()
    (event,) = fair.publish(
        window={"starts": "2017-02-30 00:00", "ends": "x"}, zone="Mars/Base", prizes=[prize("a", -1), prize("a", 0.5)]
    )
    assert event.reason == "bad_rules"
    codes = {problem.code for problem in event.problems}
    assert codes == {"bad_time", "unknown_zone", "out_of_range", "not_integer", "duplicate_id"}
    assert fair.world.records == {}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id": "another"}, "other_activity"),
        ({"zone": "Asia/Taipei"}, "fixed"),
        ({"day_start_hour": 3}, "fixed"),
        ({"kind": "coupon"}, "bad_choice"),
        ({}, "unchanged"),
    ],
)
def test_a_new_version_keeps_what_makes_it_the_same_activity(fields: dict[str, Any], code: str) -> None:
    fair = Fair(prizes=[prize("gift")])
    (event,) = fair.publish(**({"prizes": [prize("gift")]} | fields))
    assert [problem.code for problem in event.problems] == [code]


def test_a_new_version_says_what_it_changed() -> None:
    fair = Fair(prizes=[prize("gift", 1, stock=5, fallback="thanks"), THANKS], quotas={"total": 9})
    (first,) = [event.data for event in fair.world.events]
    assert first.changes == ()
    more = [prize("gift", 3, stock=8, fallback="thanks"), THANKS, prize("more", 1)]
    (second,) = fair.publish(prizes=more, name={"zh": "转盘", "en": "Big wheel"})
    assert [(change.field, change.before, change.after) for change in second.changes] == [
        ("name.en", "Wheel", "Big wheel"),
        ("prizes.gift.stock", 5, 8),
        ("prizes.gift.weight", 1, 3),
        ("prizes.more.name.en", None, "more"),
        ("prizes.more.name.zh", None, "more"),
        ("prizes.more.reward.amount", None, 10),
        ("prizes.more.reward.kind", None, "points"),
        ("prizes.more.reward.ref", None, ""),
        ("prizes.more.value_fen", None, 0),
        ("prizes.more.weight", None, 1),
        ("quotas.total", 9, None),
    ]


_PROMISED = [prize("gift", 2, stock=5, value_fen=100, fallback="thanks"), prize("points", 1), THANKS | {"weight": 7}]


@pytest.mark.parametrize(
    ("prizes", "problems"),
    [
        ([_PROMISED[0], _PROMISED[2]], {"prizes": "prize_removed"}),
        ([prize("gift", 1, stock=5, value_fen=100, fallback="thanks"), *_PROMISED[1:]], {"prizes": "odds_lowered"}),
        ([*_PROMISED, prize("dilutes", 1)], {"prizes": "odds_lowered"}),
        ([prize("gift", 2, stock=4, value_fen=100, fallback="thanks"), *_PROMISED[1:]],
         {"prizes[0].stock": "promise_lowered"}),
        ([*_PROMISED[:1], prize("points", 1, stock=9, fallback="thanks"), _PROMISED[2]],
         {"prizes[1].stock": "promise_lowered"}),
        ([*_PROMISED[:1], prize("points", 1, reward={"kind": "points", "amount": 9}), _PROMISED[2]],
         {"prizes[1].reward": "reward_lessened"}),
        ([*_PROMISED[:1], prize("points", 1, reward={"kind": "coupon", "amount": 10}), _PROMISED[2]],
         {"prizes[1].reward": "reward_lessened"}),
        ([*_PROMISED[:1], prize("points", 1, reward=None), _PROMISED[2]], {"prizes[1].reward": "reward_lessened"}),
        ([prize("gift", 20, stock=50, value_fen=100, fallback="thanks"), prize("points", 10), THANKS], {}),
        ([prize("gift", 2, stock=5, value_fen=100, fallback="other"), _PROMISED[1], prize("other", 7)], {}),
    ],
)  # fmt: skip
def test_a_running_activity_changes_only_in_the_members_favour(
    prizes: list[dict[str, Any]], problems: dict[str, str]
) -> None:
    """A prize removed or made rarer while members play for it is what laws on promotions forbid."""
    fair = Fair(prizes=_PROMISED)
    (event,) = fair.publish(prizes=prizes)
    assert {problem.field: problem.code for problem in getattr(event, "problems", ())} == problems
    early = Fair()
    early.publish(prizes=_PROMISED, now="2016-12-01 12:00")
    (before_it_begins,) = early.publish(prizes=prizes, now="2016-12-31 23:59")
    assert before_it_begins.version == 2


_MORE: dict[str, Any] = {
    "tables": [{"id": "vip", "when": {"level": 3}, "weights": {"gift": 5, "thanks": 5}}],
    "pity": [{"id": "p", "prizes": ["gift"], "after": 3}],
}


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"tables": None}, {"tables": "table_lowers"}),
        ({"tables": [{"id": "vip", "when": {"level": 3}, "weights": {"gift": 4, "thanks": 6}}]},
         {"tables[0].weights": "odds_lowered"}),
        ({"tables": [{"id": "vip", "when": {"level": 2}, "weights": {"gift": 1}}]}, {}),
        ({"pity": None}, {"pity": "pity_removed"}),
        ({"pity": [{"id": "p", "prizes": ["gift"], "after": 4}]}, {"pity[0].after": "promise_raised"}),
        ({"pity": [{"id": "p", "prizes": ["gift"], "after": 2}]}, {}),
        ({"prizes": [prize("gift", 2, stock=5, value_fen=100, fallback="thanks",
                           unlock={"after": 9, "by": "all", "per": "lifetime"}),
                     *_PROMISED[1:]]}, {"prizes[0].unlock": "promise_added"}),
    ],
)  # fmt: skip
def test_tables_pity_and_unlocks_are_promises_too(fields: dict[str, Any], problems: dict[str, str]) -> None:
    fair = Fair(prizes=_PROMISED, **_MORE)
    (event,) = fair.publish(**({"prizes": _PROMISED} | _MORE | fields))
    assert {problem.field: problem.code for problem in getattr(event, "problems", ())} == problems


def test_a_running_activity_does_not_end_earlier() -> None:
    fair = Fair(prizes=[prize("gift")])
    (event,) = fair.publish(prizes=[prize("gift")], window={"starts": "2017-01-01 00:00", "ends": "2017-12-31 00:00"})
    assert [problem.code for problem in event.problems] == ["ends_earlier"]


def test_what_has_begun_does_not_begin_again() -> None:
    """Three steps took a prize from a running wheel: start later, remove it as if nothing had begun, start again."""
    fair = Fair(prizes=[prize("gift"), THANKS])
    year, july = {"starts": "2017-01-01 00:00", "ends": "2018-01-01 00:00"}, "2017-07-01 00:00"
    (later,) = fair.publish(prizes=[prize("gift"), THANKS], window=year | {"starts": july})
    assert [(problem.field, problem.code) for problem in later.problems] == [("window.starts", "starts_later")]
    (without,) = fair.publish(prizes=[THANKS], window=year)
    assert [problem.code for problem in without.problems] == ["prize_removed"]
    fair.publish(prizes=[prize("gift")], window=year)
    assert [won.prize_id for won in fair.draw(draws=3)] == ["gift"] * 3, "as promised"


def test_until_it_begins_it_may_begin_later() -> None:
    fair = Fair()
    fair.publish(now="2016-12-01 12:00")
    year = {"starts": "2017-02-01 00:00", "ends": "2018-01-01 00:00"}
    assert fair.publish(window=year, now="2016-12-31 23:59")[0].version == 2
    assert fair.publish(window=year | {"starts": "2017-03-01 00:00"}, now="2017-01-31 23:59")[0].version == 3
    assert fair.reason(now="2017-02-28 23:59") == "not_started"


def test_what_is_over_is_not_published() -> None:
    (event,) = Fair().publish(now="2018-01-01 00:00")
    assert [problem.code for problem in event.problems] == ["already_over"]


def test_every_row_of_the_table_is_complete() -> None:
    fair = Fair(prizes=[prize("gift")])
    fair.move(PauseActivity)
    fair.move(ResumeActivity)
    fair.move(StopActivity)
    fair.move(ArchiveActivity)
    rows = [effect.data.model_dump() for effect in fair.world.effects if effect.topic == "fairground.activities"]
    assert [row["status"] for row in rows] == ["running", "paused", "running", "stopped", "archived"]
    assert all(row["rules"]["id"] == WHEEL and row["version"] == 1 and row["seed_sha256"] for row in rows)


LEGAL = {
    "running": {"pause", "stop"},
    "paused": {"resume", "stop"},
    "stopped": {"archive"},
    "archived": set[str](),
}


@pytest.mark.parametrize("status", LEGAL)
@pytest.mark.parametrize("move", MOVES)
def test_only_legal_moves(status: str, move: str) -> None:
    """Of a wheel whose window is open; `tests/lottery/test_reveal.py` has those that are over."""
    fair = Fair(prizes=[prize("gift")])
    for before in {"running": [], "paused": ["pause"], "stopped": ["stop"], "archived": ["stop", "archive"]}[status]:
        fair.move(MOVES[before])
    event = fair.move(MOVES[move])
    if move in LEGAL[status]:
        assert (event.by, event.why) == ("li", "because")
    else:
        assert event.reason == "illegal_move"
        assert status in event.en


def test_what_is_over_can_be_archived_without_a_stop() -> None:
    fair = Fair(prizes=[prize("gift")])
    assert fair.move(ArchiveActivity).reason == "illegal_move"
    assert fair.move(ArchiveActivity, now="2018-01-01 00:00").type == "fairground.activity.archived.v1"


def test_the_archive_forgets_members_and_counters_but_not_that_it_was_there() -> None:
    fair = Fair(prizes=[prize("gift")])
    fair.draw()
    fair.draw("bob")
    fair.move(StopActivity)
    fair.move(ArchiveActivity)
    assert list(fair.world.records) == [(WHEEL, "wheel")]
    assert fair.world.counters == {}
    assert fair.reason() == "archived"
    (event,) = fair.publish(prizes=[prize("gift", 3)])
    assert event.reason == "illegal_move"


def test_a_stopped_activity_is_final() -> None:
    fair = Fair(prizes=[prize("gift")])
    fair.move(StopActivity)
    (event,) = fair.publish(prizes=[prize("gift", 3)])
    assert (event.reason, event.en) == (
        "illegal_move",
        "The activity is stopped; it is not possible to publish it now.",
    )


def test_an_unknown_activity_cannot_be_moved() -> None:
    refused = Fair().move(PauseActivity)
    assert (refused.reason, refused.version, refused.by, refused.why) == ("unknown_activity", 0, "li", "because")


def test_a_refusal_says_who_asked_and_why_and_which_version_is_in_force() -> None:
    fair = Fair()
    (refused,) = fair.publish(zone="Mars/Base")
    assert (refused.reason, refused.version, refused.by, refused.why) == ("bad_rules", 0, "operator", "")
    fair.publish(prizes=[prize("gift", 1)])
    fair.publish(prizes=[prize("gift", 2)])
    (unchanged,) = fair.publish(prizes=[prize("gift", 2)])
    found = [unchanged, fair.move(ResumeActivity), fair.move(StopActivity, request="s")]
    found += [fair.move(StopActivity, request="s"), fair.move(PauseActivity, now="2017-01-01 12:00")]
    assert [event.reason for event in found[:2] + found[3:]] == ["bad_rules", "illegal_move", "duplicate", "too_old"]
    assert {event.version for event in found} == {2}
    assert [(event.by, event.why) for event in found] == [("operator", ""), *[("li", "because")] * 4]


def test_repeated_commands_of_operators_do_nothing() -> None:
    """A batch that is sent again brings old versions back, unless they are recognised."""
    fair = Fair()
    fair.publish(request="v1", prizes=[prize("gift", 1)])
    fair.publish(request="v2", prizes=[prize("gift", 2)])
    (event,) = fair.publish(request="v1", prizes=[prize("gift", 1)])
    assert event.reason == "duplicate"
    fair.move(PauseActivity, request="p")
    fair.move(ResumeActivity, request="r")
    assert fair.move(PauseActivity, request="p").reason == "duplicate"
    assert fair.move(ResumeActivity, request="r2").reason == "illegal_move"
    fair.move(PauseActivity, request="p2")
    assert fair.move(ResumeActivity, request="r2").reason == "duplicate"
    assert fair.move(ResumeActivity, request="r3", now="2017-01-01 12:00").reason == "too_old"


def test_an_ended_activity_may_go_on_with_a_longer_window() -> None:
    fair = Fair()
    fair.publish(window={"starts": "2017-01-01 00:00", "ends": "2017-06-02 00:00"})
    assert fair.reason(now="2017-06-02 00:00") == "ended"
    fair.publish(window={"starts": "2017-01-01 00:00", "ends": "2017-06-03 00:00"}, now="2017-06-02 01:00")
    assert len(fair.draw(now="2017-06-02 02:00")) == 1


def test_seeds_differ_by_activity_and_secret() -> None:
    hashes = set()
    for secret in (SECRET, SECRET[::-1]):
        for wheel in ("wheel", "wheel-2"):
            (event,) = Fair(secret).publish(wheel=wheel, id=wheel, prizes=[THANKS])
            hashes.add(event.seed_sha256)
    assert len(hashes) == 4


def _raise(fair: Fair, request: str = "", **fields: Any) -> Any:
    asked = RaiseLimit.model_validate({"activity_id": WHEEL, "by": "li", "why": "it goes well"} | fields)
    (event,) = fair.send(asked, request)
    return event


def test_a_stock_is_raised_while_it_runs_once_for_each_request() -> None:
    """A top-up that raced with a sale was erased when stock was set to 0 (big-market): what was taken is counted."""
    fair = Fair(prizes=[prize("gift", stock=2, fallback="thanks"), THANKS | {"weight": 0}], quotas={"total": 9})
    assert [won.prize_id for won in fair.draw(draws=3)] == ["gift", "gift", "thanks"]
    raised = _raise(fair, "r", limit="stock", prize_id="gift", amount=1, expected=2)
    assert (raised.version, raised.by, raised.why, raised.status) == (2, "li", "it goes well", "running")
    assert [(change.field, change.before, change.after) for change in raised.changes] == [("prizes.gift.stock", 2, 3)]
    assert _raise(fair, "r", limit="stock", prize_id="gift", amount=1).reason == "duplicate"
    assert [won.prize_id for won in fair.draw("bob", draws=2)] == ["gift", "thanks"]
    fair.checked()


def test_a_budget_is_raised_and_what_was_spent_stays_spent() -> None:
    cash = prize("cash", reward={"kind": "cash", "amount": 50}, fallback="thanks")
    fair = Fair(prizes=[cash, THANKS | {"weight": 0}], budget={"total_fen": 90, "per_day_fen": 80})
    assert [won.prize_id for won in fair.draw(draws=2)] == ["cash", "thanks"]
    _raise(fair, limit="budget", amount=10)
    assert [won.prize_id for won in fair.draw("bob")] == ["thanks"]  # the day's budget is another one
    _raise(fair, limit="budget_per_day", amount=20)
    assert [won.prize_id for won in fair.draw("cid", draws=2)] == ["cash", "thanks"]
    fair.checked()


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"limit": "stock", "prize_id": "gift", "expected": 3}, "other_limit", "prizes[0].stock"),
        ({"limit": "stock", "prize_id": "gitf"}, "unknown_prize", "prizes"),
        ({"limit": "stock", "prize_id": "thanks"}, "no_limit", "prizes[1].stock"),
        ({"limit": "stock_per_day", "prize_id": "gift"}, "no_limit", "prizes[0].stock_per_day"),
        ({"limit": "budget"}, "no_limit", "budget.total_fen"),
        ({"limit": "stock", "prize_id": "gift", "amount": 10**12}, "out_of_range", "prizes[0].stock"),
    ],
)
def test_a_limit_that_cannot_be_raised_is_refused_with_the_reason(fields: dict[str, Any], code: str, path: str) -> None:
    fair = Fair(prizes=[prize("gift", stock=2, fallback="thanks"), THANKS])
    refused = _raise(fair, **({"amount": 1} | fields))
    assert [(problem.code, problem.field) for problem in refused.problems] == [(code, path)]
    assert len(fair.world.events) == 2


def test_limits_are_raised_only_where_there_is_something_to_draw() -> None:
    fair = Fair(prizes=[prize("gift", stock=2, fallback="thanks"), THANKS])
    unknown = RaiseLimit(activity_id="nosuch", limit="stock", prize_id="gift", amount=1)
    assert [event.reason for event in fair.send(unknown)] == ["unknown_activity"]
    fair.move(PauseActivity)
    assert _raise(fair, limit="stock", prize_id="gift", amount=1).status == "paused"
    fair.move(StopActivity)
    assert _raise(fair, limit="stock", prize_id="gift", amount=1).reason == "illegal_move"
