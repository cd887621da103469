"""What happens to an activity, for others: its row in the table of activities, and when it is to end."""

from typing import Any

from fairground_activities.closing import closing
from fairground_activities.lifecycle import STATUS_AFTER, Moved
from fairground_contracts.activities import ActivityListed, ActivityPublished
from fairground_contracts.topics import ACTIVITIES
from fairground_decider import Event, Outgoing


def listed(event: Event[Any], service: str) -> tuple[Outgoing, ...]:
    """What a publication or a move sends elsewhere: the activity's row as it is from now on, and when it is to end."""
    said: ActivityPublished | Moved = event.data
    row = ActivityListed(
        activity_id=said.activity_id,
        service=service,
        version=said.version,
        status=said.status if isinstance(said, ActivityPublished) else STATUS_AFTER[type(said)],
        rules=said.rules,
        seed_sha256=said.seed_sha256,
    )
    shown = Outgoing(ACTIVITIES.name, said.activity_id, f"{event.id}-l", said.activity_id, row)
    return (shown, *closing(event, service))
