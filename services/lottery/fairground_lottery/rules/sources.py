"""Where chances come from beside free ones and orders: what each source brings, how long it lasts, how far it goes."""

from fairground_activities.files.problems import Problems
from fairground_activities.files.reading import Section
from fairground_lottery.rules.model import POINTS, SOURCES, OrderRule, Source

_MAX_CHANCES = 1_000
_MAX_CAP = 10**6
_MAX_PRICE = 10**9
_MAX_DAYS = 3_660
_MAX_ANSWER_MINUTES = 1_440
_DEFAULT_ANSWER_MINUTES = 10

_FIELDS = ("chances", "per_day", "total", "expire_days")
_BOUGHT = (*_FIELDS, "price", "answer_minutes")


def sources_of(chances: Section) -> tuple[Source, ...]:
    """The sources that this wheel knows, in the order in which they are listed here, whatever the file's is."""
    if not chances.has("sources"):
        return ()
    section = chances.section("sources", SOURCES)
    if section.readable and not section.content:
        section.problems.add(section.path, "no_sources", known=", ".join(SOURCES))
    return tuple(_source(section, kind) for kind in SOURCES if kind in section.content)


def _source(sources: Section, kind: str) -> Source:
    bought = kind == POINTS
    section = sources.section(kind, _BOUGHT if bought else _FIELDS)
    if bought:
        section.needed("price")
    chances = section.integer("chances", 1, _MAX_CHANCES)
    source = Source(
        kind=kind,
        chances=chances or (1 if bought else None),
        per_day=section.integer("per_day", 1, _MAX_CAP),
        total=section.integer("total", 1, _MAX_CAP),
        expire_days=section.integer("expire_days", 1, _MAX_DAYS),
        price=section.integer("price", 1, _MAX_PRICE) or 0,
        answer_minutes=_answer_minutes(section) if bought else 0,
    )
    prove_caps(section.problems, section.path, source)
    return source


def _answer_minutes(section: Section) -> int:
    return section.integer("answer_minutes", 1, _MAX_ANSWER_MINUTES) or _DEFAULT_ANSWER_MINUTES


def prove_caps(problems: Problems, path: str, rule: Source | OrderRule) -> None:
    """Note caps that contradict each other, or that a single cause would exceed."""
    if rule.per_day is not None and rule.total is not None and rule.per_day > rule.total:
        problems.add(f"{path}.per_day", "day_above_total", day=rule.per_day, total=rule.total)
    for name, cap in (("per_day", rule.per_day), ("total", rule.total)):
        if cap is not None and rule.chances is not None and cap < rule.chances:
            problems.add(f"{path}.{name}", "cap_below_chances", cap=cap, chances=rule.chances)
