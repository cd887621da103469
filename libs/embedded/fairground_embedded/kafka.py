"""Apache Kafka: one broker that is its own controller (KRaft)."""

import asyncio
import base64
import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from fairground_embedded.cache import cache_directory
from fairground_embedded.errors import ServerError
from fairground_embedded.jars import KAFKA_VERSION, classpath, fetch
from fairground_embedded.java import java
from fairground_embedded.ports import HOST
from fairground_embedded.server import Command, Progress, Server, quiet

_PROPERTIES: dict[str, str | int] = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.listener.names": "CONTROLLER",
    # Topics are declared, with their number of partitions: one made by accident would have another.
    "auto.create.topics.enable": "false",
    # Records are kept until their topic goes: they are the state.
    "log.retention.ms": -1,
    # One broker holds all that there is.
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    # A small broker is a quick one.
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    "log.cleaner.dedupe.buffer.size": 4 * 1024 * 1024,
    # After a crash the broker waits until its former self counts as gone.
    "broker.session.timeout.ms": 2000,
    "broker.heartbeat.interval.ms": 500,
}


class Kafka(Server):
    """One Apache Kafka broker. `properties` are server.properties', and win over those made here.

    The controller listens on the port after the broker's. `heap_mb` bounds the Java heap, in MiB; the process takes
    about 200 MiB on top.
    """

    title = "Apache Kafka"
    ports = 2

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        properties: Mapping[str, str | int] | None = None,
        heap_mb: int = 512,
        progress: Progress = quiet,
    ) -> None:
        super().__init__(directory, port=port, progress=progress)
        self.properties = dict(properties or {})
        self.heap_mb = heap_mb
        self._java_options: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The bootstrap servers: one host and port."""
        return f"{HOST}:{self.port}"

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    async def _prepare(self) -> Command:
        await fetch(self.progress)
        properties = self._write_properties()
        temporary = self.directory / "tmp"  # native libraries are unpacked here, and left behind by a crash
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        if not (self._data / "meta.properties").exists():
            await self._format(properties)
        options = (f"-Xmx{self.heap_mb}m", f"-Djava.io.tmpdir={temporary}", *self._java_options)
        return Command(_run("kafka.Kafka", properties, options=options), self.directory)

    def _write_properties(self) -> Path:
        listeners = {
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{HOST}:{self.port + 1}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "controller.quorum.voters": f"1@{HOST}:{self.port + 1}",
            "log.dirs": self._data,
        }
        lines = [f"{name}={value}\n" for name, value in {**_PROPERTIES, **listeners, **self.properties}.items()]
        file = self.directory / "server.properties"
        file.write_text("".join(lines))
        return file

    async def _format(self, properties: Path) -> None:
        """Lay out an empty data directory: the broker's own tool does it once, later ones are copies of that."""
        template = cache_directory() / f"kafka-{KAFKA_VERSION}" / "formatted"
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if template.exists():
            shutil.copytree(template, self._data, dirs_exist_ok=True)
            meta = self._data / "meta.properties"
            meta.write_text(re.sub(r"(?m)^cluster\.id=.*$", f"cluster.id={cluster}", meta.read_text()))
            return
        process = await asyncio.create_subprocess_exec(
            *_run("kafka.tools.StorageTool", "format", "--cluster-id", cluster, "--config", properties),
            cwd=self.directory,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        said, _ = await process.communicate()
        if process.returncode != 0:
            last = (said.decode().strip().splitlines() or ["it did not say why"])[-1]
            raise ServerError(f"Apache Kafka could not lay out its data in {self._data}: {last}")
        if not self.properties:
            shutil.copytree(self._data, template, dirs_exist_ok=True)

    async def _answers(self) -> bool:
        return await answers(self.address)


def _run(main: str, *arguments: str | Path, options: Sequence[str] = ()) -> list[str | Path]:
    """The command line of one of Kafka's programs."""
    runtime = java()
    configuration = Path(__file__).with_name("log4j2.properties")
    always = ("-XX:-UsePerfData", f"-Dlog4j2.configurationFile={configuration}")
    return [runtime.executable, *always, *options, "-cp", classpath(), main, *arguments]


async def answers(bootstrap_servers: str) -> bool:
    """Whether one of the `host:port`s, separated by commas, knows a broker that takes records."""
    for server in bootstrap_servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            connection = await create_conn(host, int(port), request_timeout_ms=2000)
        except (OSError, KafkaError, TimeoutError):
            continue
        try:
            metadata = await connection.send(MetadataRequest([]))
        except (OSError, KafkaError, TimeoutError):
            continue
        finally:
            connection.close()
        if metadata.brokers:
            return True
    return False
