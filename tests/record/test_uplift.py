"""What members bought after taking part, and what a wheel brought, measured against those who were held out of it."""

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from fairground_contracts import topics
from fairground_contracts.cloudevent import parse_time_ms
from fairground_contracts.members import MemberRegistered
from fairground_contracts.message import Message
from fairground_contracts.orders import OrderPaid, OrderRefunded
from fairground_lottery.contract import DrawRefused, Reason
from fairground_lottery.experiment import experiment
from fairground_record import answers
from tests.lottery.world import THANKS, WHEEL, Fair, prize, utc
from tests.record.ledger import Ledger
from tests.redpacket.world import ACTIVITY, Table, rain

WINDOW = {"starts": "2017-06-01 00:00", "ends": "2017-07-01 00:00"}


def paid(member: str, order: str, amount_fen: int = 1000) -> OrderPaid:
    return OrderPaid(order_id=order, member_id=member, amount_fen=amount_fen)


def refunded(member: str, order: str, total_fen: int) -> OrderRefunded:
    return OrderRefunded(
        order_id=order, member_id=member, amount_fen=total_fen, refunded_total_fen=total_fen, paid_fen=1000
    )


def brought(member: str, by: str) -> MemberRegistered:
    return MemberRegistered(member_id=member, inviter_id=by)


# ---- after taking part -----------------------------------------------------------------------------------

ORDERS: list[tuple[Message, str]] = [
    (paid("ann", "before"), "2017-06-01 11:59:59"),
    (paid("ann", "what the draw was for"), "2017-06-01 12:00:59"),
    (paid("ann", "a1", 1000), "2017-06-01 12:01"),
    (paid("ann", "a1", 1000), "2017-06-01 12:01"),
    (refunded("ann", "a1", 400), "2017-09-01 12:00"),
    (paid("ann", "a2", 700), "2017-07-01 12:00:59"),
    (paid("ann", "too late"), "2017-07-01 12:01"),
    (paid("bob", "b0", 100), "2017-06-01 12:30"),
    (paid("bob", "b1", 500), "2017-06-03 12:00"),
    (paid("bob", "b2", 1000), "2017-06-03 12:00"),
    (refunded("bob", "b2", 1000), "2017-06-04 12:00"),
    (paid("cid", "free", 0), "2017-06-03 12:00"),
    (paid("stranger", "s1"), "2017-06-03 12:00"),
]
MEMBERS: list[tuple[Message, str]] = [
    (brought("new-1", "ann"), "2017-06-02 12:00"), (brought("new-1", "ann"), "2017-06-02 12:00"),
    (brought("new-2", "ann"), "2017-05-31 12:00"), (brought("new-3", "bob"), "2017-06-30 12:00"),
    (brought("ann", "ann"), "2017-06-30 12:00"), (brought("new-4", "stranger"), "2017-06-02 12:00"),
]  # fmt: skip


async def _took_part(ledger: Ledger) -> None:
    ledger.fair.draw("ann", now="2017-06-02 12:00")
    ledger.fair.draw("ann", now="2017-06-01 12:00:30")  # what comes later in the log may have happened earlier
    ledger.fair.draw("bob", draws=2, now="2017-06-01 12:00")
    ledger.fair.grant("order:o-1", member="bob")
    ledger.fair.draw("bob", now="2017-06-01 13:00")  # the first that names an order; the member took part before
    ledger.fair.draw("cid", now="2017-06-01 12:00")
    await ledger.record()


async def _shop(ledger: Ledger) -> None:
    await ledger.sell(ORDERS)
    await ledger.sell(MEMBERS, topics.MEMBERS.name)


async def test_c15_what_members_bought_after_taking_part_is_counted(ledger: Ledger) -> None:
    await _took_part(ledger)
    await _shop(ledger)
    await answers.bring_up_to_date(ledger.connection)
    found = await answers.customers(ledger.connection, WHEEL)
    assert (found.bought, found.bought_again, found.orders) == (2, 2, 4)
    assert (found.sales_fen, found.order_value_fen, found.brought) == (600 + 700 + 100 + 500, 475, 2)
    assert found.conversion((await answers.statistics(ledger.connection, WHEEL)).met) == Fraction(2, 3)
    value = found.going_concern
    assert (value.repurchase_fen, value.social_fen) == (950, 950), "2 of them, both again, 1 brought each, 475 an order"


async def test_of_an_activity_in_which_nobody_took_part_there_are_no_customers(ledger: Ledger) -> None:
    await _shop(ledger)
    await answers.bring_up_to_date(ledger.connection)
    found = await answers.customers(ledger.connection, WHEEL)
    assert found == answers.Customers(0, 0, 0, 0, 0)
    assert found.going_concern.total_fen == found.conversion(0) == 0


async def test_since_when_a_member_takes_part_is_the_same_in_any_portions(ledger: Ledger) -> None:
    await _shop(ledger)
    await _took_part(ledger)
    while await ledger.connection.fetchval("SELECT tally(1, true)"):
        pass
    assert (await answers.customers(ledger.connection, WHEEL)).sales_fen == 1900


async def test_c15_what_nobody_says_is_unknown_and_not_nothing(ledger: Ledger) -> None:
    found = await answers.statistics(ledger.connection, WHEEL)
    assert (found.met, found.exposed, found.used) == (0, None, None)


# ---- against the holdout ---------------------------------------------------------------------------------


def _wheel(**fields: Any) -> Fair:
    """Published before it opens."""
    fair = Fair()
    audience = {"audience": {"holdout": "20%"}} | fields
    fair.publish(now="2017-05-15 12:00", prizes=[prize("gift", 1), THANKS], window=WINDOW, **audience)
    return fair


def _customers(fair: Fair, effect: float, people: int = 3000) -> Iterator[tuple[Message, str]]:
    """Everybody bought before; of those who were held out 3 in 10 buy again, of the others more, by the effect."""
    dice = random.Random(5)
    tried = experiment([fair.world.events[0].data.rules], [0])
    assert tried is not None
    for number in range(people):
        member = f"m-{number}"
        yield paid(member, f"{member}-before"), f"2017-05-{dice.randrange(10, 31)} 10:00"
        if dice.random() < 0.3 + (effect if tried.group(member) == "treated" else 0):
            yield paid(member, f"{member}-again", round(dice.lognormvariate(7.5, 0.8))), "2017-06-20 10:00"


async def _measured(ledger: Ledger, fair: Fair, said: Iterator[tuple[Message, str]]) -> answers.Uplift | None:
    ledger = Ledger(ledger.connection, fair)
    await ledger.begin()
    await ledger.record()
    await ledger.sell(said)
    return await answers.uplift(ledger.connection, WHEEL)


@pytest.mark.parametrize(("effect", "verdict"), [(0.0, "unclear"), (0.12, "higher"), (-0.12, "lower")])
async def test_c15_a_planted_effect_is_measured_and_none_where_there_is_none(
    ledger: Ledger, effect: float, verdict: str
) -> None:
    fair = _wheel()
    found = await _measured(ledger, fair, _customers(fair, effect))
    assert found is not None
    assert found.treated.people + found.holdout.people == 3000
    assert 500 < found.holdout.people < 700
    assert found.repurchase.verdict == verdict
    assert found.repurchase.low < effect < found.repurchase.high
    assert found.repurchase.smallest < 0.12
    assert found.spend.verdict == verdict
    low, seen, high = found.extra_fen
    assert low < seen < high
    assert seen == pytest.approx(found.treated.people * found.spend.seen)


async def test_c15_who_is_compared_follows_from_the_hash_and_not_from_who_tried(ledger: Ledger) -> None:
    """The groups are those whom the wheel itself lets in and refuses; members who never tried are in them, too."""
    fair = _wheel()
    members = [f"m-{number}" for number in range(200)]
    before = await _measured(ledger, fair, iter([(paid(each, f"{each}-1"), "2017-05-20 10:00") for each in members]))
    refused = {each for each in members if isinstance(fair.draw(each)[0], DrawRefused)}
    assert before is not None
    assert (before.holdout.people, before.treated.people) == (len(refused), 200 - len(refused))
    assert 20 < len(refused) < 60
    again = Ledger(ledger.connection, fair)
    await again.begin()
    await again.record()
    await again.sell((paid(each, f"{each}-1"), "2017-05-20 10:00") for each in members)
    assert await answers.uplift(ledger.connection, WHEEL) == before
    assert {e.data.reason for e in fair.world.events if isinstance(e.data, DrawRefused)} == {Reason.HOLDOUT}


async def test_c15_a_rain_that_holds_members_out_is_measured(ledger: Ledger) -> None:
    """Its groups are those whom its grabs let in and refuse."""
    table, noon = Table(), {"id": "noon", "starts": "2017-06-01 12:00", "seconds": 60, "total_fen": 900, "count": 500}
    table.publish(rain(audience={"holdout": "20%"}, rain={"sessions": [noon]}), now="2017-05-15 12:00")
    members = [f"m-{number}" for number in range(200)]
    rained = Ledger(ledger.connection, ledger.fair, table.world, "redpacket", ACTIVITY)
    await rained.begin()
    await rained.record()
    await rained.sell((paid(each, f"{each}-1"), "2017-05-10 10:00") for each in members)
    found = await answers.uplift(ledger.connection, ACTIVITY)
    grabbed = [table.grab(f"p:{ACTIVITY}.noon.0", each, now="2017-06-01 12:00:01")[0] for each in members]
    refused = sum(getattr(event, "reason", "") == "holdout" for event in grabbed)
    assert 20 < refused < 60
    assert found is not None
    assert (found.holdout.people, found.treated.people) == (refused, 200 - refused)


async def test_only_customers_from_before_are_compared_and_only_what_stays_paid_counts(ledger: Ledger) -> None:
    fair = _wheel()
    tried = experiment([fair.world.events[0].data.rules], [0])
    assert tried is not None
    treated, another, *_ = [f"m-{n}" for n in range(20) if tried.group(f"m-{n}") == "treated"]
    said: list[tuple[Message, str]] = [
        (paid(treated, "1"), "2017-05-31 23:59:59"), (paid(treated, "2", 700), "2017-06-01 00:00"),
        (paid(treated, "3", 900), "2017-06-30 23:59:59"), (refunded(treated, "3", 400), "2017-08-01 00:00"),
        (paid(treated, "4", 900), "2017-07-01 00:00"), (paid(another, "5"), "2017-06-01 00:00"),
    ]  # fmt: skip
    found = await _measured(ledger, fair, iter(said))
    assert found is not None
    assert found.treated == answers.Group(1, 1, 2, 1200, 1200**2)
    assert found.holdout == answers.Group()
    assert found.repurchase.verdict == found.spend.verdict == "too_small"
    assert found.known_until_ms == parse_time_ms(utc("2017-07-01 00:00"))


async def test_a_wheel_that_holds_nobody_out_cannot_be_measured(ledger: Ledger) -> None:
    fair = _wheel(audience={"share": "50%"})
    assert await _measured(ledger, fair, iter([])) is None
    assert await answers.uplift(ledger.connection, "another") is None


async def test_an_experiment_is_planned_until_the_wheel_opens(ledger: Ledger) -> None:
    fair = _wheel(audience={"share": "50%"})
    fair.publish(now="2017-05-31 23:59", prizes=[prize("gift", 1), THANKS], window=WINDOW, audience={"holdout": "20%"})
    found = await _measured(ledger, fair, iter([(paid(f"m-{n}", f"{n}"), "2017-05-20 10:00") for n in range(200)]))
    assert found is not None
    assert found.neither == 0
    assert 20 < found.holdout.people < 60


async def test_a_wheel_that_was_published_late_is_measured_from_then_on(ledger: Ledger) -> None:
    fair = Fair()
    fair.now = "2017-06-15 12:00"
    fair.publish(prizes=[prize("gift", 1), THANKS], window=WINDOW, audience={"holdout": "20%"})
    found = await _measured(ledger, fair, iter([]))
    assert found is not None
    assert found.starts_ms == parse_time_ms(utc("2017-06-15 12:00"))
    assert found.ends_ms == parse_time_ms(utc("2017-07-01 00:00"))
