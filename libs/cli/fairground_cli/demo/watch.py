"""The players' subscription: the lottery's events, seen as a frontend sees them, and answered with draws."""

import time
from collections.abc import Mapping
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from fairground_cli.demo.pace import Pace
from fairground_cli.demo.players import Players, Request
from fairground_cli.demo.sender import Sender, let_go
from fairground_cli.demo.tally import Tally
from fairground_cli.demo.trouble import lost
from fairground_contracts import topics
from fairground_contracts.cloudevent import STAMP, parse_time_ms

_DREW = {b"lottery.prize.won.v1", b"lottery.draw.missed.v1", b"lottery.play.won.v1", b"lottery.play.missed.v1"}
_GRANTED = b"lottery.chances.granted.v1"
_REVOKED = b"lottery.chances.revoked.v1"
_REFUSED = {b"lottery.draw.refused.v1", b"lottery.play.refused.v1", b"lottery.chances.refused.v1"}


class Watch:
    """Reads all partitions of an events topic, tells the pace and the tally, and lets the players play."""

    def __init__(self, bootstrap_servers: str, service: str, sender: Sender, pace: Pace, tally: Tally) -> None:
        """Players come in with `play`; until then it only watches."""
        self._topic = topics.events(service)
        self._commands = topics.commands(service).name
        self._consumer = AIOKafkaConsumer(
            self._topic.name, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest",
            enable_auto_commit=False, fetch_max_wait_ms=100,
        )  # fmt: skip
        self._sender = sender
        self._pace = pace
        self._tally = tally
        self._players: Players | None = None
        self._asked: dict[str, list[int]] = {}  # by request: when it was sent, in microseconds
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

    def play(self, players: Players) -> None:
        """From now on chances that are seen granted are drawn."""
        self._players = players

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
        except KafkaError as error:
            raise lost(error) from error
        finally:
            await let_go(self._consumer)

    async def ask(self, requests: list[Request]) -> None:
        """Send draws, and remember when."""
        if not requests:
            return
        now_us = time.perf_counter_ns() // 1000
        for request in requests:
            self._asked.setdefault(request.id, []).append(now_us)
        self.requests += len(requests)
        self._due += len(requests)
        await self._sender.send(self._commands, [(asked.key, asked.value, asked.headers) for asked in requests])

    def see(self, record: Any, requests: list[Request]) -> None:
        """One record of the events topic; draws that follow from it are added to `requests`."""
        headers = dict(record.headers)
        if int(headers[STAMP]) != record.offset:
            self._tally.voids += 1  # void: its writer was overtaken, and the same command has its answer elsewhere
            return
        self._tally.events += 1
        event_id = headers["ce_id"].decode()
        if event_id.endswith("-0"):
            self._answered(headers["ce_causationid"].decode())
        kind = headers["ce_type"]
        data = orjson.loads(record.value)
        if kind in _DREW:
            self._tally.drew(data, parse_time_ms(headers["ce_time"].decode()))
        elif kind == _GRANTED:
            if self._players and data["chances"]:
                requests.extend(self._players.granted(event_id, parse_time_ms(headers["ce_time"].decode()), data))
        elif kind in _REFUSED:
            self._tally.refused(data)
        elif kind == _REVOKED:
            if self._players:
                self._players.revoked(data)
        elif kind.startswith(b"fairground.activity."):
            self._published[data["activity_id"]] = data

    def _answered(self, command_id: str) -> None:
        """A command's first event: it was decided."""
        self._tally.commands += 1
        sent = self._asked.get(command_id)
        if sent is None:
            self._pace.answered(command_id)
            return
        self._due -= 1
        self._tally.latencies_us.append(time.perf_counter_ns() // 1000 - sent.pop(0))
        if not sent:
            del self._asked[command_id]
