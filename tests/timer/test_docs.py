"""docs/timer.md lists the crash points of the code, and each kind of trouble with its test."""

import ast
from pathlib import Path

from tests.architecture.pages import named_tests, rows, section
from tests.architecture.source import Source
from tests.timer.test_points import GIVING_POINTS, READING_POINTS

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs" / "timer.md").read_text("utf-8")


def test_every_crash_point_of_the_code_is_explained_and_tested() -> None:
    (timer,) = [service for service in Source(_ROOT).services if service.name == "timer"]
    reached = {
        node.args[0].value
        for module in timer.modules
        for node in module.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reached"
        if isinstance(node.args[0], ast.Constant)
    }
    tested = dict.fromkeys(READING_POINTS, "test_killed_while_reading")
    tested |= dict.fromkeys(GIVING_POINTS, "test_killed_while_giving")
    explained = rows(section(_PAGE, "## Every crash point"))
    assert reached == tested.keys()
    assert {row[0].strip("`"): [name for _, name in named_tests(row[3])] for row in explained} == {
        point: [test] for point, test in tested.items()
    }


def test_every_kind_of_trouble_names_a_test() -> None:
    for what, _, shown in rows(section(_PAGE, "## Every kind of trouble")):
        assert named_tests(shown), f"no test shows {what!r}"
