"""Durable time: a service asks that a command be given to it when its time has come, and may change its mind.

The timer service keeps what was asked for and publishes the command when it is due: at least once, late rather than
never, under an id that is the same each time. Whether the command still means anything is decided by whom it is for.
"""

from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, Field

from fairground_contracts.message import Id, Message

#: Names a timer within its service: what is due, and of what.
TimerId = Annotated[str, Field(min_length=1, max_length=200)]


class _Timer(Message):
    service: Id  # which service asks; the command goes to its topic of commands
    timer_id: TimerId  # such as packet-expiry:<packet>; unique within the service
    revision: int = Field(ge=0)  # the newest counts: what is not newer than what is known changes nothing


class TimerRequested(_Timer):
    """Give this command at that time. The same timer asked for again, with a newer revision, replaces the older one."""

    type: ClassVar[str] = "fairground.timer.requested.v1"
    due_at: AwareDatetime  # from then on
    key: Id  # the record key that the command must carry
    command: str = Field(min_length=1, max_length=128)  # the command's CloudEvents type
    content: dict[str, Any]  # its data


class TimerCancelled(_Timer):
    """The command is not to be given any more. It may have been given before this was read."""

    type: ClassVar[str] = "fairground.timer.cancelled.v1"
