"""What of the shared streams concerns no activity of a service, and up to where it was passed over unread."""

from collections.abc import Collection, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from fairground_contracts.topics import Topic
from fairground_runtime import metrics


class PassedOver:
    """Keeps partitions paused of which no activity wants any message, and lets them be read when one does.

    `wanted` are the types that mean something to the activities there are, whatever carries them.
    """

    def __init__(self, service: str, topics: Sequence[Topic]) -> None:
        """`topics`: all that the service's intake may read."""
        self._service = service
        self._types = {topic.name: topic.messages for topic in topics}
        self._ends: dict[TopicPartition, int] = {}

    def move(
        self, consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], wanted: Collection[str],
        stopped: Collection[TopicPartition],
    ) -> dict[TopicPartition, int]:  # fmt: skip
        """Move behind everything of no concern. Returns the positions that are new; `stopped` partitions stay."""
        moved = {}
        for tp in ends.keys() & consumer.assignment() - set(stopped):
            if not self._concerns(tp, wanted):
                end, before = ends[tp], self._ends.get(tp)
                consumer.pause(tp)
                consumer.seek(tp, end)
                if end != before:
                    metrics.PASSED_OVER.labels(self._service, tp.topic).inc(max(end - (before or end), 0))
                    self._ends[tp] = moved[tp] = end
        return moved

    def read_what_concerns(self, consumer: AIOKafkaConsumer, wanted: Collection[str]) -> None:
        """An activity that was published wants to know what was passed over so far: from here on it is read."""
        for tp in [tp for tp in self._ends if self._concerns(tp, wanted)]:
            consumer.resume(tp)
            del self._ends[tp]

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """Others have them now."""
        for tp in partitions:
            self._ends.pop(tp, None)

    def _concerns(self, tp: TopicPartition, wanted: Collection[str]) -> bool:
        return any(kind in wanted for kind in self._types[tp.topic])
