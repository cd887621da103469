"""Dead letters of shared streams: whoever reads a record that cannot be understood puts it beside the stream."""

from typing import Any

import structlog

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.dead import Cause, RecordDead
from fairground_runtime import metrics
from fairground_runtime.protocol.ports import Payment

log = structlog.get_logger(__name__)


def dead_letter(reader: str, record: Any, cause: str, detail: str, source: str = "") -> Payment:
    """The letter about an aiokafka record, counted and told; the same each time. `reader` is the service."""
    metrics.DEAD_LETTERS.labels(record.topic, cause).inc()
    log.warning("dead letter", topic=record.topic, partition=record.partition, offset=record.offset, cause=cause)
    known: Cause = cause  # type: ignore[assignment]  # validated by the model
    letter = RecordDead.of(
        known, detail, topic=record.topic, partition=record.partition, offset=record.offset, key=record.key,
        headers=record.headers, value=record.value,
    )  # fmt: skip
    made = CloudEvent(
        f"{reader}-{record.topic}-{record.partition}-{record.offset}-d", letter.type,
        source or f"/fairground/{reader}", cloudevent.format_time(max(record.timestamp, 0)), "", b"",
    )  # fmt: skip
    body = letter.model_dump_json().encode()
    return Payment(f"{record.topic}.dead", record.key or b"", body, cloudevent.headers(made))
