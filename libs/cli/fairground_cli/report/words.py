"""What the report says, in Chinese and English: all of it stands in `words.toml` beside this file."""

import tomllib
from functools import lru_cache
from importlib.resources import files

from fairground_cli.words import language


def say(key: str, /, **values: object) -> str:
    """The text in the chosen language, its {places} filled in."""
    return catalogue()[key][language()].format(**values)


@lru_cache
def catalogue() -> dict[str, dict[str, str]]:
    """All texts by their keys, each as {"en": ..., "zh": ...}."""
    return tomllib.loads(files("fairground_cli.report").joinpath("words.toml").read_text("utf-8"))
