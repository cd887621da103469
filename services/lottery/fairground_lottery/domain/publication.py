"""Publication, new versions, pause, resume, stop, end and archive: only legal moves, each with who and why."""

import hashlib
from collections.abc import Iterator
from typing import Any

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
from fairground_lottery.contract import SERVICE, RaiseLimit
from fairground_lottery.domain.records import RULES, WHEEL, Standing
from fairground_lottery.domain.seeds import Seed, Seeds
from fairground_lottery.domain.wheel import Wheel, canonical, wheel_of_form
from fairground_lottery.rules import Problems, Rules, changes, form, promises_kept, raised, read

#: How long the commands of operators are remembered, so that a repeated one does nothing.
MOVE_WINDOW_DAYS = 30

Moved = ActivityPaused | ActivityResumed | ActivityStopped | ActivityEnded | ActivityArchived

#: An activity that is one of these is open: it may be published anew, and its seed is nobody's business.
_OPEN = ("running", "paused")

#: Which event a command leads to, and from where.
_MOVES: dict[type[ActivityCommand], tuple[type[Moved], tuple[str, ...]]] = {
    PauseActivity: (ActivityPaused, ("running",)),
    ResumeActivity: (ActivityResumed, ("paused",)),
    StopActivity: (ActivityStopped, _OPEN),
    EndActivity: (ActivityEnded, ("over",)),
    ArchiveActivity: (ActivityArchived, ("stopped", "ended", "over")),
}
#: Where a move leads.
STATUS_AFTER: dict[type[Moved], Status] = {
    ActivityPaused: "paused", ActivityResumed: "running", ActivityStopped: "stopped", ActivityEnded: "ended",
    ActivityArchived: "archived",
}  # fmt: skip
#: Whatever comes first of these discloses the seed.
_DISCLOSING = (ActivityStopped, ActivityEnded, ActivityArchived)
_WORDS_ZH = {"running": "进行中", "paused": "暂停中", "stopped": "已终止", "archived": "已归档", "ended": "已结束"}
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


def decide_publication(
    seeds: Seeds, state: State, command: Command[PublishActivity]
) -> Iterator[ActivityPublished | ActivityRefused]:
    """A first or a new version, or everything that speaks against it at once."""
    asked = command.data
    standing: Standing | None = state.record(asked.activity_id, WHEEL)
    if refused := _repeated(standing, command):
        yield refused
        return
    if standing is not None and standing.status not in _OPEN:
        yield _illegal(command, standing, "publish")
        return
    problems = Problems()
    rules = read(asked.rules, problems)
    wheel: Wheel | None = state.record(asked.activity_id, RULES)
    if rules is not None:
        _compare(problems, rules, command, standing, wheel)
    yield _published_or_refused(seeds, command, standing, wheel, rules, problems)


def _published_or_refused(
    seeds: Seeds, command: Command[Any], standing: Standing | None, wheel: Wheel | None, rules: Rules | None,
    problems: Problems,
) -> ActivityPublished | ActivityRefused:  # fmt: skip
    """The version, unless something speaks against it: the secret, too, must be the one it was first published with."""
    if standing is not None and standing.seed_sha256 != _seed(seeds, command, standing).sha256:
        problems.add("", "seed_changed", wanted=standing.seed_key_id, found=seeds.key_id)
    if rules is None or problems.found:
        return _refused(command, standing, "bad_rules", tuple(problems.found))
    return _published(seeds, command, standing, wheel, rules)


def _published(
    seeds: Seeds, command: Command[Any], standing: Standing | None, wheel: Wheel | None, rules: Rules
) -> ActivityPublished:
    asked: ActivityCommand = command.data
    return ActivityPublished(
        activity_id=asked.activity_id,
        version=standing.version + 1 if standing else 1,
        service=SERVICE,
        rules=form(rules),
        rules_sha256=hashlib.sha256(canonical(rules)).hexdigest(),
        seed_sha256=_seed(seeds, command, standing).sha256,
        seed_key_id=standing.seed_key_id if standing else seeds.key_id,
        status="paused" if standing and standing.status == "paused" else "running",
        changes=changes(wheel.rules, rules) if wheel else (),
        by=asked.by,
        why=asked.why,
    )


def _compare(
    problems: Problems,
    rules: Rules,
    command: Command[PublishActivity],
    standing: Standing | None,
    wheel: Wheel | None,
) -> None:
    """What speaks against these rules for this activity at this time."""
    if rules.id != command.data.activity_id:
        problems.add("id", "other_activity", found=rules.id, wanted=command.data.activity_id)
    if standing is None or wheel is None:
        if rules.ends_ms <= command.time_ms:
            problems.add("window.ends", "already_over", ends=rules.ends)
        return
    for name in ("kind", "zone", "day_start_hour"):
        wanted = getattr(wheel.rules, name)
        if getattr(rules, name) != wanted:
            problems.add(name, "fixed", name=name, wanted=wanted)
    if canonical(rules) == wheel.source:
        problems.add("", "unchanged", version=standing.version)
    if command.time_ms >= wheel.rules.starts_ms:
        promises_kept(wheel.rules, rules, problems)


def decide_raise(
    seeds: Seeds, state: State, command: Command[RaiseLimit]
) -> Iterator[ActivityPublished | ActivityRefused]:
    """A version in which one limit is higher, or why it cannot be raised. The request's id makes it happen once."""
    asked = command.data
    standing: Standing | None = state.record(asked.activity_id, WHEEL)
    if standing is None:
        yield _refused(command, standing, "unknown_activity")
        return
    if refused := _repeated(standing, command):
        yield refused
        return
    wheel: Wheel | None = state.record(asked.activity_id, RULES)
    if wheel is None or standing.status not in _OPEN:
        yield _illegal(command, standing, "raise")
        return
    problems = Problems()
    rules = read(raised(wheel.rules, asked.limit, asked.prize_id, asked.amount, asked.expected, problems), problems)
    yield _published_or_refused(seeds, command, standing, wheel, rules, problems)


def decide_move(seeds: Seeds, state: State, command: Command[ActivityCommand]) -> Iterator[Moved | ActivityRefused]:
    """Pause, resume, stop, end or archive, where that is possible."""
    asked = command.data
    standing: Standing | None = state.record(asked.activity_id, WHEEL)
    if standing is None:
        yield _refused(command, standing, "unknown_activity")
        return
    if refused := _repeated(standing, command):
        yield refused
        return
    wheel: Wheel | None = state.record(asked.activity_id, RULES)
    event, sources = _MOVES[type(asked)]
    over = wheel is not None and command.time_ms >= wheel.rules.ends_ms and standing.status in _OPEN
    if wheel is None or not (standing.status in sources or (over and "over" in sources)):
        yield _illegal(command, standing, _verb(asked))
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
        service=SERVICE,
        rules=form(wheel.rules),
        seed_sha256=standing.seed_sha256,
        **disclosed,
    )


def _disclosed(seeds: Seeds, command: Command[ActivityCommand], standing: Standing) -> dict[str, str] | None:
    """The seed, when this is what ends the activity; None when a worker without its secret would end it in silence."""
    if standing.status not in _OPEN:
        return {}
    if _seed(seeds, command, standing).sha256 != standing.seed_sha256:
        return None
    return {"seed": seeds.seed(command.data.activity_id, standing.seed_key_id).hex()}


def _seed(seeds: Seeds, command: Command[Any], standing: Standing | None) -> Seed:
    """By the secret that the activity was first published with; a new one's by the current secret."""
    return seeds.of(command.data.activity_id, standing.seed_key_id if standing else seeds.key_id)


def evolve_published(state: State, event: Event[Any]) -> None:
    """Fold a publication. What was taken, and who drew how often, stays as it was."""
    published: ActivityPublished = event.data
    standing: Standing | None = state.record(published.activity_id, WHEEL)
    state.put(published.activity_id, RULES, wheel_of_form(published.rules))
    state.put(
        published.activity_id,
        WHEEL,
        Standing(
            published.status,
            published.version,
            published.seed_sha256,
            published.seed_key_id,
            standing.days if standing else (),
            _remembered(standing.moves if standing else (), event),
        ),
    )


def evolve_moved(state: State, event: Event[Any]) -> None:
    """Fold a pause, resume, stop, end or archive. What is archived leaves nothing but a tombstone."""
    moved: Moved = event.data
    standing: Standing = state.record(moved.activity_id, WHEEL)
    status = STATUS_AFTER[type(moved)]
    if status == "archived":
        state.drop(moved.activity_id)
    days = () if status == "archived" else standing.days
    moves = _remembered(standing.moves, event)
    after = Standing(status, standing.version, standing.seed_sha256, standing.seed_key_id, days, moves)
    state.put(moved.activity_id, WHEEL, after)


def evolve_refused(state: State, event: Event[Any]) -> None:
    """A refused command of an operator stays refused."""
    refused: ActivityRefused = event.data
    standing: Standing | None = state.record(refused.activity_id, WHEEL)
    if standing is None or refused.reason in ("duplicate", "too_old"):
        return
    moves = _remembered(standing.moves, event)
    after = Standing(
        standing.status, standing.version, standing.seed_sha256, standing.seed_key_id, standing.days, moves
    )
    state.put(refused.activity_id, WHEEL, after)


def _repeated(standing: Standing | None, command: Command[Any]) -> ActivityRefused | None:
    """The refusal of a command that was decided before, or may have been."""
    if standing is None:
        return None
    known = seen(standing.moves, command.id, command.time_ms, MOVE_WINDOW_DAYS)
    return None if known is Seen.NEW else _refused(command, standing, known.value)


def _remembered(moves: Remembered, event: Event[Any]) -> Remembered:
    return remember(moves, event.command_id, event.time_ms, MOVE_WINDOW_DAYS)


def _verb(asked: ActivityCommand) -> str:
    return asked.type.split(".")[-2]


_VERBS_ZH = {
    "publish": "发布",
    "raise": "增加上限",
    "pause": "暂停",
    "resume": "恢复",
    "stop": "终止",
    "end": "结束",
    "archive": "归档",
}


def _illegal(command: Command[Any], standing: Standing, verb: str) -> ActivityRefused:
    zh = f"活动{_WORDS_ZH[standing.status]}，不能{_VERBS_ZH[verb]}。"
    en = f"The activity is {standing.status}; it is not possible to {verb} it now."
    if verb == "end" and standing.status in _OPEN:
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
