"""Red packets' part in the demo: rains on the busiest days, and packets that were won; whoever pays out answers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from fairground_cli.demo import act
from fairground_cli.demo.act import Request, Wording
from fairground_cli.demo.sender import Part
from fairground_cli.demo.tally import Rewards
from fairground_contracts.cloudevent import parse_time_ms
from fairground_contracts.reward_results import RewardDelivered
from fairground_contracts.topics import REWARD_RESULTS

GRAB = "redpacket.packet.grab.v1"

_OPENED, _GRABBED = "redpacket.packet.opened.v1", "redpacket.share.grabbed.v1"
_EMPTIED, _CLOSED = "redpacket.packet.emptied.v1", "redpacket.packet.closed.v1"

_DAY_MS = 86_400_000
_MINUTE_MS = 60_000
_AWAY_PERCENT = 45  # of the households that are not there when it rains
_RUSH_MS = 8_000  # within so long all of them begin to tap


@dataclass(slots=True)
class PacketTally:
    """What came of it."""

    opened: int = 0
    shares: int = 0
    amount_fen: int = 0  # of shares
    emptied: int = 0
    closed: int = 0  # with shares left
    returned_fen: int = 0
    paid: int = 0  # shares that whoever pays out has said to have delivered
    given: Rewards = field(default_factory=Rewards)  # shares are paid out as rewards
    members: set[str] = field(default_factory=set)
    grabs: Counter[str] = field(default_factory=Counter)  # by session
    got: Counter[str] = field(default_factory=Counter)  # shares by session
    best_fen: int = 0


@dataclass(frozen=True, slots=True)
class _Pool:
    """One pool of a session."""

    id: str
    activity: str
    session: str
    number: int
    opens_ms: int


class Packets:
    """Red packets and rains (fairground_cli.demo.act.Act)."""

    service = "redpacket"
    ready = True

    def __init__(self) -> None:
        """Nothing rains yet."""
        self.tally = PacketTally()
        self._seed = 0
        self._households: set[str] = set()
        self._rains: dict[str, Mapping[str, Any]] = {}  # the section of each rain, by its activity
        self._pools: dict[tuple[str, str], dict[int, _Pool]] = {}  # by activity and session
        self._wording = Wording(GRAB)
        self._paying = Wording(RewardDelivered.type)
        self._told: list[Part] = []

    def open(self, rules: Sequence[Mapping[str, Any]], seed: int) -> None:
        """From now on households grab."""
        self._seed = seed
        self._rains = {each["id"]: each["rain"] for each in rules if each.get("rain")}

    def came_by(self, member: str, time_ms: int) -> Iterable[Request]:
        """Who has come by once hears of the next rain."""
        self._households.add(member)
        return ()

    def day_began(self, day_ms: int) -> Iterator[Request]:
        """On a day with a rain all households that are there tap until they have what one can have."""
        for (activity, session), pools in self._pools.items():
            opens_ms = next(iter(pools.values())).opens_ms
            if day_ms <= opens_ms < day_ms + _DAY_MS:
                yield from sorted(self._rush(activity, session, pools), key=lambda each: dict(each.headers)["ce_time"])

    def _rush(self, activity: str, session: str, pools: Mapping[int, _Pool]) -> Iterator[Request]:
        rain = self._rains[activity]
        for member in sorted(self._households):
            roll = act.roll(self._seed, f"rain{session}{member}")
            if roll % 100 < _AWAY_PERCENT:
                continue
            pool = pools[_pool_for(member, activity, session, len(pools))]
            for tap in range(rain["per_member"] + 1):  # one more than one can have
                at_ms = pool.opens_ms + (roll >> 7) % _RUSH_MS + tap * (rain.get("tap_ms", 0) + 50)
                self.tally.grabs[session] += 1
                yield self._grab(pool, member, at_ms, f"grab-{activity}-{session}-{member}-{tap}")

    def see(self, kind: str, event_id: str, time_ms: int, data: Mapping[str, Any]) -> Iterable[Request]:
        """A packet opens, is grabbed, is empty, is over."""
        tally = self.tally
        if kind == _OPENED:
            tally.opened += 1
            return self._opened(data, time_ms)
        if kind == _GRABBED:
            tally.shares += 1
            tally.amount_fen += data["amount_fen"]
            tally.given.add("cash", data["amount_fen"], data["amount_fen"])
            tally.members.add(data["member_id"])
            tally.got[_session(data["packet_id"])] += 1
            self._pay(data, time_ms)
        elif kind == _EMPTIED:
            tally.emptied += 1
            tally.best_fen = max(tally.best_fen, data["best_fen"])
        elif kind == _CLOSED:
            tally.closed += 1
            tally.returned_fen += data["remainder_fen"]
        return ()

    def _opened(self, data: Mapping[str, Any], time_ms: int) -> Iterator[Request]:
        """A rain's pool waits for its time; of any other packet whoever is named takes a share in time."""
        packet = data["packet"]
        if packet["session"]:
            opens_ms = parse_time_ms(packet["opens_at"])
            pool = _Pool(data["packet_id"], data["activity_id"], packet["session"], packet["pool"], opens_ms)
            self._pools.setdefault((pool.activity, pool.session), {})[pool.number] = pool
            return
        pool = _Pool(data["packet_id"], data["activity_id"], "", 0, time_ms)
        for member in packet["receivers"]:
            yield self._grab(pool, member, time_ms + _MINUTE_MS, f"grab-{pool.id}-{member}")

    def _grab(self, pool: _Pool, member: str, time_ms: int, id: str) -> Request:
        value = f'{{"activity_id":"{pool.activity}","packet_id":"{pool.id}","member_id":"{member}"}}'
        return self._wording.request(id, GRAB, pool.id, pool.activity, value, time_ms)

    def _pay(self, data: Mapping[str, Any], time_ms: int) -> None:
        """Whoever pays out has done it a minute later."""
        bill, member = data["reward_id"], data["member_id"]
        value = f'{{"reward_id":"{bill}","member_id":"{member}","activity_id":"{data["activity_id"]}"}}'
        paid = self._paying.request(
            f"paid-{bill}", RewardDelivered.type, member, data["activity_id"], value, time_ms + _MINUTE_MS
        )
        self.tally.paid += 1
        self._told.append((paid.key, paid.value, paid.headers))

    def tells(self) -> dict[str, list[Part]]:
        """What whoever pays out says, by topic; said once."""
        told, self._told = self._told, []
        return {REWARD_RESULTS.name: told} if told else {}


def _pool_for(member: str, activity: str, session: str, pools: int) -> int:
    """The pool that is the member's, as docs/redpacket.md says it for frontends."""
    if pools == 1:
        return 0
    return int.from_bytes(sha256(f"pool|{activity}|{session}|{member}".encode()).digest()[:8]) % pools


def _session(packet_id: str) -> str:
    """The session that a pool's packet belongs to; empty for any other packet."""
    parts = packet_id.split(".")
    return parts[1] if len(parts) == 3 else ""
