"""The laws hold for what packets do, and break for what they must never do; and the books balance."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from fairground_activities.seeds import Seeds
from fairground_contracts.activities import PauseActivity
from fairground_decider import Event
from fairground_decider.folding import World
from fairground_decider.laws import judge
from fairground_redpacket import ledger
from fairground_redpacket.contract import MemberLinked, ShareGrabbed, SwitchFollowed
from fairground_redpacket.domain import RedPacket
from fairground_redpacket.invariants import laws
from fairground_redpacket.traffic import commands
from tests.redpacket.world import ACTIVITY, SECRET, Table, friends, rules

Events = list[Event[Any]]


def story() -> Table:
    """Packets of the platform's that were emptied, expired, held and paid out."""
    table = Table(
        rules(second_bill=True, quotas={"per_day": 3}, budget={"total_fen": 2_500}, audience={"never": ["eve"]})
    )
    first = table.packet(1_000, 3)
    table.grabs(first, 3)
    table.report(first, 0, "delivered", "m0")
    table.report(first, 1, "rejected", "m1")
    table.report(first, 2, "expired", "m2")
    second = table.packet(1_000, 3)
    table.grab(second, "ann")
    table.tick("2017-06-02 12:00")
    table.move(PauseActivity)
    return table


def changed(events: Events, kind: str, which: int = 0, **fields: Any) -> Events:
    """The same with other fields in the which-th event of that kind."""
    places = [at for at, event in enumerate(events) if event.data.type == kind]
    made = list(events)
    at = places[which]
    made[at] = structs.replace(made[at], data=made[at].data.model_copy(update=fields))
    return made


def without(events: Events, kind: str, which: int = 0) -> Events:
    places = [at for at, event in enumerate(events) if event.data.type == kind]
    return events[: places[which]] + events[places[which] + 1 :]


def again(events: Events, kind: str, which: int = 0) -> Events:
    """The same with that event once more, at a later place."""
    found = [event for event in events if event.data.type == kind][which]
    return [*events, structs.replace(found, id="redpacket-1-0-9999-0")]


def packet_with(events: Events, which: int, **fields: Any) -> Events:
    """Another packet in what was created."""
    packet = [event.data.packet for event in events if event.data.type == CREATED][which]
    return changed(events, CREATED, which, packet=packet.model_copy(update=fields))


def told(events: Events, data: Any) -> Event[Any]:
    """What the partition of these events might have been told before the first of them."""
    return structs.replace(events[0], id="redpacket-1-0-0-0", data=data)


def linked(events: Events, member: str, person: str) -> Event[Any]:
    return told(events, MemberLinked(place="here", member_id=member, person_id=person))


def switched(events: Events, to: Any) -> Event[Any]:
    return told(events, SwitchFollowed(activity_id=ACTIVITY, place="here", revision=0, to=to))


CREATED, OPENED, GRABBED = "redpacket.packet.created.v1", "redpacket.packet.opened.v1", "redpacket.share.grabbed.v1"
EMPTIED, CLOSED = "redpacket.packet.emptied.v1", "redpacket.packet.closed.v1"
RETURNED, BACK = "redpacket.payout.returned.v1", "redpacket.budget.returned.v1"
RETRIED, REPORTED = "redpacket.payout.retried.v1", "redpacket.payout.reported.v1"

_BREAKS: list[tuple[str, Callable[[Events], Events]]] = [
    ("one_outcome", lambda events: [*events, events[-1]]),
    ("version_in_force", lambda events: changed(events, CREATED, version=2)),
    ("version_in_force", lambda events: again(events, CREATED)),
    ("packets_by_rule", lambda events: packet_with(events, 0, total_fen=2_000_001)),
    ("packets_by_rule", lambda events: packet_with(events, 0, who={})),
    ("budget_kept", lambda events: packet_with(events, 1, total_fen=2_000)),
    ("quotas_kept", lambda events: [*events, *([event for event in events if event.data.type == CREATED] * 2)]),
    ("once_only", lambda events: again(events, CREATED)),
    ("packet_conserved", lambda events: changed(events, GRABBED, amount_fen=1)),
    ("packet_conserved", lambda events: without(events, GRABBED)),
    ("packet_conserved", lambda events: changed(events, EMPTIED, best_member_id="eve")),
    ("packet_conserved", lambda events: changed(events, CLOSED, remainder_fen=1)),
    ("shares_of_the_seed", lambda events: changed(events, EMPTIED, seed="00" * 32)),
    ("shares_of_the_seed", lambda events: changed(events, CLOSED, seed="00" * 32)),
    ("in_time", lambda events: [
        structs.replace(event, time_ms=event.time_ms + 86_400_000) if event.data.type == GRABBED else event
        for event in events
    ]),
    ("for_whom_it_is", lambda events: changed(events, GRABBED, 1, member_id="m0")),
    ("for_whom_it_is", lambda events: changed(events, GRABBED, member_id="eve")),
    ("one_share_a_person", lambda events: [linked(events, "m0", "m1"), *events]),
    ("nothing_while_held", lambda events: [switched(events, "held"), *events]),
    ("nothing_while_held", lambda events: [*events, switched(events, "held"), switched(events, "open")]),
    ("over_for_good", lambda events: again(events, GRABBED)),
    ("over_for_good", lambda events: again(events, OPENED)),
    ("bill_numbers", lambda events: changed(events, GRABBED, reward_id="redpacket-p:odd-0")),
    ("ledger_balances", lambda events: changed(events, GRABBED, amount_fen=5_000)),
    ("ledger_balances", lambda events: changed(events, CLOSED, remainder_fen=1)),
    ("paid_once", lambda events: again(events, RETURNED)),
    ("paid_once", lambda events: again(events, REPORTED)),
    ("paid_once", lambda events: changed(events, RETRIED, next_id="redpacket-p:odd-0-2")),
    ("returned_once", lambda events: again(events, BACK)),
    ("returned_once", lambda events: changed(events, BACK, amount_fen=1)),
    ("payouts_owed", lambda events: changed(events, GRABBED, member_id="eve")),
    ("payouts_owed", lambda events: without(events, GRABBED)),
]  # fmt: skip


def test_quotas_are_broken_by_members_who_were_one_person_before_they_sent() -> None:
    table = Table(friends(quotas={"per_member_total": 1}))
    for name in ("m1", "m2"):
        table.request(sender=name)
    events = table.world.events
    assert broken(events, table) == set()
    assert "quotas_kept" in broken([linked(events, "m1", "m2"), *events], table)
    assert "quotas_kept" not in broken([*events, linked(events, "m1", "m2")], table)


def broken(events: Events, table: Table) -> set[str]:
    return {verdict.name for verdict in judge(laws(), events, table.world.effects) if verdict.broken}


def test_a_story_keeps_all_laws() -> None:
    table = story()
    assert broken(table.world.events, table) == set()
    assert all(
        verdict.checked for verdict in judge(laws(), table.world.events, table.world.effects)
        if verdict.name != "funded_once"
    )  # fmt: skip


@pytest.mark.parametrize(("law", "change"), _BREAKS, ids=[f"{law}-{at}" for at, (law, _) in enumerate(_BREAKS)])
def test_a_law_breaks_for_what_must_never_be(law: str, change: Callable[[Events], Events]) -> None:
    table = story()
    assert law in broken(change(list(table.world.events)), table)


def test_a_members_money_that_is_used_twice_is_noticed() -> None:
    table = Table(friends())
    asked = table.request()
    table.confirm(asked)
    late = table.request()
    table.tick("2017-06-01 13:00")
    table.confirm(late, "2017-06-01 13:00")
    assert broken(table.world.events, table) == set()
    for kind in (CREATED, "redpacket.funding.returned.v1", "redpacket.packet.cancelled.v1"):
        assert "funded_once" in broken(again(table.world.events, kind), table)


def test_every_law_has_a_name_and_a_sentence_in_both_languages() -> None:
    names = [law.name for law in laws()]
    assert len(set(names)) == len(names)
    assert {law for law, _ in _BREAKS} | {"funded_once"} == set(names)
    assert all(law.verdict().zh and law.verdict().en for law in laws())


@pytest.mark.parametrize("seed", range(4))
def test_laws_hold_over_believable_traffic(seed: int) -> None:
    world = World(RedPacket(Seeds(SECRET, "k1")))
    for asked in commands(seed, 1_000):
        world.decide([asked])
    assert [verdict for verdict in judge(laws(), world.events, world.effects) if verdict.broken] == []
    followed = Table()
    for asked in commands(seed, 1_000):
        followed.give(asked)
    followed.checked()


class TestLedger:
    def balances(self, table: Table) -> dict[str, int]:
        found: dict[str, int] = {}
        for event in table.world.events:
            entries = ledger.postings(event)
            assert sum(entry.fen for entry in entries) == 0
            for account, fen in entries:
                found[account] = found.get(account, 0) + fen
        return {account: fen for account, fen in found.items() if fen}

    def test_freeze_claim_settle_and_refund(self) -> None:
        table = story()
        shares = {event.reward_id: event.amount_fen for event in table.events(ShareGrabbed)}
        first, second, third, fourth = shares.values()
        assert self.balances(table) == {
            "budget:packets": -(first + second + fourth),
            "settled": first,
            "payable:m1": second,
            "payable:ann": fourth,
        }
        assert first + second + third == 1_000

    def test_a_members_money(self) -> None:
        table = Table(friends())
        asked = table.request(1_000, 3)
        assert self.balances(table) == {}
        table.confirm(asked)
        (share,) = table.grab(asked.packet_id, "ann")
        assert self.balances(table) == {
            "wallet:sue": -1_000,
            f"packet:{asked.packet_id}": 1_000 - share.amount_fen,
            "payable:ann": share.amount_fen,
        }
        table.tick("2017-06-02 12:00")
        table.report(asked.packet_id, 0, "delivered")
        assert self.balances(table) == {"wallet:sue": -share.amount_fen, "settled": share.amount_fen}

    def test_in_the_end_what_was_put_in_was_paid_out_or_came_back(self) -> None:
        table = Table()
        for asked in commands(11, 800):
            table.give(asked)
        found = self.balances(table)
        assert sum(found.values()) == 0
        assert all(fen < 0 for account, fen in found.items() if account.startswith("budget:"))
        assert all(fen > 0 for account, fen in found.items() if account.startswith(("packet:", "payable:", "settled")))
