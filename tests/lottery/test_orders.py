"""Remembered orders against a memory that is written down plainly."""

from hypothesis import given
from hypothesis import strategies as st

from fairground_decider.causes import DAY_MS
from fairground_lottery.domain.orders import Order, Orders, both, find, with_order

_WINDOW_DAYS = 3
_said = st.tuples(
    st.integers(0, 9),
    st.sampled_from("abcdefgh"),
    st.one_of(
        st.builds(Order, st.integers(0, 9), st.integers(0, 5), st.just(False), st.just(0)),
        st.builds(Order, st.just(0), st.just(0), st.just(True), st.integers(0, 9)),
    ),
)


@given(st.lists(_said, max_size=30))
def test_orders_of_any_days_are_remembered_as_long_as_their_window_lasts(said: list[tuple[int, str, Order]]) -> None:
    orders: Orders = ()
    plain: dict[str, tuple[int, Order]] = {}
    for day, order_id, order in said:
        orders = with_order(orders, order_id, order, day * DAY_MS, _WINDOW_DAYS)
        newest = max([day, *(each for each, _ in plain.values())])
        plain[order_id] = day, order
        plain = {name: kept for name, kept in plain.items() if kept[0] >= newest - _WINDOW_DAYS}
        assert {name: find(orders, name) for name in plain} == {name: kept for name, (_, kept) in plain.items()}
        assert [each for each, _ in orders] == sorted({each for each, _ in plain.values()})
        assert sum(len(entries) for _, entries in orders) == 16 * len(plain)


@given(
    st.permutations([(Order(500, 1, False), "paid"), (Order(0, 0, True, 300), "lowered"), (Order(0, 0, True), "void")])
)
def test_of_an_order_that_two_accounts_know_what_is_void_goes_before_what_counted_and_that_before_what_is_not_paid(
    known: list[tuple[Order, str]],
) -> None:
    """What counted once must not count again, however little of it would be left."""

    def merged(*kinds: str) -> Order | None:
        accounts = [with_order((), "o1", order, 0, 30) for order, kind in known if kind in kinds]
        return find(both(*accounts), "o1")

    assert merged("paid", "lowered") == Order(500, 1, False)
    assert merged("paid", "void") == merged("lowered", "void") == Order(0, 0, True)


def test_of_an_order_that_two_accounts_wait_for_the_lower_amount_counts() -> None:
    one, other = (with_order((), "o1", Order(0, 0, True, left), 0, 30) for left in (300, 200))
    assert find(both(one, other), "o1") == find(both(other, one), "o1") == Order(0, 0, True, 200)
