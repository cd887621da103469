"""What the timer service can be told by its environment, beside what every process can be told."""

from typing import Literal

from pydantic import Field

from fairground_runtime.settings import ConsumerSettings


class TimerSettings(ConsumerSettings):
    """How timers run."""

    timer_group: str = Field("fairground.timer", description="consumer group: all instances that share one database")
    timer_clock: Literal["wall", "streams"] = Field(
        "wall", description="wall: this machine's; streams: the newest time on `shop.orders` and `fairground.timers`"
    )
    batch_requests: int = Field(2_000, ge=1, le=20_000, description="requests written in one transaction, at most")
    batch_due: int = Field(500, ge=1, le=5_000, description="due commands given in one transaction, at most")
    due_per_second: int = Field(4_000, ge=1, description="due commands that one instance gives, after an outage too")
    shards_at_once: int = Field(4, ge=1, le=16, description="shards claimed for a batch; fewer are shared more evenly")
    look_ms: int = Field(1_000, ge=10, description="how often an idle instance looks for what others have left")
    request_timeout_ms: int = Field(10_000, ge=500, description="how long Kafka may take to answer")
    database_timeout_ms: int = Field(30_000, ge=100, description="how long PostgreSQL may take to answer")
