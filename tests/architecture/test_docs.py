"""What the pages say is so: links lead somewhere, named tests exist, tables are those of the code."""

import ast
import os
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from cyclopts import CycloptsError

from fairground_cli.main import command_line
from tests.architecture.pages import anchors, broken_links, named_tests, pages, rows, section, shell_lines
from tests.architecture.source import Source
from tests.crash.test_points import ALIGN_POINTS, STEP_POINTS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = pages(ROOT)
HERE = Source(ROOT)


def _read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


# ---- links ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert list(broken_links(ROOT, page)) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.md").write_text("")
    (root / "other.md").write_text("# A `first` one\n\n## Same\n\n## Same\n")
    page = root / "page.md"
    page.write_text(
        "[good](other.md#a-first-one) [good](other.md#same-1) [web](https://example.com/x) `[code](none.md)`\n"
        "[bad](none.md) [bad](other.md#second) ![bad](none.svg) [bad](../outside.md)\n"
    )
    assert [said.split(": ")[1].split()[0] for said in broken_links(root, page)] == [
        "none.md", "other.md#second", "none.svg", "../outside.md",
    ]  # fmt: skip
    assert anchors(root / "other.md") == {"a-first-one", "same", "same-1"}


def test_every_page_of_docs_can_be_reached_from_the_readme() -> None:
    seen, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)#\s]+\.md)", page.read_text("utf-8"))
        waiting += [(page.parent / link).resolve() for link in links if "://" not in link]
    assert {page for page in PAGES if page.is_relative_to(DOCS)} <= seen


# ---- what is promised ----------------------------------------------------------------------------------


def test_every_crash_point_of_the_code_is_explained_and_tested() -> None:
    protocol = [module for module in HERE.lib("runtime") if "protocol" in module.path.parent.parts]
    reached = {
        node.args[0].value
        for module in protocol
        for node in module.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reached"
        if isinstance(node.args[0], ast.Constant)
    }
    table = rows(section(_read("docs/delivery.md"), "## Every crash point"))
    explained = [row[0].strip("`") for row in table]
    assert set(explained) == reached
    assert len(explained) == len(reached)
    tested = dict.fromkeys(STEP_POINTS, "test_killed_in_a_step")
    tested |= dict.fromkeys(ALIGN_POINTS, "test_killed_while_aligning")
    shown = [[name for _, name in named_tests(row[3])] for row in table]
    assert dict(zip(explained, shown, strict=True)) == {point: [test] for point, test in tested.items()}


def test_every_kind_of_trouble_names_a_test() -> None:
    for row in rows(section(_read("docs/delivery.md"), "## Every kind of trouble")):
        assert len(row) == 3, row
        assert named_tests(row[2]) or "#every-crash-point" in row[1], f"no test shows {row[0]!r}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_tests_that_a_page_names_exist(page: Path) -> None:
    for path, name in named_tests(page.read_text("utf-8")):
        assert re.search(rf"^( {{4}})?(async )?def {name}\(", _read(path), re.MULTILINE), f"{path} has no {name}"


# ---- dependencies --------------------------------------------------------------------------------------


def _asked_for(requirements: list[str]) -> set[str]:
    names = {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}
    return {name for name in names if not name.startswith("fairground-")}


def _declared() -> dict[str, set[str]]:
    groups = tomllib.loads(_read("pyproject.toml"))["dependency-groups"]
    declared = {f"Group: {name}": _asked_for(requirements) for name, requirements in groups.items()}
    for member in HERE.members:
        project = member.project["project"]
        extras = [one for extra in project.get("optional-dependencies", {}).values() for one in extra]
        declared[member.where] = _asked_for([*project.get("dependencies", []), *extras])
    return declared


def _explained() -> dict[str, str]:
    """The tables by whom they are for: a member has its own under that heading in its README, or one on the page."""
    page = _read("docs/dependencies.md")
    headings = re.findall(r"^## ((?:libs|services)/\S+|Group: \S+)$", page, re.MULTILINE)
    found = {where: section(page, f"## {where}") for where in headings}
    for member in HERE.members:
        readme = member.folder / "README.md"
        if readme.is_file() and "\n## Dependencies\n" in (text := readme.read_text("utf-8")):
            assert member.where not in found, f"{member.where} is explained in two places"
            found[member.where] = section(text, "## Dependencies")
    return found


@pytest.mark.parametrize("where", _declared())
def test_every_dependency_says_why_it_is_there(where: str) -> None:
    explained = {row[0]: row[1] for row in rows(_explained().get(where, ""))}
    assert set(explained) == _declared()[where]
    assert all(explained.values())


def test_no_member_is_explained_that_is_gone() -> None:
    assert sorted(_explained()) == sorted(_declared())


# ---- decisions -----------------------------------------------------------------------------------------


def test_the_tour_names_every_folder_of_tests() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if list(path.glob("test_*.py"))}
    assert folders == set(re.findall(r"\[`tests/(\w+)`\]", _read("docs/architecture.md")))


def test_decisions_are_numbered_listed_and_say_when_to_think_again() -> None:
    found = sorted((DOCS / "decisions").glob("0*.md"))
    assert [int(page.name[:4]) for page in found] == list(range(1, len(found) + 1))
    index = _read("docs/decisions/README.md")
    for number, page in enumerate(found, 1):
        text = page.read_text("utf-8")
        assert text.startswith(f"# {number}. "), page.name
        assert "**Decided.**" in text, page.name
        assert "**Revisit when**" in text, page.name
        assert f"({page.name})" in index, page.name


# ---- commands ------------------------------------------------------------------------------------------


def _make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", _read("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_a_page_shows_are_understood(page: Path) -> None:
    for line in shell_lines(page.read_text("utf-8")):
        if found := re.search(r"(?:^|[ /])make ([a-z-]+)", line):
            assert found[1] in _make_targets(), line
        if found := re.search(r"(?:^|bin/)fairground (.+)", line):
            words = shlex.split(found[1], comments=True)
            command_line().parse_args([word for word in words if word != "--help"], exit_on_error=False)


def test_a_command_that_is_not_understood_is_found() -> None:
    for wrong in (["drew", "today", "me"], ["draw", "today", "me", "--drawings", "2"], ["draw", "today"]):
        with pytest.raises(CycloptsError):
            command_line().parse_args(wrong, exit_on_error=False, print_error=False)


def test_both_readmes_show_the_same_commands() -> None:
    assert shell_lines(_read("README.md")) == shell_lines(_read("README.zh-CN.md"))


def test_what_has_to_be_green_is_lint_and_the_readmes_own_test_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    run = re.findall(r"^step .* (make \S+)$", script.read_text("utf-8"), re.MULTILINE)
    assert run == ["make setup", "make lint", "make test"]
    assert any(line.split() == ["make", "test"] for line in shell_lines(_read("README.md")))
