"""What every activity file begins with: id, name, zone, when a day begins, and the window."""

from dataclasses import dataclass
from typing import Any

from fairground_activities.files.problems import shown
from fairground_activities.files.reading import MAX_ACTIVITY_ID, Section
from fairground_activities.files.window import NoSuchTime, is_zone, parse_local, utc_ms
from fairground_decider.days import business_day

#: The fields, beside `kind`.
HEADING = ("id", "name", "zone", "day_start_hour", "window")

#: Stands for what could not be read. It never leaves the reading, for a problem was noted.
UNNAMED = "?"

_DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Heading:
    """What all activities have: their rules derive from it."""

    id: str
    zh: str
    en: str
    zone: str
    day_start_hour: int
    starts: str  # local time, as written
    ends: str
    starts_ms: int  # UTC; the first moment
    ends_ms: int  # UTC; the first moment that no longer belongs to it

    @property
    def first_day(self) -> int:
        """The business day on which the window begins."""
        return self.day(self.starts_ms)

    def day(self, time_ms: int) -> int:
        """The business day of a moment."""
        return business_day(time_ms, self.zone, self.day_start_hour)

    def heading(self) -> dict[str, Any]:
        """Its published form, which follows the kind."""
        return {
            "id": self.id,
            "name": {"zh": self.zh, "en": self.en},
            "zone": self.zone,
            "day_start_hour": self.day_start_hour,
            "window": {"starts": self.starts, "ends": self.ends},
        }


def heading_of(activity: Section) -> Heading:
    """The heading of an activity file, everything that is wrong with it noted."""
    zh, en = names_of(activity)
    zone = _zone(activity)
    starts, ends, starts_ms, ends_ms = _window(activity, zone)
    return Heading(
        id=activity.id("id", MAX_ACTIVITY_ID) or UNNAMED,
        zh=zh,
        en=en,
        zone=zone,
        day_start_hour=activity.integer("day_start_hour", 0, 23) or 0,
        starts=starts,
        ends=ends,
        starts_ms=starts_ms,
        ends_ms=ends_ms,
    )


def names_of(section: Section) -> tuple[str, str]:
    """The name in Chinese and in English."""
    if not section.needed("name"):
        return UNNAMED, UNNAMED
    name = section.section("name", ("zh", "en"))
    return name.text("zh", 100) or UNNAMED, name.text("en", 100) or UNNAMED


def _zone(activity: Section) -> str:
    if not activity.has("zone"):
        return _DEFAULT_ZONE
    name = activity.text("zone", 64)
    if name is not None and not is_zone(name):
        activity.problems.add("zone", "unknown_zone", found=shown(name))
        name = None
    return name or _DEFAULT_ZONE


def _window(activity: Section, zone: str) -> tuple[str, str, int, int]:
    if not activity.needed("window"):
        return "", "", 0, 0
    window = activity.section("window", ("starts", "ends"))
    starts, starts_ms = moment_of(window, "starts", zone)
    ends, ends_ms = moment_of(window, "ends", zone, later=True)
    if starts_ms is not None and ends_ms is not None and starts_ms >= ends_ms:
        window.problems.add(window.at("ends"), "window_reversed", starts=starts, ends=ends)
    return starts, ends, starts_ms or 0, ends_ms or 0


def moment_of(section: Section, name: str, zone: str, later: bool = False) -> tuple[str, int | None]:
    """A local time as written and in UTC. Of one that the clocks show twice it is the first, or the `later` one: what
    begins and ends then is the longer one."""
    text = section.text(name, 32)
    if text is None:
        return "", None
    try:
        return text, utc_ms(parse_local(text), zone, later=later)
    except NoSuchTime:
        section.problems.add(section.at(name), "no_such_time", zone=zone, found=shown(text))
    except (ValueError, OverflowError):
        section.problems.add(section.at(name), "bad_time", found=shown(text))
    return text, None
