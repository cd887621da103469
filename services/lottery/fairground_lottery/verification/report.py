"""What a verification found."""

from typing import NamedTuple

#: Whoever sees so many differences has seen enough.
SHOWN = 20


class Difference(NamedTuple):
    """Where the record says something else than what is recomputed."""

    event_id: str  # empty: the export as a whole
    field: str  # as the event or the export calls it
    recorded: str
    recomputed: str


class Report(NamedTuple):
    """The verdict on one activity."""

    activity_id: str
    seed_sha256: str
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
