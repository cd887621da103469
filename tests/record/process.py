"""The record as a process of its own."""

import os
import sys

from fairground_record.app import run


def main(name: str, environment: dict[str, str], log_path: str) -> None:
    """Record what is on the topics of the service `name`."""
    os.environ.update(environment)
    log_file = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log_file, sys.stderr.fileno())
    run((name,))
