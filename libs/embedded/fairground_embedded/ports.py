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


def remembered(file: Path, *, adjacent: int = 1) -> int:
    """The port written in `file`, or a free one (followed by `adjacent - 1` more free ones), written there."""
    if file.exists():
        return int(file.read_text())
    for first in random.sample(_CANDIDATES[: -adjacent + 1 or None], 200):
        if all(is_free(port) for port in range(first, first + adjacent)):
            file.write_text(f"{first}\n")
            return first
    first, last = _CANDIDATES[0], _CANDIDATES[-1]
    raise ServerError(
        f"no free port was found on {HOST} between {first} and {last}", f"{HOST} 上 {first} 到 {last} 之间没有空闲端口"
    )
