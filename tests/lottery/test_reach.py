"""What nobody can ever come to is a problem of the file: exactly that, and nothing that somebody could still reach."""

from typing import Any

import pytest

from fairground_lottery.rules import check, load
from fairground_lottery.rules.reach import most_draws
from tests.lottery.world import THANKS, game_rules, prize, rules

#: The 31st is a Tuesday: three days, in one week and two months.
_DAYS = {"starts": "2017-01-31 00:00", "ends": "2017-02-03 00:00"}
_DAY = {"starts": "2017-06-01 00:00", "ends": "2017-06-02 00:00"}


def found(content: dict[str, Any]) -> list[str]:
    """What is wrong."""
    return sorted(f"{problem.field}: {problem.code}" for problem in check(content))


@pytest.mark.parametrize(
    ("window", "quotas", "most"),
    [
        (_DAYS, {}, (None, None)),
        (_DAYS, {"total": 4}, (4, 4)),
        (_DAYS, {"per_day": 3}, (9, 3)),
        (_DAYS, {"per_week": 3}, (3, 3)),
        (_DAYS, {"per_month": 3}, (6, 3)),
        (_DAYS, {"per_day": 3, "per_week": 8, "per_month": 5, "total": 9}, (8, 3)),
        ({"starts": "2017-06-04 00:00", "ends": "2017-06-05 00:00:01"}, {"per_week": 2}, (4, 2)),
    ],
)
def test_the_most_draws_of_a_member_follow_from_all_quotas_and_the_window(
    window: Any, quotas: Any, most: tuple[int | None, int | None]
) -> None:
    assert tuple(most_draws(load(rules(window=window, quotas=quotas)))) == most


@pytest.mark.parametrize(
    ("quotas", "after", "possible"),
    [({"per_day": 3}, 2, True), ({"per_day": 3}, 3, False), ({"per_week": 3}, 3, False), ({"per_month": 3}, 3, False)],
)
def test_04_a_pity_that_no_window_is_long_enough_for_is_a_problem(quotas: Any, after: int, possible: bool) -> None:
    pity = [{"prizes": ["gift"], "after": after}]
    assert found(rules(window=_DAY, quotas=quotas, pity=pity)) == ([] if possible else ["pity[0].after: never_due"])
    assert check(rules(quotas=quotas, pity=pity)) == []  # in a year it comes about


@pytest.mark.parametrize(
    ("quotas", "after", "per", "possible"),
    [
        ({"per_week": 3}, 2, "day", True),
        ({"per_week": 3}, 50, "day", False),
        ({"per_month": 3}, 50, "day", False),
        ({"per_day": 3}, 8, "lifetime", True),
        ({"per_day": 3}, 9, "lifetime", False),
        ({"per_day": 3}, 9, "cycle", False),
    ],
)
def test_03_a_prize_that_nobody_draws_often_enough_to_open_is_a_problem(
    quotas: Any, after: int, per: str, possible: bool
) -> None:
    def content(by: str) -> dict[str, Any]:
        car = prize("car", fallback="thanks", unlock={"after": after, "by": by, "per": per})
        return rules(window=_DAYS, quotas=quotas, prizes=[car, THANKS])

    assert found(content("member")) == ([] if possible else ["prizes[0].unlock.after: never_unlocked"])
    assert check(content("all")) == []  # there is no saying how many members draw


def test_03_plays_that_began_yesterday_may_open_a_prize_today() -> None:
    pen = prize("pen", 0, fallback="thanks", unlock={"after": 4, "by": "member", "per": "day"})
    content = game_rules(quotas={"per_day": 3}, prizes=[prize("cup", 0), pen, THANKS])
    assert check(content | {"window": _DAYS}) == []
    assert found(content | {"window": _DAY}) == ["prizes[1].unlock.after: never_unlocked"]


@pytest.mark.parametrize(
    ("front", "behind", "said"),
    [
        ({"draws": 1}, {"draws": 5}, "draws"),
        ({"level": 2}, {"draws": 5, "level": 3}, "draws"),
        ({"condition": "new_buyer"}, {"condition": "new_buyer", "level": 1}, "level"),
        ({"condition": "true"}, {"spend_fen": 1}, "spend_fen"),
        ({"condition": "1 < 2 || 'x' == 'y'"}, {"condition": "level > 3"}, "condition"),
        ({"draws": 5}, {"draws": 1}, ""),
        ({"level": 2}, {"spend_fen": 100}, ""),
        ({"level": 2, "draws": 1}, {"level": 3}, ""),
        ({"condition": "level > 2"}, {"condition": "level > 3"}, ""),
        ({"condition": "false"}, {"level": 3}, ""),
    ],
)
def test_05_a_table_behind_one_that_always_applies_first_is_a_problem(front: Any, behind: Any, said: str) -> None:
    tables = [{"id": "front", "when": front, "weights": {"gift": 1, "thanks": 1}},
              {"id": "behind", "when": behind, "weights": {"gift": 2}}]  # fmt: skip
    assert found(rules(tables=tables)) == ([f"tables[1].when.{said}: table_in_front"] if said else [])
    assert check(rules(tables=tables, risk={"3": "behind"})) == []  # risk levels lead to it all the same


def test_05_a_table_for_more_draws_than_there_are_is_a_problem() -> None:
    def content(draws: int) -> dict[str, Any]:
        return rules(quotas={"total": 3}, tables=[{"id": "late", "when": {"draws": draws}, "weights": {"gift": 1}}])

    assert check(content(2)) == []
    assert found(content(3)) == ["tables[0].when.draws: too_few_draws"]


@pytest.mark.parametrize(
    ("prizes", "more", "unreachable"),
    [
        ([prize("a", fallback="b"), prize("b", 0)], {}, [1]),
        ([prize("a", stock=1, fallback="b"), prize("b", 0)], {}, []),
        ([prize("a", stock=1, fallback="b"), prize("b", 0, stock=1, fallback="c"), prize("c", 0)], {}, []),
        ([prize("a", stock=1, fallback="b"), prize("b", fallback="c"), prize("c", 0, fallback="d"), prize("d", 0)], {},
         [2, 3]),
        ([prize("a", value_fen=5, fallback="b"), prize("b", 0)], {}, [1]),
        ([prize("a", value_fen=5, fallback="b"), prize("b", 0)], {"budget": {"total_fen": 5}}, []),
        ([prize("a"), prize("b", 0, value_fen=1), THANKS | {"weight": 0}], {"risk": {"4": "lowest"}}, [1]),
    ],
)  # fmt: skip
def test_06_a_prize_that_no_draw_ends_in_is_a_problem(
    prizes: list[dict[str, Any]], more: dict[str, Any], unreachable: list[int]
) -> None:
    wanted = [f"prizes[{index}].weight: unreachable_prize" for index in unreachable]
    assert found(rules(prizes=prizes, **more)) == wanted


def test_06_weights_that_a_table_for_every_play_stands_before_reach_nobody() -> None:
    game = game_rules(tables=[{"id": "all", "when": {"score": 0}, "weights": {"cup": 1, "thanks": 1}}])
    game["prizes"][1]["weight"] = 5
    assert found(game) == ["prizes[1].weight: unreachable_prize"]
    game["tables"][0]["when"]["score"] = 1
    assert check(game) == []
