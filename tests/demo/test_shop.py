"""What the shop says: real baskets, seeded synthetic trouble, messages as the contract wants them."""

from array import array
from collections import Counter, defaultdict

import orjson
import pytest

from fairground_cli.demo.baskets import Baskets
from fairground_cli.demo.shop import CANCELLED, REFUNDED, REPEATED, Clock, Happening, Refund, Voice, happenings
from fairground_contracts import cloudevent
from fairground_contracts.orders import OrderCancelled, OrderCreated, OrderPaid, OrderRefunded

MODELS = {model.type: model for model in (OrderCreated, OrderPaid, OrderCancelled, OrderRefunded)}
COUNT = 20_000


def year(count: int = COUNT) -> Baskets:
    return Baskets(
        array("q", range(1, count + 1)), array("q", [number % 97 for number in range(count)]),
        array("q", [number * 7 % 5000 for number in range(count)]),
        array("q", [1_483_242_806_000 + number * 200_000 for number in range(count)]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def said() -> list[Happening]:
    return list(happenings(year(), seed=1))


def test_the_same_seed_says_the_same_and_another_one_something_else(said: list[Happening]) -> None:
    assert list(happenings(year(), seed=1)) == said
    assert list(happenings(year(), seed=2)) != said


def test_every_basket_is_created_and_paid_once(said: list[Happening]) -> None:
    first = Counter((happening.kind, happening.basket) for happening in said if not happening.repeated)
    for kind in ("created", "paid"):
        assert [first[kind, row] for row in range(COUNT)] == [1] * COUNT


def test_trouble_has_about_its_shares(said: list[Happening]) -> None:
    refunded = {happening.basket for happening in said if happening.kind == "refunded"}
    cancelled = [happening for happening in said if happening.kind == "cancelled"]
    repeated = [happening for happening in said if happening.repeated]
    assert len(refunded) == pytest.approx(COUNT * REFUNDED, rel=0.15)
    assert len(cancelled) == pytest.approx(COUNT * CANCELLED, rel=0.3)
    assert len(repeated) == pytest.approx(2 * COUNT * REPEATED, rel=0.15)


def test_things_are_said_in_the_order_of_time_and_never_before_they_happened(said: list[Happening]) -> None:
    assert [happening.said_ms for happening in said] == sorted(happening.said_ms for happening in said)
    assert all(happening.said_ms >= happening.time_ms for happening in said)
    places: dict[int, dict[str, int]] = defaultdict(dict)
    for place, happening in enumerate(said):
        places[happening.basket].setdefault(happening.kind, place)
    for kinds in places.values():
        assert (
            kinds["created"] < kinds["paid"] < min(kinds.get("cancelled", COUNT * 9), kinds.get("refunded", COUNT * 9))
        )


def test_refunds_never_exceed_what_was_paid(said: list[Happening]) -> None:
    paid, whole = year().amounts_fen, 0
    totals: Counter[int] = Counter()
    for happening in said:
        if happening.refund is not None:
            totals[happening.basket] += happening.refund.amount_fen
            assert happening.refund.total_fen == totals[happening.basket] <= paid[happening.basket]
            whole += happening.refund.total_fen == paid[happening.basket]
    assert 0 < whole < len(totals)


def test_what_is_said_is_what_the_contract_says(said: list[Happening]) -> None:
    voice, seen = Voice(year()), set[str]()
    for happening in said[:5_000]:
        record = voice.say(happening)
        event = cloudevent.read(record.headers, record.value)
        model = MODELS[event.type].model_validate_json(event.data)
        assert orjson.loads(event.data) == model.model_dump(exclude_unset=True, mode="json"), "a field nobody knows"
        assert (event.id, event.time_ms) == (record.id, happening.time_ms)
        assert record.key.decode() == model.member_id
        seen.add(event.type)
    assert seen == set(MODELS)


def test_a_repetition_is_exactly_the_same_record(said: list[Happening]) -> None:
    voice = Voice(year())
    repeated = next(happening for happening in said if happening.repeated)
    assert voice.say(repeated) == voice.say(repeated._replace(said_ms=repeated.time_ms))


def test_each_refund_of_an_order_has_an_id_of_its_own() -> None:
    voice = Voice(year(1))
    ids = {voice.say(Happening(1, 1, "refunded", 0, Refund(number, 1, number))).id for number in (1, 2)}
    assert len(ids) == 2


def test_the_clock_writes_times_as_the_contract_does() -> None:
    clock = Clock()
    for time_ms in (0, 1_483_242_806_001, 1_483_228_799_999, 1_483_228_800_000, 1_709_164_800_123):
        assert clock.utc(time_ms) == cloudevent.format_time(time_ms)
