"""Hands each reward to its member once, however often it is sent and however often this program is killed.

KAFKA_BOOTSTRAP_SERVERS=localhost:9092 python examples/consumers/rewards.py     (needs only: pip install aiokafka)
"""

import asyncio
import contextlib
import os
import sqlite3

from aiokafka import AIOKafkaConsumer

KAFKA = {
    "bootstrap_servers": os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092"),
    "group_id": "reward-example", "auto_offset_reset": "earliest", "enable_auto_commit": False,
}  # fmt: skip


async def main() -> None:
    """Read rewards until Ctrl-C. What was handed out stands in rewards.sqlite3, or where REWARDS_DB says."""
    db = sqlite3.connect(os.environ.get("REWARDS_DB", "rewards.sqlite3"))
    db.execute("CREATE TABLE IF NOT EXISTS handed_out (id TEXT PRIMARY KEY, member TEXT, what TEXT, data TEXT)")
    async with AIOKafkaConsumer("fairground.rewards", **KAFKA) as rewards:
        async for reward in rewards:
            id, what = (dict(reward.headers)[name].decode() for name in ("ce_id", "ce_type"))
            row = (id, reward.key.decode(), what, reward.value.decode())
            with db:  # one transaction: an id is remembered if and only if its reward is handed out
                if db.execute("INSERT OR IGNORE INTO handed_out VALUES (?, ?, ?, ?)", row).rowcount:
                    print(*row[:3], flush=True)  # in place of this line, with `db`: what you do for the member
            await rewards.commit()  # only now, so that a crash repeats the record instead of losing it


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
