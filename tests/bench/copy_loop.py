"""The copy loop: the same records in and out, headers and data parsed, nothing decided. What the client alone costs.

    python -m tests.bench.copy_loop RESULT TOPIC BEGIN,BEGIN,... END,END,...

Batches are as large as the worker's, one after another in each partition, with the worker's producer.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from fairground_lottery.contract import Draw
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import producer
from tests.bench.stage import COMMANDS

_BATCH = 1_000


async def copy(result: Path, topic: str, begins: Sequence[int], ends: Sequence[int]) -> None:
    """Copy everything between two positions, and say how long it took."""
    server = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    sender = producer(KafkaAddress(server), 900_000, 30_000)
    consumer = AIOKafkaConsumer(bootstrap_servers=server, enable_auto_commit=False, fetch_max_wait_ms=100)
    partitions = [TopicPartition(COMMANDS, number) for number in range(len(begins))]
    consumer.assign(partitions)
    await consumer.start()
    await sender.start()
    for partition, begin in zip(partitions, begins, strict=True):
        consumer.seek(partition, begin)
    wanted, copied, began_s, began_cpu_s = sum(ends) - sum(begins), 0, 0.0, 0.0
    while copied < wanted:
        fetched = await consumer.getmany(timeout_ms=2)
        if fetched and not began_s:
            began_s, began_cpu_s = time.monotonic(), time.process_time()
        await asyncio.gather(*(_copy_partition(sender, topic, tp.partition, raw) for tp, raw in fetched.items()))
        copied += sum(map(len, fetched.values()))
    seconds, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    result.write_text(json.dumps({"number": copied, "seconds": seconds, "cpu_s": cpu_s}))
    await consumer.stop()
    await sender.stop()


async def _copy_partition(sender: AIOKafkaProducer, topic: str, partition: int, raw: Sequence[Any]) -> None:
    parse = Draw.model_validate_json
    for first in range(0, len(raw), _BATCH):
        builder, now_ms = sender.create_batch(), int(time.time() * 1000)
        for record in raw[first : first + _BATCH]:
            headers = dict(record.headers)
            parse(record.value)
            builder.append(timestamp=now_ms, key=record.key, value=record.value, headers=list(headers.items()))
        await (await sender.send_batch(builder, topic, partition=partition))


if __name__ == "__main__":
    path, out, first_offsets, last_offsets = sys.argv[1:]
    uvloop.run(
        copy(Path(path), out, [int(n) for n in first_offsets.split(",")], [int(n) for n in last_offsets.split(",")])
    )
