"""A process that starts servers and then waits to be killed: `victim.py <directory>` prints their process numbers."""

import asyncio
import sys
from pathlib import Path

from fairground_embedded import Postgres, Valkey


async def main(directory: Path) -> None:
    servers = [Valkey(directory / "valkey"), Postgres(directory / "postgres")]
    await asyncio.gather(*(server.start() for server in servers))
    print(*(server.pid for server in servers), flush=True)
    await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1])))
