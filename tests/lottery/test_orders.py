"""Remembered orders against a memory that is written down plainly."""

from hypothesis import given
from hypothesis import strategies as st

from fairground_decider.causes import DAY_MS
from fairground_lottery.domain.orders import Order, Orders, find, with_order

_WINDOW_DAYS = 3
_said = st.tuples(
    st.integers(0, 9),
    st.sampled_from("abcdefgh"),
    st.builds(Order, st.integers(0, 9), st.integers(0, 5), st.just(False)),
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
