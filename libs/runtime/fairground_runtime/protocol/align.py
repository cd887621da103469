"""ALIGN: before the first batch of an assignment, and whenever anything is unexpected.

One procedure for every kind of trouble: a crash, a lost acknowledgement, a wiped store, one that went back in time,
another worker that got there first. It reads what the log says and folds it; it never decides.
"""

from collections.abc import AsyncIterator, Sequence

from fairground_decider import Service, touched
from fairground_runtime.protocol.outcome import payments
from fairground_runtime.protocol.ports import Extent, Payment, Ports, Position, Record, Stopped
from fairground_runtime.protocol.reader import Found, counts, event_of, outcomes
from fairground_runtime.protocol.step import Unexpected

#: Outcomes that are paid and folded together.
CHUNK = 1_000


async def align(service: Service, epoch: int, topic: str, ports: Ports) -> Position:
    """Bring the store to the end of the log; returns where to go on: the next command, the next event's offset.

    `topic` is the command topic. Raises Stopped where nothing may be guessed; Unavailable, Unexpected: align again.
    """
    see = ports.observer
    at = await ports.store.position()
    see.reached("align_read", at.next)
    committed = await ports.commands.committed() or 0
    log = await ports.log.extent()
    await check_log(service, epoch, ports, at, log)
    see.reached("align_scanned", log.end - at.end)
    async for chunk in found_in(service, epoch, ports, at, log):
        at = await fold(service, topic, ports, at, committed, chunk)
    await check_commands(service, ports, at, committed)
    see.reached("aligned", at.next)
    return Position(at.next, log.end)  # void records may stand behind the last one that counts


async def check_log(service: Service, epoch: int, ports: Ports, at: Position, log: Extent) -> None:
    """The log must be the one that the store is the fold of. Raises Stopped."""
    if at.end > log.end:
        raise Stopped(
            f"the state of {service.name} was made from events up to {at.end}, but the events topic ends at {log.end}: "
            "it was created anew or cut. Restore the topic, or raise the epoch to begin anew."
        )
    last = max(at.end - 1, 0)  # the last event that the state contains shows whether it is the same log
    if log.begin > last:
        raise Stopped(
            f"the state of {service.name} needs events from {last} on, but the events topic begins at {log.begin}: "
            "they have expired. Restore the store from a backup that is not older, or the topic."
        )
    if at.end == 0:
        return
    before = [record async for records in ports.log.read(last, at.end) for record in records]
    if any(counts(record) and event_of(service, epoch, record)[1] + 1 == at.next for record in before):
        return
    raise Stopped(
        f"the event before {at.end} is not the one that the state of {service.name} ends with (command "
        f"{at.next - 1}): the events topic was created anew. Restore it, or raise the epoch to begin anew."
    )


async def check_commands(service: Service, ports: Ports, at: Position, committed: int) -> None:
    """The next command must still be there, and nothing may have been committed that is not decided. Raises Stopped."""
    commands = await ports.commands.extent()
    if committed > at.next:
        raise Stopped(
            f"commands of {service.name} up to {committed} were committed, but the events topic holds outcomes only "
            f"up to {at.next}: events were lost. Restore the events topic."
        )
    if at.next > commands.end:
        raise Stopped(
            f"the next command of {service.name} is {at.next}, but the command topic ends at {commands.end}: it was "
            "created anew or cut. Restore the topic, or raise the epoch to begin anew."
        )
    if commands.begin > at.next:
        raise Stopped(
            f"the next command of {service.name} is {at.next}, but the command topic begins at {commands.begin}: "
            "commands expired before they were decided. Restore them, or raise the epoch to begin anew."
        )


async def found_in(
    service: Service, epoch: int, ports: Ports, at: Position, log: Extent
) -> AsyncIterator[Sequence[Found]]:
    """The outcomes from `at.end` on, some at a time, each whole."""
    cut_off, waiting = list[Record](), list[Found]()
    async for records in ports.log.read(at.end, log.end):
        ports.observer.reached("align_reading", len(records))
        whole = list(outcomes(service, epoch, [*cut_off, *records]))
        last = whole.pop() if whole else None  # its other events may come with the next records
        cut_off = [record for _, record in last.events] if last else []
        waiting.extend(whole)
        while len(waiting) >= CHUNK:
            yield waiting[:CHUNK]
            waiting = waiting[CHUNK:]
    waiting.extend(outcomes(service, epoch, cut_off))
    if waiting:
        yield waiting


async def fold(
    service: Service, topic: str, ports: Ports, at: Position, committed: int, chunk: Sequence[Found]
) -> Position:
    """Publish the outcomes' effects again, then fold them into the store through the fenced apply."""
    chunk = [found for found in chunk if found.offset >= at.next]  # lower ones are folded already
    if not chunk:
        return at
    due: list[Payment] = []
    for found in chunk:
        if found.offset >= committed:  # below it everything is known to be paid
            for event, record in found.events:
                due.extend(payments(service, event, record, topic))
    if due:
        await ports.payments.publish(due)
    ports.observer.reached("align_paid", len(due))
    events = [event for found in chunk for event, _ in found.events if event.data.type in service.events]
    position, state = await ports.store.load(touched(service, (event.data for event in events)))
    if position.next != at.next:
        raise Unexpected(f"the store moved from {at.next} to {position.next} while it was aligned")
    for event in events:
        service.evolve(state, event)
    to = Position(chunk[-1].offset + 1, chunk[-1].end)
    if not await ports.store.apply(ports.store.pack(state.change()), at.next, to):
        raise Unexpected(f"the store refused what was found at {at.next}")
    ports.observer.reached("align_folded", len(chunk))
    return to
