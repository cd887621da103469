"""Outcomes are recomputed by two verifiers that share no code: ours, by the domain, and one in JavaScript, by the page
docs/fairness.md alone. What either of them is shown altered, both find."""

import json
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from fairground_contracts.activities import StopActivity
from fairground_decider import Event
from fairground_lottery.verification import Export, Malformed, NotDisclosed, Report, gather, read, verify, write
from fairground_lottery.verification.export import Return
from tests.lottery import played
from tests.lottery.world import THANKS, WHEEL, Fair, prize

VERIFIER = Path(__file__).parents[2] / "examples" / "verify" / "verify.mjs"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not on the path: the second verifier cannot run")

OUTCOMES = 100_000
#: A kind with everything in it: fallback, two pities, tables by draws and risk, a budget, cars that open by cycle.
RICH = 7


def by_node(tmp_path: Path, texts: Sequence[bytes]) -> list[dict[str, Any]]:
    """What the second verifier says of each file."""
    files = [tmp_path / f"{number}.json" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_bytes(text)
    assert NODE
    command = [NODE, str(Path(__file__).with_name("verify_all.mjs")), str(VERIFIER), *map(str, files)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def found_by_us(text: bytes) -> bool:
    """Whether our verifier finds a difference, or that it is no export at all."""
    try:
        return not verify(read(text)).holds
    except Malformed:
        return True


def found(said: dict[str, Any]) -> bool:
    """The same of what the second one said."""
    return "malformed" in said or bool(said["differences"])


# ---- both agree ----------------------------------------------------------------------------------------


@needs_node
@pytest.mark.timeout(280)
def test_two_verifiers_agree_on_100_000_outcomes_under_every_rule(tmp_path: Path) -> None:
    exports = list(played.exports(OUTCOMES + 2_000))
    assert sum(len(export.draws) for export in exports) >= OUTCOMES
    _every_rule_had_a_say(exports)
    ours = [verify(export) for export in exports]
    assert [report.differences for report in ours] == [()] * len(exports)
    theirs = by_node(tmp_path, [write(export) for export in exports])
    for report, said in zip(ours, theirs, strict=True):
        assert said == {
            "outcomes": report.outcomes, "agreeing": report.outcomes, "sha256": report.sha256, "differences": [],
        }  # fmt: skip


@needs_node
def test_two_verifiers_agree_on_plays_of_a_score_game(tmp_path: Path) -> None:
    export = played.game_export(4_000)
    assert (len(export.draws), verify(export).differences) == (4_000, ())
    assert {draw.table for draw in export.draws} == {"", "gold", "regulars", "vip", "silver", "careful", "lowest"}
    assert {draw.chance for draw in export.draws} == {"play"}
    assert len(export.returned) > 5
    assert {word for draw in export.draws for word in (draw.pity, draw.withheld)} >= {
        "hard",
        "soft",
        "locked",
        "budget",
    }
    silver = _instead({"table": "silver"}, table="gold")(export)
    forged = [silver, _instead({"table": "silver"}, score=299)(export), _draw(9, score=None)(export),
              structs.replace(export, returned=[])]  # fmt: skip
    honest, *found_by_node = by_node(tmp_path, [write(each) for each in (export, *forged)])
    assert honest["differences"] == []
    for each, said, field in zip(forged, found_by_node, ("table", "table", "score", "withheld"), strict=True):
        assert field in {difference.field for difference in verify(each).differences}
        assert field in {difference["field"] for difference in said["differences"]}


@needs_node
def test_a_wheel_knows_no_scores(export: Export, tmp_path: Path) -> None:
    forged = _draw(0, score=5)(export)
    assert [difference.field for difference in verify(forged).differences] == ["score"]
    (said,) = by_node(tmp_path, [write(forged)])
    assert [difference["field"] for difference in said["differences"]] == ["score"]


def _every_rule_had_a_say(exports: Sequence[Export]) -> None:
    """Otherwise they would agree on little."""
    seen = Counter(
        (export.versions[0].rules["sold_out"], word)
        for export in exports
        for draw in export.draws
        for word in (draw.withheld or "given", draw.pity or "no pity", draw.table or "base", f"became {draw.prize_id}")
    )
    words = {
        "given",
        "locked",
        "sold_out",
        "sold_out_today",
        "paced",
        "per_member",
        "budget",
        "no pity",
        "hard",
        "soft",
        "due",
    }
    words |= {"base", "regulars", "careful", "lowest", "vip", "spent"}
    withheld = {"locked", "sold_out", "sold_out_today", "paced", "per_member", "budget"}
    for sold_out in ("fallback", "renormalise", "miss"):
        expected = words - withheld if sold_out == "renormalise" else words
        assert {word for kind, word in seen if kind == sold_out} >= expected, sold_out
    assert seen["miss", "became "]
    assert sum(len(export.returned) for export in exports) > 500
    assert not seen["fallback", "became "]


@pytest.fixture(scope="module")
def export() -> Export:
    """A wheel with everything in it."""
    return played.export(RICH, 600)


def test_a_file_is_read_as_it_was_written(export: Export) -> None:
    text = write(export)
    assert read(text) == structs.replace(export, sha256=export.checksum())
    report, draws = verify(read(text)), len(export.draws)
    assert (report.holds, report.outcomes, report.agreeing, report.versions) == (True, draws, draws, 2)


def test_an_export_names_no_member() -> None:
    """Not even those whom the rules let in or keep out by name."""
    number = next(at for at, kind in enumerate(played.KINDS) if kind[2] == 2)
    events = played.events(number, 60)
    export = gather(f"wheel-{number}", events).export
    assert export.versions[0].names_removed == 60
    assert not re.search(rb'"m\d+"', write(export))
    assert "never" not in write(export).decode()
    assert "never" in events[0].data.rules["audience"]
    assert verify(export).holds


# ---- what is altered is found --------------------------------------------------------------------------


def _altered(text: bytes, at: int) -> bytes:
    """Another digit or letter in that place."""
    old = text[at : at + 1]
    new = b"7" if old in b"0123456" else b"1" if old.isdigit() else b"x" if old != b"x" else b"y"
    return text[:at] + new + text[at + 1 :]


@needs_node
def test_one_altered_byte_is_found_by_both(export: Export, tmp_path: Path) -> None:
    text = write(export)
    seed, rule = text.index(b'"seed": "') + 9, text.index(b'"weight":4') + 9
    draw = text.index(b'"drawn_id":"', text.index(b'"draws": [')) + 12
    places = [at for at in range(len(text)) if text[at : at + 1].isalnum()]
    chosen = [seed, seed + 63, rule, draw, *random.Random(1).sample(places, 60)]
    changed = [_altered(text, at) for at in chosen]
    for at, each, said in zip(chosen, changed, by_node(tmp_path, changed), strict=True):
        assert found_by_us(each), text[at - 20 : at + 20]
        assert found(said), text[at - 20 : at + 20]


Change = Callable[[Export], Export]


def _draw(at: int, **fields: Any) -> Change:
    def change(export: Export) -> Export:
        draws = [*export.draws[:at], structs.replace(export.draws[at], **fields), *export.draws[at + 1 :]]
        return structs.replace(export, draws=draws)

    return change


def _rules(change: Callable[[dict[str, Any]], None], at: int = 1) -> Change:
    def changed(export: Export) -> Export:
        rules = msgspec.json.decode(msgspec.json.encode(export.versions[at].rules))
        change(rules)
        versions = list(export.versions)
        versions[at] = structs.replace(versions[at], rules=rules)
        return structs.replace(export, versions=versions)

    return changed


def _first(export: Export, **fields: Any) -> int:
    return next(at for at, draw in enumerate(export.draws) if all(getattr(draw, n) == v for n, v in fields.items()))


def _instead(words: dict[str, Any], **fields: Any) -> Change:
    """In the first draw like `words`, other `fields`."""
    return lambda export: _draw(_first(export, **words), **fields)(export)


def _without_the_thanks_of(export: Export) -> Export:
    """Draws that only counted towards a pity are left out: those who hit it did so too early."""
    hard = export.draws[_first(export, pity="hard")]
    missed = [draw for draw in export.draws if draw.alias == hard.alias and draw.prize_id == "thanks"]
    return structs.replace(export, draws=[draw for draw in export.draws if draw not in missed])


FORGED: dict[str, tuple[Change, str]] = {
    "a prize that was not won": (_instead({"prize_id": "thanks"}, drawn_id="car", prize_id="car"), "drawn_id"),
    "a prize that was taken away": (_instead({"prize_id": "cash", "pity": ""}, prize_id="thanks"), "prize_id"),
    "a pity that was not due": (_instead({"pity": ""}, pity="hard"), "pity"),
    "a reason that was none": (_instead({"withheld": ""}, withheld="budget"), "withheld"),
    "a table that cannot apply": (_instead({"risk": 4}, table="regulars"), "table"),
    "a table that there is not": (_draw(0, table="none"), "table"),
    "a number that was rejected": (_draw(0, attempt=1), "attempt"),
    "another version": (_draw(0, version=2), "version"),
    "another day": (_draw(0, day="2017-06-02"), "day"),
    "draws that are left out": (_without_the_thanks_of, "pity"),
    "two draws the wrong way round": (
        lambda export: structs.replace(export, draws=[export.draws[1], export.draws[0], *export.draws[2:]]), "event_id",
    ),
    "a draw twice": (lambda export: structs.replace(export, draws=[export.draws[0], *export.draws]), "event_id"),
    "a draw after the end": (
        lambda export: _draw(-1, event_id="lottery-1-3-99999-0")(export), "event_id",
    ),
    "another partition": (_draw(5, event_id="lottery-1-2-9-0"), "event_id"),
    "no event": (_draw(5, event_id="lottery-1-3-09-0"), "event_id"),
    "lighter prizes": (_rules(lambda rules: rules["prizes"][4].update(weight=100_000)), "rules_sha256"),
    "a smaller stock": (_rules(lambda rules: rules["prizes"][0].update(stock=1)), "rules_sha256"),
    "a prize that did not go back": (
        lambda export: structs.replace(export, returned=[Return("lottery-1-3-0-1", "car", 0)]), "prize_id",
    ),
    "a prize that went back before its time": (
        lambda export: structs.replace(
            export, returned=[structs.replace(export.returned[0], event_id="lottery-1-3-1-0"), *export.returned[1:]]
        ), "event_id",
    ),
    "a return twice": (
        lambda export: structs.replace(export, returned=[export.returned[0], *export.returned]), "event_id",
    ),
    "a version that never was": (
        lambda export: structs.replace(export, versions=export.versions[:1]), "version",
    ),
    "another seed": (lambda export: structs.replace(export, seed="00" * 32), "seed_sha256"),
    "a seed that is none": (lambda export: structs.replace(export, seed="zz"), "seed"),
    "another commitment in one version": (
        lambda export: structs.replace(
            export, versions=[export.versions[0], structs.replace(export.versions[1], seed_sha256="00" * 32)]
        ), "seed_sha256",
    ),
}  # fmt: skip


@needs_node
def test_who_forges_the_file_and_its_checksum_is_found_by_both(export: Export, tmp_path: Path) -> None:
    forged = [write(change(export)) for change, _ in FORGED.values()]
    for name, text, said in zip(FORGED, forged, by_node(tmp_path, forged), strict=True):
        fields = {difference.field for difference in verify(read(text)).differences}
        assert FORGED[name][1] in fields, (name, fields)
        assert "sha256" not in fields, name
        assert FORGED[name][1] in {difference["field"] for difference in said["differences"]}, (name, said)


def test_one_wrong_outcome_makes_no_other_wrong(export: Export) -> None:
    at = _first(export, prize_id="thanks", pity="")
    report = verify(_draw(at, drawn_id="points", prize_id="points")(export))
    assert report.outcomes - report.agreeing == 1
    assert {difference.event_id for difference in report.differences} == {export.draws[at].event_id}


HOSTILE: list[bytes] = [
    b"", b"{}", b"[]", b"null", b"\xff", b'{"draws": 1}', b"[" * 100_000, b'{"format": "fairground.lottery.export.v1"}',
]  # fmt: skip


@needs_node
def test_what_is_no_export_is_said_to_be_none(export: Export, tmp_path: Path) -> None:
    text = json.loads(write(export))
    values: list[Any] = [None, 1, "x", [], {}]
    hostile = [
        *HOSTILE,
        *(json.dumps(text | {name: value}).encode() for name in text for value in values),
        json.dumps(text | {"draws": [text["draws"][0] | {"time_ms": 10**17}]}).encode(),
        json.dumps(text | {"versions": [text["versions"][0] | {"rules": {"kind": "lottery"}}]}).encode(),
    ]
    for each, said in zip(hostile, by_node(tmp_path, hostile), strict=True):
        assert found_by_us(each), each[:200]
        assert found(said), each[:200]


@needs_node
@pytest.mark.parametrize(("change", "status"), [(None, 0), (b"0", 1)])
def test_the_second_verifier_is_a_command(export: Export, tmp_path: Path, change: bytes | None, status: int) -> None:
    text = write(export)
    if change:
        at = text.index(b'"seed": "') + 9
        text = _altered(text, at)
    (tmp_path / "export.json").write_bytes(text)
    assert NODE
    ran = subprocess.run(
        [NODE, str(VERIFIER), str(tmp_path / "export.json")], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (status, "")
    assert ran.stdout.startswith("✗" if change else f"✓ wheel-{RICH}: all {len(export.draws)} outcomes")


# ---- what only the record shows ------------------------------------------------------------------------


def _played() -> list[Event[Any]]:
    fair = Fair(prizes=[prize("gift", 1, stock=2, fallback="thanks"), THANKS], chances={"free_per_day": 9})
    for member in ("ann", "bob", "ann"):
        fair.draw(member, draws=3)
    fair.grant("share", 2)
    fair.move(StopActivity)
    return fair.world.events


def _seen(events: list[Event[Any]]) -> Report:
    return verify(*gather(WHEEL, events))


def test_a_link_after_the_end_changes_no_draw() -> None:
    fair = Fair(chances={"free_per_day": 3})
    for member in ("ann", "bob"):
        fair.draw(member)
    fair.move(StopActivity)
    assert fair.reason("bob", person_id="ann") == "stopped"
    assert gather(WHEEL, fair.world.events).export.links == []
    assert not _seen(fair.world.events).differing


def _said(events: list[Event[Any]], at: int, **fields: Any) -> list[Event[Any]]:
    changed = structs.replace(events[at], data=events[at].data.model_copy(update=fields))
    return [*events[:at], changed, *events[at + 1 :]]


def test_the_record_of_a_fair_wheel_holds() -> None:
    report = _seen(_played())
    assert (report.holds, report.outcomes, report.agreeing) == (True, 9, 9)


def test_before_the_end_there_is_nothing_to_verify() -> None:
    with pytest.raises(NotDisclosed):
        gather(WHEEL, _played()[:-1])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"member_id": "eve"}, "member_id"),
        ({"alias": "0123456789abcdef"}, "alias"),
        ({"index": 2}, "index"),
    ],
)
def test_an_event_that_says_something_else_of_its_draw_is_found(fields: dict[str, Any], field: str) -> None:
    """Members are behind aliases in the export, so only the record shows that one is always the same."""
    events = _played()
    assert field in {difference.field for difference in _seen(_said(events, 2, **fields)).differences}


def test_a_reward_that_is_not_the_rules_is_found() -> None:
    events = _played()
    at = next(at for at, event in enumerate(events) if hasattr(event.data, "reward"))
    reward = events[at].data.reward
    (difference,) = _seen(_said(events, at, reward=reward.model_copy(update={"amount": 11}))).differences
    assert (difference.field, difference.event_id) == ("reward", events[at].id)


def test_another_commitment_in_a_later_event_is_found() -> None:
    events = _played()
    for at in (0, len(events) - 1):
        assert "seed_sha256" in {each.field for each in _seen(_said(events, at, seed_sha256="00" * 32)).differences}


def test_differences_are_shown_up_to_a_number() -> None:
    events = _played()
    for at, event in enumerate(events):
        if hasattr(event.data, "attempt"):
            events = _said(events, at, attempt=3, withheld="budget", pity="due")
    report = _seen(events)
    assert (report.differing, len(report.differences), report.agreeing) == (27, 20, 0)
