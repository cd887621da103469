"""What the record can be told by its environment, beside what every process can be told."""

from pydantic import Field

from fairground_runtime.settings import ConsumerSettings


class RecordSettings(ConsumerSettings):
    """How the record runs."""

    group: str = Field("fairground.record", description="consumer group; a second record beside this one needs another")
    batch_records: int = Field(5000, ge=1, le=50_000, description="records written in one transaction, at most")
    poll_ms: int = Field(200, ge=1, description="how long is waited for records before looking whether to stop")
    fetch_min_bytes: int = Field(262_144, ge=1, description="Kafka answers a fetch at once when it has this many bytes")
    request_timeout_ms: int = Field(10_000, ge=500, description="how long Kafka may take to answer")
    database_timeout_ms: int = Field(30_000, ge=100, description="how long PostgreSQL may take to answer")
    tally_ms: int = Field(2_000, ge=100, description="how often the figures of activities are brought up to date")
