"""Worlds in which everything is late, again and out of order: each fen is where it belongs, once."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from fairground_activities.requests import request_of
from fairground_contracts.funding import FundingReleased
from fairground_contracts.reward_results import (
    RewardDelivered,
    RewardRejected,
)
from fairground_contracts.rewards import RewardGranted
from fairground_redpacket.contract import (
    BudgetReturned,
    GiftRevoked,
    PacketClosed,
    PacketCreated,
    PacketEmptied,
    PacketOpened,
    PacketRequested,
    ShareGrabbed,
)
from fairground_redpacket.invariants import laws
from tests.redpacket.town import GIFTS, PLATFORM, RAIN, Street

#: So many worlds in each run of the tests: with more of them it finds more.
WORLDS = 16


class Books(Street):
    """What must come out even."""

    def wrong(self) -> Iterator[str]:
        """What does not come out even, now that all is over."""
        yield from self.worlds.broken(laws())
        yield from self._packets()
        yield from self._fundings()
        yield from self._budgets()
        yield from self._once()

    def _packets(self) -> Iterator[str]:
        """Each packet is opened and ended once, and each fen of it was paid out or went back."""
        opened = Counter(said.packet_id for said in self.worlds.of(PacketOpened))
        ended = Counter(said.packet_id for said in self.worlds.of(PacketEmptied, PacketClosed))
        for said in self.worlds.of(PacketCreated):
            if (opened[said.packet_id], ended[said.packet_id]) != (1, 1):
                yield f"{said.packet_id} was opened {opened[said.packet_id]} times, ended {ended[said.packet_id]} times"
            fen = self.paid(said.packet_id) + self.back(said)
            if fen != said.packet.total_fen:
                yield f"{said.packet_id}: {fen} of {said.packet.total_fen} fen are somewhere"

    def paid(self, packet_id: str) -> int:
        """What was paid out of a packet."""
        granted = {effect.id: effect.data for effect in self.worlds.effects if isinstance(effect.data, RewardGranted)}
        return sum(
            said.reward.amount for bill, said in granted.items()
            if said.reward.ref == packet_id and self.results[bill] == "RewardDelivered"
        )  # fmt: skip

    def back(self, said: PacketCreated) -> int:
        """What went back of it."""
        if said.packet.funds == "member":
            return sum(self.released(said.packet.funding_id).values())
        return sum(each.amount_fen for each in self.worlds.of(BudgetReturned) if each.packet_id == said.packet_id)

    def released(self, funding_id: str) -> dict[str, int]:
        """What the bank gives back of a funding, by the id of who says so."""
        said = {effect.id: effect.data for effect in self.worlds.effects if isinstance(effect.data, FundingReleased)}
        return {
            id: each.amount or self.taken.get(funding_id, 0)
            for id, each in said.items() if each.funding_id == funding_id
        }  # fmt: skip

    def _fundings(self) -> Iterator[str]:
        """A funding that was taken is in its packet or went back, all of it, once; others did nothing."""
        packets = {said.packet.funding_id: said for said in self.worlds.of(PacketCreated) if said.packet.funding_id}
        for said in self.worlds.of(PacketRequested):
            funding_id, fen = said.packet.funding_id, 0
            if funding_id in packets:
                fen = self.paid(said.packet_id)
            fen += sum(self.released(funding_id).values())
            if fen != self.taken.get(funding_id, 0):
                yield f"{funding_id}: {fen} of {self.taken.get(funding_id, 0)} fen are somewhere"

    def _budgets(self) -> Iterator[str]:
        """What is taken of a budget is what was put into packets and did not come back."""
        for activity in (PLATFORM, GIFTS, RAIN):
            put = sum(each.packet.total_fen for each in self.worlds.of(PacketCreated) if each.activity_id == activity)
            back = sum(each.amount_fen for each in self.worlds.of(BudgetReturned) if each.activity_id == activity)
            if self.worlds.counter(activity, "budget") != put - back:
                yield f"{activity}: {self.worlds.counter(activity, 'budget')} fen of {put} - {back} are taken"

    def _once(self) -> Iterator[str]:
        """A request has one share, and a reward that is packets is delivered or rejected."""
        shares = Counter(
            (event.data.packet_id, event.data.member_id, request_of(event.command_id))
            for event in self.worlds.events if isinstance(event.data, ShareGrabbed)
        )  # fmt: skip
        yield from (f"{request} has {count} shares" for request, count in shares.items() if count > 1)
        told: defaultdict[str, set[str]] = defaultdict(set)
        for effect in self.worlds.effects:
            if isinstance(effect.data, RewardDelivered | RewardRejected):
                told[effect.data.reward_id].add(effect.id)
        yield from (f"{reward}: {sorted(ways)}" for reward, ways in told.items() if len(ways) > 1)

    def astray(self) -> Iterator[str]:
        """What is not as operators left it, now that all has arrived."""
        ended = {said.packet_id for said in self.worlds.of(PacketEmptied, PacketClosed)}
        for said in self.worlds.of(GiftRevoked):
            yield from (f"{packet} is out, though {said.cause} is void" for packet in {*said.packet_ids} - ended)
        for said in self.worlds.of(PacketOpened):
            home = self.worlds.record(said.activity_id, "switch")
            if home is not None and home.to == "closed" and said.packet_id not in ended:
                yield f"{said.packet_id} is out, though all are closed"
            if said.activity_id == RAIN and said.packet_id not in ended:
                standing = self.worlds.record(RAIN, "activity")
                course = self.worlds.record(said.packet_id, "course")
                if course.held != (standing.status == "paused"):
                    yield f"{said.packet_id} is held: {course.held}, but the rain is {standing.status}"

    def moved(self) -> dict[str, int]:
        """How often something happened that moves money, or promises some."""
        return self.count(
            PacketRequested, PacketCreated, ShareGrabbed, PacketClosed, BudgetReturned, RewardGranted, FundingReleased
        )


def faults(seed: int, steps: int = 150) -> list[str]:
    """What is wrong in that world."""
    town = Books(seed)
    town.live(steps)
    town.settle()
    astray = list(town.astray())
    town.live(steps)
    return astray + town.faults()


@pytest.mark.parametrize("seed", range(WORLDS))
def test_in_whatever_order_it_all_comes_the_books_are_even(seed: int) -> None:
    found = faults(seed)
    assert not found, f"seed {seed}: " + "\n".join(found)
