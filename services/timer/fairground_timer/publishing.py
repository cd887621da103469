"""Publishes due commands on their services' topics, in their order."""

from collections.abc import Iterator, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidTopicError, KafkaError, MessageSizeTooLargeError, TopicAuthorizationFailedError

from fairground_contracts import topics
from fairground_runtime.protocol.ports import Payment, Payments, Unavailable
from fairground_timer.commands import Due, payment_of

_HEADERS_BYTES = 100  # of a record beside its headers' and its value's bytes, never less
#: What no waiting mends: somebody has to change the topic or who may write to it.
_REFUSALS = (InvalidTopicError, MessageSizeTooLargeError, TopicAuthorizationFailedError)


class Refused(Exception):
    """A service's commands cannot be given; the text says why. Those of other services can."""


class Publisher:
    """Knows which services there are, and gives them their commands."""

    def __init__(self, sender: AIOKafkaProducer, payments: Payments, max_batch_bytes: int) -> None:
        """`payments` publishes through `sender`."""
        self._producer = sender
        self._payments = payments
        self._max_batch_bytes = max_batch_bytes
        self._known: set[str] = set()

    async def knows(self, service: str) -> bool:
        """Whether the service has a topic of commands. Raises Unavailable."""
        topic = topics.commands(service).name
        if topic not in self._known:
            try:  # of all topics: asked for one by its name, some brokers would create it
                self._known = set((await self._producer.client.fetch_all_metadata()).topics())
            except (KafkaError, OSError) as error:
                raise Unavailable(f"Kafka: {type(error).__name__} {error}") from error
        return topic in self._known

    async def publish(self, service: str, due: Sequence[Due], now_ms: int) -> None:
        """Returns when all are acknowledged. Raises Refused, Unavailable: some may have been published then."""
        if not await self.knows(service):
            raise Refused(f"there is no topic {topics.commands(service).name}: is {service!r} the name of a service?")
        try:
            for part in _record_batches([payment_of(each, now_ms) for each in due], self._max_batch_bytes):
                await self._payments.publish(part)
        except Unavailable as error:
            if isinstance(error.__cause__, _REFUSALS):
                raise Refused(str(error)) from error
            raise


def _record_batches(payments: Sequence[Payment], max_bytes: int) -> Iterator[list[Payment]]:
    """Parts that fit into one record batch, to be published one after another.

    Of two record batches to a partition that are under way at once, the second can arrive and the first expire.
    """
    part: list[Payment] = []
    size = 0
    for payment in payments:
        each = _HEADERS_BYTES + len(payment.key) + len(payment.value)
        each += sum(10 + len(name) + len(content) for name, content in payment.headers)
        if part and size + each > max_bytes:
            yield part
            part, size = [], 0
        part.append(payment)
        size += each
    if part:
        yield part
