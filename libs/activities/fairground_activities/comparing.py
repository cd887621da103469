"""What a verification finds: where the record of an activity says something else than what is recomputed."""

from collections.abc import Iterable
from typing import NamedTuple

#: Whoever sees so many differences has seen enough.
SHOWN = 20


class Difference(NamedTuple):
    """Where the record says something else than what is recomputed."""

    event_id: str  # or the id of what it is about; empty: the export as a whole
    field: str  # as the event or the export calls it
    recorded: str
    recomputed: str


class Report(NamedTuple):
    """The verdict on one activity."""

    activity_id: str
    seed_sha256: str  # empty where there are several seeds
    sha256: str  # of the export, so that two people know whether they speak of the same one
    versions: int
    outcomes: int
    agreeing: int  # outcomes that are what the seed and the rules make of them
    differing: int  # facts that are not, of outcomes and of everything else
    differences: tuple[Difference, ...]  # the first of them

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return self.differing == 0


class Comparison:
    """What differs so far. Whoever recomputes an export derives from it."""

    def __init__(self, found: Iterable[Difference]) -> None:
        """`found`: differences that were seen already."""
        self.differing = 0
        self.differences: list[Difference] = []
        for difference in found:
            self.note(*difference)

    def same(self, where: str, field: str, recorded: object, recomputed: object) -> bool:
        """Whether both are the same; if not, that is noted."""
        if recorded == recomputed:
            return True
        self.note(where, field, recorded, recomputed)
        return False

    def note(self, where: str, field: str, recorded: object, recomputed: object) -> None:
        """A fact that is another one."""
        self.differing += 1
        if len(self.differences) < SHOWN:
            self.differences.append(Difference(where, field, str(recorded), str(recomputed)))
