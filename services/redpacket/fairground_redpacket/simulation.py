"""Red packets before they are published: what a rain would come to, and what orders would bring. Pure.

Whoever comes by on the day of a session is there when it begins, and catches as much as one may. Whoever pays an order
takes the share that it brings; friends among those who have come by take the others. What operators would send, and
members of their own money, nobody knows: it is not simulated. What members are like says whoever simulates.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from fairground_activities.seeds import Seeds
from fairground_contracts.cloudevent import format_time
from fairground_contracts.message import Message
from fairground_decider import Event, Translated
from fairground_decider.days import business_day
from fairground_decider.entropy import Mac, uniform
from fairground_decider.simulation import Plan, PlannedPrize, Rules, believed
from fairground_redpacket.contract import Grab, PacketOpened, Reason, ShareGrabbed
from fairground_redpacket.contract.ids import pool_for, pool_of
from fairground_redpacket.domain import RedPacket
from fairground_redpacket.rules import MAX_POOLS, Session, load
from fairground_redpacket.rules import Rules as Known

_KEY_ID = "simulation"
_RUSH_MS = 5_000  # within so long after a session's start members tap for the first time
_WITHOUT_BUDGET = 10  # times what a session holds: more than anybody asks for in a sensible file
_ENDLESS_FEN = 10**13


class RainPlayers:
    """The members in a rain. They know its sessions from its page."""

    def __init__(self, rules: Known, seed: str) -> None:
        """`seed`: of when they tap."""
        assert rules.rain is not None
        self._rules = rules
        self._rain = rules.rain
        self._dice = Mac(seed.encode())
        self._days: dict[int, list[Session]] = {}
        for session in self._rain.sessions:
            self._days.setdefault(self._day(session.starts_ms), []).append(session)
        self._there: set[tuple[str, str]] = set()

    def came_by(self, member_id: str, time: str, time_ms: int) -> Iterator[Translated]:
        """They stay for the sessions of the day that are not over."""
        for session in self._days.get(self._day(time_ms), ()):
            if time_ms < session.ends_ms and (session.id, member_id) not in self._there:
                self._there.add((session.id, member_id))
                yield from self._taps(session, member_id, time_ms)

    def _taps(self, session: Session, member_id: str, time_ms: int) -> Iterator[Translated]:
        rules, step_ms = self._rules, self._rain.tap_ms + 50
        pool = pool_of(rules.id, session.id, pool_for(member_id, rules.id, session.id, session.pools))
        rush_ms = min(_RUSH_MS, session.seconds * 500)
        first_ms = session.starts_ms + uniform(self._dice, f"{session.id}|{member_id}", rush_ms).number
        for tap in range(self._rain.per_member):
            at_ms = min(max(first_ms, time_ms) + tap * step_ms, session.ends_ms - 1)
            grab = believed(Grab, activity_id=rules.id, packet_id=pool, member_id=member_id)
            yield Translated(pool, f"tap-{session.id}-{member_id}-{tap}", format_time(at_ms), grab)

    def saw(self, events: Sequence[Event[Any]]) -> Iterator[Translated]:
        """Nothing leads to more."""
        return iter(())

    def _day(self, time_ms: int) -> int:
        return business_day(time_ms, self._rules.zone, self._rules.day_start_hour)


class GiftPlayers:
    """The members where orders bring packets."""

    def __init__(self, rules: Known, seed: str) -> None:
        """`seed`: of which friends come."""
        self._activity = rules.id
        self._dice = Mac(seed.encode())
        self._known: list[str] = []
        self._seen: set[str] = set()

    def came_by(self, member_id: str, time: str, time_ms: int) -> Iterator[Translated]:
        """Whoever comes by may be somebody's friend from now on."""
        if member_id not in self._seen:
            self._seen.add(member_id)
            self._known.append(member_id)
        return iter(())

    def saw(self, events: Sequence[Event[Any]]) -> Iterator[Translated]:
        """An open packet is grabbed by its receiver, or by as many friends as there are shares left."""
        for event in events:
            said = event.data
            if isinstance(said, PacketOpened):
                packet = said.packet
                left = packet.count - bool(packet.first_for)
                friends = packet.receivers or tuple(self._friends(said.packet_id, left, packet.first_for))
                for friend in friends:
                    grab = believed(Grab, activity_id=self._activity, packet_id=said.packet_id, member_id=friend)
                    yield Translated(said.packet_id, f"grab-{said.packet_id}-{friend}", event.time, grab)

    def _friends(self, packet_id: str, count: int, first_for: str) -> Iterator[str]:
        found: set[str] = {first_for}
        for number in range(2 * count if self._known else 0):
            friend = self._known[uniform(self._dice, f"{packet_id}|{number}", len(self._known)).number]
            if friend not in found and len(found) <= count:
                found.add(friend)
                yield friend


class PacketSimulation:
    """What red packets bring to be simulated (fairground_decider.simulation.Simulated)."""

    plays: tuple[type[Message], ...] = (ShareGrabbed,)
    left_out: frozenset[str] = frozenset({Reason.SOLD_OUT})

    def plan(self, rules: Rules) -> Plan:
        """What the rules promise: a rain's shares, worth their mean."""
        known = load(dict(rules))
        prizes = [PlannedPrize("share", known.zh, known.en, 0, None)]
        if known.rain is not None:
            prizes = [
                PlannedPrize(
                    session.id, f"{known.zh} {session.id}", f"{known.en} {session.id}",
                    session.total_fen // session.count, session.count,
                )
                for session in known.rain.sessions
            ]  # fmt: skip
        return Plan(
            known.id, known.zh, known.en, known.zone, known.day_start_hour, known.starts_ms, known.ends_ms,
            known.budget_fen, tuple(prizes), known.orders is not None,
        )  # fmt: skip

    def without_budget(self, rules: Rules) -> Rules:
        """A rain of ten times as many shares, of the same mean; packets for orders without end."""
        known = load(dict(rules))
        if known.rain is None:
            return {**rules, "budget": {"total_fen": _ENDLESS_FEN}}
        more, room = _WITHOUT_BUDGET, MAX_POOLS // len(known.rain.sessions)
        sessions = [
            {
                **session, "total_fen": session["total_fen"] * more, "count": session["count"] * more,
                "pools": min(session.get("pools", 1) * more, room),
            }
            for session in rules["rain"]["sessions"]
        ]  # fmt: skip
        total_fen = sum(session["total_fen"] for session in sessions)
        return {**rules, "rain": {**rules["rain"], "sessions": sessions}, "budget": {"total_fen": total_fen}}

    def service(self, secret: bytes) -> RedPacket:
        """Red packets that are divided by this secret."""
        return RedPacket(Seeds(secret, _KEY_ID))

    def players(self, rules: Rules, seed: str) -> RainPlayers | GiftPlayers:
        """The members of the rain, or of whoever gives packets for orders."""
        known = load(dict(rules))
        return RainPlayers(known, seed) if known.rain is not None else GiftPlayers(known, seed)


SIMULATION = PacketSimulation()
