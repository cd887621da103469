"""The operators' page says every field and every reason as they are, and which tests hold each rule."""

import ast
import re
from pathlib import Path

from fairground_signin.contract import Reason
from fairground_signin.rules import form, load
from fairground_signin.traffic import rules as traffic_rules

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "signin.md").read_text(encoding="utf-8")

#: The rules of sign-in, and those of all activities that hold for it. Orders bring no sign-in (10), members' money
#: (10b) is rule 4, and what the record computes (14 to 16) is told with the lottery.
RULES = [*(str(number) for number in range(1, 12)), *(f"C{number}" for number in (*range(1, 10), 11, 12, 13, 17))]


def test_every_reason_of_sign_in_is_explained() -> None:
    assert [reason for reason in Reason if f"`{reason}`" not in PAGE] == []


def test_every_field_of_a_file_is_explained() -> None:
    named: set[str] = set()

    def name(content: object) -> None:
        if isinstance(content, dict):
            named.update(content)
            content = list(content.values())
        if isinstance(content, list):
            for inner in content:
                name(inner)

    example = (ROOT / "examples" / "complete" / "sign-in-2017.yaml").read_text(encoding="utf-8")
    for rules in (load(example), *(load(traffic_rules(number)) for number in range(4))):
        name(form(rules))
    assert len(named) > 40
    missing = {field for field in named - {"zh", "en"} if not re.search(rf"[`.]{field}\b", PAGE)}
    assert missing == set()


def _rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first column is headed like this, the one with the tests."""
    table = PAGE[PAGE.index(f"\n| {heading} | what holds |" if heading == "rule" else f"\n| {heading} |") :]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().split("\n\n")[0].split("\n")[2:]
    ]


def _tests() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_rule_of_sign_in_names_tests_that_exist() -> None:
    rules, stories = _rows("rule"), _rows("story")
    assert [number for number, _, _ in rules] == RULES
    assert len(stories) == 6
    named = {row[0]: re.findall(r"`(test_\w+)`", row[-1]) for row in (*rules, *stories)}
    assert [row for row, tests in named.items() if not tests] == []
    assert {test for tests in named.values() for test in tests} - _tests() == set()
