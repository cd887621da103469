"""An activity file's text as plain data, with the line of every field.

Only what JSON can say is understood: no aliases (so that nothing can grow), no tags, no dates that turn into something
else. Nothing here raises, whatever the text is.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from fairground_activities.files.problems import Problems

#: An activity file is a page or two; what is larger is no activity file.
MAX_BYTES = 262_144
_MAX_DEPTH = 12
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_MAX_DIGITS = 30


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that has not ended yet."""

    path: str
    content: Any
    key: str | None = None
    skip: bool = False  # the next value belongs to a key that cannot be one


@dataclass(slots=True)
class _Tree:
    problems: Problems
    stack: list[_Open] = field(default_factory=list)
    root: Any = None
    documents: int = 0

    def path(self) -> str:
        """Where the next value belongs."""
        if not self.stack:
            return ""
        top = self.stack[-1]
        if isinstance(top.content, list):
            return f"{top.path}[{len(top.content)}]"
        return f"{top.path}.{top.key}" if top.path else str(top.key)

    def add(self, content: Any) -> None:
        """Put a value where it belongs."""
        if not self.stack:
            self.root = content
        elif isinstance(self.stack[-1].content, list):
            self.stack[-1].content.append(content)
        else:
            top = self.stack[-1]
            if not top.skip:
                top.content[top.key] = content
            top.key, top.skip = None, False

    def name(self, key: str, line: int) -> None:
        """The next value's name within the mapping that is open."""
        top = self.stack[-1]
        top.key = key
        path = self.path()
        if key in top.content:
            top.skip = True
            self.problems.add(path, "duplicate_field", line=line, name=key)
        else:
            self.problems.lines[path] = line

    def expects_name(self) -> bool:
        """Whether a mapping is open whose next item is a field's name."""
        return bool(self.stack) and isinstance(self.stack[-1].content, dict) and self.stack[-1].key is None


def read_yaml(text: str | bytes, problems: Problems) -> Any:
    """The file's content as dicts, lists and scalars; None when it cannot be read. Problems are added."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if len(raw) > MAX_BYTES:
        problems.add("", "file_too_large", size=len(raw), limit=MAX_BYTES)
        return None
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add("", "not_utf8", line=raw.count(b"\n", 0, error.start) + 1)
        return None
    tree = _Tree(problems)
    try:
        for event in yaml.parse(decoded, Loader=yaml.SafeLoader):
            if not _take(tree, event, event.start_mark.line + 1 if event.start_mark else 0):
                return None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        problems.add("", "bad_yaml", line=line, detail=str(error.problem or "?")[:200])
        return None
    except yaml.YAMLError as error:
        problems.add("", "bad_yaml", detail=str(error).split("\n", 1)[0][:200])
        return None
    return tree.root


def _take(tree: _Tree, event: yaml.Event, line: int) -> bool:
    """Take one parser event; False when reading on makes no sense."""
    if isinstance(event, yaml.DocumentStartEvent):
        tree.documents += 1
        if tree.documents > 1:
            tree.problems.add("", "second_document", line=line)
            return False
    elif isinstance(event, yaml.AliasEvent):
        tree.problems.add(tree.path(), "alias", line=line)
        return False
    elif isinstance(event, yaml.ScalarEvent):
        _take_scalar(tree, event, line)
    elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
        return _open(tree, event, line)
    elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
        tree.add(tree.stack.pop().content)
    return True


def _take_scalar(tree: _Tree, event: yaml.ScalarEvent, line: int) -> None:
    if tree.expects_name():
        tree.name(event.value[:128], line)
        return
    path = tree.path()
    tree.problems.lines.setdefault(path, line)
    if event.tag is not None and event.tag != "!":
        tree.problems.add(path, "tag", line=line)
    tree.add(_scalar(event.value) if event.implicit[0] else event.value)


def _open(tree: _Tree, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, line: int) -> bool:
    if tree.expects_name():
        tree.problems.add(tree.stack[-1].path, "name_is_no_text", line=line)
        return False
    if len(tree.stack) >= _MAX_DEPTH:
        tree.problems.add(tree.path(), "too_deep", line=line)
        return False
    path = tree.path()
    tree.problems.lines.setdefault(path, line)
    if event.tag is not None:
        tree.problems.add(path, "tag", line=line)
    tree.stack.append(_Open(path, {} if isinstance(event, yaml.MappingStartEvent) else []))
    return True


def _scalar(text: str) -> Any:
    """A plain scalar by YAML 1.2's core schema; what is neither number nor word is text, so 12:30 stays 12:30."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text[:_MAX_DIGITS])  # more digits do not make it less out of range
    if _FLOAT.fullmatch(text):
        return float(text[:_MAX_DIGITS])
    return text
