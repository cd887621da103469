"""Apache Kafka: one broker that is its own controller (KRaft)."""

import asyncio
import base64
import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from fairground_embedded.cache import cache_directory
from fairground_embedded.errors import ServerError
from fairground_embedded.jars import KAFKA_VERSION, classpath, fetch
from fairground_embedded.java import ClassArchive, java
from fairground_embedded.ports import HOST
from fairground_embedded.server import Command, Progress, Server, quiet
from fairground_embedded.tool import complaint, run

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

    @property
    def address(self) -> str:
        """The bootstrap servers: one host and port."""
        return f"{HOST}:{self.port}"

    async def _prepare(self) -> Command:
        archive = ClassArchive(java(), f"kafka-{KAFKA_VERSION}")
        await asyncio.gather(fetch(self.progress), archive.lay_base())
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir()
        if not self._data.exists():
            await self._format()
        properties = self._properties_file("server.properties", self._data)
        options = [f"-Xmx{self.heap_mb}m", f"-Djava.io.tmpdir={self._temporary}", *archive.options(self._class_draft)]
        return Command(_program("kafka.Kafka", properties, options=options), self.directory)

    async def stop(self) -> None:
        """End the broker in order; the first time in a virtual environment this takes some seconds longer."""
        await super().stop()
        if self._ended_in_order:
            ClassArchive(java(), f"kafka-{KAFKA_VERSION}").adopt(self._class_draft)

    @property
    def _temporary(self) -> Path:
        """Native libraries are unpacked here, and left behind by a crash."""
        return self.directory / "tmp"

    @property
    def _class_draft(self) -> Path:
        return self._temporary / "classes.jsa"

    def _properties_file(self, name: str, data: Path) -> Path:
        listeners: dict[str, str | int | Path] = {
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{HOST}:{self.port + 1}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "controller.quorum.voters": f"1@{HOST}:{self.port + 1}",
            "log.dirs": data,
        }
        properties = {**_PROPERTIES, **listeners, **self.properties}
        file = self.directory / name
        file.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
        return file

    async def _format(self) -> None:
        """Lay out an empty data directory: a copy of what Kafka's own tool made, with an identity of its own."""
        template = await self._template()
        draft = self.directory / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(template, draft)
        identity = draft / "meta.properties"
        identity.write_text(re.sub(r"(?m)^cluster\.id=.*$", f"cluster.id={_identity()}", identity.read_text()))
        draft.rename(self._data)

    async def _template(self) -> Path:
        template = cache_directory() / f"kafka-{KAFKA_VERSION}" / "formatted"
        if template.exists():
            return template
        draft = template.with_name(f"formatted.{_identity()}")
        properties = self._properties_file("format.properties", draft)
        command = _program("kafka.tools.StorageTool", "format", "--cluster-id", _identity(), "--config", properties)
        outcome = await run(command)
        if outcome.status != 0:
            why = complaint(outcome.said, cache_directory())
            raise ServerError(
                f"Apache Kafka could not lay out its data: {why.en}", f"Apache Kafka 无法建立数据：{why.zh}"
            )
        try:
            draft.rename(template)
        except OSError:  # another process was quicker
            shutil.rmtree(draft)
        return template

    async def _answers(self) -> bool:
        told = await _metadata(self.address)
        return bool(told and told.brokers) and self._is_ours(told.cluster_id)

    def _is_ours(self, cluster: str) -> bool:
        return f"cluster.id={cluster}\n" in (self._data / "meta.properties").read_text()


def _identity() -> str:
    """A cluster's id, as Kafka makes them: none begins with a dash, which its tool would take for an option."""
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return made


def _program(main: str, *arguments: str | Path, options: Sequence[str] = ()) -> list[str | Path]:
    """The command line of one of Kafka's programs."""
    runtime = java()
    configuration = Path(__file__).with_name("log4j2.properties")
    # The quick compiler and the plain collector: half the CPU in the first minute, and no slower after it.
    lean = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData")
    always = (*lean, f"-Dlog4j2.configurationFile={configuration}")
    return [runtime.executable, *always, *options, "-cp", classpath(), main, *arguments]


async def answers(bootstrap_servers: str, **client: Any) -> bool:
    """Whether one of the `host:port`s, separated by commas, knows a broker that takes records.

    `client`: what aiokafka's `create_conn` is told where a broker asks for a user or TLS.
    """
    for server in bootstrap_servers.split(","):
        told = await _metadata(server.strip(), **client)
        if told is not None and told.brokers:
            return True
    return False


async def _metadata(server: str, **client: Any) -> Any:
    """What the broker at that `host:port` says of its cluster; None: it says nothing."""
    host, _, port = server.rpartition(":")
    try:
        connection = await create_conn(host, int(port), request_timeout_ms=2000, **client)
    except (OSError, KafkaError, TimeoutError):
        return None
    try:
        return await connection.send(MetadataRequest([]))
    except (OSError, KafkaError, TimeoutError):
        return None
    finally:
        connection.close()
