"""TLS before a server that has none: the embedded Valkey and PostgreSQL are built without it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_HOST = "127.0.0.1"

#: How a client of PostgreSQL asks for TLS, and how the server agrees.
_SSL_REQUEST, _AGREED = b"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"S"


@asynccontextmanager
async def with_tls(port: int, pem: Path, *, asked_for: bool = False) -> AsyncIterator[int]:
    """A port where what listens at `port` is reached by TLS only. `asked_for`: as clients of PostgreSQL begin it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if asked_for:
            if await reader.readexactly(len(_SSL_REQUEST)) != _SSL_REQUEST:
                writer.close()
                return
            writer.write(_AGREED)
            await writer.start_tls(context)
        behind_reader, behind_writer = await asyncio.open_connection(_HOST, port)
        await asyncio.gather(_carry(reader, behind_writer), _carry(behind_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(connected, _HOST, 0, ssl=None if asked_for else context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _carry(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(65_536):
            to.write(chunk)
            await to.drain()
    finally:
        to.close()
