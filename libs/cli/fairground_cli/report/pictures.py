"""The page's pictures as SVG: what it cost, how the days went, how far the groups are apart. Colours are the page's."""

from collections.abc import Callable, Sequence

from fairground_cli.report.figures import DayLine, DifferenceFigures, Report
from fairground_cli.report.markup import Markup, joined, tag
from fairground_cli.report.words import say
from fairground_cli.simulate.cautions import yuan

WIDTH = 440
_LEFT, _RIGHT = 16, WIDTH - 16
_DAYS_HEIGHT = 160

_MARGIN = 1.4  # so far beyond the ends of an interval its picture reaches: what the ends say stands there
_NARROW, _WIDE, _FIRST_WIDE = 7.2, 12.5, 0x2E80  # about how wide letters are, and from where on they are Chinese


def _svg(height: int, title: str, *content: str) -> Markup:
    return tag("svg", tag("title", title), *content, viewBox=f"0 0 {WIDTH} {height}", role="img")


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return tag("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", class_=kind)


def _bar(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    return tag("rect", x=f"{x:.1f}", y=f"{y:.1f}", width=f"{max(width, 1):.1f}", height=f"{height:.1f}", class_=kind)


def _text(x: float, y: float, words: str, kind: str = "label") -> Markup:
    """Words around `x`, moved so far that they stay within the picture."""
    half = sum(_WIDE if ord(letter) > _FIRST_WIDE else _NARROW for letter in words) / 2
    middle = min(max(x, half), max(WIDTH - half, half))
    return tag("text", words, x=f"{middle:.1f}", y=f"{y:.1f}", class_=kind, text_anchor="middle")


def cost(report: Report) -> Markup:
    """What was expected as a band from P50 to P99, the budget as a line, what it cost as a mark."""
    budget_fen, cost_fen = report.cost.budget_fen, report.cost.cost_fen
    spread = report.forecast.cost if report.forecast else None
    scale = _scale(0, max(cost_fen, budget_fen or 0, spread.p99_fen if spread else 0, 1) * 1.05)
    parts = [_line(_LEFT, 60, _RIGHT, 60, "axis")]
    if spread:
        first, most, last = (scale(each) for each in (spread.p50_fen, spread.p95_fen, spread.p99_fen))
        said = {"p50": yuan(spread.p50_fen), "p95": yuan(spread.p95_fen), "p99": yuan(spread.p99_fen)}
        parts += [_bar(first, 44, last - first, 32, "band"), _line(most, 40, most, 80, "mark")]
        parts.append(_text((first + last) / 2, 96, say("picture-forecast", **said)))
    if budget_fen is not None:
        parts += [_line(scale(budget_fen), 32, scale(budget_fen), 84, "limit")]
        parts.append(_text(scale(budget_fen), 114, say("picture-budget", budget=yuan(budget_fen)), "label limit"))
    at = scale(cost_fen)
    parts.append(tag("path", d=f"M {at:.1f} 48 l 10 12 l -10 12 l -10 -12 z", class_="happened"))
    parts.append(_text(at, 26, say("picture-cost", cost=yuan(cost_fen)), "label strong"))
    return _svg(124, say("picture-cost-title"), *parts)


def days(lines: Sequence[DayLine]) -> Markup:
    """A bar for each day's plays; a line for what was expected."""
    top, bottom = 24, _DAYS_HEIGHT - 24
    highest = max([1.0, *(each.plays for each in lines), *(each.forecast_plays or 0 for each in lines)])
    step = (_RIGHT - _LEFT) / max(len(lines), 1)

    def height(plays: float) -> float:
        return plays / highest * (bottom - top)

    bars = [
        _bar(_LEFT + at * step + step * 0.1, bottom - height(each.plays), step * 0.8, height(each.plays), "bar")
        for at, each in enumerate(lines) if each.plays
    ]  # fmt: skip
    expected = " ".join(
        f"{_LEFT + (at + 0.5) * step:.1f},{bottom - height(each.forecast_plays):.1f}"
        for at, each in enumerate(lines) if each.forecast_plays is not None
    )  # fmt: skip
    parts = [*bars, _line(_LEFT, bottom, _RIGHT, bottom, "axis"), _text(_LEFT, 14, f"{highest:,.0f}")]
    if expected:
        parts.append(tag("polyline", points=expected, class_="expected"))
    if lines:
        parts += [_text(_LEFT, _DAYS_HEIGHT - 6, lines[0].day), _text(_RIGHT, _DAYS_HEIGHT - 6, lines[-1].day)]
    return _svg(_DAYS_HEIGHT, say("picture-days-title"), *parts)


def uplift(title: str, of: DifferenceFigures, told: Callable[[float], str]) -> Markup:
    """Where the true difference lies, by its 95 % interval, and where zero is. `told`: a difference as a short text."""
    if of.low is None or of.high is None:
        return joined()
    reach = max(abs(of.low), abs(of.high), 1e-9) * _MARGIN
    scale = _scale(-reach, reach)
    kind = {"higher": "good", "lower": "bad"}.get(of.verdict, "open")
    low, high = scale(of.low), scale(of.high)
    return _svg(
        104,
        title,
        _line(_LEFT, 52, _RIGHT, 52, "axis"),
        _line(scale(0), 32, scale(0), 66, "zero"),
        _text(scale(0), 98, "0"),
        _bar(low, 44, high - low, 16, f"interval {kind}"),
        tag("circle", cx=f"{scale(of.difference):.1f}", cy="52", r="7", class_=f"point {kind}"),
        _text(scale(of.difference), 22, told(of.difference), "label strong"),
        tag("text", told(of.low), x=f"{low - 6:.1f}", y="80", class_="label", text_anchor="end"),
        tag("text", told(of.high), x=f"{high + 6:.1f}", y="80", class_="label", text_anchor="start"),
    )


def _scale(low: float, high: float) -> Callable[[float], float]:
    """Where a value stands in the picture."""
    return lambda value: _LEFT + (value - low) / (high - low) * (_RIGHT - _LEFT)
