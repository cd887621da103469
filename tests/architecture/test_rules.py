"""Every rule holds for this repository, and every rule can be broken."""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture import rules_of_form, rules_of_places
from tests.architecture.bad_trees import BAD, GOOD, plant
from tests.architecture.source import Source

Rule = Callable[[Source], Iterator[str]]

HERE = Source(Path(__file__).parents[2])
RULES: dict[str, Rule] = {
    name: rule
    for module in (rules_of_places, rules_of_form)
    for name, rule in inspect.getmembers(module, inspect.isfunction)
    if rule.__module__ == module.__name__ and not name.startswith("_")
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_it_holds_here(rule: Rule) -> None:
    broken = list(rule(HERE))
    assert not broken, "\n".join([rule.__doc__ or "", *broken])


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_good_tree_is_not_blamed(rule: Rule, tmp_path: Path) -> None:
    assert list(rule(plant(tmp_path, GOOD))) == []


@pytest.mark.parametrize(("rule", "files", "blamed"), BAD, ids=[f"{rule}-{n}" for n, (rule, _, _) in enumerate(BAD)])
def test_it_can_be_broken(rule: str, files: dict[str, str | None], blamed: str, tmp_path: Path) -> None:
    said = list(RULES[rule](plant(tmp_path, GOOD | files)))
    assert len(said) == 1, said
    assert blamed in said[0]


def test_every_rule_is_broken_at_least_once() -> None:
    assert {rule for rule, _, _ in BAD} == set(RULES)


def test_every_rule_says_why() -> None:
    for name, rule in RULES.items():
        assert len(rule.__doc__ or "") > 60, f"{name} does not say what happens without it"


def test_there_is_something_to_look_at() -> None:
    assert {member.where.partition("/")[0] for member in HERE.members} == {"libs", "services"}
    assert any(service.is_activity for service in HERE.services)
    assert len(HERE.modules) > 50
