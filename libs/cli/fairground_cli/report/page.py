"""The page for a browser: one file with everything in it, readable on a phone, in the chosen language."""

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from importlib.resources import files
from string import Template

from fairground_cli.report import pictures, sentences
from fairground_cli.report.figures import Report
from fairground_cli.report.markup import Markup, joined, rows, tag
from fairground_cli.report.words import say
from fairground_cli.simulate.cautions import yuan
from fairground_cli.words import language

_JOINER = "\N{WORD JOINER}"


def page(report: Report) -> str:
    """The whole file."""
    parts = (_head, _side_by_side, _happened, _verification, _uplift, _cost, _value)
    body = joined(*(each for part in parts for each in part(report)))
    lang = "zh-CN" if language() == "zh" else "en"
    return _template().substitute(language=lang, title=escape(sentences.name(report)), body=body)


@lru_cache
def _template() -> Template:
    return Template(files("fairground_cli.report").joinpath("page.html").read_text("utf-8"))


def _head(report: Report) -> Iterator[Markup]:
    """What it is, and what its reader wants to know first."""
    named = {name: getattr(report, name) for name in ("starts", "ends", "zone", "version", "made_at")}
    yield tag("h1", say("heading", name=sentences.name(report), activity=report.activity))
    yield tag("p", say("subtitle", **named), class_="soft")
    if sentences.unfair(report):
        yield _told(f"✗ {sentences.verification(report)}", "alarm")
    found = report.uplift
    sure = found is not None and found.repurchase.verdict in ("higher", "lower")
    effect = sentences.short_points(found.repurchase.difference) if found is not None and sure else say("not-measured")
    extra = found.extra_fen if found is not None and found.spend.verdict in ("higher", "lower") else None
    yield tag(
        "div",
        _tile(yuan(report.cost.cost_fen), say("tile-cost")),
        _tile(f"{report.happened.took_part:,}", say("tile-took-part")),
        _tile(effect, say("tile-repurchase")),
        _tile(say("not-measured") if extra is None else sentences.signed_yuan(extra[1]), say("tile-extra")),
        class_="tiles",
    )


def _tile(figure: str, what: str) -> Markup:
    return tag("div", tag("b", _unbroken(figure)), tag("span", what), class_="tile")


def _unbroken(text: str) -> str:
    """No line ends between a sign and its amount."""
    return text.replace("+¥", f"+{_JOINER}¥").replace("-¥", f"-{_JOINER}¥")


def _told(sentence: str, class_: str | None = None) -> Markup:
    """A paragraph; what stands between backticks is what one types."""
    parts = _unbroken(sentence).split("`")
    return tag("p", *(tag("code", part) if at % 2 else part for at, part in enumerate(parts)), class_=class_)


def _columns(key: str) -> list[str]:
    return say(key).split("|")


def _side_by_side(report: Report) -> Iterator[Markup]:
    yield tag("h2", say("side-by-side"))
    yield _told(sentences.forecast(report), "soft")
    yield pictures.cost(report)
    lines = list(sentences.compared(report))
    yield rows(_columns("side-columns"), lines)
    if sentences.any_above(lines):
        yield tag("p", say("above"), class_="soft")
    if report.forecast is not None:
        yield from (tag("p", f"⚠ {getattr(each, language())}", class_="soft") for each in report.forecast.warnings)


def _happened(report: Report) -> Iterator[Markup]:
    yield tag("h2", say("happened"))
    yield rows(_columns("funnel-columns"), sentences.funnel(report))
    yield from (tag("p", note, class_="soft") for note in sentences.funnel_notes(report))
    if report.days:
        yield tag("h3", say("days"))
        yield pictures.days(report.days)
    if report.prizes:
        yield tag("h3", say("prizes"))
        yield rows(_columns("prize-columns"), sentences.prizes(report))
    if report.kinds:
        yield tag("h3", say("kinds"))
        yield rows(_columns("kind-columns"), sentences.kinds(report))
    if report.refusals:
        yield tag("h3", say("refusals"))
        yield rows(_columns("refusal-columns"), [(each.reason, f"{each.times:,}") for each in report.refusals])


def _verification(report: Report) -> Iterator[Markup]:
    yield tag("h2", say("verified"))
    yield _told(sentences.verification(report), "alarm" if sentences.unfair(report) else None)
    if lines := list(sentences.forged(report)):
        yield rows(_columns("forged-columns"), lines)


def _uplift(report: Report) -> Iterator[Markup]:
    yield tag("h2", say("uplift"))
    found = report.uplift
    yield from map(_told, sentences.uplift(report))
    if found is None:
        return
    for name, of, told in (
        ("repurchase", found.repurchase, sentences.short_points),
        ("spend", found.spend, sentences.signed_yuan),
    ):
        yield tag("h3", say(f"picture-{name}"))
        yield pictures.uplift(say(f"picture-{name}"), of, told)
    yield rows(_columns("group-columns"), sentences.groups(found))
    yield from (tag("p", sentence, class_="soft") for sentence in sentences.how_measured(found))


def _cost(report: Report) -> Iterator[Markup]:
    yield tag("h2", say("cost-title"))
    lines = [*sentences.cost_lines(report), (say("cost-total"), "", yuan(report.cost.cost_fen))]
    yield rows(_columns("cost-columns"), lines)
    yield _told(say("cost-how"), "soft")


def _value(report: Report) -> Iterator[Markup]:
    yield tag("h2", say("value-title"))
    for title, formula in sentences.value(report):
        yield tag("h3", title)
        yield tag("p", formula)
