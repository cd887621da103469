"""The operators' page says every field and every reason as they are, and which tests hold each rule."""

import re
from pathlib import Path
from typing import Any

import pytest

from fairground_redpacket.contract import Reason
from fairground_redpacket.rules import KINDS, check, form, load
from tests.rulepages import check_named_tests, rows

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "redpacket.md").read_text(encoding="utf-8")
EXAMPLES = [
    path
    for path in sorted((ROOT / "examples").rglob("*.yaml"))
    if re.search(rf"^kind: ({'|'.join(KINDS)})$", path.read_text(encoding="utf-8"), re.MULTILINE)
]


def test_every_reason_is_explained() -> None:
    assert [reason for reason in Reason if f"`{reason}`" not in PAGE] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_can_be_published(path: Path) -> None:
    assert check(path.read_text(encoding="utf-8")) == []


def test_every_field_of_the_examples_is_explained() -> None:
    named: set[str] = set()

    def name(content: Any) -> None:
        if isinstance(content, dict):
            named.update(content)
            content = list(content.values())
        for inner in content if isinstance(content, list) else ():
            name(inner)

    assert len(EXAMPLES) == 5
    for path in EXAMPLES:
        name(form(load(path.read_text(encoding="utf-8"))))
    assert len(named) > 40
    missing = {field for field in named if not re.search(rf"`([\w.]+\.)?{field}`|{field}:", PAGE)}
    assert missing - {"zh", "en"} == set()


#: The rules of red packets, and those of all activities that hold for them.
RULES = [*(str(number) for number in range(1, 11)), *(f"C{number}" for number in (*range(1, 14), 17))]


def test_every_rule_names_tests_that_exist() -> None:
    rules, stories = rows(PAGE, "rule"), rows(PAGE, "story")
    assert [number for number, _, _ in rules] == RULES
    assert len(stories) == 5
    check_named_tests([*rules, *stories])
