"""The operators' page says every field and every reason as they are, and which tests hold each rule."""

import re
from pathlib import Path

from fairground_signin.contract import Reason
from fairground_signin.rules import form, load
from fairground_signin.traffic import rules as traffic_rules
from tests.rulepages import check_named_tests, rows

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "signin.md").read_text(encoding="utf-8")

#: The rules of sign-in, and those of all activities that hold for it. Members' money
#: (10b) is rule 4, and what the record computes (14 to 16) is told with the lottery.
RULES = [*(str(number) for number in range(1, 12)), *(f"C{number}" for number in (*range(1, 14), 17))]


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


def test_every_rule_of_sign_in_names_tests_that_exist() -> None:
    rules, stories = rows(PAGE, "rule | what holds"), rows(PAGE, "story")
    assert [number for number, _, _ in rules] == RULES
    assert len(stories) == 6
    check_named_tests([*rules, *stories])
