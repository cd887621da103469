"""Worlds in which everything is late, again and out of order: nothing is given twice, and nothing is lost."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from fairground_activities.requests import request_of
from fairground_contracts.funding import FundingReleased
from fairground_contracts.reward_results import RewardDelivered, RewardRejected
from fairground_contracts.rewards import RewardGranted, RewardRevoked
from fairground_lottery.contract import (
    ChancesGranted,
    ChancesRevoked,
    DrawMissed,
    GrantWithdrawn,
    OrderCounted,
    ParcelReported,
    PlayMissed,
    PlayWon,
    PrizeWon,
    PurchaseFailed,
    PurchaseReleased,
    PurchaseRequested,
    RewardCompensated,
    RewardOwed,
    RewardTakenBack,
    RewardUndelivered,
)
from fairground_lottery.domain import entrants
from fairground_lottery.invariants import laws
from tests.lottery.town import GAME, MEMBERS, OTHER, WHEEL, Fairground

#: So many worlds in each run of the tests: with more of them it finds more.
WORLDS = 16


class Books(Fairground):
    """What must come out even."""

    def wrong(self) -> Iterator[str]:
        """What does not come out even, now that all is over."""
        yield from self.worlds.broken(laws())
        yield from self._chances_kept()
        yield from self._spent()
        yield from self._stock()
        yield from self._fundings()
        yield from self._once()
        yield from self._rewards()

    def _account(self, activity: str, member: str) -> str:
        while type(found := self.worlds.record(activity, f"m:{member}")).__name__ == "Linked":
            member = found.person
        return member

    def _rule(self, activity: str) -> dict[str, Any]:
        said: dict[str, Any] = self.rows[activity].rules["chances"]
        return said

    def _chances_kept(self) -> Iterator[str]:
        """What is granted is used, went back, has expired or is left; debts are paid once."""
        held: Counter[tuple[str, str]] = Counter()
        debt: Counter[tuple[str, str]] = Counter()
        for said in self.worlds.of(ChancesGranted, ChancesRevoked, GrantWithdrawn, PrizeWon, DrawMissed):
            account = said.activity_id, self._account(said.activity_id, said.member_id)
            if isinstance(said, ChancesGranted):
                held[account] += said.chances
                debt[account] -= said.debt_paid
            elif isinstance(said, ChancesRevoked):
                held[account] -= sum(part.chances for part in said.taken)
                debt[account] += said.debt
            elif isinstance(said, GrantWithdrawn):
                held[account] -= said.chances
            else:
                held[account] -= said.chance == "granted"
        for (activity, member), chances in held.items():
            entrant = self.worlds.record(activity, f"m:{member}")
            left = sum(lot.left for lot in entrant.lots)
            if not left <= chances or entrant.debt != debt[activity, member] or entrant.debt < 0:
                yield f"{member} has {left} of {chances} chances at {activity}, owes {entrant.debt}"
            if chances != left and all("expire_days" not in str(row.rules) for row in self.rows.values()):
                yield f"{member} has {left} of {chances} chances at {activity}"

    def _spent(self) -> Iterator[str]:
        """Under the cumulative rule the money that counts is in chances, or counts towards the next one."""
        for activity in (WHEEL, OTHER):
            said, rule = self._rule(activity), self._rule(activity)["orders"]
            if rule["rule"] != "cumulative" or "total" in rule or said["refund_window_days"] == 1:
                continue
            chances, counted = Counter[str](), dict[tuple[str, str], int]()
            for event in self.worlds.of(ChancesGranted, ChancesRevoked, OrderCounted):
                if event.activity_id == activity and event.order_id:
                    account = self._account(activity, event.member_id)
                    chances[account] += _earned(event)
                    counted[account, event.order_id] = _counted(event, counted.get((account, event.order_id), 0))
            for member in chances:
                fen = chances[member] // rule["chances"] * rule["every_fen"]
                fen += self.worlds.record(activity, f"m:{member}").carried_fen
                spent = sum(each for (account, _), each in counted.items() if account == member)
                if fen != spent:
                    yield f"{member} has {fen} fen in chances at {activity}, spent {spent}"

    def _stock(self) -> Iterator[str]:
        """What is taken of stock and budget is what was won and did not come back."""
        taken: Counter[tuple[str, str]] = Counter()
        for said in self.worlds.of(PrizeWon):
            taken[said.activity_id, f"stock:{said.prize_id}"] += 1
            taken[said.activity_id, "budget"] += said.reward.value_fen
        for said in self.worlds.of(RewardTakenBack, ParcelReported):
            taken[said.activity_id, f"stock:{said.prize}"] -= said.restocked
            taken[said.activity_id, "budget"] -= said.budget_fen
        for (activity, counter), count in taken.items():
            found, limited = self.worlds.counter(activity, counter), self._limited(activity)
            if counter in limited and found != count:
                yield f"{counter} of {activity} is {found}, not {count}"

    def _limited(self, activity: str) -> set[str]:
        """What is counted at the activity: of what has no limit nothing is."""
        said = self.rows[activity].rules
        prizes = {f"stock:{prize['id']}" for prize in said["prizes"] if "stock" in prize}
        return prizes | ({"budget"} if said["budget"] else set())

    def _fundings(self) -> Iterator[str]:
        """Points that were taken have bought chances or went back, once; others did nothing."""
        ends: defaultdict[str, list[str]] = defaultdict(list)
        for said in self.worlds.of(ChancesGranted, PurchaseReleased):
            if said.funding_id:
                ends[said.funding_id].append(type(said).__name__)
        for said in self.worlds.of(PurchaseRequested):
            found, taken = ends[said.funding_id], said.funding_id in self.taken
            forgotten = self._rule(said.activity_id)["refund_window_days"] == 1 and not self._waits(said)
            if len(found) > taken or (not found and taken and not forgotten):
                yield f"{said.funding_id} was taken: {taken}, {found}"

    def _waits(self, said: PurchaseRequested) -> bool:
        entrant = self.worlds.record(said.activity_id, f"m:{self._account(said.activity_id, said.member_id)}")
        return entrants.purchase(entrant, said.funding_id) is not None

    def _once(self) -> Iterator[str]:
        """A request is drawn once, a play ends once, and each order and cause grants once."""
        requests: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
        ended: Counter[tuple[str, str]] = Counter()
        for event in self.worlds.events:
            said = event.data
            if isinstance(said, PlayWon | PlayMissed):
                ended[self._account(GAME, said.member_id), said.play_id] += 1
            if isinstance(said, PrizeWon | DrawMissed | PurchaseRequested):
                account = self._account(said.activity_id, said.member_id)
                requests[said.activity_id, account, request_of(event.command_id)].add(event.id.rsplit("-", 1)[0])
        yield from (f"{request} was decided at {sorted(at)}" for request, at in requests.items() if len(at) > 1)
        yield from (f"{play} ended {count} times" for play, count in ended.items() if count > 1)
        for activity in (WHEEL, OTHER):
            said = self._rule(activity)
            if said["refund_window_days"] > 1 and said["orders"]["rule"] == "per_order":
                for member in MEMBERS:
                    lots = getattr(self.worlds.record(activity, f"m:{member}"), "lots", ())
                    yield from (
                        f"{lot} of a void order" for lot in lots if lot.cause.removeprefix("order:") in self.gone
                    )

    def _rewards(self) -> Iterator[str]:
        """A reward is owed once and goes back once at most; of draw chances one thing is said."""
        granted = {effect.id for effect in self.worlds.effects if isinstance(effect.data, RewardGranted)}
        back = Counter(
            said.reward_id for said in self.worlds.of(RewardTakenBack, RewardOwed, RewardCompensated, RewardUndelivered)
        )
        owed = {said.reward_id for said in self.worlds.of(RewardOwed)}
        for reward, count in back.items():
            if count > 1 + (reward in owed) or reward not in granted:
                yield f"{reward} ended {count} times"
        told: defaultdict[str, set[str]] = defaultdict(set)
        for effect in self.worlds.effects:
            if isinstance(effect.data, RewardDelivered | RewardRejected):
                told[effect.data.reward_id].add(effect.id)
        yield from (f"{reward}: {sorted(ways)}" for reward, ways in told.items() if len(ways) > 1)
        gone = {effect.data.reward_id for effect in self.worlds.effects if isinstance(effect.data, RewardRevoked)}
        for effect in self.worlds.effects:
            said = effect.data
            if isinstance(said, RewardGranted) and said.reward.reward == "draw_chances":
                kept = self._rule(said.reward.ref)["refund_window_days"] > 1
                if kept and effect.id not in told and effect.id not in gone:
                    yield f"{effect.id}: nothing is said of its chances"

    def moved(self) -> dict[str, int]:
        """How often something happened that is worth something."""
        return self.count(
            PurchaseRequested, ChancesGranted, PrizeWon, DrawMissed, ChancesRevoked, RewardTakenBack, RewardCompensated,
            RewardGranted, RewardRevoked, FundingReleased, PurchaseFailed, nothing=_is_nothing,
        )  # fmt: skip


def _earned(event: ChancesGranted | ChancesRevoked | OrderCounted) -> int:
    """How many chances an order has brought, or lost."""
    if isinstance(event, ChancesRevoked):
        return -sum(part.chances for part in event.taken) - event.kept - event.debt
    return event.chances + event.debt_paid if isinstance(event, ChancesGranted) else 0


def _counted(event: ChancesGranted | ChancesRevoked | OrderCounted, before: int) -> int:
    """How much of an order counts after that."""
    if isinstance(event, ChancesRevoked):
        return min(before, event.left_fen)
    return event.counted_fen if isinstance(event, ChancesGranted) else event.amount_fen


def _is_nothing(said: Any) -> bool:
    """A refund that takes no chances is said again as often as it is heard of."""
    return isinstance(said, ChancesRevoked) and not (said.taken or said.kept or said.debt)


def faults(seed: int, steps: int = 150) -> list[str]:
    """What is wrong in that world."""
    town = Books(seed)
    town.live(2 * steps)
    return town.faults()


@pytest.mark.parametrize("seed", range(WORLDS))
def test_in_whatever_order_it_all_comes_nothing_is_given_twice_or_lost(seed: int) -> None:
    found = faults(seed)
    assert not found, f"seed {seed}: " + "\n".join(found)
