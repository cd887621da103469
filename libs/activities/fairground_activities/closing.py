"""An activity closes by itself: when its window is over a timer gives the command that ends it and tells the seed."""

from datetime import UTC, datetime
from typing import Any

from fairground_activities.files.window import parse_local, utc_ms
from fairground_contracts.activities import (
    ActivityArchived,
    ActivityEnded,
    ActivityPublished,
    ActivityStopped,
    EndActivity,
)
from fairground_contracts.message import Message
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_contracts.topics import TIMERS
from fairground_decider import Event, Outgoing

#: Who ends it, as the event says.
BY = "timer"

#: After these there is nothing left to end.
_OVER = (ActivityEnded, ActivityStopped, ActivityArchived)


def closing(event: Event[Any], service: str) -> tuple[Outgoing, ...]:
    """What a publication or a move means to the timer; a new version may end at another time."""
    said = event.data
    timer_id = f"end:{said.activity_id}"
    asked: Message
    if isinstance(said, ActivityPublished):
        window = said.rules["window"]
        ends_ms = utc_ms(parse_local(window["ends"]), said.rules["zone"], later=True)
        end = EndActivity(activity_id=said.activity_id, by=BY, why="its window is over")
        asked = TimerRequested(
            service=service,
            timer_id=timer_id,
            revision=2 * said.version,
            due_at=datetime.fromtimestamp(ends_ms / 1000, UTC),
            key=said.activity_id,
            command=EndActivity.type,
            content=end.model_dump(mode="json"),
        )
    elif isinstance(said, _OVER):
        asked = TimerCancelled(service=service, timer_id=timer_id, revision=2 * said.version + 1)
    else:
        return ()
    return (Outgoing(TIMERS.name, f"{service}:{timer_id}", f"{event.id}-t", said.activity_id, asked),)
