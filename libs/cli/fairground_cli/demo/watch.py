"""A subscription to a service's events, seen as a frontend sees them, and answered with what its members ask next."""

import time
from collections.abc import Mapping
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from fairground_cli.demo.act import Act, Request
from fairground_cli.demo.heard import Heard
from fairground_cli.demo.pace import Pace, slice_of
from fairground_cli.demo.sender import Sender, let_go
from fairground_cli.demo.trouble import lost
from fairground_contracts import topics
from fairground_contracts.cloudevent import STAMP, parse_time_ms


class Watch:
    """Reads all partitions of an events topic, tells the pace and the act, and asks what follows."""

    def __init__(self, bootstrap_servers: str, act: Act, sender: Sender, pace: Pace, heard: Heard) -> None:
        """`pace`: knows commands that orders lead to; `heard`: counts what all services say."""
        self.act = act
        self._topic = topics.events(act.service)
        self._commands = topics.commands(act.service).name
        self._consumer = AIOKafkaConsumer(
            self._topic.name, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest",
            enable_auto_commit=False, fetch_max_wait_ms=500,
        )  # fmt: skip
        self._sender = sender
        self._pace = pace
        self._heard = heard
        self._asked: dict[str, list[tuple[int, int]]] = {}  # by request: when it was sent, in microseconds; its slice
        self._published: dict[str, Mapping[str, Any]] = {}
        self._due = 0
        self.requests = 0
        self.read_to = dict.fromkeys(range(self._topic.partitions), 0)

    @property
    def published(self) -> Mapping[str, Mapping[str, Any]]:
        """Rules of activities that were seen published, by id; a refusal's event stands in their place."""
        return self._published

    @property
    def unanswered(self) -> list[str]:
        """Requests that nothing was heard of."""
        return list(self._asked)

    @property
    def unanswered_total(self) -> int:
        """How many answers to requests are due; a repeated request has one for each time it was sent."""
        return self._due

    async def run(self) -> None:
        """Watch until cancelled. Raises Trouble when Kafka is gone."""
        try:
            await self._consumer.start()
            while True:
                for tp, records in (await self._consumer.getmany(timeout_ms=1000)).items():
                    requests: list[Request] = []
                    for record in records:
                        self.see(record, requests)
                    self.read_to[tp.partition] = records[-1].offset + 1
                    await self.ask(requests)
                    for topic, parts in self.act.tells().items():
                        await self._sender.send(topic, parts)
        except KafkaError as error:
            raise lost(error) from error
        finally:
            await let_go(self._consumer)

    async def ask(self, requests: list[Request]) -> None:
        """Send what members ask, and remember when."""
        if not requests:
            return
        now_us = time.perf_counter_ns() // 1000
        for request in requests:
            slice_number = slice_of(request.time_ms)
            self._asked.setdefault(request.id, []).append((now_us, slice_number))
            self._pace.asked(slice_number)
        self.requests += len(requests)
        self._due += len(requests)
        await self._sender.send(self._commands, [(asked.key, asked.value, asked.headers) for asked in requests])

    def see(self, record: Any, requests: list[Request]) -> None:
        """One record of the events topic; what follows from it is added to `requests`."""
        headers = dict(record.headers)
        if int(headers[STAMP]) != record.offset:
            self._heard.voids += 1  # void: its writer was overtaken, and the same command has its answer elsewhere
            return
        self._heard.events += 1
        event_id = headers["ce_id"].decode()
        if event_id.endswith("-0"):
            self._answered(headers["ce_causationid"].decode())
        kind = headers["ce_type"].decode()
        data = orjson.loads(record.value)
        if kind.startswith("fairground.activity."):
            self._published[data["activity_id"]] = data
            return
        if ".refused." in kind:
            self._heard.refused(data)
        requests.extend(self.act.see(kind, event_id, parse_time_ms(headers["ce_time"].decode()), data))

    def _answered(self, command_id: str) -> None:
        """A command's first event: it was decided."""
        self._heard.commands += 1
        sent = self._asked.get(command_id)
        if sent is None:
            self._pace.answered(command_id)
            return
        self._due -= 1
        sent_us, slice_number = sent.pop(0)
        self._pace.told(slice_number)
        self._heard.latencies_us.append(time.perf_counter_ns() // 1000 - sent_us)
        if not sent:
            del self._asked[command_id]
