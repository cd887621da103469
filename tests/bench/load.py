"""Sends draws on a schedule that nothing delays: each carries the time at which it was due, not when it was sent.

    python -m tests.bench.load TOPIC SCENE(json) BEGIN_S RATE SECONDS FIRST

Whoever measures from `ce_time` on sees what a member would: a stall counts for everybody who had to wait in it (no
coordinated omission).
"""

import asyncio
import json
import os
import sys
import time
from datetime import UTC, datetime

import uvloop
from aiokafka import AIOKafkaProducer

from tests.bench.traffic import Scene, body, headers

_TICK_S = 0.001


def precise(moment_s: float) -> str:
    """Seconds since 1970 as RFC 3339 with microseconds."""
    return datetime.fromtimestamp(moment_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def send(topic: str, scene: Scene, begin_s: float, rate: float, count: int, first: int) -> None:
    """`count` draws, `rate` a second, the first one due at `begin_s`."""
    sender = AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"], acks="all")
    await sender.start()
    wheels = [(wheel, wheel.encode()) for wheel in scene.wheel_ids()]
    sent, last = 0, None
    while sent < count:
        due = min(int((time.time() - begin_s) * rate) + 1, count)
        while sent < due:
            number = first + sent
            member = number * 7_919 % scene.members
            wheel, key = wheels[member % len(wheels)]
            made = headers(f"load-{scene.name}-{number:012}", precise(begin_s + sent / rate), key)
            last = await sender.send(topic, body(wheel, member), key, headers=made)
            sent += 1
        await asyncio.sleep(_TICK_S)
    if last is not None:
        await last
    await sender.stop()


if __name__ == "__main__":
    to, scene_said, begin, a_second, number_of, from_number = sys.argv[1:]
    uvloop.run(
        send(to, Scene(**json.loads(scene_said)), float(begin), float(a_second), int(number_of), int(from_number))
    )
