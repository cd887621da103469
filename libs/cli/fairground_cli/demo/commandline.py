"""The `fairground` command in a process of its own, as an operator would call it."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

from fairground_cli.words import language

_FAIRGROUND = "from fairground_cli.main import main; main()"


class Ran(NamedTuple):
    """What became of a command."""

    status: int
    said: bytes
    complaints: str

    @property
    def why(self) -> str:
        """The last thing that it complained of; without any, its status."""
        lines = self.complaints.strip().splitlines()
        return lines[-1] if lines else str(self.status)


async def fairground(*words: str, environment: Mapping[str, str] | None = None) -> Ran:
    """Run it in this run's language; it ends when whoever waits for it does. `environment`: this process's if None."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _FAIRGROUND, "--lang", language(), *words, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        said, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ran(process.returncode or 0, said, complaints.decode(errors="replace"))
