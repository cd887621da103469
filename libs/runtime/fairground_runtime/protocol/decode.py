"""A record of the command topic as a command, each by itself: a malformed one harms nobody else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from pydantic import ValidationError

from fairground_contracts import cloudevent
from fairground_contracts.dead import Cause, CommandDead
from fairground_decider import Command, Coordinates, Service
from fairground_runtime.protocol.ports import Record


class Decoded(Struct, frozen=True, gc=False):
    """A command that was understood, or why it was not; the record stays beside it for the dead letter."""

    record: Record
    command: Command[Any] | None
    dead: CommandDead | None
    traceparent: str


@dataclass(frozen=True, slots=True)
class Decoder:
    """Reads one partition's commands."""

    service: Service
    topic: str
    epoch: int
    partition: int
    partition_of: Callable[[bytes], int]  # the partition that a key belongs to
    max_skew_ms: int | None = None  # how far ce_time may lie from the broker's time; None: as far as it likes

    def decode(self, record: Record) -> Decoded:
        """The record as a command, or as a dead one with the reason."""
        traceparent = ""
        try:
            event = cloudevent.read(record.headers, record.value)
            traceparent = event.traceparent
            model = self.service.commands.get(event.type)
            if model is None:
                raise cloudevent.Malformed("unknown_type", f"{self.service.name} knows no command {event.type!r}")
            data = model.model_validate_json(event.data)
            time_ms = event.time_ms
            self._check_place(record, self.service.key(data))
            if self.max_skew_ms is not None:
                self._check_time(record, time_ms, self.max_skew_ms)
        except ValidationError as error:
            return Decoded(record, None, self.dead(record, *because(error)), traceparent)
        except cloudevent.Malformed as error:
            return Decoded(record, None, self.dead(record, error.cause, error.detail), traceparent)
        at = Coordinates(self.service.name, self.epoch, self.partition, record.offset)
        return Decoded(record, Command(event.id, event.time, time_ms, at, data), None, traceparent)

    def dead(self, record: Record, cause: str, detail: str) -> CommandDead:
        """The record as the outcome `command.dead`."""
        known: Cause = cause  # type: ignore[assignment]  # validated by the model
        return CommandDead.of(
            known, detail, topic=self.topic, partition=self.partition, offset=record.offset, key=record.key,
            headers=record.headers, value=record.value,
        )  # fmt: skip

    def _check_place(self, record: Record, key: str) -> None:
        wanted = key.encode()
        if record.key != wanted:
            raise cloudevent.Malformed("misrouted", f"the record's key is {record.key!r}, the command's is {wanted!r}")
        belongs = self.partition_of(wanted)
        if belongs != self.partition:
            raise cloudevent.Malformed(
                "misrouted",
                f"key {key!r} belongs to partition {belongs}, not {self.partition}: use murmur2 partitioning "
                "(librdkafka: partitioner=murmur2_random)",
            )

    def _check_time(self, record: Record, time_ms: int, allowed_ms: int) -> None:
        skew = abs(time_ms - record.timestamp)
        if record.timestamp and skew > allowed_ms:
            raise cloudevent.Malformed(
                "clock_skew", f"ce_time is {skew} ms away from when it was appended; {allowed_ms} ms are allowed"
            )


def because(error: ValidationError) -> tuple[str, str]:
    """Why data are not what their type says: the cause, and the first problems in words."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    cause = "bad_json" if problems[0]["type"] == "json_invalid" else "bad_data"
    return cause, "; ".join(f"{'.'.join(map(str, p['loc'])) or 'data'}: {p['msg']}" for p in problems[:5])
