"""The catalogue of sentences: two languages that say the same, none missing, none left over."""

import ast
import string
from pathlib import Path
from typing import cast

import pytest

import fairground_cli
from fairground_cli import main, words
from fairground_cli.words import catalogue, language_of
from fairground_embedded import ServerError

_SOURCES = sorted(Path(fairground_cli.__file__).parent.glob("*.py"))


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", catalogue())
def test_both_languages_say_the_same(key: str) -> None:
    sentence = catalogue()[key]
    assert set(sentence) == {"en", "zh"}
    assert _places(sentence["en"]) == _places(sentence["zh"])
    assert all(text.strip() for text in sentence.values())


def _asked_for() -> tuple[set[str], set[str]]:
    """The keys that the code names, and the fixed beginnings or endings of those that it puts together."""
    whole, parts = set[str](), set[str]()
    for source in _SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"):
                continue
            key = node.args[0]
            if isinstance(key, ast.IfExp):
                for branch in ast.walk(key):
                    if isinstance(branch, ast.Constant) and str(branch.value) in catalogue():
                        whole.add(str(branch.value))
            elif isinstance(key, ast.Constant):
                whole.add(str(key.value))
            else:
                assert isinstance(key, ast.JoinedStr)
                parts |= {str(part.value) for part in key.values if isinstance(part, ast.Constant)}
    return whole, parts


def test_every_sentence_that_is_said_is_there() -> None:
    whole, _ = _asked_for()
    assert whole <= set(catalogue())


def test_no_sentence_is_left_over() -> None:
    whole, parts = _asked_for()
    rest = set(catalogue()) - whole
    assert not [key for key in rest if not any(key.startswith(part) or key.endswith(part) for part in parts)]


def test_places_are_filled_by_the_code_that_asks() -> None:
    """A place that nobody fills would end a command with a KeyError in the very moment in which it has to explain."""
    for source in _SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"):
                continue
            key, given = node.args[0], {keyword.arg for keyword in node.keywords}
            if isinstance(key, ast.Constant) and None not in given:
                assert _places(catalogue()[str(key.value)]["en"]) == given, f"{source.name}:{node.lineno}"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({}, "en"),
    ],
)
def test_the_terminal_chooses_the_language(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


@pytest.mark.parametrize("arguments", [["--lang", "zh", "dead", "show", "x"], ["dead", "show", "x", "--lang=zh"]])
def test_the_option_chooses_it_wherever_it_stands(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    try:
        assert main.run(arguments) == 2
    finally:
        words.speak("en")
    assert "不是位置" in capfd.readouterr().err


def test_another_language_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--lang", "fr", "dead", "list"]) == 2
    assert capfd.readouterr().err == "--lang takes zh or en, not 'fr'.\n"


def test_of_servers_it_speaks_the_same_language() -> None:
    error = ServerError("nothing answers there", "那里没有应答")
    try:
        for language, said in (("en", "nothing answers there"), ("zh", "那里没有应答")):
            words.speak(cast(words.Language, language))
            assert said in main._expected(error)
    finally:
        words.speak("en")
