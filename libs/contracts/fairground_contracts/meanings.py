"""What the fields of messages mean: the comment behind a field's declaration is its sentence in the reference."""

import ast
import inspect
import io
import textwrap
import tokenize
from functools import cache
from typing import get_args

from fairground_contracts.message import Message

#: Names that mean the same in every message, so that nobody has to say it again.
_EVERYWHERE = {
    "activity_id": "the activity",
    "member_id": "the member",
    "order_id": "the order",
    "amount_fen": "what the order amounts to",
    "version": "of the activity's rules, counted from 1",
    "reason": "machine-readable",
    "cause": "what it comes from: the same cause counts only once",
    "why": "the reason that was given; may be empty",
    "zh": "in words, in Chinese",
    "en": "in words, in English",
}


def meaning(message: type[Message], field: str) -> str:
    """One sentence on a field. Empty when nobody said what it means (a test asks for it)."""
    for owner in message.__mro__:
        if field in inspect.get_annotations(owner):
            return message.model_fields[field].description or _comments(owner).get(field) or _EVERYWHERE.get(field, "")
    raise KeyError(field)


def purpose(message: type[Message]) -> str:
    """What a message is for: its docstring on one line."""
    return " ".join((message.__doc__ or "").split())


def models_in(message: type[Message]) -> dict[str, type[Message]]:
    """The message and every part that it contains, however deep, by class name."""
    found: dict[str, type[Message]] = {}
    waiting: list[object] = [message]
    while waiting:
        annotation = waiting.pop()
        if isinstance(annotation, type) and issubclass(annotation, Message):
            if annotation.__name__ not in found:
                found[annotation.__name__] = annotation
                waiting.extend(field.annotation for field in annotation.model_fields.values())
        else:
            waiting.extend(get_args(annotation))
    return found


@cache
def _comments(owner: type) -> dict[str, str]:
    """The comments that stand on the last line of each field's declaration."""
    source = textwrap.dedent(inspect.getsource(owner))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    by_line = {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
    declared = ast.parse(source).body[0]
    assert isinstance(declared, ast.ClassDef)
    return {
        statement.target.id: by_line[statement.end_lineno or 0]
        for statement in declared.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        if statement.end_lineno in by_line
    }
