"""Every sentence that an operator sees, in Chinese and English: all of them stand in `words.toml`.

The language is chosen once, before the commands are imported, because their help is text too.
"""

import os
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["zh", "en"]

_chosen: Language | None = None


def languages() -> tuple[str, ...]:
    """What `--lang` takes."""
    return get_args(Language)


def language_of(environment: Mapping[str, str]) -> Language:
    """The terminal's language by the usual variables: Chinese or, for all others, English."""
    named = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "zh" if named.lower().startswith("zh") else "en"


def speak(language: Language) -> None:
    """Say everything in this language from now on."""
    global _chosen
    _chosen = language


def language() -> Language:
    """The language that was chosen; until then the terminal's."""
    return _chosen or language_of(os.environ)


def say(key: str, /, **values: object) -> str:
    """The sentence in the chosen language, its {places} filled in."""
    return catalogue()[key][language()].format(**values)


@lru_cache
def catalogue() -> dict[str, dict[str, str]]:
    """All sentences by their keys, each as {"en": ..., "zh": ...}."""
    return tomllib.loads(files("fairground_cli").joinpath("words.toml").read_text("utf-8"))
