"""Linked members are one customer: in one group, once, with the orders of all; who cannot be placed is left out."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from fairground_contracts import topics
from fairground_contracts.members import MemberIdentityLinked, MemberIdentityUnlinked
from fairground_contracts.message import Message
from fairground_decider.answers import Experiment
from fairground_lottery.experiment import experiment
from fairground_record import answers
from tests.lottery.world import THANKS, WHEEL, Fair, prize
from tests.record.ledger import Ledger
from tests.record.test_uplift import WINDOW, paid

BEFORE, DURING, AFTER = "2017-05-20 10:00", "2017-06-10 10:00", "2017-07-10 10:00"


class Measured:
    """A wheel that holds 30 % out, what the shop says of its customers, and what comes of it."""

    def __init__(self, ledger: Ledger) -> None:
        self.fair = Fair()
        self.fair.publish(
            now="2017-05-15 12:00", prizes=[prize("gift", 1), THANKS], window=WINDOW, audience={"holdout": "30%"}
        )
        self._connection = ledger.connection
        found = experiment([self.fair.world.events[0].data.rules], [0])
        assert found is not None
        self.tried: Experiment = found

    def named(self, group: str, what: str, count: int = 1) -> list[str]:
        """Ids that the hash puts into a group."""
        return [name for name in (f"{what}-{n}" for n in range(200)) if self.tried.group(name) == group][:count]

    async def uplift(
        self, orders: Sequence[tuple[Message, str]], links: Sequence[tuple[Message, str]]
    ) -> answers.Uplift:
        ledger = Ledger(self._connection, self.fair)
        await ledger.begin()
        await ledger.record()
        await ledger.sell(orders)
        await ledger.sell(links, topics.MEMBERS.name)
        await answers.bring_up_to_date(ledger.connection)
        found = await answers.uplift(ledger.connection, WHEEL)
        assert found is not None
        return found


@pytest.fixture
def measured(ledger: Ledger) -> Measured:
    return Measured(ledger)


def linked(member: str, person: str, unlink: bool = False) -> Any:
    return (MemberIdentityUnlinked if unlink else MemberIdentityLinked)(
        member_id=member, person_id=person, link="phone"
    )


def _people(found: answers.Uplift) -> tuple[int, int, int, int]:
    return found.treated.people, found.holdout.people, found.neither, found.ambiguous


@pytest.mark.parametrize("group", ["treated", "holdout"])
async def test_c15_linked_members_are_one_customer_in_the_persons_group(measured: Measured, group: str) -> None:
    """Whatever the hashes of the members say: one of them only bought before, the other one only since."""
    (person,), (one,), (other,) = (
        measured.named(group, "person"), measured.named("treated", "m"), measured.named("holdout", "m")
    )  # fmt: skip
    orders = [(paid(one, "1"), BEFORE), (paid(other, "2", 700), DURING), (paid(other, "3", 500), DURING)]
    links = [(linked(one, person), BEFORE), (linked(other, person), BEFORE)]
    found = await measured.uplift(orders, links)
    counted = answers.Group(1, 1, 2, 1200, 1200**2)
    assert (found.treated, found.holdout) == (
        (counted, answers.Group()) if group == "treated" else (answers.Group(), counted)
    )
    assert found.ambiguous == 0


async def test_c15_without_the_link_they_are_two_and_taken_back_it_is_none(measured: Measured) -> None:
    (one,), (other,) = measured.named("treated", "m"), measured.named("holdout", "m")
    orders = [(paid(one, "1"), BEFORE), (paid(other, "2"), BEFORE)]
    assert _people(await measured.uplift(orders, [])) == (1, 1, 0, 0)
    links = [(linked(one, "p"), BEFORE), (linked(other, "p"), BEFORE), (linked(other, "p", True), DURING)]
    (person,) = measured.named("treated", "p")
    renamed = [(type(said)(**{**said.model_dump(), "person_id": person}), when) for said, when in links]
    assert _people(await measured.uplift(orders, renamed)) == (1, 1, 0, 0)
    assert _people(await measured.uplift(orders, [(linked(one, "q"), AFTER), (linked(other, "q"), AFTER)])) == (
        1,
        1,
        0,
        0,
    )


async def test_c15_who_was_linked_later_counts_where_all_hashes_agree_and_else_is_left_out(measured: Measured) -> None:
    agreeing, (other,) = measured.named("treated", "m", 2), measured.named("holdout", "m")
    (person,) = measured.named("treated", "person")
    orders = [(paid(each, f"{each}-1"), BEFORE) for each in (*agreeing, other)]
    links = [(linked(each, person), DURING) for each in agreeing]
    assert _people(await measured.uplift(orders, links)) == (1, 1, 0, 0)
    assert _people(await measured.uplift(orders, [*links, (linked(other, person), DURING)])) == (0, 0, 0, 1)


async def test_c15_who_was_served_otherwise_than_the_hash_says_is_left_out(measured: Measured) -> None:
    """The frontend did not say who the person is, so the wheel went by the member."""
    (person,), (one,), (other,) = (
        measured.named("treated", "person"), measured.named("treated", "m"), measured.named("holdout", "m")
    )  # fmt: skip
    orders = [(paid(one, "1"), BEFORE)]
    links = [(linked(one, person), BEFORE), (linked(other, person), BEFORE)]
    measured.fair.draw(one, now=DURING)
    assert _people(await measured.uplift(orders, links)) == (1, 0, 0, 0)
    measured.fair.draw(other, now=DURING)
    assert _people(await measured.uplift(orders, links)) == (0, 0, 0, 1)
    found = await measured.uplift(orders, [])
    assert _people(found) == (1, 0, 0, 0), "where no link is known, there are only members"


async def test_c15_links_lead_from_one_to_the_next_and_circles_end(measured: Measured) -> None:
    people = measured.named("treated", "m", 4)
    orders = [(paid(each, f"{each}-1"), BEFORE) for each in people]
    chain = [(linked(a, b), BEFORE) for a, b in pairwise(people)]
    assert _people(await measured.uplift(orders, chain)) == (1, 0, 0, 0)
    circle = [*chain, (linked(people[-1], people[0]), BEFORE)]
    assert _people(await measured.uplift(orders, circle)) == (1, 0, 0, 0)
