"""Plain FastStream services: validate a draw, answer it, publish the same messages. What one writes on the first day.

    python -m tests.bench.plain_service RESULT message|batch GROUP COUNT

Everything is FastStream's default but its logging, which is off. They keep no state, use no Redis, number no stock and
lose records in a crash (acknowledged first): they do less than the worker does.
"""

import asyncio
import hmac
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from faststream import FastStream
from faststream.kafka import KafkaBroker, KafkaMessage, KafkaPublishMessage

from fairground_contracts.message import Message
from fairground_contracts.rewards import Reward, RewardGranted
from fairground_lottery.contract import Draw, DrawMissed, PrizeWon
from tests.bench.stage import COMMANDS

EVENTS = "bench.plain.events"
REWARDS = "bench.plain.rewards"

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


def answers(draw: Draw, headers: dict[str, str], number: int) -> tuple[KafkaPublishMessage, KafkaPublishMessage | None]:
    """The event, and the reward if there is one, with the headers of CloudEvents."""
    drawn = int.from_bytes(hmac.digest(b"seed", f"{headers['ce_id']}|{number}".encode(), "sha256")[:8]) % 10_000
    prize = next((name for bound, name in _PRIZES if drawn < bound), "")
    event_id = f"plain-{number}"
    said: dict[str, Any] = {
        "activity_id": draw.activity_id, "version": 1, "member_id": draw.member_id, "alias": "0123456789abcdef",
        "index": 0, "draws": 1, "attempt": 0, "drawn_id": prize or "thanks", "prize_id": prize or "thanks",
        "chance": "free", "cause": "", "day": "2026-02-01", "risk": draw.risk,
    }  # fmt: skip
    if not prize:
        return _message(DrawMissed(**said), event_id, draw.activity_id, headers["ce_id"], headers), None
    reward = Reward(reward="points", amount=10, name=prize)
    granted = RewardGranted(
        member_id=draw.member_id, activity_id=draw.activity_id, service="plain", version=1, prize_id=prize,
        reward=reward,
    )  # fmt: skip
    won = _message(PrizeWon(**said, reward=reward), event_id, draw.activity_id, headers["ce_id"], headers)
    return won, _message(granted, f"{event_id}-r", draw.member_id, event_id, headers)


def _message(data: Message, made_id: str, key: str, cause: str, headers: dict[str, str]) -> KafkaPublishMessage:
    made = {
        "ce_specversion": "1.0", "ce_id": made_id, "ce_type": data.type, "ce_source": "/plain",
        "ce_time": headers["ce_time"], "ce_subject": headers["ce_subject"], "ce_causationid": cause,
        "content-type": "application/json",
    }  # fmt: skip
    return KafkaPublishMessage(data, headers=made, key=key.encode())


def service(result: Path, mode: str, group: str, count: int) -> FastStream:
    """The service, per message or per batch."""
    broker = KafkaBroker(os.environ["KAFKA_BOOTSTRAP_SERVERS"], logger=None)
    app = FastStream(broker, logger=None)
    clock = Clock(result, count, app)
    number = 0

    async def each(draw: Draw, message: KafkaMessage) -> None:
        nonlocal number
        clock.begin()
        number += 1
        event, reward = answers(draw, message.headers, number)
        await broker.publish(event.body, EVENTS, key=event.key, headers=event.headers)
        if reward:
            await broker.publish(reward.body, REWARDS, key=reward.key, headers=reward.headers)
        clock.passed(1)

    async def many(draws: list[Draw], message: KafkaMessage) -> None:
        nonlocal number
        clock.begin()
        events, rewards = [], []
        for draw, headers in zip(draws, message.batch_headers, strict=True):
            number += 1
            event, reward = answers(draw, headers, number)
            events.append(event)
            if reward:
                rewards.append(reward)
        await broker.publish_batch(*events, topic=EVENTS)
        if rewards:
            await broker.publish_batch(*rewards, topic=REWARDS)
        clock.passed(len(draws))

    if mode == "batch":
        broker.subscriber(COMMANDS, group_id=group, auto_offset_reset="earliest", batch=True)(many)
    else:
        broker.subscriber(COMMANDS, group_id=group, auto_offset_reset="earliest")(each)
    return app


if __name__ == "__main__":
    path, which, consumer_group, messages = sys.argv[1:]
    asyncio.run(service(Path(path), which, consumer_group, int(messages)).run())
