"""A member's month at an activity that counts days: which were signed, the streak, what comes next."""

from redis.asyncio import Redis

from fairground_decider.answers import Calendar
from fairground_record.answers.activities import rules, state_of
from fairground_record.database import Connection
from fairground_record.rooms import reader, room

#: Members who are one person lead from one to the next so often at most.
_HOPS = 8


async def calendar(
    connection: Connection, redis: "Redis", activity_id: str, member_id: str, month: str, at_ms: int
) -> Calendar | None:
    """The month (2017-11; empty: this one) as it stands in Redis now. None: no such activity, or it counts no days."""
    published = await rules(connection, activity_id)
    service = None if published is None else reader(published.service)
    counting = None if published is None else room(published.service, "calendar")
    if service is None or counting is None:
        return None
    member = member_id
    for _ in range(_HOPS):
        state = await state_of(redis, service, member, counting.touches(activity_id, member))
        person = counting.counted_under(state, activity_id, member)
        if not person:
            found: Calendar | None = counting.calendar(state, activity_id, member, month, at_ms)
            return found
        member = person
    return None
