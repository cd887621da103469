"""Liveness, readiness and metrics over HTTP: /live, /ready, /metrics.

Liveness is progress, not an answer: a worker can answer and be stuck. Readiness is what it depends on.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import structlog
import uvicorn
from prometheus_client import generate_latest

from fairground_runtime.metrics import registry
from fairground_runtime.protocol.ports import Stopped

log = structlog.get_logger(__name__)

#: What is wrong, in sentences; nothing wrong: empty.
Check = Callable[[], list[str]]


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:  # SIGTERM belongs to the process, not to its health page
        yield


class Health:
    """Serves the three pages while it is entered."""

    def __init__(self, alive: Check, ready: Check, host: str, port: int, port_file: Path | None) -> None:
        """`port` 0 takes any free one; it is logged, and written to `port_file`."""
        self._alive = alive
        self._ready = ready
        self._host = host
        self._port = port
        self._port_file = port_file

    async def __aenter__(self) -> "Health":
        """Raises Stopped when the port is taken."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((self._host, self._port))
        except OSError as error:
            listening.close()
            raise Stopped(
                f"the health pages cannot be served at {self._host}:{self._port} (FAIRGROUND_HEALTH_HOST and "
                f"FAIRGROUND_HEALTH_PORT; port 0 takes any free one): {error.strerror}"
            ) from None
        port = listening.getsockname()[1]
        config = uvicorn.Config(self._answer, log_config=None, access_log=False, lifespan="off", interface="asgi3")
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]))
        if self._port_file:
            self._port_file.write_text(str(port))
        log.info("health page", port=port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        await self._task

    async def _answer(self, scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        status, kind, body = self._page(scope["path"])
        headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _page(self, path: str) -> tuple[int, str, bytes]:
        if path == "/metrics":
            return 200, "text/plain; version=0.0.4; charset=utf-8", generate_latest(registry)
        check = {"/live": self._alive, "/ready": self._ready}.get(path)
        if check is None:
            return 404, "application/json", b'{"error":"there are /live, /ready and /metrics"}'
        problems = check()
        return 503 if problems else 200, "application/json", orjson.dumps({"ok": not problems, "problems": problems})
