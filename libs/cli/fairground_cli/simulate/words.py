"""What the simulation says, in Chinese and English: all of it stands in `words.toml` beside this file."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from fairground_cli.words import language


class Sentence(NamedTuple):
    """The same said in two languages."""

    zh: str
    en: str

    @property
    def here(self) -> str:
        """In the chosen language."""
        return self.zh if language() == "zh" else self.en


def say(key: str, /, **values: object) -> str:
    """The text in the chosen language, its {places} filled in."""
    return both(key, **values).here


def both(key: str, /, **values: object) -> Sentence:
    """The text in both languages. Values that are sentences themselves appear in the language around them."""
    text = catalogue()[key]
    zh = {name: value.zh if isinstance(value, Sentence) else value for name, value in values.items()}
    en = {name: value.en if isinstance(value, Sentence) else value for name, value in values.items()}
    return Sentence(text["zh"].format(**zh), text["en"].format(**en))


@lru_cache
def catalogue() -> dict[str, dict[str, str]]:
    """All texts by their keys, each as {"en": ..., "zh": ...}."""
    return tomllib.loads(files("fairground_cli.simulate").joinpath("words.toml").read_text("utf-8"))
