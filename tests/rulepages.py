"""The tables of operators' pages that say which tests hold each rule, and each story of others' defects."""

import ast
import re
from pathlib import Path

_TESTS = Path(__file__).parent


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table that begins with this heading, such as `rule`, or the first cells of it."""
    table = page[page.index(f"\n| {heading} |") :].strip().split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def check_named_tests(named_by: list[list[str]]) -> None:
    """Each row names a test in its last cell, none of them twice, and every test that is named exists. A rule may have
    several rows, one for each of its clauses."""
    named = [(row[0], re.findall(r"`(test_\w+)`", row[-1])) for row in named_by]
    assert [row for row, tests in named if not tests or len(set(tests)) < len(tests)] == []
    assert {test for _, tests in named for test in tests} - _existing() == set()


def _existing() -> set[str]:
    return {
        node.name
        for path in _TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
