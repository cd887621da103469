"""An activity as an experiment: whom it is for, and who is held out, tried or not. A pure function of its versions.

The hash of `audience.holdout` assigns every member there is, so the two groups differ in nothing but the activity,
whoever of them came by. What members know, do and say may not decide who is compared: conditions (`eligible`) and risk
levels are left out, and lists are those of the first version. Shares are hashes too; of several versions the largest
counts. A version that was replaced before it had begun was tried on nobody.
"""

from collections.abc import Sequence
from typing import Protocol

from fairground_activities.files import EVERYBODY, Audience, bucket
from fairground_decider.answers import Experiment, Group


class Tried(Protocol):
    """What the rules of a version say of it."""

    @property
    def id(self) -> str:
        """The activity's."""

    @property
    def starts_ms(self) -> int:
        """UTC; the first moment."""

    @property
    def ends_ms(self) -> int:
        """UTC; the first moment that no longer belongs to it."""

    @property
    def audience(self) -> Audience | None:
        """Whom it is for; None: everybody."""

    @property
    def eligible(self) -> str:
        """A condition; empty: none."""


def experiment_of(published: Sequence[Tried], published_ms: Sequence[int]) -> Experiment | None:
    """What was tried on whom; None where nobody was held out. `published`: all versions, oldest first, and when."""
    replaced = zip(published, published_ms[1:], strict=False)
    versions = [version for version, until_ms in replaced if until_ms >= version.starts_ms] + [published[-1]]
    audiences = [version.audience or EVERYBODY for version in versions]
    holdouts = [audience.holdout or 0 for audience in audiences]
    if not any(holdouts):
        return None
    shares = [audience.share for audience in audiences if audience.share is not None]
    first, last = versions[0], versions[-1]
    share = max(shares) if len(shares) == len(audiences) else None
    assigned = _Assignment(first.id, audiences[0], share, min(holdouts), max(holdouts))
    return Experiment(first.starts_ms, last.ends_ms, assigned.group, bool(any(each.eligible for each in versions)))


class _Assignment:
    """Who is in which group."""

    def __init__(self, activity: str, lists: Audience, share: int | None, always_below: int, ever_below: int) -> None:
        """`always_below`, `ever_below`: whose place is below is held out by all versions, by some of them."""
        self._activity = activity
        self._only = None if lists.only is None else frozenset(lists.only)
        self._never = frozenset(lists.never)
        self._share = share
        self._always_below = always_below
        self._ever_below = ever_below

    def group(self, member_id: str, person_id: str = "") -> Group:
        """The member's, as a Gate lets them in; `neither`: the activity is not for them, or they were held out for a
        part of the time. `person_id`: the person whom the member is known to be; hashes are of persons then."""
        names, key = {member_id, person_id or member_id}, person_id or member_id
        if names & self._never or (self._only is not None and not names & self._only):
            return "neither"
        if self._share is not None and bucket("share", self._activity, key) >= self._share:
            return "neither"
        place = bucket("holdout", self._activity, key)
        if place < self._always_below:
            return "holdout"
        return "treated" if place >= self._ever_below else "neither"
