"""Programs that run for a moment and end, beside the servers."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


def complaint(said: str) -> str:
    """What went wrong, from what a program said: the first line that tells, as far as that can be told."""
    if "No space left on device" in said:
        return "the disk is full"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = (line for line in lines if re.search(r"\b(fatal|panic|error|exception)\b", line, re.IGNORECASE))
    return next(telling, lines[-1] if lines else "it did not say why")


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
