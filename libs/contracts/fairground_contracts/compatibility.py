"""Whether a message may change like that: two JSON Schemas of it compared.

A command is written by others and read by us, today's and the old ones in the log: it may take more than before,
never less. An event is written by us and read by others, who may have sized a column by its bounds, and its old
records are folded again for good: its fields stay as they are. In both, fields may be added that are not required,
and closed sets of values may grow: readers ignore the fields and take for "other" the values that they do not know.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

Schema = Mapping[str, Any]

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SAID_ELSEWHERE = frozenset({
    "$schema", "$id", "$defs", "title", "description", "examples", "default", "discriminator", "type", "enum", "const",
    "x-name", "properties", "required", "items", "prefixItems", "additionalProperties", *_LOWER, *_UPPER,
})  # fmt: skip


class Effect(Enum):
    """What a difference does to the documents that a schema takes."""

    NARROWED = "narrowed"  # some that were valid are not any more
    WIDENED = "widened"  # some are valid that were not
    CHANGED = "changed"  # both, or the same document means something else
    REMOVED = "removed"  # a field is gone: what it said is lost
    GREW = "grew"  # a closed set has more values
    ADDED = "added"  # there is one more field, which is not required


_BREAKING = {
    "command": frozenset({Effect.NARROWED, Effect.CHANGED, Effect.REMOVED}),
    "event": frozenset({Effect.NARROWED, Effect.WIDENED, Effect.CHANGED, Effect.REMOVED}),
}


class Difference(NamedTuple):
    """One difference between an old and a new schema."""

    effect: Effect
    where: str  # reward.amount
    what: str

    def __str__(self) -> str:
        return f"{self.where or 'the message'} {self.what}"


def breaking(old: Schema, new: Schema) -> list[Difference]:
    """The differences that need a new version of the message, by the rules of its kind (`x-kind`)."""
    forbidden = _BREAKING[old["x-kind"]]
    return [difference for difference in differences(old, new) if difference.effect in forbidden]


def differences(old: Schema, new: Schema) -> list[Difference]:
    """Everything in which the new schema takes other documents than the old one."""
    return list(_Comparison(old.get("$defs", {}), new.get("$defs", {})).compare(old, new, ""))


class _Comparison:
    def __init__(self, old_definitions: Schema, new_definitions: Schema) -> None:
        self._old_definitions = old_definitions
        self._new_definitions = new_definitions
        self._compared: set[tuple[str | None, str | None]] = set()  # pairs of definitions, so that recursive ones end

    def compare(self, old: Schema, new: Schema, where: str) -> Iterator[Difference]:
        """Two schemas of the same place."""
        olds, news = _branches(old, self._old_definitions), _branches(new, self._new_definitions)
        for old_branch in list(olds):
            if (same := _counterpart(old_branch, news)) is not None:
                olds.remove(old_branch)
                news.remove(same)
                yield from self._compare_branch(old_branch, same, where)
        for branch in olds:
            yield Difference(Effect.NARROWED, where, f"takes no {_kind(branch)} any more")
        for branch in news:
            yield Difference(Effect.WIDENED, where, f"takes {_kind(branch)} too")

    def _compare_branch(self, old: Schema, new: Schema, where: str) -> Iterator[Difference]:
        pair = old.get("x-name"), new.get("x-name")
        if all(pair) and pair in self._compared:
            return
        self._compared.add(pair)
        if old.get("type") != new.get("type"):
            effect = Effect.WIDENED if _contains(new, old) else Effect.NARROWED
            yield Difference(effect, where, f"was {_kind(old)} and is {_kind(new)}")
        yield from _values(old, new, where)
        yield from _bounds(old, new, where)
        yield from _others(old, new, where)
        yield from self._inside(old, new, where)
        yield from self._fields(old, new, where)

    def _inside(self, old: Schema, new: Schema, where: str) -> Iterator[Difference]:
        for keyword, place in (("items", "[]"), ("additionalProperties", "{}")):
            if keyword in old or keyword in new:
                yield from self.compare(_any(old.get(keyword)), _any(new.get(keyword)), where + place)
        olds, news = old.get("prefixItems", ()), new.get("prefixItems", ())
        if len(olds) != len(news):
            yield Difference(Effect.CHANGED, where, f"had {len(olds)} places and has {len(news)}")
        for index, (old_item, new_item) in enumerate(zip(olds, news, strict=False)):
            yield from self.compare(old_item, new_item, f"{where}[{index}]")

    def _fields(self, old: Schema, new: Schema, where: str) -> Iterator[Difference]:
        olds, news = old.get("properties", {}), new.get("properties", {})
        was, required = set(old.get("required", ())), set(new.get("required", ()))
        for name in [*olds, *(name for name in news if name not in olds)]:
            place = f"{where}.{name}".lstrip(".")
            if name not in news:
                yield Difference(Effect.REMOVED, place, "is removed")
            elif name not in olds:
                effect = Effect.NARROWED if name in required else Effect.ADDED
                yield Difference(effect, place, "is new" + (" and required" if name in required else ""))
            else:
                if (name in was) != (name in required):
                    effect = Effect.NARROWED if name in required else Effect.WIDENED
                    yield Difference(effect, place, "became " + ("required" if name in required else "optional"))
                elif olds[name].get("default") != news[name].get("default"):
                    change = f"{olds[name].get('default')!r} to {news[name].get('default')!r}"
                    yield Difference(Effect.CHANGED, place, f"changed its default from {change}")
                yield from self.compare(olds[name], news[name], place)


def _values(old: Schema, new: Schema, where: str) -> Iterator[Difference]:
    olds, news = _enumerated(old), _enumerated(new)
    if olds is None or news is None:
        if olds is not news:
            effect = Effect.NARROWED if olds is None else Effect.WIDENED
            yield Difference(effect, where, "became a closed set" if olds is None else "is a closed set no longer")
        return
    if gone := [value for value in olds if value not in news]:
        yield Difference(Effect.NARROWED, where, f"lost the values {gone}")
    if added := [value for value in news if value not in olds]:
        yield Difference(Effect.GREW, where, f"gained the values {added}")


def _bounds(old: Schema, new: Schema, where: str) -> Iterator[Difference]:
    for keywords, none in ((_LOWER, float("-inf")), (_UPPER, float("inf"))):
        for keyword in keywords:
            was, now = old.get(keyword, none), new.get(keyword, none)
            if was != now:
                narrower = now > was if keywords is _LOWER else now < was
                effect = Effect.NARROWED if narrower else Effect.WIDENED
                yield Difference(effect, where, f"changed its {keyword} from {was} to {now}")


def _others(old: Schema, new: Schema, where: str) -> Iterator[Difference]:
    """Patterns, formats, and whatever keyword there may be one day: only its equality is judged."""
    for keyword in sorted((set(old) | set(new)) - _SAID_ELSEWHERE):
        if old.get(keyword) != new.get(keyword):
            effect = Effect.CHANGED
            if keyword not in old:
                effect = Effect.NARROWED
            elif keyword not in new:
                effect = Effect.WIDENED
            yield Difference(effect, where, f"changed its {keyword} from {old.get(keyword)} to {new.get(keyword)}")


def _branches(schema: Schema, definitions: Schema) -> list[Schema]:
    """The alternatives of a schema, references resolved; one where there is no choice."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        return [{"x-name": name, **branch} for branch in _branches(definitions[name], definitions)]
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if alternatives is None:
        return [schema]
    return [branch for alternative in alternatives for branch in _branches(alternative, definitions)]


def _counterpart(old: Schema, news: list[Schema]) -> Schema | None:
    """The alternative that took the place of an old one: best the same, then one of the same name, type, or near it."""
    near = [new for new in news if _kind(new) == _kind(old) or _contains(old, new) or _contains(new, old)]
    return max(
        near,
        key=lambda new: (new == old, new.get("x-name") == old.get("x-name"), _kind(new) == _kind(old)),
        default=None,
    )


def _contains(wide: Schema, narrow: Schema) -> bool:
    return _kind(wide) == "anything" or (_kind(wide), _kind(narrow)) == ("number", "integer")


def _kind(schema: Schema) -> str:
    if _enumerated(schema) is not None:
        return "string" if schema.get("type", "string") == "string" else str(schema["type"])
    return str(schema.get("type", "anything"))


def _enumerated(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _any(schema: Schema | bool | None) -> Schema:
    """`items` and `additionalProperties` may be absent or true (anything), or false (nothing)."""
    if isinstance(schema, Mapping):
        return schema
    return {"enum": []} if schema is False else {}
