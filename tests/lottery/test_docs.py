"""The operators' page says every field, every reason and the formula as they are, and which tests hold each rule."""

import re
from pathlib import Path

from fairground_lottery.contract import Reason
from fairground_lottery.rules import KINDS, form, load
from tests.rulepages import check_named_tests, rows

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lottery.md").read_text(encoding="utf-8")


def test_every_reason_is_explained() -> None:
    assert [reason for reason in Reason if f"`{reason}`" not in PAGE] == []


def test_every_field_of_the_examples_is_explained() -> None:
    named: set[str] = set()

    def name(content: object) -> None:
        if isinstance(content, dict):
            named.update(content)
            content = [inner for field, inner in content.items() if field not in {"weights", "expected_scores"}]
        if isinstance(content, list):
            for inner in content:
                name(inner)

    for text in (path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.yaml")):
        if re.search(rf"^kind: ({'|'.join(KINDS)})$", text, re.MULTILINE):
            name(form(load(text)))
    assert len(named) > 30
    missing = {field for field in named - {"zh", "en"} if f"`{field}" not in PAGE and f".{field}`" not in PAGE}
    assert missing == set()


#: The rules of the lottery, and those of all activities that hold for it (16 is about the shop's calendar).
RULES = [*(str(number) for number in range(1, 13)), *(f"C{number}" for number in (*range(1, 16), 17))]


def test_every_rule_names_tests_that_exist() -> None:
    rules, stories = rows(PAGE, "rule"), rows(PAGE, "story")
    assert [number for number, _, _ in rules] == RULES
    assert len(stories) >= 12
    check_named_tests([*rules, *stories])
