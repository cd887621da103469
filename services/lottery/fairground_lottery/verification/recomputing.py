"""Every outcome of an export once more: the domain's own choice, on the state folded so far.

What is folded is what is recorded, so that one wrong outcome makes no other one wrong.
"""

from collections.abc import Iterable
from hashlib import sha256
from heapq import merge
from typing import Any

from fairground_activities.comparing import Comparison, Difference, Report
from fairground_activities.exports import Place, canonical, place_of
from fairground_activities.lifecycle import Standing
from fairground_activities.prizes import Choice, Table, choose
from fairground_contracts.activities import ActivityPublished
from fairground_contracts.message import trusted
from fairground_decider import Event, OutOfBounds, Records, State
from fairground_decider.entropy import Mac
from fairground_lottery.contract import DrawMissed, MembersLinked, PrizeWon
from fairground_lottery.domain import Lottery, prizes
from fairground_lottery.domain.calendar import day_of, iso_of
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.outcomes import nonce_of
from fairground_lottery.domain.records import DAYS_KEPT, NEWCOMER, RULES, STANDING, Entrant, Linked, member_field
from fairground_lottery.rules import BadRules
from fairground_lottery.verification.export import Export, Link, Outcome, Return, Version

#: What changes the counts or the rules between draws.
_Change = Version | Link | Return


def verify(export: Export, found: tuple[Difference, ...] = ()) -> Report:
    """The verdict. `found`: differences that were seen already."""
    return _Recomputing(export, found).run()


class _Recomputing(Comparison):
    def __init__(self, export: Export, found: tuple[Difference, ...]) -> None:
        super().__init__(found)
        self._export = export
        self._activity = export.activity_id
        self._lottery = Lottery()  # it folds, which needs no secret
        self._state = State(Records(), {}, (self._activity,))
        upcoming: tuple[Iterable[_Change], ...] = (export.versions, export.links, export.returned)
        self._waiting = list(merge(*upcoming, key=self._order))
        self._waiting.reverse()
        self._partition = -1
        self._last: tuple[int, ...] = ()

    def run(self) -> Report:
        """Everything."""
        export = self._export
        checksum = export.checksum()
        self.same("", "sha256", export.sha256 or checksum, checksum)
        self._numbers = Mac(self._seed())
        self._end = place_of(export.service, export.disclosed_by)
        self.same("", "disclosed_by", export.disclosed_by, export.disclosed_by if self._end else "an event's id")
        agreeing = 0
        for draw in export.draws:
            before = self.differing
            self._draw(draw)
            agreeing += self.differing == before
        self._catch_up(None)
        return Report(
            self._activity, export.seed_sha256, checksum, len(export.versions), len(export.draws), agreeing,
            self.differing, tuple(self.differences),
        )  # fmt: skip

    def _seed(self) -> bytes:
        """The disclosed seed; its hash is the one that was published first."""
        try:
            seed = bytes.fromhex(self._export.seed)
        except ValueError:
            seed = b""
        self.same("", "seed", self._export.seed, seed.hex())
        self.same("", "seed_sha256", self._export.seed_sha256, sha256(seed).hexdigest())
        return seed

    def _catch_up(self, before: Place | None) -> None:
        """Everything that stands before that place, as the log runs; None: all that is left."""
        while self._waiting and (before is None or self._order(self._waiting[-1]) < before[:3]):
            change = self._waiting.pop()
            if isinstance(change, Version):
                self._publish(change)
            elif isinstance(change, Link):
                self._link(change)
            else:
                self._put_back(change)

    def _order(self, change: _Change) -> tuple[int, ...]:
        """As the log runs; what has no place comes first, and is found there."""
        place = place_of(self._export.service, change.event_id)
        return place[:3] if place else ()

    def _put_back(self, returned: Return) -> None:
        """A prize goes back: one that was given, of a value that was given."""
        self._take_place(returned.event_id)
        try:
            prizes.put_back(self._state, self._activity, returned.prize_id, returned.budget_fen)
        except OutOfBounds as error:
            self._state.take_back()
            self.note(returned.event_id, "prize_id", returned.prize_id, f"what was given: {error}")
        self._state.keep()

    def _link(self, link: Link) -> None:
        """What was counted for one alias counts for another from here on."""
        self._take_place(link.event_id)
        if self._standing is None or not (self._own(link.event_id, link.alias) and self._own(link.event_id, link.into)):
            return
        if self.same(link.event_id, "into", link.into, link.into if link.into != link.alias else "another alias"):
            said = MembersLinked(
                activity_id=self._activity, version=self._standing.version, member_id=link.alias, person_id=link.into
            )
            self._fold(Event(link.event_id, "", 0, link.event_id, said))

    def _own(self, event_id: str, alias: str) -> bool:
        """Whether it is counted under its own name still."""
        known = self._state.record(self._activity, member_field(alias))
        return self.same(event_id, "alias", alias, known.person if isinstance(known, Linked) else alias)

    def _publish(self, version: Version) -> None:
        """A version comes into force."""
        self._take_place(version.event_id)
        standing = self._standing
        self.same(version.event_id, "version", version.version, standing.version + 1 if standing else 1)
        self.same(version.event_id, "seed_sha256", version.seed_sha256, self._export.seed_sha256)
        if not version.names_removed:
            self.same(
                version.event_id, "rules_sha256", version.rules_sha256, sha256(canonical(version.rules)).hexdigest()
            )
        fields = {
            "activity_id": self._activity, "version": version.version, "service": self._export.service,
            "rules": version.rules, "rules_sha256": version.rules_sha256, "seed_sha256": version.seed_sha256,
            "seed_key_id": "", "status": "running", "changes": (), "by": "", "why": "",
        }  # fmt: skip
        try:
            self._fold(Event(version.event_id, "", 0, version.event_id, trusted(ActivityPublished, fields)))
        except BadRules as error:
            self.note(version.event_id, "rules", str(error), "rules that can be published")

    def _draw(self, draw: Outcome) -> None:
        """An outcome: everything about it that follows from the seed, the rules, and what was before."""
        place = place_of(self._export.service, draw.event_id)
        if place:
            self._catch_up(place)
        place = self._take_place(draw.event_id)
        in_force: InForce | None = self._state.record(self._activity, RULES)
        standing = self._standing
        if in_force is None or standing is None or place is None:
            self.note(draw.event_id, "version", draw.version, "no version is in force")
            return
        self.same(draw.event_id, "version", draw.version, standing.version)
        if not self._day(draw, in_force, standing) or not self._own(draw.event_id, draw.alias):
            return
        entrant: Entrant = self._state.record(self._activity, member_field(draw.alias)) or NEWCOMER
        if (table := self._table(draw, in_force, entrant)) is not None:
            nonce = nonce_of(place.epoch, place.partition, place.offset, place.number, draw.alias)
            situation = prizes.Situation(
                self._state, self._activity, in_force, entrant, draw.time_ms, day_of(draw.day), draw.day
            )
            self._compare(draw, choose(in_force.game, table, self._numbers, nonce, situation))
        self._take(draw, in_force)

    def _day(self, draw: Outcome, in_force: InForce, standing: Standing) -> bool:
        """Whether the outcome's business day is that of its time, and not closed."""
        try:
            day = in_force.day(draw.time_ms)
        except (ValueError, OverflowError, OSError):
            self.note(draw.event_id, "time_ms", draw.time_ms, "a time")
            return False
        closed = len(standing.days) == DAYS_KEPT and day < standing.days[0]
        return self.same(draw.event_id, "day", draw.day, "a day that is not closed" if closed else iso_of(day))

    def _table(self, draw: Outcome, in_force: InForce, entrant: Entrant) -> Table | None:
        """The table that the outcome names, if it may apply: the facts about the member are believed."""
        if (draw.score is None) == (in_force.rules.play is not None):
            self.note(draw.event_id, "score", draw.score, "a score exactly where the rules are those of a score game")
        known = {"draws": entrant.draws} | ({} if draw.score is None else {"score": draw.score})
        candidates: tuple[Table, ...] = (in_force.game.base,)
        if in_force.tables is not None:
            candidates = in_force.tables.candidates(draw.risk, known)
        found = next((table for table in candidates if table.id == draw.table), None)
        if found is None:
            self.note(draw.event_id, "table", draw.table, " or ".join(repr(table.id) for table in candidates))
        return found

    def _compare(self, draw: Outcome, choice: Choice) -> None:
        self.same(draw.event_id, "attempt", draw.attempt, choice.attempt)
        self.same(draw.event_id, "drawn_id", draw.drawn_id, choice.drawn.id)
        self.same(draw.event_id, "prize_id", draw.prize_id, choice.given.id if choice.given else "")
        self.same(draw.event_id, "withheld", draw.withheld, choice.withheld)
        self.same(draw.event_id, "pity", draw.pity, choice.pity)

    def _take(self, draw: Outcome, in_force: InForce) -> None:
        """Fold the outcome. Which chance it used changes no odds, so that all of them are free here."""
        prize = in_force.game.by_id.get(draw.prize_id)
        fields: dict[str, Any] = {
            "activity_id": self._activity, "version": draw.version, "member_id": draw.alias, "alias": draw.alias,
            "index": 0, "draws": 1, "attempt": draw.attempt, "drawn_id": draw.drawn_id, "prize_id": draw.prize_id,
            "chance": "free", "cause": "", "day": draw.day, "risk": draw.risk, "table": draw.table,
            "withheld": draw.withheld, "pity": draw.pity, "person_id": "",
        }  # fmt: skip
        won = prize is not None and prize.reward is not None
        said = trusted(PrizeWon, fields | {"reward": prize.reward}) if prize and won else trusted(DrawMissed, fields)
        try:
            self._fold(Event(draw.event_id, "", draw.time_ms, draw.event_id, said))
        except OutOfBounds as error:
            self.note(draw.event_id, "prize_id", draw.prize_id, f"within its limits: {error}")

    def _fold(self, event: Event[Any]) -> None:
        try:
            self._lottery.evolve(self._state, event)
        except (BadRules, OutOfBounds):
            self._state.take_back()
            raise
        self._state.keep()

    @property
    def _standing(self) -> Standing | None:
        standing: Standing | None = self._state.record(self._activity, STANDING)
        return standing

    def _take_place(self, event_id: str) -> Place | None:
        """The event's place: in the partition of the first one, behind the last one, before the end."""
        place = place_of(self._export.service, event_id)
        if place is None:
            self.note(event_id, "event_id", event_id, "an event's id")
            return None
        if self._partition < 0:
            self._partition = place.partition
        in_order = self._last < place[:3] and (self._end is None or place[:3] < self._end[:3])
        if not in_order or place.partition != self._partition:
            self.note(event_id, "event_id", event_id, "behind the event before it, before the end")
        self._last = max(self._last, place[:3])
        return place
