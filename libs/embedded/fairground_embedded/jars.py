"""The jar files that Apache Kafka consists of: pinned by content, downloaded once for each user.

`kafka-jars.txt` names them: a SHA-256 and a Maven coordinate a line, the first one Kafka itself. To move to another
version of Kafka: `python -m fairground_embedded.jars org.apache.kafka:kafka_2.13:<version>` writes it anew.
"""

import asyncio
import hashlib
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fairground_embedded.cache import cache_directory
from fairground_embedded.errors import ServerError
from fairground_embedded.server import Progress

if TYPE_CHECKING:
    from jgo.maven import Artifact, MavenContext

_LIST = Path(__file__).with_name("kafka-jars.txt")
_ATTEMPTS = 3
_AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar file: where Maven repositories keep it (`group:artifact:version`), and what must be in it."""

    sha256: str
    coordinate: str

    @property
    def version(self) -> str:
        """The last part of its coordinate."""
        return self.coordinate.split(":")[2]

    @property
    def filename(self) -> str:
        """Its name in a repository, and in our cache."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def pinned() -> list[Jar]:
    """The jars of the Apache Kafka that this version of Fairground runs; Kafka's own is the first."""
    return [Jar(*line.split()) for line in _LIST.read_text().splitlines()]


KAFKA_VERSION = pinned()[0].version


def jar_directory() -> Path:
    """Where the jars are, or will be."""
    return cache_directory() / f"kafka-{KAFKA_VERSION}" / "jars"


def classpath() -> str:
    """The jars in a fixed order: an archive of loaded classes is bound to it."""
    return os.pathsep.join(str(jar_directory() / jar.filename) for jar in pinned())


async def fetch(progress: Progress) -> None:
    """Download what is missing of the jars. Raises ServerError when no repository can be reached."""
    directory = jar_directory()
    missing = [jar for jar in pinned() if not (directory / jar.filename).exists()]
    if not missing:
        return
    abandoned = threading.Event()
    try:
        await asyncio.to_thread(_download, missing, directory, progress, abandoned)
    finally:
        abandoned.set()


def _download(missing: list[Jar], directory: Path, progress: Progress, abandoned: threading.Event) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    done = len(pinned()) - len(missing)
    with tempfile.TemporaryDirectory(dir=directory) as staging, ThreadPoolExecutor(_AT_ONCE) as pool:
        context = _repositories(Path(staging))
        downloads = [pool.submit(_download_one, jar, directory, context, abandoned) for jar in missing]
        said_at = 0.0
        try:
            for download in as_completed(downloads):
                if time.monotonic() > said_at + 1:
                    progress(f"downloading Apache Kafka {KAFKA_VERSION}: {done}/{len(pinned())} jars")
                    said_at = time.monotonic()
                download.result()
                done += 1
        except BaseException:
            abandoned.set()
            raise


def _download_one(jar: Jar, directory: Path, context: "MavenContext", abandoned: threading.Event) -> None:
    import requests

    cause = ""
    for _ in range(_ATTEMPTS):
        if abandoned.is_set():
            return
        artifact = _located(context, jar.coordinate)
        try:
            path = artifact.resolve()
            found = hashlib.sha256(path.read_bytes()).hexdigest()
            if found == jar.sha256:
                path.replace(directory / jar.filename)  # in one step: whoever sees a jar here sees all of it
                return
            cause = f"its content is not what it should be (SHA-256 {found[:12]}…)"
        except (requests.RequestException, RuntimeError) as error:
            cause = type(error).__name__ if isinstance(error, requests.RequestException) else "it is not there"
        if artifact.cached_path is not None:
            artifact.cached_path.unlink(missing_ok=True)
    raise ServerError(
        f"Apache Kafka cannot be downloaded: {jar.filename} was asked for {_ATTEMPTS} times ({cause}); "
        "connect this machine to the internet, or name a mirror of Maven Central in FAIRGROUND_MAVEN_URL",
        f"Apache Kafka 下载失败：{jar.filename} 请求了 {_ATTEMPTS} 次（{cause}）；"
        "请接通互联网，或用 FAIRGROUND_MAVEN_URL 指定 Maven Central 的镜像",
    )


def _located(context: "MavenContext", coordinate: str) -> "Artifact":
    group, artifact, version = coordinate.split(":")
    return context.project(group, artifact).at_version(version).artifact()


def _repositories(staging: Path) -> "MavenContext":
    # Imported here: it takes a quarter of a second, and is needed once on a machine.
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    url = os.environ.get("FAIRGROUND_MAVEN_URL", MAVEN_CENTRAL_URL).rstrip("/")
    return MavenContext(repo_cache=staging, local_repos=[], remote_repos={"central": url}, timeout=20)


def pin(kafka: str) -> str:
    """The text of `kafka-jars.txt` for the coordinate `kafka` and all that it needs at run time."""
    from jgo.maven import Dependency

    with tempfile.TemporaryDirectory() as staging, ThreadPoolExecutor(_AT_ONCE) as pool:
        context = _repositories(Path(staging))
        [itself], needed = context.resolver.resolve([Dependency(_located(context, kafka), scope="compile")])
        artifacts = [need.artifact for need in needed if need.scope in {"compile", "runtime"}]
        log4j = next(artifact.version for artifact in artifacts if artifact.artifactId == "log4j-core")
        # Kafka brings log4j 2 and slf4j 1.7, but not what joins them: without it its errors would be silent.
        artifacts.append(_located(context, f"org.apache.logging.log4j:log4j-slf4j-impl:{log4j}"))
        artifacts.sort(key=lambda artifact: (artifact.groupId, artifact.artifactId))
        artifacts.insert(0, itself.artifact)
        paths = pool.map(lambda artifact: artifact.resolve(), artifacts)
        lines = [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()} {jar.groupId}:{jar.artifactId}:{jar.version}"
            for jar, path in zip(artifacts, paths, strict=True)
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    _LIST.write_text(pin(sys.argv[1]))
