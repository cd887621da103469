"""STEP: a batch of commands, in the order in which everything becomes final.

load -> decide -> publish -> pay -> apply -> commit. Whatever is not as expected raises, and the partition aligns:
nothing of the batch is paid unless its events stand where they must, nothing is applied unless all of it is paid.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fairground_decider import Service, State, touched
from fairground_runtime.protocol.decode import Decoded, Decoder
from fairground_runtime.protocol.outcome import DECIDE_FAILED, Outcome, Outcomes
from fairground_runtime.protocol.ports import Log, Observer, Payments, Ports, Position, Record, Stopped, Store

#: A batch in which so many decisions raise is a bug in this version of the code, not in its commands.
MAX_FAILED_IN_BATCH = 20


class Unexpected(Exception):
    """Something is not where this worker believed it to be: align."""


async def step(
    service: Service, decoder: Decoder, ports: Ports, at: Position, records: Sequence[Record]
) -> tuple[Position, list[Outcome]]:
    """Take one batch from its records to its commit. Returns where the partition stands then, and the outcomes."""
    see = ports.observer
    see.reached("taken", len(records))
    decoded = [decoder.decode(record) for record in records]
    see.reached("decoded", len(decoded))
    state = await load(service, ports.store, decoded, at)
    see.reached("loaded", len(decoded))
    outcomes = decide(service, decoder, state, decoded, at.end, ports.log.max_batch_bytes)
    packed = ports.store.pack(state.change())
    see.reached("decided", len(outcomes))
    end = await publish(ports.log, outcomes, at.end, see)
    await pay(ports.payments, outcomes, see)
    to = Position(records[-1].offset + 1, end)
    await apply(ports.store, packed, at.next, to)
    see.reached("applied", len(outcomes))
    ports.commands.commit(to.next)
    see.reached("committed", len(outcomes))
    return to, outcomes


async def load(service: Service, store: Store, decoded: Iterable[Decoded], at: Position) -> State:
    """The state that the batch touches, which must be the one at which the batch begins."""
    found, state = await store.load(
        touched(service, (each.command.data for each in decoded if each.command is not None))
    )
    if found.next != at.next:
        raise Unexpected(f"the store stands at {found.next}, this worker at {at.next}")
    return state


def decide(
    service: Service, decoder: Decoder, state: State, decoded: Iterable[Decoded], expected: int, max_bytes: int
) -> list[Outcome]:
    """Every command's outcome. Raises Stopped when so many raise that it must be this version's fault."""
    deciding = Outcomes(service, decoder, state, expected, max_bytes)
    outcomes = [deciding.decide(each) for each in decoded]
    failed = sum(outcome.dead == DECIDE_FAILED for outcome in outcomes)
    if failed >= MAX_FAILED_IN_BATCH:
        first = next(outcome for outcome in outcomes if outcome.dead == DECIDE_FAILED)
        raise Stopped(
            f"{failed} of {len(outcomes)} commands of {service.name} could not be decided, the first at offset "
            f"{first.offset}: a bug in this version; nothing was published. Run the version before, or a mended one."
        )
    return outcomes


async def publish(log: Log, outcomes: Sequence[Outcome], expected: int, see: Observer) -> int:
    """Append the outcomes, one record batch after the other; returns the log's end behind them.

    All events of a command lie in one record batch, so a command's outcome is there whole or not at all.
    """
    for batch in cut(outcomes, log.max_batch_bytes):
        see.reached("publishing", len(batch))
        offset = await log.append(batch)
        if offset != expected:
            raise Unexpected(f"events were appended at {offset} instead of {expected}: they are void")
        expected += len(batch)
        see.reached("published", len(batch))
    return expected


def cut(outcomes: Iterable[Outcome], max_bytes: int) -> Iterator[list[Record]]:
    """The outcomes' records in batches of at most `max_bytes`, never with a cut within a command."""
    batch, size = list[Record](), 0
    for outcome in outcomes:
        if batch and size + outcome.size > max_bytes:
            yield batch
            batch, size = [], 0
        batch.extend(outcome.records)
        size += outcome.size
    if batch:
        yield batch


async def pay(payments: Payments, outcomes: Iterable[Outcome], see: Observer) -> None:
    """Publish what the outcomes owe, now that they are known to count."""
    due = [payment for outcome in outcomes for payment in outcome.payments]
    if due:
        see.reached("paying", len(due))
        await payments.publish(due)
    see.reached("paid", len(due))


async def apply(store: Store, packed: Any, start: int, to: Position) -> None:
    """Write the batch's changes in one atomic, fenced write. From here on `next` says: decided and paid below."""
    if not await store.apply(packed, start, to):
        raise Unexpected(f"the store refused the batch that begins at {start}: it has moved on, or back")
