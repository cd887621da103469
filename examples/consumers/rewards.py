"""Hands each reward to its member once, however often it is sent and however often this program is killed.

KAFKA_BOOTSTRAP_SERVERS=localhost:9092 python examples/consumers/rewards.py     (needs only: pip install aiokafka)
"""

import asyncio
import contextlib
import json
import os
import sqlite3

from aiokafka import AIOKafkaConsumer


async def main() -> None:
    """Read rewards until Ctrl-C. What was handed out stands in rewards.sqlite3, or where REWARDS_DB says."""
    db = sqlite3.connect(os.environ.get("REWARDS_DB", "rewards.sqlite3"))
    db.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY)")
    db.execute("CREATE TABLE IF NOT EXISTS handed_out (member TEXT, what TEXT, data TEXT)")
    servers = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")
    async with AIOKafkaConsumer(
        "fairground.rewards", bootstrap_servers=servers, group_id="reward-example",
        auto_offset_reset="earliest", enable_auto_commit=False,
    ) as consumer:  # fmt: skip
        async for record in consumer:
            id, what = (dict(record.headers)[name].decode() for name in ("ce_id", "ce_type"))
            with db:  # one transaction: an id is remembered if and only if its reward was handed out
                if db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (id,)).rowcount:
                    member = json.loads(record.value)["member_id"]
                    db.execute("INSERT INTO handed_out VALUES (?, ?, ?)", (member, what, record.value.decode()))
                    print(what, member, flush=True)
            await consumer.commit()  # only now, so that a crash repeats the record instead of losing it


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
