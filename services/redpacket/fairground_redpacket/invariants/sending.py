"""Laws of sending: by the version in force, within quotas and budget, once for each request and each cause."""

from collections import Counter
from typing import Any

from fairground_activities.lifecycle import STATUS_AFTER
from fairground_activities.requests import request_of
from fairground_contracts.activities import ActivityPublished
from fairground_contracts.message import Message
from fairground_decider import Event
from fairground_decider.laws import Findings, Once
from fairground_redpacket.contract import (
    SERVICE,
    BudgetReturned,
    FundingReturned,
    GiftRevoked,
    MemberLinked,
    MemberUnlinked,
    Packet,
    PacketCancelled,
    PacketCreated,
    PacketRequested,
)
from fairground_redpacket.invariants.persons import Persons
from fairground_redpacket.rules import Rules, fits, load, who_form

_SENT: frozenset[type[Message]] = frozenset({PacketRequested, PacketCreated})


class _ByRules(Findings):
    """A law that looks at packets in the light of the rules in force."""

    looks_at = _SENT | {ActivityPublished}

    def __init__(self) -> None:
        super().__init__()
        self.rules: dict[str, Rules] = {}

    def see(self, event: Event[Any]) -> None:
        """Rules change with a publication; what is sent is looked at once, when it is asked for."""
        said = event.data
        if isinstance(said, ActivityPublished):
            if said.service == SERVICE:
                self.rules[said.activity_id] = load(said.rules)
        elif isinstance(said, PacketRequested) or (isinstance(said, PacketCreated) and not said.packet.funding_id):
            self.see_sent(event, said, self.rules[said.activity_id])

    def see_sent(self, event: Event[Any], said: PacketRequested | PacketCreated, rules: Rules) -> None:
        """One packet more."""


class PacketsByRule(_ByRules):
    """A packet is what the rules allow, and carries what they say."""

    name = "packets_by_rule"
    zh = "每个红包的金额、份数、分法和领取方式都符合当时的规则"
    en = "each packet's amount, count, split and access are those that the rules in force allow"

    def see_sent(self, event: Event[Any], said: PacketRequested | PacketCreated, rules: Rules) -> None:
        """Its amounts, and who may have a share."""
        packet = said.packet
        bounds = (packet.min_fen, packet.max_fen) == (rules.each_fen.least, rules.each_fen.most)
        carried = packet.who == who_form(rules) and packet.name == rules.zh
        possible = fits(packet.total_fen, packet.count, rules.each_fen)
        self.check(bounds and carried and possible and self._allowed(said, packet, rules), f"{event.id}: {packet}")

    def _allowed(self, said: PacketRequested | PacketCreated, packet: Packet, rules: Rules) -> bool:
        cause = said.cause if isinstance(said, PacketCreated) else ""
        if rules.packets is None:
            return cause == f"session:{packet.session}"
        if cause:
            gift = rules.orders if cause.startswith("order:") else rules.rewards
            return gift is not None and (packet.total_fen, packet.count) == (gift.total_fen, gift.count)
        allowed = rules.packets
        chosen = packet.split in allowed.splits and packet.access in allowed.access and packet.funds == allowed.funds
        return chosen and packet.count in allowed.count and packet.total_fen in allowed.total_fen


class BudgetKept(_ByRules):
    """What is in packets is within the budget."""

    name = "budget_kept"
    zh = "红包总额不超过预算（总额、每日）"
    en = "what is in packets is within the budget (in all, by day)"
    looks_at = _ByRules.looks_at | {BudgetReturned}

    def __init__(self) -> None:
        super().__init__()
        self._taken: Counter[tuple[str, str]] = Counter()

    def see(self, event: Event[Any]) -> None:
        """What comes back can be taken again, but not on the same day's account."""
        said = event.data
        if isinstance(said, BudgetReturned):
            self._taken[said.activity_id, ""] -= said.amount_fen
            self.check(self._taken[said.activity_id, ""] >= 0, f"{event.id}: more came back than was taken")
            return
        super().see(event)

    def see_sent(self, event: Event[Any], said: PacketRequested | PacketCreated, rules: Rules) -> None:
        """So much more."""
        if said.packet.funds != "budget":
            return
        limits = {(said.activity_id, ""): rules.budget_fen, (said.activity_id, said.day): rules.budget_per_day_fen}
        for key, limit in limits.items():
            self._taken[key] += said.packet.total_fen
            holds = limit is None or self._taken[key] <= limit
            self.check(holds, f"{event.id}: {self._taken[key]} of {limit} fen {key}")


class QuotasKept(_ByRules):
    """Nobody sends more packets than the rules allow; from a link on, all members of a person together do not."""

    name = "quotas_kept"
    zh = "红包个数不超过上限（每人每日、每人、每日、总数；关联的会员按一个人计）"
    en = "no more packets than the quotas allow (by person and day, by person, by day, in all)"
    looks_at = _ByRules.looks_at | Persons.LOOKS_AT | {PacketCancelled, FundingReturned}

    def __init__(self) -> None:
        super().__init__()
        self._sent: Counter[tuple[str, str, str]] = Counter()  # by activity, sender and day; an empty one means any
        self._persons = Persons()

    def see(self, event: Event[Any]) -> None:
        """One that came to nothing does not count."""
        said = event.data
        if isinstance(said, MemberLinked | MemberUnlinked):
            self._persons.see(event)
        elif isinstance(said, PacketCancelled | FundingReturned):
            if said.day:
                self._sent.subtract(_counted(said.activity_id, said.member_id, said.day))
        else:
            super().see(event)

    def see_sent(self, event: Event[Any], said: PacketRequested | PacketCreated, rules: Rules) -> None:
        """One more, of all and of its sender."""
        if rules.packets is None:
            return
        sender, day = said.packet.sender_id, said.day
        senders = self._persons.one(event, {sender}) if sender else set()
        for limit, of, on in (
            (rules.total, {""}, ""),
            (rules.per_day, {""}, day),
            (rules.per_member_total, senders, ""),
            (rules.per_member_day, senders, day),
        ):
            before = sum(self._sent[said.activity_id, name, on] for name in of)
            holds = limit is None or not of or before < limit
            self.check(holds, f"{event.id}: {before} were sent by {sorted(of)} on {on or 'all days'}, of {limit}")
        self._sent.update(_counted(said.activity_id, sender, day))


def _counted(activity: str, sender: str, day: str) -> list[tuple[str, str, str]]:
    """What a packet counts as; those of the platform are nobody's."""
    return [(activity, name, on) for name in {"", sender} for on in ("", day)]


class VersionInForce(Findings):
    """Operators' moves take their place in the log: nothing is sent against them."""

    name = "version_in_force"
    zh = "每个红包都按当时的版本，在活动时间内，且活动进行中"
    en = "every packet follows the version in force, within the window, while the activity runs"
    looks_at = _SENT | {ActivityPublished} | frozenset(STATUS_AFTER)

    def __init__(self) -> None:
        super().__init__()
        self._at: dict[str, tuple[int, str, int, int]] = {}  # version, status, window

    def see(self, event: Event[Any]) -> None:
        """Versions go up by one; moves change the status."""
        said = event.data
        if isinstance(said, ActivityPublished):
            before, *_ = self._at.get(said.activity_id, (0, "", 0, 0))
            rules = load(said.rules)
            self.check(said.version == before + 1, f"{event.id}: version {said.version} follows {before}")
            self._at[said.activity_id] = (said.version, said.status, rules.starts_ms, rules.ends_ms)
            return
        version, status, starts_ms, ends_ms = self._at.get(said.activity_id, (0, "", 0, 0))
        if type(said) in STATUS_AFTER:
            self._at[said.activity_id] = (version, STATUS_AFTER[type(said)], starts_ms, ends_ms)
            return
        waited = isinstance(said, PacketCreated) and bool(said.packet.funding_id or said.cause)
        open_now = status == "running" or (status == "paused" and waited)
        in_window = starts_ms <= event.time_ms < ends_ms or (waited and not self._of_gift(said))
        self.check(said.version == version and open_now and in_window, f"{event.id}: {status} at {event.time}")

    def _of_gift(self, said: PacketCreated) -> bool:
        return said.cause.startswith(("order:", "reward:"))


class OnceOnly(Once):
    """A request sends one packet and a cause brings its packets once; a void one brings none."""

    name = "once_only"
    zh = "同一个请求只发一个红包，同一个订单或奖励只送一次，作废的不送"
    en = "the same request sends one packet, the same cause brings its packets once, a void one none"
    looks_at = _SENT | {GiftRevoked}

    def see(self, event: Event[Any]) -> None:
        """A request or cause that was not there before."""
        said = event.data
        if isinstance(said, GiftRevoked):
            self.once(event, said.activity_id, f"void|{said.member_id}|{said.cause}")
            if not said.packet_ids:
                self.once(event, said.activity_id, f"cause|{said.member_id}|{said.cause}|0")
        elif isinstance(said, PacketCreated) and said.cause:
            self.once(event, said.activity_id, f"cause|{said.member_id}|{said.cause}|{said.packet_id}")
            if said.number == 0 and not said.cause.startswith("session:"):
                self.once(event, said.activity_id, f"cause|{said.member_id}|{said.cause}|0")
        elif isinstance(said, PacketRequested) or not said.packet.funding_id:
            self.once(event, said.activity_id, f"request|{said.member_id}|{request_of(event.command_id)}")
