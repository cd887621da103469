"""Plain FastStream services: validate a draw, take chance and prize, publish the same messages. What one writes first.

    python -m tests.bench.plain_service RESULT message|batch GROUP COUNT

Everything is FastStream's default but its logging, which is off, and the producer's batch size, which has to be larger
for `publish_batch` to work at all. Each draw is one call of a small script on Redis, in batches all in one pipeline.
They do less than the worker does: they lose records in a crash (acknowledged first), count a repeated draw twice, and
know neither windows nor quotas. In batches even less: all messages of a `publish_batch` share their headers and their
partition, so that these have neither ids nor an order by key.
"""

import asyncio
import hmac
import itertools
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from faststream import FastStream
from faststream.kafka import KafkaBroker, KafkaMessage, KafkaPublishMessage
from redis.asyncio import Redis

from fairground_contracts.message import Message
from fairground_contracts.rewards import Reward, RewardGranted
from fairground_lottery.contract import Draw, DrawMissed, PrizeWon
from tests.bench.stage import COMMANDS

EVENTS = "bench.plain.events"
REWARDS = "bench.plain.rewards"

_SHARED = {"ce_specversion": "1.0", "ce_source": "/plain", "content-type": "application/json"}
_AT_ONCE = 1_000  # messages of one publish_batch: more do not fit into a record batch of 1 MiB
_PRIZES = ((1_000, "points"), (1_400, "coupon"), (1_500, "cash"))


class Clock:
    """From the first message on until all are done."""

    def __init__(self, result: Path, count: int, app: FastStream) -> None:
        self._result = result
        self._count = count
        self._app = app
        self._done = 0
        self._began_s = self._began_cpu_s = 0.0

    def begin(self) -> None:
        """A handler was called."""
        if not self._began_s:
            self._began_s, self._began_cpu_s = time.monotonic(), time.process_time()

    def passed(self, number: int) -> None:
        """So many messages more are done."""
        self._done += number
        if self._done >= self._count and not self._result.exists():
            seconds, cpu_s = time.monotonic() - self._began_s, time.process_time() - self._began_cpu_s
            self._result.write_text(json.dumps({"number": self._done, "seconds": seconds, "cpu_s": cpu_s}))
            self._app.exit()


def drawn(headers: dict[str, str], number: int) -> str:
    """The prize that a draw names; empty for none."""
    found = int.from_bytes(hmac.digest(b"seed", f"{headers['ce_id']}|{number}".encode(), "sha256")[:8]) % 10_000
    return next((name for bound, name in _PRIZES if found < bound), "")


def answers(draw: Draw, headers: dict[str, str], number: int, prize: str) -> list[KafkaPublishMessage]:
    """The event, and the reward if there is one, with the headers of CloudEvents."""
    event_id = f"plain-{number}"
    said: dict[str, Any] = {
        "activity_id": draw.activity_id, "version": 1, "member_id": draw.member_id, "alias": "0123456789abcdef",
        "index": 0, "draws": 1, "attempt": 0, "drawn_id": prize or "thanks", "prize_id": prize or "thanks",
        "chance": "free", "cause": "", "day": "2026-02-01", "risk": draw.risk,
    }  # fmt: skip
    if not prize:
        return [_message(DrawMissed(**said), event_id, draw.activity_id, headers["ce_id"], headers)]
    reward = Reward(reward="points", amount=10, name=prize)
    granted = RewardGranted(
        member_id=draw.member_id, activity_id=draw.activity_id, service="plain", version=1, prize_id=prize,
        reward=reward,
    )  # fmt: skip
    won = _message(PrizeWon(**said, reward=reward), event_id, draw.activity_id, headers["ce_id"], headers)
    return [won, _message(granted, f"{event_id}-r", draw.member_id, event_id, headers)]


def _message(data: Message, made_id: str, key: str, cause: str, headers: dict[str, str]) -> KafkaPublishMessage:
    made = {
        "ce_specversion": "1.0", "ce_id": made_id, "ce_type": data.type, "ce_source": "/plain",
        "ce_time": headers["ce_time"], "ce_subject": headers["ce_subject"], "ce_causationid": cause,
        "content-type": "application/json",
    }  # fmt: skip
    return KafkaPublishMessage(data, headers=made, key=key.encode())


def service(result: Path, mode: str, group: str, count: int) -> FastStream:
    """The service, per message or per batch."""
    more: dict[str, Any] = {"max_batch_size": 1 << 20} if mode == "batch" else {}
    broker = KafkaBroker(os.environ["KAFKA_BOOTSTRAP_SERVERS"], logger=None, **more)
    app = FastStream(broker, logger=None)
    redis = Redis.from_url(os.environ["REDIS_URL"])
    script = redis.register_script(Path(__file__).with_name("plain_draw.lua").read_text())
    clock, numbers = Clock(result, count, app), itertools.count()

    async def each(draw: Draw, message: KafkaMessage) -> None:
        clock.begin()
        number = next(numbers)
        prize = await script(*_arguments(draw, drawn(message.headers, number)))
        event, *reward = answers(draw, message.headers, number, prize.decode())
        await broker.publish(event.body, EVENTS, key=event.key, headers=event.headers)
        for granted in reward:
            await broker.publish(granted.body, REWARDS, key=granted.key, headers=granted.headers)
        clock.passed(1)

    async def many(draws: list[Draw], message: KafkaMessage) -> None:
        clock.begin()
        asked = [(draw, headers, next(numbers)) for draw, headers in zip(draws, message.batch_headers, strict=True)]
        pipeline = redis.pipeline(transaction=False)
        for draw, headers, number in asked:
            await script(*_arguments(draw, drawn(headers, number)), client=pipeline)
        prizes = await pipeline.execute()
        made = [answers(*each_asked, prize.decode()) for each_asked, prize in zip(asked, prizes, strict=True)]
        await _publish(broker, EVENTS, [event for event, *_ in made])
        await _publish(broker, REWARDS, [reward for _, *rewards in made for reward in rewards])
        clock.passed(len(draws))

    if mode == "batch":
        broker.subscriber(COMMANDS, group_id=group, auto_offset_reset="earliest", batch=True)(many)
    else:
        broker.subscriber(COMMANDS, group_id=group, auto_offset_reset="earliest")(each)
    return app


def _arguments(draw: Draw, prize: str) -> tuple[list[str], list[str]]:
    wheel = f"plain:{draw.activity_id}"
    return [f"{wheel}:{draw.member_id}", f"{wheel}:stock"], [prize, "1000000"]


async def _publish(broker: KafkaBroker, topic: str, messages: list[KafkaPublishMessage]) -> None:
    for first in range(0, len(messages), _AT_ONCE):
        some = [KafkaPublishMessage(each.body, key=each.key) for each in messages[first : first + _AT_ONCE]]
        await broker.publish_batch(*some, topic=topic, headers=_SHARED)


if __name__ == "__main__":
    path, which, consumer_group, messages = sys.argv[1:]
    asyncio.run(service(Path(path), which, consumer_group, int(messages)).run())
