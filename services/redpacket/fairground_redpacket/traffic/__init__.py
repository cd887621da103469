"""Believable commands for red packets and a rain, the same for the same seed: for benchmarks and crash tests.

Packets that are created are opened by what their events send, where somebody follows that. So that there are packets
elsewhere, too, some are opened directly, as if their members' money had been taken.
"""

import random
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from fairground_contracts.activities import (
    ArchiveActivity,
    PauseActivity,
    PublishActivity,
    ResumeActivity,
    StopActivity,
)
from fairground_contracts.cloudevent import format_time
from fairground_contracts.message import CommandMessage
from fairground_contracts.topics import EVERYWHERE
from fairground_decider import Translated
from fairground_redpacket.contract import (
    AnswerFunding,
    CancelFunding,
    ClosePacket,
    CreatePacket,
    DropLink,
    ExpirePacket,
    FollowSwitch,
    ForgetPacket,
    GiftPacket,
    Grab,
    HoldPacket,
    LinkMember,
    OpenPacket,
    Packet,
    PacketKeyed,
    PlaceKeyed,
    ReportPayout,
    ReturnRemainder,
    RevokeGift,
    SweepPackets,
    SwitchPackets,
    UnlinkMember,
    ids,
)
from fairground_redpacket.traffic.files import FRIENDS, GIFTS, PLATFORM, POOLS, RAIN, SESSIONS, rules

__all__ = ["START_MS", "commands", "rules"]

#: When traffic begins: 2017-06-01 10:00 in Shanghai.
START_MS = 1_496_282_400_000
_MINUTE_MS = 60_000
_MEMBERS = 120
_REPEATED = 0.03  # of all commands, sent again as they were
_PASSWORDS = tuple(sha256(word.encode()).hexdigest() for word in ("恭喜发财", "万事如意"))
_RESULTS = ("delivered", "delivered", "delivered", "waiting", "failed", "rejected", "rejected", "expired")


def commands(seed: int, n: int) -> Iterator[Translated]:
    """`n` commands, publications of the activities first; they can go to the command topic as they are."""
    return _Traffic(seed).commands(n)


class _Sent(NamedTuple):
    """A packet that there may be."""

    activity: str
    packet: str
    funding: str
    sender: str


class _Had(NamedTuple):
    """A share that somebody may have."""

    activity: str
    packet: str
    member: str
    share: int


class _Traffic:
    """What whoever sends commands remembers."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._seed = seed
        self._time_ms = START_MS
        self._number = 0
        self._version = 1
        self._packets: list[_Sent] = []
        self._waiting: list[_Sent] = []
        self._had: list[_Had] = []
        self._taken: dict[str, list[str]] = {}  # members by packet, in order
        self._gifts: list[tuple[str, str, str]] = []  # member, cause, order
        self._kinds: list[tuple[float, Callable[[str], CommandMessage]]] = [
            (620, self._grab), (80, self._open), (70, self._create), (60, self._send), (50, self._answer),
            (15, self._cancel), (40, self._expire), (12, self._close), (12, self._hold), (90, self._report),
            (12, self._forget), (40, self._gift), (15, self._revoke), (3, self._return),
            (4, self._publish), (1, self._pause), (6, self._resume), (0.1, self._stop), (0.1, self._archive),
            (12, self._link), (5, self._unlink), (1, self._drop), (2, self._switch), (6, self._follow),
            (1, self._sweep),
        ]  # fmt: skip

    def commands(self, n: int) -> Iterator[Translated]:
        """Publications, then what members, systems and operators do, with repetitions in between."""
        opening = list(rules().items())[:n]
        for activity, content in opening:
            yield self._asked(PublishActivity(activity_id=activity, rules=content, why="opening"))
        sent: list[Translated] = []
        for _ in range(n - len(opening)):
            if sent and self._random.random() < _REPEATED:
                yield self._random.choice(sent[-200:])
                continue
            self._time_ms += self._step_ms()
            make = self._random.choices([kind for _, kind in self._kinds], [weight for weight, _ in self._kinds])[0]
            sent.append(self._asked(make(f"m{int(self._random.paretovariate(0.8)) % _MEMBERS}")))
            yield sent[-1]

    def _step_ms(self) -> int:
        """Half a minute or so; now and then somebody's clock is hours behind, or a night goes by."""
        chance = self._random.random()
        if chance < 0.01:
            return -self._random.randrange(6 * 60) * _MINUTE_MS
        return self._random.randrange(8 * 60 if chance < 0.02 else 1) * _MINUTE_MS + self._random.randrange(60_000)

    def _asked(self, data: CommandMessage) -> Translated:
        if isinstance(data, PacketKeyed | PlaceKeyed):
            key = data.packet_id if isinstance(data, PacketKeyed) else data.place
        else:
            key = data.__dict__["activity_id"]
        return Translated(key, self._request(), format_time(self._time_ms), data)

    def _request(self) -> str:
        self._number += 1
        return f"r{self._seed}-{self._number}"

    def _next_packet(self, activity: str) -> str:
        """The packet that the next request makes."""
        return ids.packet_of(activity, f"r{self._seed}-{self._number + 1}", self._time_ms, 1)

    def _create(self, member: str) -> CommandMessage:
        """The platform sends one, now and then something odd."""
        access = self._random.choice(("open", "open", "group", "designated", "password", "fission"))
        self._packets.append(_Sent(PLATFORM, self._next_packet(PLATFORM), "", ""))
        return CreatePacket(activity_id=PLATFORM, **self._amounts(access), **self._access(access, member))

    def _send(self, member: str) -> CommandMessage:
        """A member sends one, which waits for the money."""
        access = self._random.choice(("open", "open", "group", "designated", "password"))
        packet = self._next_packet(FRIENDS)
        self._waiting.append(_Sent(FRIENDS, packet, ids.funding_of(packet), member))
        risk = self._random.choice((0, 0, 0, 0, 1, 4))
        return CreatePacket(
            activity_id=FRIENDS, member_id=member, risk=risk, **self._amounts(access), **self._access(access, member)
        )

    def _amounts(self, access: str) -> dict[str, Any]:
        count = self._random.choice((1, 2, 3)) if access == "designated" else self._random.choice((1, 2, 3, 4, 5, 12))
        if access == "fission":
            count = max(count, 2)
        total_fen = self._random.choice((count, 10 * count, 1_000, self._random.randrange(1, 3_000)))
        return {"total_fen": total_fen, "count": count, "split": self._random.choice(("random", "random", "equal"))}

    def _access(self, access: str, member: str) -> dict[str, Any]:
        """Whom it is for."""
        said: dict[str, Any] = {"access": access}
        if access == "group":
            said["group_id"] = f"g{self._random.randrange(2)}"
        if access == "designated":
            said["receivers"] = tuple(f"m{self._random.randrange(6)}" for _ in range(3))
        if access == "password":
            said["password_mac"] = _PASSWORDS[0]
        if access == "fission":
            said["first_for"] = member
        return said

    def _open(self, member: str) -> CommandMessage:
        """A packet that a member has paid for, whoever created it."""
        packet = f"p:{sha256(f'{self._seed}|{self._number}'.encode()).hexdigest()[:32]}"
        access = self._random.choice(("open", "open", "open", "group", "designated", "password", "fission"))
        made = self._amounts(access) | self._access(access, member)
        made["total_fen"] = max(made["total_fen"], made["count"])
        self._packets.append(_Sent(FRIENDS, packet, ids.funding_of(packet), member))
        if access == "open":
            self._taken[packet] = []
        return OpenPacket(
            activity_id=FRIENDS, packet_id=packet, version=1,
            packet=Packet(
                **made, min_fen=1, max_fen=max(made["total_fen"], 1), opens_at=format_time(self._time_ms),
                expires_at=format_time(self._time_ms + 90 * _MINUTE_MS), guesses=2 if access == "password" else 0,
                name="朋友红包", funds="member", sender_id=member, funding_id=ids.funding_of(packet),
                payouts=self._random.choice((1, 2)), keep_days=1, sender_grabs=self._random.random() < 0.5,
            ),
        )  # fmt: skip

    def _grab(self, member: str) -> CommandMessage:
        """Mostly of a packet that was sent lately; in the rain's time of the rain."""
        member = f"m{self._random.randrange(_MEMBERS)}" if self._random.random() < 0.7 else member
        person = f"p{member}" if self._random.random() < 0.05 else ""
        activity, packet = self._where(person or member)
        taken = self._taken.get(packet)
        if taken is not None and member not in taken:
            self._had.append(_Had(activity, packet, member, len(taken)))
            taken.append(member)
        return Grab(
            activity_id=activity,
            packet_id=packet,
            member_id=member,
            person_id=person,
            password_mac=self._random.choice((_PASSWORDS[0], _PASSWORDS[0], _PASSWORDS[1], "")),
            groups=self._random.choice((("g0",), ("g0", "g1"), ())),
            facts={"level": self._random.choice((0, 1, 3)), "new_buyer": self._random.random() < 0.3},
            risk=self._random.choice((0, 0, 0, 0, 0, 1, 4)),
        )

    def _where(self, person: str) -> tuple[str, str]:
        odd = self._random.random()
        if odd < 0.35:
            soon_ms = self._time_ms + (3_600_000 if odd < 0.03 else 0)
            begun = [name for at, (name, _) in enumerate(SESSIONS) if self._starts_ms(at) <= soon_ms]
            session = begun[-1] if begun else SESSIONS[0][0]
            pool = ids.pool_for(person, RAIN, session, POOLS) if odd < 0.3 else self._random.randrange(POOLS)
            return RAIN, ids.pool_of(RAIN, session, pool)
        if odd < 0.4 and self._gifts:
            _, cause, _ = self._random.choice(self._gifts[-5:])
            return GIFTS, ids.gift_of(GIFTS, cause, 0)
        if self._packets and odd < 0.99:
            sent = self._random.choice(self._packets[-5:])
            return sent.activity, sent.packet
        return PLATFORM, "p:00000000000000000000000000000000"

    def _starts_ms(self, at: int) -> int:
        day, hour = divmod(at, 5)
        return START_MS + day * 86_400_000 + (hour * 180 + 30) * _MINUTE_MS

    def _answer(self, member: str) -> CommandMessage:
        """Mostly of what was sent lately; now and then again, or of what nobody has asked for."""
        sent = _Sent(FRIENDS, "", f"redpacket-p:{self._seed % 2**32:08x}{self._number:024x}-f", member)
        if self._waiting and self._random.random() < 0.95:
            sent = self._random.choice(self._waiting[-4:])
            self._packets.append(sent)
        paid = self._random.random() < 0.85
        why = "" if paid else "balance_too_low"
        return AnswerFunding(activity_id=FRIENDS, member_id=sent.sender, funding_id=sent.funding, paid=paid, why=why)

    def _cancel(self, member: str) -> CommandMessage:
        sent = self._random.choice(self._waiting[-20:]) if self._waiting else _Sent(FRIENDS, "", "none", member)
        return CancelFunding(activity_id=FRIENDS, member_id=sent.sender, funding_id=sent.funding)

    def _of_packet(self, newest: int) -> dict[str, Any]:
        """A packet that was sent, or a pool of the rain."""
        if self._random.random() < 0.2:
            session = self._random.choice(SESSIONS[:6])[0]
            return {"activity_id": RAIN, "packet_id": ids.pool_of(RAIN, session, self._random.randrange(POOLS))}
        if not self._packets:
            return {"activity_id": PLATFORM, "packet_id": "p:11111111111111111111111111111111"}
        sent = self._random.choice(self._packets[-newest:])
        return {"activity_id": sent.activity, "packet_id": sent.packet}

    def _expire(self, _member: str) -> CommandMessage:
        return ExpirePacket(**self._of_packet(40))

    def _close(self, _member: str) -> CommandMessage:
        return ClosePacket(**self._of_packet(6), by="li", why="complaints")

    def _hold(self, _member: str) -> CommandMessage:
        return HoldPacket(**self._of_packet(6), held=self._random.random() < 0.4, by="li", why="to be looked at")

    def _forget(self, _member: str) -> CommandMessage:
        return ForgetPacket(**self._of_packet(400))

    def _report(self, member: str) -> CommandMessage:
        """Of a share that somebody should have; now and then of one that nobody has, or under the second number."""
        had = _Had(PLATFORM, "p:22222222222222222222222222222222", member, 0)
        if self._had and self._random.random() < 0.97:
            had = self._random.choice(self._had[-30:])
        bill = ids.bill_of(had.packet, had.share, 2 if self._random.random() < 0.25 else 1)
        result: Any = self._random.choice(_RESULTS)
        return ReportPayout(
            activity_id=had.activity, packet_id=had.packet, member_id=had.member, reward_id=bill, result=result,
            why="" if result == "delivered" else "as_said",
        )  # fmt: skip

    def _gift(self, member: str) -> CommandMessage:
        """Of an order, or of a reward that is one packet or several."""
        order = f"o{self._seed}-{self._number}" if self._random.random() < 0.6 else ""
        cause = f"order:{order}" if order else f"reward:lottery-1-0-{self._seed}{self._number}-0-r"
        self._gifts.append((member, cause, order))
        return GiftPacket(
            activity_id=RAIN if self._random.random() < 0.02 else GIFTS,
            member_id=member,
            cause=cause,
            packets=1 if order else self._random.choice((1, 1, 3)),
            order_id=order,
            amount_fen=int(self._random.lognormvariate(7.5, 1.0)) if order else 0,
            granted_by="" if order else "wheel-1",
        )

    def _revoke(self, member: str) -> CommandMessage:
        """Mostly what has brought something lately; now and then before it does."""
        cause, order = f"order:o{self._seed}-{self._number + 40}", f"o{self._seed}-{self._number + 40}"
        if self._gifts and self._random.random() < 0.9:
            member, cause, order = self._random.choice(self._gifts[-20:])
        why: Any = self._random.choice(("cancelled", "refunded")) if order else "revoked"
        return RevokeGift(activity_id=GIFTS, member_id=member, cause=cause, why=why, order_id=order)

    def _return(self, _member: str) -> CommandMessage:
        """Nothing has come back that was not said before."""
        return ReturnRemainder(activity_id=PLATFORM, packet_id=self._of_packet(40)["packet_id"], returned_fen=0)

    def _activity(self) -> str:
        return self._random.choice((PLATFORM, FRIENDS, GIFTS, RAIN))

    def _publish(self, _member: str) -> CommandMessage:
        self._version += 1
        activity = self._activity()
        return PublishActivity(activity_id=activity, rules=rules(self._version)[activity], by="li", why="more budget")

    def _pause(self, _member: str) -> CommandMessage:
        return PauseActivity(activity_id=self._activity(), by="li", why="complaints")

    def _resume(self, _member: str) -> CommandMessage:
        """Mostly a mistake: nothing is paused."""
        return ResumeActivity(activity_id=self._activity(), by="li", why="mended")

    def _stop(self, _member: str) -> CommandMessage:
        return StopActivity(activity_id=GIFTS, by="li", why="too expensive")

    def _archive(self, _member: str) -> CommandMessage:
        return ArchiveActivity(activity_id=GIFTS, by="li", why="over")

    def _place(self) -> str:
        return self._random.choice(EVERYWHERE)

    def _link(self, member: str) -> CommandMessage:
        """Of one of few persons, or of another member."""
        person = f"p{self._random.randrange(8)}" if self._random.random() < 0.8 else f"m{self._random.randrange(20)}"
        return LinkMember(place=self._place(), member_id=member, person_id=person)

    def _unlink(self, member: str) -> CommandMessage:
        return UnlinkMember(place=self._place(), member_id=member, person_id=f"p{self._random.randrange(8)}")

    def _drop(self, member: str) -> CommandMessage:
        return DropLink(place=self._place(), member_id=member)

    def _switch(self, _member: str) -> CommandMessage:
        """Mostly held; closed only where everything is stopped now and then."""
        to: Any = self._random.choices(("held", "open", "closed"), (10, 20, 1))[0]
        return SwitchPackets(activity_id=GIFTS if to == "closed" else self._activity(), to=to, by="li", why="fraud")

    def _follow(self, _member: str) -> CommandMessage:
        """What a switch sends, where nobody follows what events send."""
        to: Any = self._random.choice(("held", "open", "open"))
        return FollowSwitch(activity_id=self._activity(), place=self._place(), revision=self._number, to=to)

    def _sweep(self, _member: str) -> CommandMessage:
        """Only of gifts: what is swept is closed."""
        return SweepPackets(activity_id=GIFTS, part=self._random.randrange(8) * 512, by="li", why="fraud")
