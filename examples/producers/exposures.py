"""Says that a member has seen an activity, as a frontend does when its entrance or its page comes onto the screen.

KAFKA_BOOTSTRAP_SERVERS=localhost:9092 python examples/producers/exposures.py ACTIVITY MEMBER...
(needs only: pip install aiokafka)
"""

import asyncio
import json
import os
import sys
import uuid
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

KAFKA = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")


async def main(activity: str, *members: str) -> None:
    """One CloudEvent for each. Who saw it counts once a day and once in all, so saying it again does no harm."""
    async with AIOKafkaProducer(bootstrap_servers=KAFKA) as producer:
        for member in members:
            seen = {"activity_id": activity, "viewer_id": member}  # and "visitor": true of who is not logged in
            headers = {
                "ce_specversion": "1.0", "ce_id": str(uuid.uuid4()), "ce_type": "fairground.activity.exposed.v1",
                "ce_source": "/shop/app", "ce_time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "content-type": "application/json",
            }  # fmt: skip
            await producer.send(
                "fairground.exposures", json.dumps(seen).encode(), key=activity.encode(),
                headers=[(name, value.encode()) for name, value in headers.items()],
            )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
