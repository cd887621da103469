"""Programs that run for a moment and end, beside the servers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended, and what it said on its way, errors included."""

    status: int
    said: str

    @property
    def complaint(self) -> str:
        """The line that says what went wrong, as far as that can be told."""
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        telling = (line for line in lines if "error" in line.lower() or "fatal" in line.lower())
        return next(telling, lines[-1] if lines else "it did not say why")


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
