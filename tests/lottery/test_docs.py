"""The operators' page says every field, every reason and the formula as they are, and which tests hold each rule."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fairground_activities.files.problems import Problems
from fairground_activities.files.reading import Section
from fairground_lottery.contract import Reason
from fairground_lottery.rules import KINDS, check
from fairground_lottery.traffic import game_rules
from fairground_lottery.traffic import rules as traffic_rules
from tests.lottery.world import THANKS, prize, rules
from tests.rulepages import check_named_tests, rows

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lottery.md").read_text(encoding="utf-8")


def test_every_reason_is_explained() -> None:
    assert [reason for reason in Reason if f"`{reason}`" not in PAGE] == []


def test_every_field_that_a_file_may_say_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the check of files knows them. A field that none of these files says would hide those below it."""
    known: set[str] = set()
    said: set[str] = set()
    begin = Section.__init__

    def noted(section: Section, problems: Problems, content: Any, path: str, fields: tuple[str, ...]) -> None:
        if not path.endswith((".weights", ".expected_scores")):  # there prizes and scores are the names
            known.update(fields)
            said.update(content)
        begin(section, problems, content, path, fields)

    monkeypatch.setattr(Section, "__init__", noted)
    published = [traffic_rules(number) for number in range(8)]
    files = [*_examples(), *(json.dumps(made) for made in (*published, game_rules(1), _MORE))]
    assert [problem for file in files for problem in check(file)] == []
    assert len(known) > 70
    assert known - said == set()
    assert {field for field in known - {"zh", "en"} if f"`{field}" not in PAGE and f".{field}`" not in PAGE} == set()


#: What the other files do not say.
_MORE = rules(
    prizes=[prize("gift", value_fen=1), THANKS],
    rewards={"on_rejected": {"kind": "points", "amount": 1, "ref": "p", "value_fen": 1}},
    chances={"sources": {"review": {}, "points": {"price": 1, "answer_minutes": 5}}},
    audience={"only": ["ann"]},
)


def _examples() -> list[str]:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.yaml"))
    return [text for text in texts if re.search(rf"^kind: ({'|'.join(KINDS)})$", text, re.MULTILINE)]


#: The rules of the lottery, and those of all activities that hold for it (16 is about the shop's calendar).
RULES = [
    *(str(number) for number in range(1, 13)),
    *(f"C{number}" for number in (*range(1, 11), "10b", *range(11, 16), 17)),
]


def test_every_rule_names_tests_that_exist() -> None:
    rules, stories = rows(PAGE, "rule"), rows(PAGE, "story")
    assert list(dict.fromkeys(number for number, _, _ in rules)) == RULES
    assert len(stories) >= 12
    check_named_tests([*rules, *stories])
