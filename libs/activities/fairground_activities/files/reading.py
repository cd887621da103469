"""Reading fields out of a mapping that may hold anything, noting all that is wrong and never raising."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from fairground_activities.files.problems import Problems, shown

#: How long a list of ids may be.
MAX_IDS = 5_000

#: How long the id of an activity may be.
MAX_ACTIVITY_ID = 64

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")


def is_id(text: str, limit: int) -> bool:
    """Whether it can be an id."""
    return len(text) <= limit and _ID.fullmatch(text) is not None


class Section:
    """One mapping of the file. Fields that are missing or wrong are read as None, after being noted."""

    def __init__(self, problems: Problems, content: Any, path: str, known: tuple[str, ...]) -> None:
        self.problems = problems
        self.path = path
        self.readable = isinstance(content, dict)
        self.content: dict[str, Any] = content if isinstance(content, dict) else {}
        if not self.readable:
            problems.add(path, "no_mapping")
            return
        for name in content:
            if problems.full:
                return
            if name not in known:
                self._note_unknown(str(name)[:64], known)

    def _note_unknown(self, name: str, known: tuple[str, ...]) -> None:
        zh, en = did_you_mean(name, known)
        self.problems.add(self.at(name), "unknown_field", name=shown(name), hint_zh=zh, hint_en=en)

    def at(self, name: str) -> str:
        """The path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        """Whether the field is there and says something."""
        return self.content.get(name) is not None

    def section(self, name: str, known: tuple[str, ...]) -> "Section":
        """A mapping within; empty where there is none."""
        return Section(self.problems, self.content[name] if self.has(name) else {}, self.at(name), known)

    def needed(self, name: str) -> bool:
        """Whether the field is there; noted as missing otherwise, once for a mapping that is none."""
        if not self.has(name):
            if self.readable:
                self.problems.add(self.at(name), "missing", name=name)
            return False
        return True

    def text(self, name: str, limit: int) -> str | None:
        """A text that must be there."""
        if not self.needed(name):
            return None
        value = self.content[name]
        if not isinstance(value, str):
            self.problems.add(self.at(name), "not_text", found=shown(value))
            return None
        if not 1 <= len(value) <= limit:
            self.problems.add(self.at(name), "text_length", limit=limit)
            return None
        return value

    def id(self, name: str, limit: int) -> str | None:
        """An id that must be there."""
        value = self.text(name, limit)
        if value is not None and not _ID.fullmatch(value):
            self.problems.add(self.at(name), "bad_id", found=shown(value), limit=limit)
            return None
        return value

    def integer(self, name: str, low: int, high: int) -> int | None:
        """A whole number; None where there is none, or a wrong one."""
        if not self.has(name):
            return None
        return self._whole_number(self.content[name], self.at(name), low, high)

    def _whole_number(self, value: Any, path: str, low: int, high: int) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int):
            zh, en = _whole(value)
            self.problems.add(path, "not_integer", found=shown(value), hint_zh=zh, hint_en=en)
            return None
        if not low <= value <= high:
            self.problems.add(path, "out_of_range", low=low, high=high, found=shown(value))
            return None
        return value

    def integers(self, name: str, limit: int, low: int, high: int) -> tuple[int, ...]:
        """A list of whole numbers that must be there; empty when one of them is wrong."""
        read = [self._whole_number(item, path, low, high) for path, item in self.items(name, limit)]
        numbers = tuple(number for number in read if number is not None)
        return numbers if len(numbers) == len(read) else ()

    def yes_or_no(self, name: str) -> bool | None:
        """true or false, which must be there."""
        if not self.needed(name):
            return None
        value = self.content[name]
        if not isinstance(value, bool):
            self.problems.add(self.at(name), "bad_choice", options="true, false", found=shown(value))
            return None
        return value

    def choice(self, name: str, options: tuple[str, ...], default: str | None = None) -> str | None:
        """One of the options; the default where nothing is said, noted as missing where there is none."""
        if default is not None and not self.has(name):
            return default
        if not self.needed(name):
            return None
        value = self.content[name]
        if not isinstance(value, str) or value not in options:
            self.problems.add(self.at(name), "bad_choice", options=", ".join(options), found=shown(value))
            return None
        return value

    def items(self, name: str, limit: int) -> Iterator[tuple[str, Any]]:
        """The items of a list that must be there, each with its path."""
        if not self.needed(name):
            return
        value = self.content[name]
        if not isinstance(value, list | tuple):
            self.problems.add(self.at(name), "no_list")
        elif not value:
            self.problems.add(self.at(name), "empty_list")
        elif len(value) > limit:
            self.problems.add(self.at(name), "too_many_items", limit=limit)
        else:
            yield from ((f"{self.at(name)}[{index}]", item) for index, item in enumerate(value))

    def ids(self, name: str, limit: int) -> tuple[str, ...]:
        """A list of ids that must be there; those that are none are noted and left out."""
        found = []
        for path, item in self.items(name, MAX_IDS):
            if not isinstance(item, str):
                self.problems.add(path, "not_text", found=shown(item))
            elif not 1 <= len(item) <= limit:
                self.problems.add(path, "text_length", limit=limit)
            else:
                found.append(item)
        return tuple(found)


def did_you_mean(name: str, known: tuple[str, ...]) -> tuple[str, str]:
    """What was probably meant, as the end of a sentence in both languages; empty when nothing is close."""
    close = get_close_matches(name, known, n=1)
    return (f"，是不是 “{close[0]}”", f"; did you mean '{close[0]}'") if close else ("", "")


def _whole(value: Any) -> tuple[str, str]:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"，请写 {int(value)}", f"; write {int(value)}"
    if isinstance(value, float):
        return "，请把所有权重放大同样的倍数；金额以分为单位", "; scale all weights up alike, and give money in fen"
    return "", ""
