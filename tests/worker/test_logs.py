"""What a process writes to its log: a JSON object a line where machines read it, readable lines in a terminal."""

import json
import os
import pty
import subprocess
import sys

import pytest

_SAYS = """
import structlog
from fairground_runtime import logs
logs.configure("toy", {format!r}, "info")
log = structlog.get_logger("tests")
log.debug("unseen")
log.info("a thing happened", member="玫", number=7)
"""


def said(log_format: str) -> str:
    """What is logged where nobody looks on."""
    command = [sys.executable, "-c", _SAYS.format(format=log_format)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stderr


def said_in_a_terminal(log_format: str) -> str:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", _SAYS.format(format=log_format)]
    subprocess.run(command, stderr=theirs, timeout=60, check=True)
    os.close(theirs)
    return os.read(ours, 65_536).decode()


def is_json(line: str) -> bool:
    try:
        found = json.loads(line)
    except ValueError:
        return False
    told = {"event": "a thing happened", "member": "玫", "number": 7, "process": "toy", "level": "info"}
    return bool(told.items() <= found.items())


@pytest.mark.parametrize(
    ("log_format", "elsewhere", "terminal"),
    [("auto", True, False), ("json", True, True), ("console", False, False)],
)
def test_whoever_reads_it_can(log_format: str, elsewhere: bool, terminal: bool) -> None:
    for text, wanted in ((said(log_format), elsewhere), (said_in_a_terminal(log_format), terminal)):
        (line,) = text.splitlines()
        assert is_json(line) == wanted, line
        assert "a thing happened" in line
