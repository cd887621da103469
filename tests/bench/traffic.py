"""The benchmark's commands: wheels that fall evenly on the partitions, and draws that have nothing odd about them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from fairground_contracts import cloudevent
from fairground_contracts.activities import PublishActivity
from fairground_contracts.cloudevent import CloudEvent, Headers, format_time
from fairground_contracts.topics import PARTITIONS
from fairground_lottery.contract import Draw
from fairground_runtime.kafka.adapters import partition_of

#: When draws begin: 2026-02-01 08:00 in Shanghai.
_START_MS = 1_769_904_000_000
_DAY_MS = 86_400_000
#: Of a member, on average; no member comes near the free chances of a day.
_DRAWS_A_DAY = 10
_FREE_PER_DAY = 100
#: Of ten thousand draws these end in a reward: 15 %.
_PRIZES = (("points", "points", 1_000, 0), ("coupon", "coupon", 400, 100_000_000), ("cash", "cash", 100, 50_000_000))


class Asked(NamedTuple):
    """A command as a record."""

    partition: int
    key: bytes
    value: bytes
    headers: Headers


@dataclass(frozen=True)
class Scene:
    """Wheels and members. A member plays at one wheel, so `members` are records in Redis."""

    name: str
    wheels: int = 64
    members: int = 20_000
    always: bool = False  # every draw ends in a reward

    def wheel_ids(self) -> list[str]:
        """Ids that are spread evenly over the partitions."""
        room = [self.wheels // PARTITIONS] * PARTITIONS
        found = []
        for number in count():
            wheel = f"{self.name}-{number}"
            partition = partition_of(wheel.encode(), PARTITIONS)
            if room[partition]:
                room[partition] -= 1
                found.append(wheel)
            if not any(room):
                return found
        raise AssertionError("unreachable")

    def publications(self) -> Iterator[Asked]:
        """What opens the wheels."""
        for wheel in self.wheel_ids():
            data = PublishActivity(activity_id=wheel, rules=self.rules(wheel), by="bench", why="opening")
            event = CloudEvent(f"open-{wheel}", data.type, "/bench", format_time(_START_MS), wheel, b"")
            key = wheel.encode()
            yield Asked(partition_of(key, PARTITIONS), key, data.model_dump_json().encode(), cloudevent.headers(event))

    def draws(self, first: int, number: int) -> Iterator[Asked]:
        """`number` draws, of all that this scene will ever see those from `first` on."""
        dice = random.Random(f"{self.name} {first}")
        wheels = [(wheel, wheel.encode()) for wheel in self.wheel_ids()]
        partitions = [partition_of(key, PARTITIONS) for _, key in wheels]
        step_ms = _DAY_MS / (_DRAWS_A_DAY * self.members)
        for n in range(first, first + number):
            member = dice.randrange(self.members)
            at = member % len(wheels)
            wheel, key = wheels[at]
            made = headers(str(UUID(int=dice.getrandbits(128))), format_time(int(_START_MS + n * step_ms)), key)
            yield Asked(partitions[at], key, body(wheel, member), made)

    def rules(self, wheel: str) -> dict[str, Any]:
        """The wheel's activity file."""
        prizes: list[dict[str, Any]] = [
            {
                "id": name, "name": {"zh": name, "en": name}, "weight": weight,
                "reward": {"kind": kind, "amount": 10},
            } | ({"stock": stock, "fallback": "points"} if stock else {})
            for name, kind, weight, stock in _PRIZES
        ]  # fmt: skip
        if not self.always:
            prizes.append({"id": "thanks", "name": {"zh": "谢谢参与", "en": "Thanks"}, "weight": 8_500})
        return {
            "kind": "lottery", "id": wheel, "name": {"zh": wheel, "en": wheel}, "zone": "Asia/Shanghai",
            "window": {"starts": "2026-01-01 00:00", "ends": "2099-01-01 00:00"},
            "chances": {"free_per_day": _FREE_PER_DAY}, "prizes": prizes,
        }  # fmt: skip


def body(wheel: str, member: int) -> bytes:
    """A draw's data, as pydantic writes them."""
    return (
        f'{{"activity_id":"{wheel}","member_id":"member-{member:07}","draws":1,"policy":"all","facts":{{}},"risk":0}}'
    ).encode()


_TYPE = Draw.type.encode()


def headers(command_id: str, time: str, subject: bytes) -> Headers:
    """A draw's six CloudEvents headers, and its content type."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", command_id.encode()),
        ("ce_type", _TYPE),
        ("ce_source", b"/bench"),
        ("ce_time", time.encode()),
        ("ce_subject", subject),
        ("content-type", b"application/json"),
    ]
