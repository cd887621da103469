"""Activity files: everything that is wrong at once, with its line, in words; nothing ever raises."""

import copy
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground_activities.files import MAX_BYTES, MAX_PROBLEMS
from fairground_lottery.domain.in_force import canonical, in_force_of
from fairground_lottery.rules import KINDS, BadRules, check, form, load
from fairground_lottery.rules.problems import SENTENCES
from tests.lottery.world import THANKS, game_rules, prize, rules

_OURS = re.compile(rf"^kind: ({'|'.join(KINDS)})$", re.MULTILINE)
EXAMPLES = [
    path
    for path in sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
    if _OURS.search(path.read_text(encoding="utf-8"))
]

BROKEN = """\
kind: lottery
id: Spring Wheel
nmae: {zh: 春, en: Spring}
zone: Asia/Shangai
window:
  starts: 2017-03-01 00:00
  ends: 2017-02-01 00:00
chances:
  free_per_day: 1.0
  orders: {rule: per_order, every_fen: 100}
budget: {total_fen: 10, per_day_fen: 11}
prizes:
  - {id: a, name: {zh: a, en: b}, weight: 0.5, reward: {kind: cash, amount: 88}, fallback: b, stock: 1}
  - {id: b, name: {zh: a, en: b}, weight: -1, reward: {kind: cash, amount: 88}, fallback: a, stock: 1}
  - {id: b, name: {zh: a, en: b}, weight: 1, value_fen: 5, stock: 1, stock_per_day: 2}
  - {id: d, name: {zh: a, en: b}, weight: 1, reward: {kind: pionts}, fallback: e}
  - no prize
quotas: {per_day: yes}
"""


def codes(source: Any) -> dict[str, int]:
    """What is wrong, and at which line."""
    return {f"{problem.field}: {problem.code}": problem.line for problem in check(source)}


def test_everything_that_is_wrong_is_listed_at_once_with_its_line() -> None:
    assert codes(BROKEN) == {
        "name: missing": 1,
        "id: bad_id": 2,
        "nmae: unknown_field": 3,
        "zone: unknown_zone": 4,
        "window.ends: window_reversed": 7,
        "chances.free_per_day: not_integer": 9,
        "chances.orders.every_fen: not_with_rule": 10,
        "budget.per_day_fen: day_above_total": 11,
        "budget.per_day_fen: budget_below_prize": 11,
        "budget.total_fen: budget_below_prize": 11,
        "prizes[0].weight: not_integer": 13,
        "prizes[0].fallback: fallback_loop": 13,
        "prizes[1].weight: out_of_range": 14,
        "prizes[1].fallback: fallback_loop": 14,
        "prizes[2].id: duplicate_id": 15,
        "prizes[2].value_fen: thanks_with_value": 15,
        "prizes[2].stock_per_day: day_above_total": 15,
        "prizes[2].fallback: no_endless_end": 15,
        "prizes[3].reward.kind: bad_choice": 16,
        "prizes[3].reward.amount: missing": 16,
        "prizes[3].fallback: unknown_fallback": 16,
        "prizes[4]: no_mapping": 17,
        "quotas.per_day: not_integer": 18,
    }


def test_problems_say_what_would_do() -> None:
    said = {problem.field: problem.en for problem in check(BROKEN)}
    assert said["nmae"] == "There is no field 'nmae'; did you mean 'name'."
    assert said["chances.free_per_day"] == "This must be a whole number, not 1.0; write 1."
    assert said["prizes[1].fallback"] == "Sold-out prizes fall back in a circle: b > a > b."


def test_every_sentence_comes_in_both_languages() -> None:
    for code, (zh, en) in SENTENCES.items():
        assert zh.endswith("。"), code
        assert en.endswith("."), code


def test_the_examples_are_right_and_explained() -> None:
    names = ["link-up-2017", "november-sale", "spring-2017", "summer-2017", "today", "year-2017"]
    assert [path.stem for path in EXAMPLES] == names
    for path in EXAMPLES:
        text = path.read_text(encoding="utf-8")
        assert check(text) == []
        assert load(text).id == path.stem
        assert text.startswith("#")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_published_form_is_a_file_again(path: Path) -> None:
    once = load(path.read_text(encoding="utf-8"))
    assert load(json.loads(json.dumps(form(once)))) == once
    assert load(yaml.safe_dump(form(once), allow_unicode=True, sort_keys=False)) == once
    assert form(load(form(once))) == form(once)


#: What was published before the form knew pity, tables and the rest, and its hash.
OLD_FORM: dict[str, Any] = {
    "kind": "lottery", "id": "old", "name": {"zh": "旧", "en": "Old"}, "zone": "Asia/Shanghai", "day_start_hour": 0,
    "window": {"starts": "2017-01-01 00:00", "ends": "2018-01-01 00:00"},
    "chances": {"free_per_day": 3, "refund_window_days": 30}, "quotas": {"per_day": 5}, "budget": {"total_fen": 500},
    "sold_out": "fallback",
    "prizes": [
        {"id": "cash", "name": {"zh": "现金", "en": "Cash"}, "weight": 1, "stock": 9, "value_fen": 5,
         "fallback": "thanks", "reward": {"kind": "cash", "amount": 5, "ref": ""}},
        {"id": "thanks", "name": {"zh": "谢谢", "en": "Thanks"}, "weight": 9, "value_fen": 0},
    ],
}  # fmt: skip


def test_forms_published_before_a_field_was_known_mean_the_same_and_keep_their_hash() -> None:
    old = load(OLD_FORM)
    assert form(old) == OLD_FORM
    assert (old.pity, old.tables, old.risk, old.audience, old.eligible, old.sold_out) == (
        (),
        (),
        (),
        None,
        "",
        "fallback",
    )
    assert (old.draws_per_week, [(prize.unlock, prize.pacing) for prize in old.prizes]) == (None, [(None, None)] * 2)
    assert in_force_of(canonical(old)).plain
    gone = {**OLD_FORM, "prizes": [*OLD_FORM["prizes"], prize("never", 0)]}
    assert [problem.code for problem in check(gone)] == ["unreachable_prize"]
    assert load(gone).prizes[2].id == "never"  # was allowed once, so it goes on being read


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_mapping"),
        ("- a\n- b", "no_mapping"),
        ("just text", "no_mapping"),
        ("a: [1, 2", "bad_yaml"),
        ("a: \x00", "bad_yaml"),
        (b"\xff\xfe\x00", "not_utf8"),
        ("kind: lottery\n---\nkind: lottery", "second_document"),
        ("a: &x [1]\nb: *x", "alias"),
        ("id: !!python/object/apply:os.system ['true']", "tag"),
        ("id: !mine x", "tag"),
        ("? [a, b]\n: c", "name_is_no_text"),
        ("a: " + "[" * 5000, "too_deep"),
        ("id: x\nid: y", "duplicate_field"),
        ("x" * (MAX_BYTES + 1), "file_too_large"),
        ("prizes: []", "empty_list"),
        ("prizes: {a: b}", "no_list"),
        ("id: 5", "not_text"),
        ("quotas: {total: " + "9" * 5000 + "}", "out_of_range"),
        ("name: {zh: '', en: b}", "text_length"),
        ("prizes: [" + "1," * 300 + "]", "too_many_items"),
    ],
)
def test_whatever_a_file_holds_is_said_and_not_raised(text: str | bytes, code: str) -> None:
    assert code in {problem.code for problem in check(text)}


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "alias" in {problem.code for problem in check("\n".join(lines))}


def test_a_file_of_5_mb_is_too_large_and_so_is_a_list_of_problems() -> None:
    (problem,) = check("a: b\n" * 1_000_000)
    assert (problem.code, problem.en) == (
        "file_too_large", f"The file has 5000000 bytes; an activity file has at most {MAX_BYTES}.",
    )  # fmt: skip
    problems = check({f"field {number}": 1 for number in range(1000)})
    assert len(problems) == MAX_PROBLEMS
    assert problems[-1].code == "too_many_problems"


#: A file that uses every rule.
_EVERYTHING = rules(
    quotas={"per_day": 1, "per_week": 3},
    prizes=[
        prize(
            "gift",
            stock=1,
            fallback="thanks",
            unlock={"after": 1, "by": "all", "per": "cycle"},
            pacing={"by": "day", "curve": [1], "carry": True},
        ),
        THANKS,
    ],
    pity=[{"prizes": ["gift"], "after": 5, "soft": {"from": 2, "step": 1}}],
    tables=[{"id": "vip", "when": {"level": 3, "condition": "level > 2"}, "weights": {"gift": 1}}],
    risk={"3": "vip", "4": "lowest"},
    audience={"only": ["ann"], "share": "20%"},
    eligible="level > 1",
)


def _broken(seed: int) -> str:
    """An example, damaged as hands and programs do it."""
    dice = random.Random(seed)
    texts = [path.read_text(encoding="utf-8") for path in EXAMPLES] + [yaml.safe_dump(_EVERYTHING, sort_keys=False)]
    text = texts[seed % len(texts)]
    for _ in range(dice.randint(1, 6)):
        lines = text.split("\n")
        at = dice.randrange(len(lines))
        match dice.randrange(6):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[dice.randrange(len(lines))])
            case 2:
                lines[at] = dice.choice(["  ", "\t", "- ", "? ", "&a ", "*a ", "!!int ", "{", "[", "'"]) + lines[at]
            case 3:
                lines[at] = lines[at].replace(": ", dice.choice([":", ": -", ": 1.5e", ": 9999999999999999999", ": {"]))
            case 4:
                lines[at] = lines[at][: dice.randrange(len(lines[at]) + 1)]
            case 5:
                lines[at] = "".join(dice.sample(lines[at], len(lines[at])))
        text = "\n".join(lines)
    return text


@pytest.mark.parametrize("seed", range(100))
def test_broken_files_never_raise(seed: int) -> None:
    text = _broken(seed)
    problems = check(text)
    if problems:
        assert all(problem.zh and problem.en and problem.line <= text.count("\n") + 1 for problem in problems)
        with pytest.raises(BadRules):
            load(text)
    else:
        assert check(form(load(text))) == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
_PATHS = [
    ("window",), ("window", "starts"), ("chances",), ("chances", "orders"), ("quotas", "per_day"), ("budget",),
    ("name",),
    ("prizes",), ("prizes", 0), ("prizes", 0, "weight"), ("prizes", 0, "reward"), ("prizes", 0, "reward", "amount"),
    ("prizes", 0, "fallback"), ("zone",), ("id",), ("kind",), ("day_start_hour",), ("sold_out",),
    ("prizes", 0, "unlock"), ("prizes", 0, "pacing"), ("pity",), ("tables",), ("risk",), ("audience",), ("eligible",),
    ("pity", 0, "prizes"), ("pity", 0, "soft"), ("pity", 0, "after"), ("tables", 0, "when"), ("tables", 0, "weights"),
    ("tables", 0, "when", "condition"), ("tables", 0, "weights", "gift"), ("risk", "3"), ("audience", "only"),
    ("audience", "share"), ("prizes", 0, "pacing", "curve"), ("prizes", 0, "unlock", "after"),
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(_PATHS), _JSON)
def test_any_content_is_either_rules_or_has_problems(path: tuple[Any, ...], value: Any) -> None:
    content: Any = copy.deepcopy(_EVERYTHING)
    assert check(content) == []
    inner = content
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    if not check(content):
        assert load(form(load(content))) == load(content)


@settings(deadline=None)
@given(st.text() | st.binary())
def test_any_text_is_read(text: str | bytes) -> None:
    assert check(text)


class TestWindows:
    """Local times become moments where clocks are moved too."""

    def moments(self, zone: str, starts: str, ends: str) -> tuple[int, int]:
        read = load(rules(zone=zone, window={"starts": starts, "ends": ends}))
        return read.starts_ms // 1000, read.ends_ms // 1000

    def test_without_summer_time(self) -> None:
        assert self.moments("Asia/Shanghai", "2017-03-01 00:00", "2017-03-02 00:00:30") == (1488297600, 1488384030)

    def test_a_window_over_the_change_is_an_hour_longer_or_shorter(self) -> None:
        starts, ends = self.moments("Europe/Berlin", "2017-03-26 00:00", "2017-03-27 00:00")
        assert ends - starts == 23 * 3600
        starts, ends = self.moments("Europe/Berlin", "2017-10-29 00:00", "2017-10-30 00:00")
        assert ends - starts == 25 * 3600

    def test_a_time_that_comes_twice_makes_the_longer_window(self) -> None:
        starts, ends = self.moments("Europe/Berlin", "2017-10-29 02:30", "2017-10-29 02:30:01")
        assert ends - starts == 3601

    def test_a_time_that_the_clocks_skip_is_a_problem(self) -> None:
        window = {"starts": "2017-03-26 02:30", "ends": "2017-03-27 00:00"}
        (problem,) = check(rules(zone="Europe/Berlin", window=window))
        assert (problem.field, problem.code) == ("window.starts", "no_such_time")

    @pytest.mark.parametrize("text", ["2017-02-30 00:00", "2017-01-01", "1969-01-01 00:00", "2017-01-01 24:00", "９"])
    def test_what_is_no_time(self, text: str) -> None:
        problems = check(rules(window={"starts": text, "ends": "2018-01-01 00:00"}))
        assert [problem.code for problem in problems] == ["bad_time"]


@pytest.mark.parametrize(
    ("prizes", "codes_found"),
    [
        ([prize("a", stock=1, fallback="b"), prize("b", per_member=1, fallback="c"), prize("c")], []),
        ([prize("a", stock=1, fallback="a")], ["fallback_loop"]),
        ([prize("a", stock=1, fallback="b"), prize("b", stock=1)], ["no_endless_end"]),
        ([prize("a", fallback="b"), prize("b", fallback="a")], []),
        ([prize("a", 0), prize("b", 0)], ["weights_all_zero"]),
        ([prize("a"), prize("b", 0)], ["unreachable_prize"]),
        ([prize("a", value_fen=1)], ["no_endless_end"]),
        ([prize("a", value_fen=1, fallback="b"), prize("b")], []),
        ([prize("a", reward={"kind": "cash", "amount": 5}, value_fen=6, fallback="b"), prize("b")], ["cash_value"]),
    ],
)
def test_every_draw_ends_in_something_that_can_be_given(prizes: list[dict[str, Any]], codes_found: list[str]) -> None:
    problems = check(rules(prizes=prizes, budget={"total_fen": 10}))
    assert [problem.code for problem in problems] == codes_found


def test_c17_a_prize_is_worth_at_most_50_000_yuan() -> None:
    """What the law of sales with prizes allows, wherever the value stands; what was published once goes on."""
    most, more = 5_000_000, 5_000_001
    dear = [prize("car", value_fen=most), prize("cash", reward={"kind": "cash", "amount": most}), THANKS]
    assert check(rules(prizes=dear)) == []
    points = {"kind": "points", "amount": 1, "value_fen": more}
    dearer = rules(
        prizes=[
            prize("car", value_fen=more, on_rejected={"kind": "cash", "amount": more}),
            prize("cash", reward={"kind": "cash", "amount": more}, on_rejected=points),
            THANKS,
        ]
    )
    found = {f"{problem.field}: {problem.code}" for problem in check(dearer)}
    assert found == {
        "prizes[0].value_fen: prize_above_law", "prizes[0].on_rejected.amount: prize_above_law",
        "prizes[1].reward.amount: prize_above_law", "prizes[1].on_rejected.value_fen: prize_above_law",
    }  # fmt: skip
    assert load(dearer).prizes[0].value_fen == more
    assert codes(game_rules(prizes=[prize("cup", value_fen=more), prize("pen"), THANKS])) == {
        "prizes[0].value_fen: prize_above_law": 0
    }


@pytest.mark.parametrize("chances", [{}, {"refund_window_days": 9}, None])
def test_02_a_wheel_says_how_members_come_to_draw(chances: Any) -> None:
    assert list(codes(rules(chances=chances))) == ["chances: no_chances"]
    ways: list[Any] = [{"free_per_day": 0}, {"orders": {"rule": "per_order"}}, {"sources": {"share": {}}}]
    for said in ways:
        assert check(rules(chances=said)) == []
    assert "chances: no_chances" not in codes(rules(chances=3))


def test_won_chances_are_those_of_an_activity() -> None:
    def of(ref: str) -> dict[str, Any]:
        return {"kind": "draw_chances", "amount": 1, "ref": ref}

    wheels = [
        prize("a", reward=of("wheel-2"), on_rejected=of("")),
        prize("b", reward={"kind": "coupon", "amount": 1, "ref": "NO Such !"}),
    ]
    assert check(rules(prizes=wheels)) == []
    bad = [prize("a", reward=of("NO Such !")), prize("b", on_rejected=of("x" * 65))]
    content = rules(prizes=bad, rewards={"on_rejected": of("Ä")})
    assert set(codes(content)) == {
        "prizes[0].reward.ref: bad_id", "prizes[1].on_rejected.ref: bad_id", "rewards.on_rejected.ref: bad_id",
    }  # fmt: skip
    assert load(content).id == "wheel"  # was allowed once
