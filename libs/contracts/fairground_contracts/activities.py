"""Activities: publication, pause, resume, stop, end and archive, the same for every kind of activity.

They are commands in the activity's own log, so each takes its place among the players' commands.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from fairground_contracts.message import CommandMessage, Id, Message

#: As of the last move. Scheduled follows from window and time; an activity whose window is over runs until it is ended.
Status = Literal["running", "paused", "stopped", "ended", "archived"]


class ActivityCommand(CommandMessage):
    """What all of them carry: which activity, who asks, and why."""

    activity_id: Id
    by: Id = "operator"  # who asks: an operator's account, or a system
    why: str = Field(default="", max_length=1000)  # the reason, for those who look it up later


class PublishActivity(ActivityCommand):
    """Publish an activity, or a new version of it. `rules` is the activity file's content."""

    type: ClassVar[str] = "fairground.activity.publish.v1"
    rules: dict[str, Any]  # the activity file's content, checked by the service


class PauseActivity(ActivityCommand):
    """Refuse players until it is resumed: the kill switch."""

    type: ClassVar[str] = "fairground.activity.pause.v1"


class ResumeActivity(ActivityCommand):
    """End a pause."""

    type: ClassVar[str] = "fairground.activity.resume.v1"


class StopActivity(ActivityCommand):
    """End it for good, before its window does."""

    type: ClassVar[str] = "fairground.activity.stop.v1"


class EndActivity(ActivityCommand):
    """Close it for good when its window is over by this command's time, and disclose what its draws came from."""

    type: ClassVar[str] = "fairground.activity.end.v1"


class ArchiveActivity(ActivityCommand):
    """Forget the live state of an activity that is stopped or over; its record stays."""

    type: ClassVar[str] = "fairground.activity.archive.v1"


class RuleChange(Message):
    """One field that a new version changed."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    field: str  # where in the published form; prizes by their ids: prizes.cash.weight
    before: Any = None  # the value in the version before; null where there was none
    after: Any = None  # the value from here on; null where there is none any more


class ActivityPublished(Message):
    """A version is in force from here on in the log."""

    type: ClassVar[str] = "fairground.activity.published.v1"
    activity_id: Id
    version: int = Field(ge=1)
    service: str  # which kind of activity it is
    rules: dict[str, Any]  # as they are in force, defaults filled in
    rules_sha256: str  # of the rules as canonical JSON, in hex
    seed_sha256: str = ""  # commitment to the seed of its draws, in hex; empty where nothing is drawn
    seed_key_id: str = ""  # which of the workers' secrets the seed was derived from
    status: Status = "running"  # a new version of a paused activity stays paused
    changes: tuple[RuleChange, ...] = ()  # what differs from the version before; empty for the first one
    by: str  # who asked for it
    why: str  # the reason that was given; may be empty


class _Moved(Message):
    activity_id: Id
    version: int = Field(ge=1)
    by: str  # who asked for it
    why: str  # the reason that was given; may be empty
    service: str = ""  # which kind of activity it is
    rules: dict[str, Any] = Field(default_factory=dict)  # in force: the row of the table follows from the event alone
    seed_sha256: str = ""  # commitment to the seed of its draws, in hex; empty where nothing is drawn


class ActivityPaused(_Moved):
    """Players are refused from here on."""

    type: ClassVar[str] = "fairground.activity.paused.v1"


class ActivityResumed(_Moved):
    """Players are served again from here on."""

    type: ClassVar[str] = "fairground.activity.resumed.v1"


class _Over(_Moved):
    seed: str = ""  # what its draws came from, in hex, disclosed by the first of these events; its hash is seed_sha256


class ActivityStopped(_Over):
    """It has ended for good, before its window did."""

    type: ClassVar[str] = "fairground.activity.stopped.v1"


class ActivityEnded(_Over):
    """It has ended for good, after its window."""

    type: ClassVar[str] = "fairground.activity.ended.v1"


class ActivityArchived(_Over):
    """Its live state is gone; the record keeps what happened."""

    type: ClassVar[str] = "fairground.activity.archived.v1"


class Problem(Message):
    """One thing that is wrong with an activity file."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    field: str  # where in the file: prizes[2].weight
    code: str  # what kind of problem, machine-readable
    zh: str  # what is wrong, in Chinese
    en: str  # what is wrong, in English
    line: int = 0  # of the file it was read from; 0 where there is none


class ActivityRefused(Message):
    """A publication or a move that is not possible, with every reason at once."""

    type: ClassVar[str] = "fairground.activity.refused.v1"
    activity_id: Id
    reason: Literal[  # machine-readable
        "bad_rules", "illegal_move", "unknown_activity", "duplicate", "too_old", "seed_unavailable"
    ]
    zh: str  # the reason in words, in Chinese
    en: str  # the reason in words, in English
    problems: tuple[Problem, ...] = ()  # all of them at once, for bad_rules
    version: int = Field(default=0, ge=0)  # in force when it was refused; 0 where there is none
    by: str = ""  # who asked for it; empty in events that are older than this field
    why: str = ""  # the reason that was given; may be empty


class ActivityListed(Message):
    """The row of `fairground.activities` (compacted): what intake, edge and other systems read as a table."""

    type: ClassVar[str] = "fairground.activity.listed.v1"
    activity_id: Id
    service: str  # which kind of activity it is
    version: int = Field(ge=1)
    status: Status  # as of the last move; whether it is open follows from the window in its rules
    rules: dict[str, Any]  # in force
    seed_sha256: str = ""  # commitment to the seed of its draws, in hex; empty where nothing is drawn
