"""What every process can be told by its environment. Services add only what differs."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from fairground_runtime.address import KafkaAddress, Mechanism, Protocol, contradictions
from fairground_runtime.protocol.ports import Stopped


class BadSettings(Stopped):
    """Variables of the environment that cannot be used; the text names them and says why, never what they hold."""


class Settings(BaseSettings):
    """What some part of a process is told."""

    def __init__(self, **values: Any) -> None:
        """Raises BadSettings with all that is wrong."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise BadSettings("; ".join(self._complaints(error))) from None

    @classmethod
    def _complaints(cls, error: ValidationError) -> Iterator[str]:
        prefix = cls.model_config.get("env_prefix", "")
        for problem in error.errors(include_url=False, include_context=False, include_input=False):
            yield f"{prefix}{'_'.join(map(str, problem['loc']))}".upper() + f": {problem['msg']}"


class ServerSettings(Settings):
    """Where the servers are, and as whom one connects. The names are the usual ones, without a prefix."""

    model_config = SettingsConfigDict(extra="ignore")

    kafka_bootstrap_servers: str = Field(
        "localhost:9092", pattern=r"^[^\s,]+:\d+(\s*,\s*[^\s,]+:\d+)*$",
        description="brokers as host:port, separated by commas",
    )  # fmt: skip
    kafka_security_protocol: Protocol = Field(
        "PLAINTEXT", description="`PLAINTEXT`, `SSL` (TLS), `SASL_PLAINTEXT` (a user) or `SASL_SSL` (a user, over TLS)"
    )
    kafka_sasl_mechanism: Mechanism = Field("", description="`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`")
    kafka_sasl_username: str = Field("", description="Kafka's user")
    kafka_sasl_password: SecretStr | None = Field(None, description="the user's password")
    kafka_ssl_cafile: str = Field(
        "", description="PEM file with the authorities of the brokers' certificates; unset: the system's"
    )
    kafka_ssl_certfile: str = Field(
        "", description="PEM file with this client's certificate, where brokers ask for one"
    )
    kafka_ssl_keyfile: str = Field("", description="PEM file with its key, unencrypted; unset: it is in the same file")
    redis_url: str = Field(
        "redis://localhost:6379/0", pattern="^(redis|rediss|unix)://",
        description="Redis or Valkey, with user and password if any",
    )  # fmt: skip
    database_url: str = Field(
        "postgresql://localhost:5432/fairground", pattern="^postgres(ql)?://",
        description="the record's PostgreSQL database",
    )  # fmt: skip

    @property
    def kafka(self) -> KafkaAddress:
        """What every client of Kafka is given."""
        return KafkaAddress(
            self.kafka_bootstrap_servers, self.kafka_security_protocol, self.kafka_sasl_mechanism,
            self.kafka_sasl_username, self.kafka_sasl_password,
            self.kafka_ssl_cafile, self.kafka_ssl_certfile, self.kafka_ssl_keyfile,
        )  # fmt: skip

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if wrong := "; ".join(contradictions(self.kafka)):
            raise BadSettings(wrong)
        return self


class ProcessSettings(Settings):
    """How a process runs, whichever it is."""

    model_config = SettingsConfigDict(env_prefix="FAIRGROUND_", extra="ignore")

    log_format: Literal["auto", "json", "console"] = Field("auto", description="auto: console in a terminal, else JSON")
    replication: int = Field(1, ge=1, description="replicas of the topics that are created; 3 in production")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is less is not logged")
    health_host: str = Field("0.0.0.0", description="where /live, /ready and /metrics are served")
    health_port: int = Field(0, ge=0, le=65535, description="0: any free port, written to the log")
    health_port_file: Path | None = Field(None, description="the port that was taken is written here")


class ConsumerSettings(ProcessSettings):
    """How a process takes part in a consumer group."""

    instance: str = Field("", description="static group membership: the same name gets its partitions back at once")
    poll_ms: int = Field(200, ge=1, description="how long is waited for records before looking whether to stop")
    fetch_wait_ms: int = Field(
        100, ge=1, description="how long Kafka holds a fetch that has nothing, or too little, to bring"
    )
    session_timeout_ms: int = Field(10_000, ge=1_000, description="how long a silent member keeps its partitions")
    backoff_max_ms: int = Field(5_000, ge=10, description="longest wait between two attempts after trouble")
    stop_timeout_ms: int = Field(7_000, ge=100, description="how long SIGTERM waits for the batch under way")
    stuck_ms: int = Field(60_000, ge=100, description="a partition where records wait and nothing moves fails /live")

    @property
    def client_id(self) -> str:
        """What brokers call this process in their logs."""
        return self.instance or f"{socket.gethostname()}-{os.getpid()}"

    @property
    def heartbeat_interval_ms(self) -> int:
        """Several heartbeats a session."""
        return max(self.session_timeout_ms // 4, 300)


class WorkerSettings(ConsumerSettings):
    """How a worker runs."""

    epoch: int = Field(1, ge=1, description="incarnation of the service's topics; raise it when they are created anew")
    batch_commands: int = Field(1000, ge=1, le=10_000, description="commands decided and applied together, at most")
    max_partition_fetch_bytes: int = Field(1_048_576, ge=65_536, description="records of a partition in one fetch")
    max_batch_bytes: int = Field(900_000, ge=200_000, description="record batch of events; below max.message.bytes")
    request_timeout_ms: int = Field(10_000, ge=500, description="how long Kafka may take to answer")
    redis_timeout_ms: int = Field(3_000, ge=100, description="how long Redis may take to answer")
    idle_look_ms: int = Field(2_000, ge=50, description="how often an idle worker looks for its state")
    commit_ms: int = Field(500, ge=10, description="how often offsets are committed")
    max_skew_ms: int | None = Field(None, description="how far a command's time may lie from the broker's; unset: any")
