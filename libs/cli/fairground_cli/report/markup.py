"""HTML and SVG from Python. Whatever text becomes part of it is escaped, wherever it came from."""

from collections.abc import Iterable, Sequence
from html import escape


class Markup(str):
    """Text that is HTML already. Made by `tag` and `joined` alone."""

    __slots__ = ()


def tag(name: str, *content: str, **attributes: object) -> Markup:
    """An element. `class_` is the attribute class, `stroke_width` is stroke-width; None leaves an attribute out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{given}>{joined(*content)}</{name}>")


def joined(*content: str) -> Markup:
    """One after another."""
    return Markup("".join(each if isinstance(each, Markup) else escape(each) for each in content))


def rows(head: Sequence[str], lines: Iterable[Sequence[str]]) -> Markup:
    """A table; every column but the first is of numbers. It scrolls by itself where the screen is narrow."""
    header = tag("tr", *(tag("th", each, class_="number" if at else None) for at, each in enumerate(head)))
    body = (
        tag("tr", *(tag("td", each, class_="number" if at else None) for at, each in enumerate(line)))
        for line in lines
    )  # fmt: skip
    return tag("div", tag("table", tag("thead", header), tag("tbody", *body)), class_="wide")
