"""Events against commands: each command has exactly one outcome, whole, in order."""

import re
from collections.abc import Iterable

from fairground_record.audit.report import Finding

_NAMED = re.compile(r".+-(\d+)-\d+-\d+-\d+")


class Outcomes:
    """The valid events of one partition, one after another, by the coordinates in their ids."""

    def __init__(self, service: str, partition: int, finding: Finding, begin: int) -> None:
        """`finding` is shared by all partitions; `begin`: where the command topic begins."""
        self._service = service
        self._partition = partition
        self._where = f"{service} partition {partition}"
        self._finding = finding
        self._prefix = ""  # of the ids: service, the epoch that the first event names, partition
        self._coordinates = ""  # the last event's command
        self._last = begin - 1
        self._index = -1
        self._holes: list[tuple[int, int]] = []  # offsets without an outcome: begin, end

    @property
    def next(self) -> int:
        """The offset behind the last command that has an outcome."""
        return self._last + 1

    def see(self, event_id: str, offset: int) -> bool:
        """The next event that counts, at `offset` of the events topic; false when it was there before."""
        coordinates, _, index = event_id.rpartition("-")
        if coordinates == self._coordinates and index == str(self._index + 1):
            self._index += 1
            return True
        if not self._prefix and (named := _NAMED.fullmatch(event_id)):
            self._prefix = f"{self._service}-{named[1]}-{self._partition}-"
        command = coordinates.removeprefix(self._prefix)
        if not (self._prefix and coordinates.startswith(self._prefix) and command.isdecimal() and index.isdecimal()):
            self._finding.note(f"{self._where}: event {event_id!r} at {offset} names no command of this partition")
            return True
        follows = self._follows(event_id, offset, int(command), int(index))
        self._coordinates = coordinates
        return follows

    def _follows(self, event_id: str, offset: int, command: int, index: int) -> bool:
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
