"""What was heard of all services: commands, events, refusals, and how long answers took."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Sentence(NamedTuple):
    """The same said in two languages."""

    zh: str
    en: str


@dataclass(slots=True)
class Heard:
    """Counts over all events that count."""

    events: int = 0
    commands: int = 0
    voids: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    sentences: dict[str, Sentence] = field(default_factory=dict)  # what each reason of refusal means
    latencies_us: "array[int]" = field(default_factory=lambda: array("q"))

    def refused(self, data: Mapping[str, Any]) -> None:
        """Something was refused: `data` of any refusal."""
        reason = data["reason"]
        if reason not in self.refusals:
            self.sentences[reason] = Sentence(data["zh"], data["en"])
        self.refusals[reason] += 1


def percentile(ordered: Sequence[int], share: float) -> int:
    """The smallest value that at least `share` of all are not above (nearest rank); 0 when there are none."""
    if not ordered:
        return 0
    rank = max(int(-(-len(ordered) * share // 1)), 1)
    return ordered[min(rank, len(ordered)) - 1]
