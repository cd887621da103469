"""Events against commands: each command has exactly one outcome, whole, in order."""

from collections.abc import Iterable

from fairground_record.audit.report import Finding


class Outcomes:
    """The valid events of one partition, one after another, by the coordinates in their ids."""

    def __init__(self, service: str, partition: int, finding: Finding, begin: int) -> None:
        """`finding` is shared by all partitions; `begin`: where the command topic begins."""
        self._prefix = f"{service}-"
        self._where = f"{service} partition {partition}"
        self._partition = partition
        self._finding = finding
        self._epoch: str | None = None
        self._last = begin - 1
        self._index = -1
        self._holes: list[tuple[int, int]] = []  # offsets without an outcome: begin, end

    @property
    def next(self) -> int:
        """The offset behind the last command that has an outcome."""
        return self._last + 1

    def see(self, event_id: str, offset: int) -> bool:
        """The next event that counts, at `offset` of the events topic; false when it was there before."""
        parts = event_id.rsplit("-", 4)
        try:
            service, epoch, partition, command, index = parts[0], parts[1], *(int(part) for part in parts[2:])
        except (ValueError, IndexError):
            self._finding.note(f"{self._where}: event {event_id!r} at {offset} names no command")
            return True
        if self._epoch is None:
            self._epoch = epoch
        if f"{service}-" != self._prefix or epoch != self._epoch or partition != self._partition:
            self._finding.note(f"{self._where}: event {event_id} at {offset} is another partition's or epoch's")
            return True
        return self._follows(event_id, offset, command, index)

    def _follows(self, event_id: str, offset: int, command: int, index: int) -> bool:
        if command == self._last and index == self._index + 1:
            self._index = index
            return True
        if command <= self._last:
            self._finding.note(
                f"{self._where}: event {event_id} at {offset} comes after event {self._index} of command {self._last}"
            )
            return command == self._last and index > self._index
        if index != 0:
            self._finding.note(f"{self._where}: the outcome of command {command} begins with event {index}")
        if command > self._last + 1:
            self._holes.append((self._last + 1, command))
        self._finding.checked += 1
        self._last, self._index = command, index
        return True

    def holes(self, end: int) -> list[tuple[int, int]]:
        """Offsets below `end` for which no outcome was seen. They are no commands, or commands without an outcome."""
        return [*self._holes, *([(self.next, end)] if self.next < end else [])]

    def missing(self, commands: Iterable[int]) -> None:
        """These offsets without an outcome are commands."""
        for offset in commands:
            self._finding.note(f"{self._where}: command {offset} has no outcome")


def law() -> Finding:
    """The law that `Outcomes` checks."""
    return Finding(
        "commands_decided", "每条命令恰有一个完整且有效的结果", "every command has exactly one valid outcome, whole"
    )
