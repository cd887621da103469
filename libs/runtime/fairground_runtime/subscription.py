"""What FastStream is told so that its batch subscribers hand over raw records and leave every decision to us."""

from collections.abc import Callable, Collection, Mapping
from itertools import chain
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.refusal import DENIED, because
from fairground_runtime.settings import ConsumerSettings, WorkerSettings

log = structlog.get_logger(__name__)

_WITH_USER = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


def broker_at(kafka: KafkaAddress, settings: ConsumerSettings) -> KafkaBroker:
    """FastStream's connection, of which a process subscribes to everything that it follows."""
    return KafkaBroker(
        kafka.servers, apply_types=False, logger=None, client_id=settings.client_id, security=_security(kafka),
        graceful_timeout=settings.stop_timeout_ms / 1000, allow_auto_create_topics=False,
    )  # fmt: skip


def _security(kafka: KafkaAddress) -> BaseSecurity:
    if not kafka.has_user:
        return BaseSecurity(kafka.tls, kafka.encrypted)
    return _WITH_USER[kafka.mechanism](kafka.username, kafka.secret, kafka.tls, kafka.encrypted)


def ask_without_sleeping() -> Mapping[str, str]:
    """Let the batch subscribers of this process wait for records, and never beside them.

    FastStream sleeps for `batch_timeout_ms` after each fetch that brought nothing: as a short time it costs an idle
    process a tenth of a core, as a long one it holds records up that have come meanwhile.

    Returns why a group may not read, by group, as it is now: FastStream tries again every five seconds, and does not
    say so.
    """
    denied: dict[str, str] = {}

    async def next_batch(subscriber: Any, consumer: AIOKafkaConsumer) -> tuple[Any, ...]:
        """What has come, as soon as something has; nothing after `batch_timeout_ms`."""
        try:
            found = await consumer.getmany(timeout_ms=subscriber.batch_timeout_ms, max_records=subscriber.max_records)
        except DENIED as error:
            denied[subscriber.group_id] = because(error)
            log.error("nothing can be read", group=subscriber.group_id, why=because(error))
            raise
        denied.pop(subscriber.group_id, None)
        return tuple(chain.from_iterable(found.values()))

    BatchSubscriber.get_msg = next_batch  # type: ignore[assignment,method-assign]
    return denied


async def raw_records(message: Any) -> KafkaMessage:
    """FastStream's parser for a batch: the records as they are, for decoding is done record by record."""
    return KafkaMessage(body=b"", raw_message=message, headers={}, consumer=FAKE_CONSUMER)


async def hand_over(message: Any) -> Any:
    """FastStream's decoder: the raw records themselves."""
    return message.raw_message


def batches_of_raw_records(settings: WorkerSettings) -> dict[str, Any]:
    """The options of every batch subscriber here.

    Nothing is acknowledged by FastStream. `earliest` does no harm: where a partition is read from is decided by what
    was applied (docs/decisions), and a shared stream is read again rather than skipped.
    """
    return {
        "batch": True,
        "batch_timeout_ms": settings.poll_ms,
        "ack_policy": AckPolicy.MANUAL,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "parser": raw_records,
        "decoder": hand_over,
        "session_timeout_ms": settings.session_timeout_ms,
        "heartbeat_interval_ms": settings.heartbeat_interval_ms,
        "max_partition_fetch_bytes": settings.max_partition_fetch_bytes,
        # A partition that was paused is fetched again when the fetch under way returns.
        "fetch_max_wait_ms": settings.fetch_wait_ms,
    }


class Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]
    """Only tells: its errors would be swallowed, and the group's heartbeat rests while it runs."""

    def __init__(
        self,
        assigned: Callable[[Collection[TopicPartition]], None],
        revoked: Callable[[Collection[TopicPartition]], None],
    ) -> None:
        """Both are called with the partitions concerned, and return at once."""
        self._assigned = assigned
        self._revoked = revoked

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Partitions came."""
        self._assigned(assigned)

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Partitions went."""
        self._revoked(revoked)
