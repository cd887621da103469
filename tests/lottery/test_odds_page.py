"""The odds page tells members every rule that changes what they get: every field of the published form is tried."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from fairground_activities.files import Audience
from fairground_decider.answers import Words
from fairground_lottery.odds import odds
from fairground_lottery.rules import form, load, model
from tests.lottery.world import THANKS, game_rules, prize, rules

#: What is no business of the odds page, and why.
NOT_TOLD = {
    "kind": "what it is called inside; how a turn is earned is told",
    "prizes[].reward.ref": "which coupon or article, as a code; the prize's name says it to people",
    "prizes[].on_rejected.ref": "the same",
    "prizes[].on_rejected.value_fen": "what it costs the operator",
    "prizes[].pacing.curve": "how many pieces come when: who knew would wait for them",
    "chances.refund_window_days": "how long orders and causes are remembered, which a sane choice never shows",
    "chances.sources.points.answer_minutes": "how long a purchase waits for whoever owns the points",
    "pity[].id": "the name of a count",
    "play.expected_scores": "only simulations ask for it",
}

#: What names a prize where others speak of it: only the page itself is looked at.
_NAMES = "prizes[].id"

#: What a choice may be instead.
OTHERS = {
    "by": {"member": "all", "day": "hour"}, "per": {"day": "cycle"}, "rule": {"cumulative": "per_order"},
    "on_refund": {"debt": "keep", "reverse": "debt"}, "sold_out": {"fallback": "miss", "miss": "renormalise"},
    "3": {"lowest": "refuse"}, "4": {"refuse": "vip"},
    "kind": {"lottery": "score_game", "score_game": "lottery", "points": "coupon", "cash": "points",
             "physical": "coupon"},
}  # fmt: skip

SHARED: dict[str, Any] = {
    "day_start_hour": 4,
    "zone": "Asia/Tokyo",
    "quotas": {"per_day": 5, "per_week": 9, "per_month": 20, "total": 30},
    "budget": {"total_fen": 900_000, "per_day_fen": 90_000},
    "risk": {3: "lowest", 4: "refuse"},
    "audience": {"only": ["ann", "bob"], "never": ["cid"], "share": "20%", "holdout": "5%"},
    "eligible": "level >= 1",
    "pity": [{"id": "count", "prizes": ["gift", "car"], "after": 4, "soft": {"from": 2, "step": 3}}],
}
_WHEN = {"spend_fen": 100, "level": 2, "draws": 3, "condition": "level >= 2"}
_PRIZES = [
    prize("gift", 3, stock=90, stock_per_day=9, per_member=2, value_fen=100, on_refund="debt",
          unlock={"after": 1, "by": "member", "per": "day"}, reward={"kind": "points", "amount": 7, "ref": "a"},
          pacing={"by": "day", "curve": [1, 2], "carry": True}, fallback="thanks"),
    prize("car", 1, stock=5, value_fen=1_000, reward={"kind": "physical", "amount": 2, "ref": "SKU"}, restock=True,
          on_refund="reverse", on_rejected={"kind": "cash", "amount": 10, "ref": "b"}, claim_days=7, fallback="thanks"),
    {**THANKS, "weight": 4},
]  # fmt: skip
WHEEL: dict[str, Any] = rules(
    **SHARED,
    prizes=_PRIZES,
    tables=[{"id": "vip", "when": _WHEN, "weights": {"gift": 2, "thanks": 1}}],
    chances={
        "free_per_day": 1,
        "refund_window_days": 60,
        "orders": {"rule": "cumulative", "chances": 2, "every_fen": 100, "min_order_fen": 50, "expire_days": 3,
                   "on_refund": "debt", "per_day": 4, "total": 40},
        "sources": {
            "share": {"chances": 2, "per_day": 3, "total": 9, "expire_days": 5},
            "points": {"chances": 2, "per_day": 3, "total": 9, "expire_days": 5, "price": 8, "answer_minutes": 7},
        },
    },
)  # fmt: skip
GAME: dict[str, Any] = game_rules(
    **SHARED,
    sold_out="miss",
    prizes=[{name: said for name, said in each.items() if name not in {"on_refund", "fallback"}} for each in _PRIZES],
    tables=[{"id": "vip", "when": {"score": 500}, "weights": {"gift": 2, "thanks": 1}}],
    play={"max_score": 900, "min_seconds": 5, "within_seconds": 60, "expected_scores": {5: 1, 900: 1}},
)


def _leaves(content: Any, path: str = "") -> Iterator[str]:
    """Every field that says something by itself, with the way to it."""
    if isinstance(content, dict):
        for name, inner in content.items():
            yield from _leaves(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(content, list) and content and isinstance(content[0], dict):
        for at, inner in enumerate(content):
            yield from _leaves(inner, f"{path}[{at}]")
    else:
        yield path


def _changed(content: dict[str, Any], path: str) -> dict[str, Any]:
    """The same form with one field that says something else."""
    made: Any = deepcopy(content)
    *way, last = path.replace("[", ".").replace("]", "").split(".")
    inside = made
    for step in way:
        inside = inside[int(step) if isinstance(inside, list) else step]
    said = inside[last]
    if last in OTHERS:
        inside[last] = OTHERS[last][said]
    elif isinstance(said, list):
        inside[last] = said[:-1]
        if path.startswith("audience"):
            del inside[last]  # the page says that there is a list, never who is on it
    else:
        inside[last] = not said if isinstance(said, bool) else said + (1 if isinstance(said, int) else "x")
    return dict(made)


def _general(path: str) -> str:
    """The way to it, whichever of several it is."""
    return re.sub(r"\[\d+\]", "[]", re.sub(r"^(play\.expected_scores)\..*", r"\1", path))


def _said(page: Any, language: str) -> Any:
    """What the page says in one language."""
    if isinstance(page, Words):
        return getattr(page, language)
    return tuple(_said(each, language) for each in page) if isinstance(page, tuple) else page


@pytest.mark.parametrize("file", [WHEEL, GAME], ids=["wheel", "game"])
def test_c17_every_field_that_changes_what_members_get_is_told_in_both_languages(file: dict[str, Any]) -> None:
    published = form(load(file))
    page = odds(published)
    for path in _leaves(published):
        if (what := _general(path)) == _NAMES:
            continue
        other = odds(_changed(published, path))
        told = [language for language in ("zh", "en") if _said(page, language) != _said(other, language)]
        if what in NOT_TOLD:
            assert told == [], f"{path} is told: take it off the list"
        elif path.endswith((".zh", ".en")):
            assert told == [path[-2:]], path
        else:
            assert told == ["zh", "en"], path
    assert [each.id for each in page.prizes] == [each["id"] for each in file["prizes"]]


def test_c17_no_field_of_the_rules_is_forgotten_here() -> None:
    """A field that is new says something else than its default in one of the two files above, so it has to be told."""
    used: set[tuple[str, str]] = set()
    for file in (WHEEL, GAME):
        _use(load(file), used)
    found: list[Any] = [Audience, *(each for each in vars(model).values() if is_dataclass(each))]
    own = [kind for kind in found if kind.__module__ in {Audience.__module__, model.__name__}]
    every = {(kind.__name__, field.name) for kind in own for field in fields(kind)}
    assert len(every) > 80
    assert every - used == set()
    written = {_general(path) for file in (WHEEL, GAME) for path in _leaves(form(load(file)))}
    assert set(NOT_TOLD) - written == set(), "what is not told does not even exist"


def _use(content: Any, used: set[tuple[str, str]]) -> None:
    if isinstance(content, tuple):
        for inner in content:
            _use(inner, used)
    elif is_dataclass(content):
        for field in fields(content):
            inner = getattr(content, field.name)
            if inner not in (field.default, None, 0, "", (), False):
                used.add((type(content).__name__, field.name))
            _use(inner, used)


def test_c17_risk_lists_refunds_and_what_is_given_instead_are_told_in_words() -> None:
    page = odds(form(load(WHEEL)))
    assert "not open to members on a list" in [each.en for each in page.conditions]
    assert "draws that are marked with risk level 4 are refused" in [each.en for each in page.conditions]
    assert "Draws that are marked with risk level 3 win the lowest prize that there always is." in [
        each.en for each in page.changes
    ]
    assert "cid" not in repr(page), "who is on a list is nobody's business"
    assert [each.en for each in page.fates] == [
        "When the order that had brought the draw is refunded, this goes back: car.",
        "When the order that had brought the draw is refunded, the member owes this: gift.",
        "0.10 yuan are given instead of this if it cannot be delivered: car.",
        "What is taken back, comes back or is not claimed can be won again: car.",
    ]
    only_3 = odds(form(load(rules(risk={3: "refuse"}))))
    assert only_3.conditions[-1] == Words(
        "风控等级为 3 或 4 的抽奖不予受理", "draws that are marked with risk level 3 or 4 are refused"
    )
    by_table = {"tables": [{"id": "poor", "weights": {"thanks": 1}}], "risk": {4: "poor"}}
    assert (
        odds(form(load(rules(**by_table)))).changes[-1].en == "Draws that are marked with risk level 4 use table poor."
    )


def test_c17_a_prize_says_how_much_it_is_and_what_replaces_it() -> None:
    chances = {"kind": "draw_chances", "amount": 3, "ref": "another"}
    page = odds(form(load(rules(prizes=[prize("more", reward=chances, on_rejected="nothing"), THANKS]))))
    assert page.prizes[0].claim == Words(
        "3 次抽奖机会（another），中奖后立即可用", "3 draws (another), can be used right after the draw"
    )
    assert page.fates == (
        Words("无法发放时不作补偿：more。", "Nothing is given instead of this if it cannot be delivered: more."),
    )
