"""What everybody can know of a wheel or game that is published: its rules, as they stand in the event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fairground_decider.days import business_day, zone


@dataclass(frozen=True, slots=True)
class Segment:
    """One prize of a wheel."""

    id: str
    zh: str
    en: str
    weight: int
    stock: int | None  # None: unlimited
    value_fen: int
    thanks: bool  # nothing is given


@dataclass(frozen=True, slots=True)
class Play:
    """How a score game is played."""

    max_score: int
    min_seconds: int
    within_seconds: int


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel, or a score game, as far as players and the report need it."""

    id: str
    zh: str
    en: str
    zone: str
    day_start_hour: int
    starts_ms: int
    ends_ms: int
    free_per_day: int
    segments: tuple[Segment, ...]
    tables: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # weights by prize, beside the segments' own
    play: Play | None = None  # of a score game
    by_level: bool = False  # whether some draw from other weights because of their level

    @classmethod
    def of(cls, rules: Mapping[str, Any]) -> "Wheel":
        """The wheel of a published form of rules (`fairground.activity.published.v1`)."""
        window, zone_name = rules["window"], rules["zone"]
        return cls(
            rules["id"], rules["name"]["zh"], rules["name"]["en"], zone_name, rules["day_start_hour"],
            _utc_ms(window["starts"], zone_name), _utc_ms(window["ends"], zone_name),
            rules.get("chances", {}).get("free_per_day", 0), tuple(_segment(prize) for prize in rules["prizes"]),
            {table["id"]: table["weights"] for table in rules.get("tables", ())}, _play(rules.get("play")),
            any("level" in table.get("when", {}) for table in rules.get("tables", ())),
        )  # fmt: skip

    @property
    def total_weight(self) -> int:
        """Of all its prizes: a prize's odds are its weight over this."""
        return sum(segment.weight for segment in self.segments)

    def odds(self, prize_id: str, table: str = "") -> float:
        """How likely a draw by that table names the prize; of a table that nobody knows, by the prizes' own weights."""
        weights = self.tables.get(table) or {segment.id: segment.weight for segment in self.segments}
        return weights.get(prize_id, 0) / sum(weights.values())

    def is_open(self, time_ms: int) -> bool:
        """Whether the moment lies in its window."""
        return self.starts_ms <= time_ms < self.ends_ms

    def day(self, time_ms: int) -> int:
        """The business day of a moment."""
        return business_day(time_ms, self.zone, self.day_start_hour)


def _play(rules: Mapping[str, Any] | None) -> Play | None:
    return None if rules is None else Play(rules["max_score"], rules["min_seconds"], rules["within_seconds"])


def _segment(prize: Mapping[str, Any]) -> Segment:
    return Segment(
        prize["id"], prize["name"]["zh"], prize["name"]["en"], prize["weight"], prize.get("stock"),
        prize.get("value_fen", 0), prize.get("reward") is None,
    )  # fmt: skip


def _utc_ms(local: str, zone_name: str) -> int:
    return round(datetime.fromisoformat(local).replace(tzinfo=zone(zone_name)).timestamp() * 1000)
