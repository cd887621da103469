"""The demo's own data directory: empty at the start, gone at the end."""

import fcntl
import shutil
from pathlib import Path

from fairground_cli.demo.words import say
from fairground_cli.trouble import Trouble


def fresh(directory: Path) -> Path:
    """Remove what an earlier demo left there. Raises Trouble: another one runs in it, or it is not a demo's."""
    try:
        if directory.exists() and any(directory.iterdir()):
            if not (directory / "lock").exists():
                raise Trouble(say("directory-taken", directory=directory), 2)
            with (directory / "lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(directory)
        directory.mkdir(parents=True, exist_ok=True)
    except BlockingIOError:
        raise Trouble(say("directory-busy", directory=directory)) from None
    except OSError as error:
        raise Trouble(say("directory-unusable", directory=directory, why=error.strerror or error)) from error
    return directory


def remove(directory: Path) -> None:
    """Remove it, and the directory around it when that is empty now."""
    shutil.rmtree(directory, ignore_errors=True)
    if directory.parent.name == ".fairground" and not any(directory.parent.iterdir()):
        directory.parent.rmdir()
