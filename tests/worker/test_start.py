"""A process that cannot run says so in a sentence and ends with status 1, whatever it cannot use."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fairground_runtime.health import Health
from fairground_runtime.protocol.ports import Stopped

PROCESSES = sorted(path.name for path in Path(sys.executable).parent.glob("fairground-*"))


def ended(process: str, **environment: str) -> tuple[int, str]:
    """How it ends by itself, and what it says; no server is there that it could wait for."""
    told = {**os.environ, "FAIRGROUND_SECRET": "ab" * 32, **environment}
    done = subprocess.run(
        [Path(sys.executable).with_name(process)], env=told, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


def test_there_are_all_of_them() -> None:
    assert {"fairground-lottery", "fairground-record", "fairground-timer"} <= set(PROCESSES)


@pytest.mark.parametrize("process", PROCESSES)
def test_settings_that_cannot_be_used_are_named_all_at_once(process: str) -> None:
    status, said = ended(process, FAIRGROUND_HEALTH_PORT="70000", FAIRGROUND_POLL_MS="soon")
    assert status == 1
    assert "FAIRGROUND_HEALTH_PORT: Input should be less than or equal to 65535" in said
    assert "FAIRGROUND_POLL_MS: Input should be a valid integer" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("process", PROCESSES)
def test_addresses_that_are_none_are_named_and_never_shown(process: str) -> None:
    """They may hold passwords."""
    addresses = {
        "REDIS_URL": "nonsense:hush", "DATABASE_URL": "mysql://u:hush@h/d", "KAFKA_BOOTSTRAP_SERVERS": "hush",
    }  # fmt: skip
    status, said = ended(process, **addresses)
    assert status == 1
    assert all(variable in said for variable in addresses)
    assert "hush" not in said
    assert "Traceback" not in said


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Stopped, match=rf"127\.0\.0\.1:{port} \(FAIRGROUND_HEALTH_HOST and FAIRGROUND_HEALTH_PORT"):
            async with Health(list, list, "127.0.0.1", port, None):
                pass
