"""Pictures made of block characters, for a terminal."""

from collections.abc import Sequence

_EIGHTHS_UP = " ▁▂▃▄▅▆▇█"
_EIGHTHS_RIGHT = " ▏▎▍▌▋▊▉█"


def columns(values: Sequence[float], height: int) -> list[str]:
    """A column chart: `height` lines, top first, one character a value; the highest value fills its column."""
    highest = max(values, default=0)
    if highest <= 0:
        return [" " * len(values)] * height
    eighths = [value * height * 8 / highest for value in values]
    filled = [max(round(wanted), 1) if wanted > 0 else 0 for wanted in eighths]
    return [
        "".join(_EIGHTHS_UP[min(max(wanted - row * 8, 0), 8)] for wanted in filled)
        for row in reversed(range(height))
    ]  # fmt: skip


def bar(value: float, full: float, width: int) -> str:
    """A bar to the right: `full` fills the width, more does not show."""
    if value <= 0 or full <= 0:
        return ""
    eighths = max(round(min(value / full, 1) * width * 8), 1)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS_RIGHT[rest] if rest else "")


def against(value: float, expected: float, width: int) -> str:
    """A bar of `value` with a mark where `expected` would end, at two thirds of the width; what is longer is cut."""
    mark = width * 2 // 3
    if expected <= 0:
        return " " * mark + "│" + " " * (width - mark - 1)
    filled = min(round(value / expected * mark), width - 1)
    line = "█" * filled + " " * (width - 1 - filled)
    return f"{line[:mark]}│{line[mark:]}"
