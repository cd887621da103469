"""Red packets among few members, with little money and tight limits: for worlds in a random order."""

import random
from collections.abc import Callable
from typing import Any

from fairground_activities.seeds import Seeds
from fairground_contracts.activities import (
    ActivityCommand,
    PauseActivity,
    PublishActivity,
    ResumeActivity,
    StopActivity,
)
from fairground_contracts.cloudevent import parse_time_ms
from fairground_contracts.funding import FundingConfirmed, FundingRefused, FundingRequested
from fairground_contracts.members import MemberIdentityLinked, MemberIdentityUnlinked
from fairground_contracts.message import Message
from fairground_contracts.orders import OrderCancelled, OrderPaid
from fairground_contracts.reward_results import (
    RewardDelivered,
    RewardExpired,
    RewardFailed,
    RewardRejected,
    RewardWaiting,
)
from fairground_contracts.rewards import Reward, RewardGranted, RewardRevoked
from fairground_redpacket.contract import (
    SERVICE,
    ClosePacket,
    CreatePacket,
    Grab,
    PacketClosed,
    PacketCreated,
    PacketEmptied,
    PacketOpened,
    PacketRequested,
    SwitchPackets,
)
from fairground_redpacket.domain import RedPacket
from fairground_redpacket.intake import translate
from tests.redpacket.world import SECRET, rules
from tests.worlds import HOUR_MS, MINUTE_MS, Town

NOON_MS = parse_time_ms("2017-06-01T04:00:00Z")
MEMBERS = ("ann", "bob", "cid", "dan", "eve")
PASSWORD = "ab" * 32
PLATFORM, FRIENDS, GIFTS, RAIN = "packets", "friends", "gifts", "rain"


def files(chance: random.Random, version: int = 1) -> dict[str, dict[str, Any]]:
    """Small activities of each kind. A version brings more money."""
    least = {"least": 1, "most": 200}
    sessions = [
        {"id": f"s{at}", "starts": f"2017-06-01 {12 + at}:05", "seconds": 1_800, "total_fen": 60, "count": 8}
        for at in range(1 + min(version, 4))
    ]
    own: dict[str, dict[str, Any]] = {
        PLATFORM: {
            "packets": {"total_fen": least, "access": ["open", "password", "fission"], "guesses": 2,
                        "expire_minutes": chance.choice((20, 3_000))},
            "quotas": {"per_day": chance.choice((2, 9))},
            "budget": {"total_fen": 500 * version, "per_day_fen": chance.choice((150, 900))},
            "second_bill": chance.random() < 0.5, "keep_days": 1,
        },
        FRIENDS: {
            "packets": {"funded_by": "member", "total_fen": least, "expire_minutes": 120, "answer_minutes": 10,
                        "sender_grabs": chance.random() < 0.5, "access": ["open", "designated"]},
            "quotas": {"per_member_day": 3, "per_member_total": 6 * version},
            "keep_days": 1, "second_bill": chance.random() < 0.5,
        },
        GIFTS: {
            "packets": {"senders": "nobody", "total_fen": least, "expire_minutes": chance.choice((20, 3_000))},
            "orders": {"min_order_fen": 100, "total_fen": 20, "count": 2, "form": chance.choice(("fission", "open"))},
            "rewards": {"total_fen": 30, "count": 1, "form": "own"},
            "budget": {"total_fen": 300 * version},
        },
        RAIN: {
            "kind": "red_packet_rain",
            "rain": {"per_member": chance.choice((1, 2)), "tap_ms": chance.choice((0, 20_000)), "sessions": sessions},
            "budget": {"total_fen": 2_000 * version}, "keep_days": 1,
        },
    }  # fmt: skip
    made = {name: rules() | {"id": name, "budget": None} | fields for name, fields in own.items()}
    for name, content in made.items():
        content |= {"packets": own[name].get("packets")}
    return {
        name: {field: said for field, said in content.items() if said is not None} for name, content in made.items()
    }


class Street(Town):
    """Members, a bank, whoever pays out, a shop and operators around the service."""

    def __init__(self, seed: int) -> None:
        super().__init__(RedPacket(Seeds(SECRET, "k1")), translate, seed, NOON_MS)
        self._first = self.chance.getrandbits(32)
        self._version = 1
        self._causes: list[tuple[str, str]] = []  # member, order or reward
        self._links: list[tuple[str, str]] = []
        self.taken: dict[str, int] = {}  # by the bank, by funding
        self.results: dict[str, str] = {}  # the final one, by bill number
        for name, content in self._files().items():
            self.ask(PublishActivity(activity_id=name, rules=content))
        self.worlds.quiet()

    def deeds(self) -> list[tuple[int, Callable[[], None]]]:
        """What people do; other systems are heard of in between."""
        return [
            (90, self._grab), (8, self._create), (8, self._send), (5, self._order), (4, self._reward),
            (4, self._void), (3, self._link), (2, self._unlink), (1, self._publish), (1, self._move),
            (2, self._switch), (1, self._close), (12, self.wait), (40, self.post),
        ]  # fmt: skip

    def _files(self) -> dict[str, dict[str, Any]]:
        return files(random.Random(self._first), self._version)

    # ---- what people do --------------------------------------------------------------------------------------

    def _member(self) -> str:
        return self.chance.choice(MEMBERS)

    def _grab(self) -> None:
        activity, packet = self.chance.choice(self._out())
        person = self._member() if self.chance.random() < 0.1 else ""
        grab = Grab(
            activity_id=activity, packet_id=packet, member_id=self._member(), person_id=person,
            password_mac=self.chance.choice((PASSWORD, "cd" * 32)),
        )  # fmt: skip
        self.ask(grab, self.late_ms())

    def _out(self) -> list[tuple[str, str]]:
        """Packets of which something might be left: mostly so."""
        made = self.worlds.of(PacketCreated, PacketRequested)
        sent = [(each.activity_id, each.packet_id) for each in made]
        if self.chance.random() < 0.1:
            return sent
        over = {each.packet_id for each in self.worlds.of(PacketEmptied, PacketClosed)}
        over |= {each.packet_id for each in made if each.packet.opens_at.timestamp() * 1_000 > self.worlds.now_ms}
        return [each for each in sent if each[1] not in over] or sent

    def _amounts(self) -> dict[str, Any]:
        count = self.chance.randrange(1, 4)
        return {"total_fen": self.chance.choice((count, 50, 90)), "count": count}

    def _create(self) -> None:
        access = self.chance.choice(("open", "password", "fission"))
        more = {"open": {}, "password": {"password_mac": PASSWORD}, "fission": {"first_for": self._member()}}[access]
        made = CreatePacket(activity_id=PLATFORM, access=access, **self._amounts(), **more)
        self.ask(made, self.late_ms())

    def _send(self) -> None:
        access = self.chance.choice(("open", "designated"))
        more = {"receivers": MEMBERS[:3]} if access == "designated" else {}
        made = CreatePacket(activity_id=FRIENDS, member_id=self._member(), access=access, **self._amounts(), **more)
        self.ask(made, self.late_ms())

    def _order(self) -> None:
        member, order = self._member(), f"o{self.number()}"
        self._causes.append((member, order))
        if self.chance.random() < 0.9:
            paid = OrderPaid(order_id=order, member_id=member, amount_fen=self.chance.choice((50, 100)))
            self.say(paid, f"{order}-p")

    def _reward(self) -> None:
        member, reward = self._member(), f"won-{self.number()}"
        self._causes.append((member, reward))
        if self.chance.random() < 0.9:
            self.say(self._granted(member), reward)

    def _granted(self, member: str) -> RewardGranted:
        what = Reward(reward="packet", amount=self.chance.choice((1, 1, 2, 3)), ref=GIFTS)
        return RewardGranted(member_id=member, activity_id="wheel", service="lottery", version=1, reward=what)

    def _void(self) -> None:
        if not self._causes:
            return
        member, cause = self.chance.choice(self._causes[-6:])
        if cause.startswith("won"):
            what = Reward(reward="packet", amount=1, ref=GIFTS)
            revoked = RewardRevoked(
                reward_id=cause, member_id=member, activity_id="wheel", service="lottery", reason="", reward=what
            )
            self.say(revoked, f"{cause}-v")
        else:
            self.say(OrderCancelled(order_id=cause, member_id=member), f"{cause}-c")

    def _link(self) -> None:
        member, person = self.chance.sample(MEMBERS, 2)
        self._links.append((member, person))
        self.say(MemberIdentityLinked(member_id=member, person_id=person, link="phone"), f"l{len(self._links)}")

    def _unlink(self) -> None:
        if self._links:
            member, person = self.chance.choice(self._links[-4:])
            said = MemberIdentityUnlinked(member_id=member, person_id=person, link="phone")
            self.say(said, f"u{self.worlds.now_ms}")

    def _publish(self) -> None:
        self._version += 1
        name = self.chance.choice((PLATFORM, FRIENDS, GIFTS, RAIN))
        self.ask(PublishActivity(activity_id=name, rules=self._files()[name]))

    def _move(self) -> None:
        kinds: tuple[type[ActivityCommand], ...] = (PauseActivity, ResumeActivity, ResumeActivity, StopActivity)
        kind = self.chance.choices(kinds, (20, 20, 20, 1))[0]
        self.ask(kind(activity_id=self.chance.choice((PLATFORM, FRIENDS, GIFTS, RAIN))))

    def _switch(self) -> None:
        to: Any = self.chance.choices(("held", "open", "closed"), (10, 20, 4))[0]
        self.ask(SwitchPackets(activity_id=self.chance.choice((PLATFORM, FRIENDS, GIFTS, RAIN)), to=to))

    def _close(self) -> None:
        for said in self.worlds.of(PacketOpened)[-2:-1]:
            self.ask(ClosePacket(activity_id=said.activity_id, packet_id=said.packet_id))

    # ---- what other systems say --------------------------------------------------------------------------------

    def hear(self, id: str, said: Message) -> None:
        """The bank, and whoever pays out."""
        if isinstance(said, FundingRequested):
            self._answer(id, said)
        elif isinstance(said, RewardGranted):
            self._pay_out(id, said)

    def _answer(self, funding_id: str, said: FundingRequested) -> None:
        """The bank takes the money, or not, or nobody answers; once for a funding."""
        fields: dict[str, Any] = {
            "member_id": said.member_id, "activity_id": said.activity_id, "service": SERVICE, "funding_id": funding_id
        }  # fmt: skip
        late_ms = self.chance.choice((0, 0, 0, -5 * MINUTE_MS, -15 * MINUTE_MS, -2 * HOUR_MS))
        what = self.chance.random()
        if what < 0.7:
            self.taken[funding_id] = said.amount
            self.say(FundingConfirmed(**fields), f"{funding_id}-y", late_ms)
        elif what < 0.85:
            self.say(FundingRefused(**fields, reason="balance_too_low"), f"{funding_id}-n", late_ms)

    def _pay_out(self, bill: str, said: RewardGranted) -> None:
        """Whoever pays out says what becomes of it: often something before, one final result, in any order."""
        if bill in self.results:
            return
        fields: dict[str, Any] = {"reward_id": bill, "member_id": said.member_id, "activity_id": said.activity_id}
        if self.chance.random() < 0.3:
            self.say(RewardWaiting(**fields), f"{bill}-w")
        if self.chance.random() < 0.3:
            self.say(RewardFailed(**fields, reason="timeout"), f"{bill}-f")
        finals: tuple[type[Any], ...] = (RewardDelivered, RewardRejected, RewardExpired)
        kind = self.chance.choices(finals, (6, 3, 1))[0]
        self.results[bill] = kind.__name__
        self.say(kind(**fields, **({} if kind is RewardDelivered else {"reason": "x"})), f"{bill}-z")
