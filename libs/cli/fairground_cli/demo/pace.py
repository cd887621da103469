"""Flow control: the replay publishes a day only when all days before the one before it are answered."""

import asyncio
from collections import Counter

#: A day goes out in so many slices: one makes the largest batches.
SLICES_A_DAY = 1
DAY_MS = 86_400_000
_SLICE_MS = DAY_MS // SLICES_A_DAY


class Pace:
    """What was published, by slices of the simulated day, and what of it players have not seen answered yet.

    What players ask holds the replay up, too, until it is answered: nobody is late only because the replay was quicker.

    An answer names the command that it answers. A command that is published twice, as a repeated order's is, has two
    answers.
    """

    def __init__(self) -> None:
        """Nothing is published yet."""
        self.answered_total = 0
        self._due: dict[str, list[int]] = {}
        self._open: Counter[int] = Counter()
        self._asked: Counter[int] = Counter()
        self._moved = asyncio.Event()

    @property
    def unanswered(self) -> list[str]:
        """Ids of commands that nothing was heard of."""
        return list(self._due)

    @property
    def unanswered_total(self) -> int:
        """How many answers are due."""
        return self._open.total()

    def expect(self, slice_number: int, command_id: str) -> None:
        """One more answer to this command is due."""
        self._due.setdefault(command_id, []).append(slice_number)
        self._open[slice_number] += 1

    def answered(self, command_id: str) -> bool:
        """Whether this was an answer that is due; it is not any more."""
        slices = self._due.get(command_id)
        if not slices:
            return False
        slice_number = slices.pop(0)
        if not slices:
            del self._due[command_id]
        self.answered_total += 1
        self._open[slice_number] -= 1
        if not self._open[slice_number]:
            del self._open[slice_number]
            self._moved.set()
        return True

    def may_publish(self, slice_number: int) -> bool:
        """Whether everything of the days before the one before it is answered: the replay is one day ahead at most."""
        oldest = slice_number - SLICES_A_DAY
        return all(pending >= oldest for waiting in (self._open, self._asked) for pending in waiting)

    def asked(self, slice_number: int) -> None:
        """Somebody asks for something in this slice."""
        self._asked[slice_number] += 1

    def told(self, slice_number: int) -> None:
        """One who had asked in this slice has the answer."""
        self._asked[slice_number] -= 1
        if not self._asked[slice_number]:
            del self._asked[slice_number]
            self._moved.set()

    async def wait_until_due(self, slice_number: int) -> None:
        """Wait until the slice may be published."""
        while not self.may_publish(slice_number):
            self._moved.clear()
            await self._moved.wait()


def slice_of(time_ms: int) -> int:
    """The number of the slice that a moment lies in."""
    return time_ms // _SLICE_MS
