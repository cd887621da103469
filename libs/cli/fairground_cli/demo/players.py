"""The players: who they are, and when they draw. They know only what a frontend sees: the lottery's events.

Everything they do follows from the seed and from what they see; a player's habits are a hash of the name.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from zlib import crc32

from fairground_cli.demo.shop import Clock
from fairground_cli.demo.wheels import Wheel
from fairground_contracts.cloudevent import Headers

DRAW = "lottery.wheel.draw.v1"

#: A saver draws when there are so many chances, all of them in one command.
SAVED = 10

_VERSION = ("ce_specversion", b"1.0")
_TYPE = ("ce_type", DRAW.encode())
_SOURCE = ("ce_source", b"/fairground/demo/players")
_JSON = ("content-type", b"application/json")
_MINUTE_MS = 60_000

# Of a hundred members so many save their chances, and so many of the others forget two of three.
_SAVERS, _FORGETFUL = 25, 15
_VISITS_PERCENT = 40  # of days with a basket on which the household also takes a free chance
_IMPATIENT = 200  # one of so many asks for a draw more than there are chances
_REPEATED = 100  # one of so many requests is sent twice, as a frontend does that did not hear the answer


class Request(NamedTuple):
    """A draw command, ready to be sent."""

    id: str  # ce_id
    wheel: str
    key: bytes
    value: bytes
    headers: Headers


class Players:
    """All members who play, at all wheels."""

    def __init__(self, wheels: Iterable[Wheel], seed: int) -> None:
        """`wheels`: those that can be played at."""
        self._wheels: Mapping[str, Wheel] = {wheel.id: wheel for wheel in wheels}
        self._free = [wheel for wheel in self._wheels.values() if wheel.free_per_day]
        self._seed = seed
        self._chances: Counter[tuple[str, str]] = Counter()
        self._visited: dict[tuple[str, str], int] = {}
        self._clock = Clock()

    def came_by(self, member: str, time_ms: int) -> Iterator[Request]:
        """A household is about to shop: some look whether there is a free draw, once a day."""
        for wheel in self._free:
            if not wheel.is_open(time_ms):
                continue
            day, visit = wheel.day(time_ms), (wheel.id, member)
            if self._visited.get(visit) == day:
                continue
            self._visited[visit] = day
            roll = self._roll(f"{wheel.id}{member}{day}")
            if roll % 100 < _VISITS_PERCENT:
                yield from self._ask(f"visit-{wheel.id}-{member}-{day}", wheel.id, member, 1, time_ms, roll)

    def granted(self, event_id: str, time_ms: int, data: Mapping[str, Any]) -> Iterator[Request]:
        """Chances were granted: who draws, and how often?"""
        wheel, member = data["activity_id"], data["member_id"]
        held = self._chances[wheel, member] = self._chances[wheel, member] + data["chances"]
        roll = self._roll(event_id)
        draws = self._appetite(member, held, roll)
        if roll % _IMPATIENT == 0:
            draws = held + 1
        if draws:
            self._chances[wheel, member] = max(held - draws, 0)
            later_ms = _MINUTE_MS + roll % (45 * _MINUTE_MS)
            yield from self._ask(f"draw-{event_id}", wheel, member, draws, time_ms + later_ms, roll)

    def revoked(self, data: Mapping[str, Any]) -> None:
        """Chances are gone with their order."""
        gone = sum(taken["chances"] for taken in data["taken"])
        held = self._chances[data["activity_id"], data["member_id"]]
        self._chances[data["activity_id"], data["member_id"]] = max(held - gone, 0)

    def _appetite(self, member: str, held: int, roll: int) -> int:
        habit = self._roll(member) % 100
        if habit < _SAVERS:
            return SAVED if held >= SAVED else 0
        if habit < _SAVERS + _FORGETFUL and roll % 3:
            return 0
        return min(held, SAVED)

    def _ask(self, request: str, wheel: str, member: str, draws: int, time_ms: int, roll: int) -> Iterator[Request]:
        value = f'{{"activity_id":"{wheel}","member_id":"{member}","draws":{draws}}}'
        key = wheel.encode()
        headers: Headers = [
            _VERSION, ("ce_id", request.encode()), _TYPE, _SOURCE, ("ce_time", self._clock.utc(time_ms).encode()),
            ("ce_subject", key), _JSON,
        ]  # fmt: skip
        asked = Request(request, wheel, key, value.encode(), headers)
        yield asked
        if (roll >> 8) % _REPEATED == 0:
            yield asked

    def _roll(self, what: str) -> int:
        """A number that belongs to the seed and to this."""
        return crc32(what.encode(), self._seed)
