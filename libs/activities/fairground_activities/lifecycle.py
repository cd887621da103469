"""Publication, new versions, pause, resume, stop, end and archive: only legal moves, each with who and why.

The same for every kind of activity. What differs (what rules are, what a new version may not take from members) a
service says once, as its `Versions`; it may add commands of its own that lead to a new version.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import msgspec
import orjson

from fairground_activities.changes import changes
from fairground_activities.files import Problems
from fairground_activities.seeds import Seed, Seeds
from fairground_contracts.activities import (
    ActivityArchived,
    ActivityCommand,
    ActivityEnded,
    ActivityPaused,
    ActivityPublished,
    ActivityRefused,
    ActivityResumed,
    ActivityStopped,
    ArchiveActivity,
    EndActivity,
    PauseActivity,
    Problem,
    PublishActivity,
    ResumeActivity,
    Status,
    StopActivity,
)
from fairground_decider import Command, Event, State
from fairground_decider.causes import Remembered, Seen, remember, seen

#: How long the commands of operators are remembered, so that a repeated one does nothing.
MOVE_WINDOW_DAYS = 30

Moved = ActivityPaused | ActivityResumed | ActivityStopped | ActivityEnded | ActivityArchived

#: An activity that is one of these is open: it may be published anew, and its seed is nobody's business.
OPEN = ("running", "paused")

#: Which event a command leads to, and from where.
_MOVES: dict[type[ActivityCommand], tuple[type[Moved], tuple[str, ...]]] = {
    PauseActivity: (ActivityPaused, ("running",)),
    ResumeActivity: (ActivityResumed, ("paused",)),
    StopActivity: (ActivityStopped, OPEN),
    EndActivity: (ActivityEnded, ("over",)),
    ArchiveActivity: (ActivityArchived, ("stopped", "ended", "over")),
}
MOVES: tuple[type[ActivityCommand], ...] = tuple(_MOVES)

#: Where a move leads.
STATUS_AFTER: dict[type[Moved], Status] = {
    ActivityPaused: "paused", ActivityResumed: "running", ActivityStopped: "stopped", ActivityEnded: "ended",
    ActivityArchived: "archived",
}  # fmt: skip

#: The commands and events of every activity.
COMMANDS: tuple[type[ActivityCommand], ...] = (PublishActivity, *MOVES)
EVENTS = (ActivityPublished, *STATUS_AFTER, ActivityRefused)

#: Whatever comes first of these discloses the seed.
_DISCLOSING = (ActivityStopped, ActivityEnded, ActivityArchived)
_WORDS_ZH = {"running": "进行中", "paused": "暂停中", "stopped": "已终止", "archived": "已归档", "ended": "已结束"}
_VERBS_ZH = {
    "publish": "发布", "raise": "增加上限", "pause": "暂停", "resume": "恢复", "stop": "终止", "end": "结束",
    "archive": "归档",
}  # fmt: skip
_REFUSED = {
    "bad_rules": ("活动规则有问题。", "The rules have problems."),
    "unknown_activity": ("没有这个活动。", "There is no such activity."),
    "duplicate": ("这个命令已经处理过。", "This command was decided before."),
    "too_old": ("这个命令太旧，可能已经处理过。", "This command is too old: it may have been decided before."),
    "seed_unavailable": (
        "处理该命令的服务没有这个活动的密钥，无法公开种子；可以先暂停活动。",
        "This worker lacks the activity's secret, so its seed cannot be disclosed; it can be paused meanwhile.",
    ),
}


class Standing(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="w1"):
    """Where an activity stands. What is archived keeps nothing else."""

    status: str
    version: int
    seed_sha256: str
    seed_key_id: str
    days: tuple[int, ...] = ()  # business days whose counters are kept, oldest first
    moves: Remembered = ()  # publications, pauses, ...: their command ids

    def with_days(self, days: tuple[int, ...]) -> "Standing":
        """The same with other days counted."""
        return Standing(self.status, self.version, self.seed_sha256, self.seed_key_id, days, self.moves)


class Rules(Protocol):
    """What the rules of every kind of activity say."""

    @property
    def id(self) -> str:
        """The activity's."""

    @property
    def starts(self) -> str:
        """As written."""

    @property
    def ends(self) -> str:
        """As written."""

    @property
    def starts_ms(self) -> int:
        """UTC; the first moment."""

    @property
    def ends_ms(self) -> int:
        """UTC; the first moment that no longer belongs to it."""


R = TypeVar("R", bound=Rules)
R_co = TypeVar("R_co", bound=Rules, covariant=True)


class InForce(Protocol[R_co]):
    """The record of the rules in force, ready to be used."""

    @property
    def source(self) -> bytes:
        """The published form, as `canonical` writes it."""

    @property
    def rules(self) -> R_co:
        """What it says."""


def _nothing(before: Rules, after: Rules, problems: Problems) -> None:
    """Nothing of this kind is to be noted."""


@dataclass(frozen=True, slots=True)
class Versions(Generic[R]):
    """What a service says of the versions of its activities' rules."""

    service: str
    problems: Callable[[], Problems]  # that know its sentences
    read: Callable[[Any, Problems], R | None]  # an activity file's content as rules; None when there is any problem
    form: Callable[[R], dict[str, Any]]  # the published form, which reads as the same rules
    in_force: Callable[[dict[str, Any]], InForce[R]]  # the record of a published form
    promises_kept: Callable[[R, R, Problems], None] = _nothing  # notes what it takes from members once it has begun
    fixed: tuple[str, ...] = ("kind", "zone", "day_start_hour")  # fields of rules that no version may change
    unchangeable: Callable[[R, R, Problems], None] = _nothing  # notes what else may not
    standing_field: str = "standing"  # of the record `Standing`
    rules_field: str = "rules"  # of the record in force


def canonical(form: dict[str, Any]) -> bytes:
    """A published form as bytes that are the same for the same rules."""
    return orjson.dumps(form, option=orjson.OPT_SORT_KEYS)


class Lifecycle(Generic[R]):
    """The life of a service's activities: pure, as everything that decides."""

    def __init__(self, versions: Versions[R]) -> None:
        """For one service."""
        self._versions = versions

    def standing(self, state: State, activity_id: str) -> Standing | None:
        """Where an activity stands; None: there is no such activity."""
        found: Standing | None = state.record(activity_id, self._versions.standing_field)
        return found

    def _in_force(self, state: State, activity_id: str) -> InForce[R] | None:
        found: InForce[R] | None = state.record(activity_id, self._versions.rules_field)
        return found

    def decide_publication(
        self, seeds: Seeds | None, state: State, command: Command[PublishActivity]
    ) -> Iterator[ActivityPublished | ActivityRefused]:
        """A first or a new version, or everything that speaks against it at once. No seeds: nothing is drawn."""
        asked = command.data
        standing = self.standing(state, asked.activity_id)
        if refused := repeated(standing, command):
            yield refused
            return
        if standing is not None and standing.status not in OPEN:
            yield _illegal(command, standing, "publish")
            return
        problems = self._versions.problems()
        rules = self._versions.read(asked.rules, problems)
        before = self._in_force(state, asked.activity_id)
        if rules is not None:
            self._compare(problems, rules, command, standing, before)
        yield self._published_or_refused(seeds, command, standing, before, rules, problems)

    def decide_version(
        self, seeds: Seeds | None, state: State, command: Command[Any], verb: str,
        changed: Callable[[R, Problems], dict[str, Any]],
    ) -> Iterator[ActivityPublished | ActivityRefused]:  # fmt: skip
        """A version that a command of the service makes of the rules in force: `changed` says its content."""
        asked: ActivityCommand = command.data
        standing = self.standing(state, asked.activity_id)
        if standing is None:
            yield _refused(command, standing, "unknown_activity")
            return
        if refused := repeated(standing, command):
            yield refused
            return
        before = self._in_force(state, asked.activity_id)
        if before is None or standing.status not in OPEN:
            yield _illegal(command, standing, verb)
            return
        problems = self._versions.problems()
        rules = self._versions.read(changed(before.rules, problems), problems)
        yield self._published_or_refused(seeds, command, standing, before, rules, problems)

    def _published_or_refused(
        self, seeds: Seeds | None, command: Command[Any], standing: Standing | None, before: InForce[R] | None,
        rules: R | None, problems: Problems,
    ) -> ActivityPublished | ActivityRefused:  # fmt: skip
        """The version, unless something speaks against it: the secret, too, must be the one it was published with."""
        seed = _seed(seeds, command, standing)
        if standing is not None and seeds is not None and seed is not None and standing.seed_sha256 != seed.sha256:
            problems.add("", "seed_changed", wanted=standing.seed_key_id, found=seeds.key_id)
        if rules is None or problems.found:
            return _refused(command, standing, "bad_rules", tuple(problems.found))
        asked: ActivityCommand = command.data
        form = self._versions.form(rules)
        return ActivityPublished(
            activity_id=asked.activity_id,
            version=standing.version + 1 if standing else 1,
            service=self._versions.service,
            rules=form,
            rules_sha256=hashlib.sha256(canonical(form)).hexdigest(),
            seed_sha256=seed.sha256 if seed else "",
            seed_key_id=standing.seed_key_id if standing else seeds.key_id if seeds else "",
            status="paused" if standing and standing.status == "paused" else "running",
            changes=changes(self._versions.form(before.rules), form) if before else (),
            by=asked.by,
            why=asked.why,
        )

    def _compare(
        self, problems: Problems, rules: R, command: Command[PublishActivity], standing: Standing | None,
        before: InForce[R] | None,
    ) -> None:  # fmt: skip
        """What speaks against these rules for this activity at this time."""
        if rules.id != command.data.activity_id:
            problems.add("id", "other_activity", found=rules.id, wanted=command.data.activity_id)
        if standing is None or before is None:
            if rules.ends_ms <= command.time_ms:
                problems.add("window.ends", "already_over", ends=rules.ends)
            return
        for name in self._versions.fixed:
            if (wanted := getattr(before.rules, name)) != getattr(rules, name):
                problems.add(name, "fixed", name=name, wanted=wanted)
        self._versions.unchangeable(before.rules, rules, problems)
        if canonical(self._versions.form(rules)) == before.source:
            problems.add("", "unchanged", version=standing.version)
        if command.time_ms >= before.rules.starts_ms:
            _keep_window(before.rules, rules, problems)
            self._versions.promises_kept(before.rules, rules, problems)

    def decide_move(
        self, seeds: Seeds | None, state: State, command: Command[ActivityCommand]
    ) -> Iterator[Moved | ActivityRefused]:
        """Pause, resume, stop, end or archive, where that is possible."""
        asked = command.data
        standing = self.standing(state, asked.activity_id)
        if standing is None:
            yield _refused(command, standing, "unknown_activity")
            return
        if refused := repeated(standing, command):
            yield refused
            return
        before = self._in_force(state, asked.activity_id)
        event, sources = _MOVES[type(asked)]
        over = before is not None and command.time_ms >= before.rules.ends_ms and standing.status in OPEN
        if before is None or not (standing.status in sources or (over and "over" in sources)):
            yield _illegal(command, standing, asked.type.split(".")[-2])
            return
        disclosed = _disclosed(seeds, command, standing) if event in _DISCLOSING else {}
        if disclosed is None:
            yield _refused(command, standing, "seed_unavailable")
            return
        yield event(
            activity_id=asked.activity_id,
            version=standing.version,
            by=asked.by,
            why=asked.why,
            service=self._versions.service,
            rules=self._versions.form(before.rules),
            seed_sha256=standing.seed_sha256,
            **disclosed,
        )

    def evolve_published(self, state: State, event: Event[Any]) -> None:
        """Fold a publication. What was taken, and what members did, stays as it was."""
        published: ActivityPublished = event.data
        standing = self.standing(state, published.activity_id)
        state.put(published.activity_id, self._versions.rules_field, self._versions.in_force(published.rules))
        after = Standing(
            published.status, published.version, published.seed_sha256, published.seed_key_id,
            standing.days if standing else (), _remembered(standing.moves if standing else (), event),
        )  # fmt: skip
        state.put(published.activity_id, self._versions.standing_field, after)

    def evolve_moved(self, state: State, event: Event[Any]) -> None:
        """Fold a pause, resume, stop, end or archive. What is archived leaves nothing but a tombstone."""
        moved: Moved = event.data
        standing = self.standing(state, moved.activity_id)
        assert standing is not None, "what moves is there"
        status = STATUS_AFTER[type(moved)]
        if status == "archived":
            state.drop(moved.activity_id)
        days = () if status == "archived" else standing.days
        after = msgspec.structs.replace(standing, status=status, days=days, moves=_remembered(standing.moves, event))
        state.put(moved.activity_id, self._versions.standing_field, after)

    def evolve_refused(self, state: State, event: Event[Any]) -> None:
        """A refused command of an operator stays refused."""
        refused: ActivityRefused = event.data
        standing = self.standing(state, refused.activity_id)
        if standing is None or refused.reason in ("duplicate", "too_old"):
            return
        after = msgspec.structs.replace(standing, moves=_remembered(standing.moves, event))
        state.put(refused.activity_id, self._versions.standing_field, after)


def _keep_window(before: Rules, after: Rules, problems: Problems) -> None:
    """Note a window that has opened and would close: by an earlier end, or by a later start, which would also let the
    next version change whatever was promised, as if nothing had begun."""
    if after.starts_ms > before.starts_ms:
        problems.add("window.starts", "starts_later", before=before.starts, after=after.starts)
    if after.ends_ms < before.ends_ms:
        problems.add("window.ends", "ends_earlier", before=before.ends, after=after.ends)


def _disclosed(seeds: Seeds | None, command: Command[ActivityCommand], standing: Standing) -> dict[str, str] | None:
    """The seed, when this is what ends the activity; None when a worker without its secret would end it in silence."""
    if standing.status not in OPEN or seeds is None:
        return {}
    seed = _seed(seeds, command, standing)
    if seed is None or seed.sha256 != standing.seed_sha256:
        return None
    return {"seed": seeds.seed(command.data.activity_id, standing.seed_key_id).hex()}


def _seed(seeds: Seeds | None, command: Command[Any], standing: Standing | None) -> Seed | None:
    """By the secret that the activity was first published with; a new one's by the current secret."""
    if seeds is None:
        return None
    return seeds.of(command.data.activity_id, standing.seed_key_id if standing else seeds.key_id)


def repeated(standing: Standing | None, command: Command[Any]) -> ActivityRefused | None:
    """The refusal of a command that was decided before, or may have been."""
    if standing is None:
        return None
    known = seen(standing.moves, command.id, command.time_ms, MOVE_WINDOW_DAYS)
    return None if known is Seen.NEW else _refused(command, standing, known.value)


def _remembered(moves: Remembered, event: Event[Any]) -> Remembered:
    return remember(moves, event.command_id, event.time_ms, MOVE_WINDOW_DAYS)


def _illegal(command: Command[Any], standing: Standing, verb: str) -> ActivityRefused:
    zh = f"活动{_WORDS_ZH[standing.status]}，不能{_VERBS_ZH[verb]}。"
    en = f"The activity is {standing.status}; it is not possible to {verb} it now."
    if verb == "end" and standing.status in OPEN:
        zh, en = f"{zh}活动时间还没有过；可以终止。", f"{en} Its window is not over yet; it can be stopped."
    return _in_words(command, standing, "illegal_move", zh, en)


def _refused(
    command: Command[Any], standing: Standing | None, reason: Any, problems: tuple[Problem, ...] = ()
) -> ActivityRefused:
    return _in_words(command, standing, reason, *_REFUSED[reason], problems)


def _in_words(
    command: Command[Any], standing: Standing | None, reason: Any, zh: str, en: str, problems: tuple[Problem, ...] = ()
) -> ActivityRefused:
    asked: ActivityCommand = command.data
    return ActivityRefused(
        activity_id=asked.activity_id,
        reason=reason,
        zh=zh,
        en=en,
        problems=problems,
        version=standing.version if standing else 0,
        by=asked.by,
        why=asked.why,
    )
