"""What the record can be told by its environment, beside what every process can be told."""

import os
import socket

from pydantic import Field

from fairground_runtime.settings import ProcessSettings


class RecordSettings(ProcessSettings):
    """How the record runs."""

    instance: str = Field(
        default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}",
        description="static group membership when it is set: the same name is back at once after a crash",
    )
    group: str = Field("fairground.record", description="consumer group; a second record beside this one needs another")
    batch_records: int = Field(5000, ge=1, le=50_000, description="records written in one transaction, at most")
    poll_ms: int = Field(10, ge=1, description="how long a fetch waits for records before it asks again")
    fetch_wait_ms: int = Field(100, ge=1, description="how long Kafka collects records before it answers a fetch")
    fetch_min_bytes: int = Field(262_144, ge=1, description="Kafka answers a fetch at once when it has this many bytes")
    session_timeout_ms: int = Field(10_000, ge=1_000, description="how long a silent recorder keeps its partitions")
    database_timeout_ms: int = Field(30_000, ge=100, description="how long PostgreSQL may take to answer")
    backoff_max_ms: int = Field(5_000, ge=10, description="longest wait between two attempts to reach PostgreSQL")
    stop_timeout_ms: int = Field(8_000, ge=100, description="how long SIGTERM waits for the batch under way")
