"""One partition under one worker: aligned or not, and if so where it stands."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fairground_decider import Service
from fairground_runtime.protocol.align import align, check_commands
from fairground_runtime.protocol.decode import Decoder
from fairground_runtime.protocol.outcome import Outcome
from fairground_runtime.protocol.ports import Ports, Position, Record, Stopped, Unavailable
from fairground_runtime.protocol.step import Unexpected, step


class Partition:
    """Runs ALIGN and STEP. It holds nothing that could not be read again: only where it stands."""

    def __init__(self, service: Service, decoder: Decoder, ports: Ports, batch_commands: int) -> None:
        """`batch_commands`: at most so many are decided, published and applied together."""
        self._service = service
        self._decoder = decoder
        self._ports = ports
        self._batch_commands = batch_commands
        self._at: Position | None = None

    @property
    def at(self) -> Position | None:
        """Where it stands; None: it has to be aligned before it can go on."""
        return self._at

    async def align(self) -> Position:
        """Make it fit to go on, wherever it was left. Raises Stopped, Unavailable, Unexpected."""
        self._at = None
        with self._no_surprises():
            self._at = await align(self._service, self._decoder.epoch, self._decoder.topic, self._ports)
        return self._at

    async def take(self, records: Sequence[Record]) -> list[Outcome]:
        """Decide, publish, pay, apply and commit these commands, batch by batch.

        They are the partition's next ones; offsets may have gaps, but never lie below where it stands. After any error
        the partition has to be aligned. Raises Stopped, Unavailable, Unexpected.
        """
        done = list[Outcome]()
        for first in range(0, len(records), self._batch_commands):
            with self._no_surprises():
                done.extend(await self._take(records[first : first + self._batch_commands]))
        return done

    async def _take(self, batch: Sequence[Record]) -> list[Outcome]:
        at, self._at = self._at, None  # whatever happens in between: not aligned
        if at is None:
            raise Unexpected("it is not aligned")
        if batch[0].offset < at.next:
            raise Unexpected(f"command {batch[0].offset} came again; the next one is {at.next}")
        if batch[0].offset > at.next:  # a transaction's marker leaves such a gap; expired commands would, too
            await check_commands(self._service, self._ports, at, committed=0)
        self._at, outcomes = await step(self._service, self._decoder, self._ports, at, batch)
        return outcomes

    async def look(self) -> None:
        """While idle: does the store still stand where this worker left it? Raises Stopped, Unavailable, Unexpected."""
        at = self._at
        if at is None:
            return
        with self._no_surprises():
            found = await self._ports.store.position()
        if found.next != at.next and self._at is at:  # else it went on in the meantime, and looked itself
            self._at = None
            raise Unexpected(f"the store stands at {found.next}, this worker at {at.next}")

    @contextmanager
    def _no_surprises(self) -> Iterator[None]:
        """An error that nobody thought of must not leave a partition neither running nor stopped."""
        try:
            yield
        except (Stopped, Unavailable, Unexpected):
            raise
        except Exception as error:
            self._at = None
            raise Stopped(
                f"{self._service.name} met an error that is a bug in this version, or a state or an event that it "
                f"cannot read: {type(error).__name__}: {error}"
            ) from error
