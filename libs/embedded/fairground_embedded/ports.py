"""Ports for servers of this machine: free ones, and the same one again after a restart."""

import random
import socket
from pathlib import Path

from fairground_embedded.errors import ServerError

HOST = "127.0.0.1"
"""Embedded servers listen here and nowhere else: they serve this machine."""

# Below the range that systems hand out to outgoing connections: a port from there could be taken by any client in the
# second in which a server is down, or a client that tries to reconnect could even be connected to itself.
_CANDIDATES = range(15_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def remembered(file: Path) -> int | None:
    """The port that was written down in `file`; None: none was."""
    return int(file.read_text()) if file.exists() else None


def write_down(port: int, file: Path) -> None:
    """Remember it there."""
    file.write_text(f"{port}\n")


def free(adjacent: int = 1) -> int:
    """A free port, followed by `adjacent - 1` more; somebody else may take one of them before it is used."""
    for first in random.sample(_CANDIDATES[: -adjacent + 1 or None], 200):
        if all(is_free(port) for port in range(first, first + adjacent)):
            return first
    first, last = _CANDIDATES[0], _CANDIDATES[-1]
    raise ServerError(
        f"no free port was found on {HOST} between {first} and {last}", f"{HOST} 上 {first} 到 {last} 之间没有空闲端口"
    )
