"""Programs that run for a moment and end, beside the servers; and what went wrong with a program, in a few words."""

import asyncio
import errno
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Why(NamedTuple):
    """What went wrong, to be put into a sentence."""

    en: str
    zh: str


def complaint(said: str, directory: Path) -> Why:
    """What went wrong, from what a program said, as far as that can be told: the first line that tells. `directory`:
    where it keeps its files, what it said among them; where there is no room, nothing could be said.
    """
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if os.strerror(errno.ENOSPC) in said or (not lines and shutil.disk_usage(directory).free == 0):
        return Why("the disk is full", "磁盘已满")
    if not lines:
        return Why("it did not say why", "没有说明原因")
    telling = (line for line in lines if re.search(r"\b(fatal|panic|error|exception)\b", line, re.IGNORECASE))
    line = next(telling, lines[-1])
    return Why(line, line)


def refusal(error: OSError, directory: Path) -> Why:
    """What the system refused; several files at once are in one error, without a number."""
    if error.errno is None or error.errno == errno.ENOSPC:
        return complaint(str(error), directory)
    said = f"{error.strerror}{f' ({error.filename})' if error.filename else ''}"
    return Why(said, said)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended, and what it said on its way, errors included."""

    status: int
    said: str


async def run(command: Sequence[str | Path]) -> Outcome:
    """Run `command` to its end, out of reach of the terminal's Ctrl-C; it is killed when we are cancelled."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Outcome(process.returncode or 0, said.decode(errors="replace"))
