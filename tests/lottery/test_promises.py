"""Once it has begun, each field of the rules goes only where it may: in the members' favour, or where it is free."""

from copy import deepcopy
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any, get_args, get_type_hints

import pytest

from fairground_activities.files import Audience
from fairground_activities.promises import AUDIENCE, FREE
from fairground_lottery.rules import (
    SENTENCES,
    Fulfilment,
    OrderRule,
    Pacing,
    Pity,
    PlayRule,
    Prize,
    Problems,
    Rules,
    Source,
    Tier,
    Unlock,
    check,
    load,
    promises,
    promises_kept,
)
from fairground_lottery.traffic import files
from tests.lottery.world import THANKS, Fair, Game, game_rules, prize, rules

PROMISES = {**promises.PROMISES, Audience: AUDIENCE}

PHONE = prize(
    "phone", 1, stock=50, stock_per_day=5, per_member=2, value_fen=10_000, fallback="pen",
    reward={"kind": "physical", "amount": 1, "ref": "phone"}, unlock={"after": 3, "by": "all", "per": "cycle"},
    pacing={"by": "day", "curve": [1, 2], "carry": True}, on_rejected={"kind": "points", "amount": 9},
    on_refund="reverse", restock=True, claim_days=14,
)  # fmt: skip
PEN = prize("pen", 3, value_fen=100, fallback="thanks")
WHEEL_FILE = rules(
    chances={
        "free_per_day": 3, "refund_window_days": 30,
        "orders": {"rule": "cumulative", "chances": 2, "every_fen": 5000, "min_order_fen": 1000, "expire_days": 30,
                   "per_day": 10, "total": 100},
        "sources": {"points": {"chances": 2, "per_day": 4, "total": 8, "expire_days": 30, "price": 100,
                               "answer_minutes": 10}},
    },
    quotas={"per_day": 10, "per_week": 20, "per_month": 50, "total": 100},
    budget={"total_fen": 1_000_000, "per_day_fen": 100_000},
    prizes=[PHONE, PEN, THANKS | {"weight": 6}],
    tables=[{"id": "vip", "when": {"spend_fen": 1000, "level": 3, "draws": 5, "condition": "'vip' in tags"},
             "weights": {"phone": 2, "pen": 4, "thanks": 4}}],
    pity=[{"id": "p", "prizes": ["phone"], "after": 10, "soft": {"from": 5, "step": 20}}],
    audience={"only": ["ann", "bob", "cid"], "share": "50%", "holdout": "10%"},
    eligible="level >= 1",
)  # fmt: skip
GAME_FILE = game_rules(prizes=[prize("cup", 0, value_fen=900), prize("pen", 0, value_fen=90), THANKS])

#: What a version says worse: whose field, which, where the file has it, what it becomes (None: nothing is said).
WORSE: list[tuple[type, str, str, Any]] = [
    (Rules, "free_per_day", "chances.free_per_day", 2),
    (Rules, "orders", "chances.orders", None),
    (Rules, "refund_window_days", "chances.refund_window_days", 29),
    (Rules, "draws_per_day", "quotas.per_day", 9),
    (Rules, "draws_per_week", "quotas.per_week", 19),
    (Rules, "draws_per_month", "quotas.per_month", 49),
    (Rules, "draws_total", "quotas.total", 99),
    (Rules, "budget_fen", "budget.total_fen", 999_999),
    (Rules, "budget_per_day_fen", "budget.per_day_fen", 99_999),
    (Rules, "prizes", "prizes", [PEN, THANKS | {"weight": 6}]),
    (Rules, "sold_out", "sold_out", "miss"),
    (Rules, "pity", "pity", None),
    (Rules, "pity", "pity", [{"id": "new", "prizes": ["phone"], "after": 9}, WHEEL_FILE["pity"][0]]),
    (Rules, "pity", "pity[1]", [*WHEEL_FILE["pity"], {"id": "cheap", "prizes": ["pen"], "after": 2}]),
    (Rules, "tables", "tables", None),
    (
        Rules,
        "tables",
        "tables[0]",
        [{"id": "none", "when": {"condition": "!('svip' in tags)"}, "weights": {"thanks": 1}}, *WHEEL_FILE["tables"]],
    ),
    (Rules, "audience", "audience.share", "49%"),
    (Rules, "eligible", "eligible", "level >= 2"),
    (Rules, "play", "play.max_score", 999),
    (Rules, "sources", "chances.sources.points", {"share": {}}),
    (OrderRule, "rule", "chances.orders.rule", "per_order"),
    (OrderRule, "chances", "chances.orders.chances", 1),
    (OrderRule, "every_fen", "chances.orders.every_fen", 5001),
    (OrderRule, "min_order_fen", "chances.orders.min_order_fen", 1001),
    (OrderRule, "expire_days", "chances.orders.expire_days", 29),
    (OrderRule, "on_refund", "chances.orders.on_refund", "debt"),
    (OrderRule, "per_day", "chances.orders.per_day", 9),
    (OrderRule, "total", "chances.orders.total", 99),
    (Source, "chances", "chances.sources.points.chances", 1),
    (Source, "per_day", "chances.sources.points.per_day", 3),
    (Source, "total", "chances.sources.points.total", 7),
    (Source, "expire_days", "chances.sources.points.expire_days", 29),
    (Source, "price", "chances.sources.points.price", 101),
    (Source, "answer_minutes", "chances.sources.points.answer_minutes", 9),
    (PlayRule, "max_score", "play.max_score", 999),
    (PlayRule, "min_seconds", "play.min_seconds", 21),
    (PlayRule, "within_seconds", "play.within_seconds", 179),
    (Audience, "only", "audience.only", ["ann", "bob", "dan"]),
    (Audience, "share", "audience.share", "49.9999%"),
    (Audience, "holdout", "audience.holdout", "10.0001%"),
    (Prize, "weight", "prizes", 2),
    (Prize, "stock", "prizes[0].stock", 49),
    (Prize, "stock_per_day", "prizes[0].stock_per_day", 4),
    (Prize, "per_member", "prizes[0].per_member", 1),
    (Prize, "per_member", "prizes[1].per_member", 9),
    (Prize, "value_fen", "prizes[0].value_fen", 9_999),
    (Prize, "value_fen", "prizes[0].value_fen", 100_000),
    (Prize, "reward", "prizes[0].reward", {"kind": "physical", "amount": 1, "ref": "telephone"}),
    (Prize, "fallback", "prizes[0].fallback", "thanks"),
    (Prize, "unlock", "prizes[1].unlock", {"after": 1, "by": "member", "per": "day"}),
    (Prize, "pacing", "prizes[0].pacing.curve", [1, 9]),
    (Prize, "fulfilment", "prizes[0].claim_days", 13),
    (Unlock, "after", "prizes[0].unlock.after", 4),
    (Unlock, "by", "prizes[0].unlock.by", "member"),
    (Unlock, "per", "prizes[0].unlock.per", "day"),
    (Pacing, "by", "prizes[0].pacing.by", "hour"),
    (Pacing, "curve", "prizes[0].pacing.curve", [2, 1]),
    (Pacing, "carry", "prizes[0].pacing.carry", False),
    (Fulfilment, "on_rejected", "prizes[0].on_rejected", "nothing"),
    (Fulfilment, "on_refund", "prizes[0].on_refund", "debt"),
    (Fulfilment, "restock", "prizes[0].restock", False),
    (Fulfilment, "claim_days", "prizes[0].claim_days", 13),
    (Pity, "prizes", "pity[0].prizes", ["phone", "pen"]),
    (Pity, "after", "pity[0].after", 11),
    (Pity, "soft_from", "pity[0].soft.from", 6),
    (Pity, "soft_step", "pity[0].soft.step", 19),
    (Tier, "spend_fen", "tables[0].when.spend_fen", 1001),
    (Tier, "level", "tables[0].when.level", 4),
    (Tier, "draws", "tables[0].when.draws", 6),
    (Tier, "condition", "tables[0].when.condition", "'svip' in tags"),
    (Tier, "weights", "tables[0].weights", {"phone": 1, "pen": 5, "thanks": 4}),
    (Tier, "score", "tables[0].when.score", 901),
]

#: Where the file has a field, if the problem names another place.
_ELSEWHERE = {("weight", "prizes"): "prizes[1].weight", ("sources", "chances.sources.points"): "chances.sources"}

BETTER: list[tuple[str, Any]] = [
    ("name.en", "The big wheel"), ("window.ends", "2018-02-01 00:00"), ("chances.free_per_day", 4),
    ("chances.orders.min_order_fen", 0), ("chances.orders.every_fen", 100), ("chances.orders.expire_days", None),
    ("chances.orders.total", None), ("chances.sources.points.price", 1), ("chances.sources.share", {"chances": 1}),
    ("quotas.per_day", None), ("quotas.total", 101), ("budget.total_fen", 2_000_000), ("budget", None),
    ("audience.only", ["cid", "ann", "bob", "dan"]), ("audience.share", "60%"), ("audience.holdout", "9%"),
    ("audience.holdout", None), ("audience", None), ("eligible", None),
    ("prizes[0].stock", 51), ("prizes[0].per_member", None), ("prizes[0].unlock", None), ("prizes[0].pacing", None),
    ("prizes[0].unlock.after", 2), ("prizes[0].unlock.per", "lifetime"), ("prizes[0].claim_days", None),
    ("prizes[0].on_refund", "keep"), ("prizes[0].on_rejected", {"kind": "points", "amount": 10}),
    ("prizes[1].reward", {"kind": "points", "amount": 11}), ("prizes[2].weight", 5),
    ("prizes[2].reward", {"kind": "points", "amount": 1}), ("pity[0].after", 9), ("pity[0].soft.from", 4),
    ("tables[0].when.level", 2), ("tables[0].when.condition", None),
    ("tables[0].weights", {"phone": 3, "pen": 4, "thanks": 3}),
]  # fmt: skip

#: What an operator may turn either way to fight fraud, to simulate and to correct a text.
FREELY: list[tuple[str, Any]] = [
    ("risk", {"3": "lowest", "4": "refuse"}), ("risk", {"3": "refuse"}), ("audience.never", ["eve"]),
    ("name.zh", "新名字"), ("prizes[0].name.zh", "新手机"),
]  # fmt: skip


def test_no_field_of_the_rules_is_without_a_direction() -> None:
    """Defaults in silence let a running wheel lose what nobody had thought of: per_member, budgets, eligible, ..."""
    found = {kind: {field.name for field in fields(kind)} for kind in _parts(Rules)}
    assert {kind: set(directions) for kind, directions in PROMISES.items()} == found


def _parts(kind: Any) -> set[type]:
    """Every dataclass of the model that this one is made of, itself included."""
    if not is_dataclass(kind):
        return {part for inner in get_args(kind) for part in _parts(inner)}
    assert isinstance(kind, type)
    parts = {part for hint in get_type_hints(kind).values() for part in _parts(hint)}
    return {kind} | {part for part in parts if part.__module__ != "fairground_contracts.rewards"}


def test_each_direction_is_tried_the_wrong_way() -> None:
    tried = {(kind, field) for kind, field, _, _ in WORSE}
    silent = {"id", "kind", "zone", "day_start_hour", "starts", "ends", "starts_ms", "ends_ms"}  # of the lifecycle
    bound = {(kind, field) for kind, of in PROMISES.items() for field, direction in of.items() if direction is not FREE}
    assert {(kind, field) for kind, field in bound if field not in silent} == tried


@pytest.mark.parametrize(("kind", "field", "path", "value"), WORSE)
def test_what_takes_from_members_is_refused_by_its_name(kind: type, field: str, path: str, value: Any) -> None:
    before = GAME_FILE if kind is PlayRule or field in ("play", "score") else WHEEL_FILE
    at = _ELSEWHERE.get((field, path), path if field not in ("pity", "tables") else field)
    after = _edited(before, at, value)
    if field == "rule":
        del after["chances"]["orders"]["every_fen"]
    if field == "weight":
        after["prizes"][1]["weight"], after["prizes"][2]["weight"] = 2, 7
    if field == "by" and kind is Pacing:
        after["prizes"][0]["pacing"]["curve"] = [1] * 24
    if field == "prizes" and kind is Rules:
        after |= {"pity": None, "tables": None}
        after["prizes"][0]["fallback"] = "thanks"
    if field == "sold_out":
        for each in after["prizes"]:
            each.pop("fallback", None)
    assert check(after) == [], "it could be published first"
    found = _refused(before, after)
    assert path in found, found
    named = path.rsplit(".", 1)[-1].split("[")[0]
    for said in found[path]:
        assert any(word in said for word in (named, "phone", "pen", "cup")), said


@pytest.mark.parametrize(("path", "value"), BETTER)
def test_what_is_in_the_members_favour_is_accepted(path: str, value: Any) -> None:
    assert _refused(WHEEL_FILE, _edited(WHEEL_FILE, path, value)) == {}


@pytest.mark.parametrize(("path", "value"), FREELY)
def test_fraud_is_fought_and_texts_are_corrected_while_it_runs(path: str, value: Any) -> None:
    after = _edited(WHEEL_FILE, path, value)
    assert _refused(WHEEL_FILE, after) == {}
    assert _refused(after, WHEEL_FILE) == {}


def test_who_only_risk_levels_lead_to_a_table_is_free_too() -> None:
    guarded = WHEEL_FILE | {
        "risk": {"3": "few"}, "tables": [*WHEEL_FILE["tables"], {"id": "few", "weights": {"pen": 1, "thanks": 1}}],
    }  # fmt: skip
    stricter = _edited(guarded, "tables[1].weights", {"thanks": 1})
    assert _refused(WHEEL_FILE, guarded) == _refused(guarded, stricter) == _refused(guarded, WHEEL_FILE) == {}


def test_nobody_is_led_to_a_worse_table_by_the_order_of_tables() -> None:
    rich = {"id": "rich", "when": {"spend_fen": 9}, "weights": {"phone": 5, "pen": 4, "thanks": 1}}
    poor = {"id": "poor", "when": {"level": 2}, "weights": {"phone": 2, "pen": 4, "thanks": 4}}
    before = WHEEL_FILE | {"tables": [rich, poor]}
    assert set(_refused(before, before | {"tables": [poor, rich]})) == {"tables"}
    assert _refused(before | {"tables": [poor, rich]}, before) == {}
    assert _refused(before, before | {"tables": [rich, poor | {"when": {"level": 1}}]}) == {}
    assert set(_refused(before, before | {"tables": [rich | {"when": {"level": 9}}, poor]})) == {"tables[0].when.level"}


@pytest.mark.parametrize(
    ("times", "soft", "found"),
    [
        (1, {"from": 5, "step": 20}, ""),
        (1_000, {"from": 5, "step": 20}, "pity[0].soft.step: odds_lowered"),
        (1_000, {"from": 5, "step": 19_999}, "pity[0].soft.step: odds_lowered"),
        (1_000, {"from": 5, "step": 20_000}, ""),
        (10, {"from": 1, "step": 110}, "pity[0].soft.step: odds_lowered"),  # more than before at 5 misses, less at 9
    ],
)
def test_a_slope_is_no_flatter_where_all_weights_are_greater(times: int, soft: dict[str, int], found: str) -> None:
    """The odds of each prize are the same; a step counts for less in a greater sum."""

    def version(many: int, slope: dict[str, int]) -> Rules:
        weights = [PHONE | {"weight": many}, PEN | {"weight": 3 * many}, THANKS | {"weight": 6 * many}]
        tables = [{"id": "vip", "when": {"level": 3}, "weights": {"phone": 2 * many, "thanks": 8 * many}}]
        pity = [{"id": "p", "prizes": ["phone"], "after": 10, "soft": slope}]
        return load(WHEEL_FILE | {"prizes": weights, "tables": tables, "pity": pity})

    problems = Problems(SENTENCES)
    promises_kept(version(1, {"from": 5, "step": 20}), version(times, soft), problems)
    assert "; ".join(f"{each.field}: {each.code}" for each in problems.found) == found


@pytest.mark.parametrize(
    ("times", "phone", "found"),
    [
        (1, 1, ""),
        (1_000, 1, "tables[0]: table_lowers"),
        (1_000, 2, ""),  # more of it than the slope had come to
    ],
)
def test_a_slope_is_no_flatter_in_a_table_of_another_name(times: int, phone: int, found: str) -> None:
    """Who came to the old table comes to the new one, whatever it is called."""

    def version(name: str, many: int, phone: int) -> Rules:
        weights = {"phone": phone * many, "pen": (4 - phone) * many, "thanks": 6 * many}
        pity = [{"id": "p", "prizes": ["phone"], "after": 10, "soft": {"from": 9, "step": 1}}]
        tables = [{"id": name, "when": {"level": 3}, "weights": weights}]
        return load(WHEEL_FILE | {"tables": tables, "pity": pity})

    problems = Problems(SENTENCES)
    promises_kept(version("vip", 1, 1), version("svip", times, phone), problems)
    assert "; ".join(f"{each.field}: {each.code}" for each in problems.found) == found


def test_what_thanks_stand_in_the_way_of_is_promised_too() -> None:
    """The first draws of a wheel win nothing, then its gifts come: more thanks would be fewer gifts."""
    few, many = (THANKS | {"weight": 9, "stock": stock, "fallback": "gift"} for stock in (5, 500))
    before = rules(prizes=[prize("gift", 1), few])
    assert set(_refused(before, rules(prizes=[prize("gift", 1), many]))) == {"prizes[1].stock"}
    assert set(_refused(before, rules(prizes=[prize("gift", 1)]))) == {"prizes"}


def test_a_cap_counts_all_wins_because_none_comes_after_the_first_draw() -> None:
    """Wins are counted while a cap is in force, so a cap that came later would not know of those before it."""
    free, capped = (prize("gift", **cap, fallback="thanks") for cap in ({}, {"per_member": 4}))
    fair = Fair(prizes=[free | {"stock": 100}, THANKS | {"weight": 0}])
    fair.draw(draws=3)
    (refused,) = fair.publish(prizes=[capped | {"stock": 100}, THANKS | {"weight": 0}])
    assert [(each.field, each.code) for each in refused.problems] == [("prizes[0].per_member", "promise_lowered")]
    fair = Fair(prizes=[capped, THANKS | {"weight": 0}])
    fair.draw(draws=3)
    assert fair.publish(prizes=[capped | {"per_member": 5}, THANKS | {"weight": 0}])[0].version == 2
    assert [won.prize_id for won in fair.draw(draws=3, now="2017-06-02 12:00")] == ["gift", "gift", "thanks"]
    fair.checked()


@pytest.mark.parametrize("number", range(12))
def test_the_versions_of_believable_traffic_keep_what_they_promised(number: int) -> None:
    """Otherwise tests that send it would see one version each, and say nothing."""
    found = Problems(SENTENCES)
    for version in (1, 2, 3):
        for made in (partial(files.rules, number), files.game_rules):
            promises_kept(load(made(version)), load(made(version + 1)), found)
    assert found.found == []


def test_what_an_older_log_accepted_is_folded_as_it_is() -> None:
    fair = Fair(prizes=[prize("gift"), THANKS])
    fair.logged(prizes=[THANKS], chances={"free_per_day": 1})
    assert [won.prize_id for won in fair.draw()] == ["thanks"]
    assert fair.reason() == "no_chances"
    assert fair.publish(prizes=[THANKS, prize("gift")], chances={"free_per_day": 2})[0].version == 3


def _refused(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The problems of the second file as a version of the first one that has begun, by field."""
    fair = Game(**before) if before["kind"] == "score_game" else Fair(**before)
    (event,) = fair.publish(**after)
    return {problem.field: (problem.zh, problem.en) for problem in getattr(event, "problems", ())}


def _edited(content: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The file with one field changed; None: without it."""
    edited = deepcopy(content)
    *way, last = path.replace("[", ".").replace("]", "").split(".")
    place: Any = edited
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return edited
