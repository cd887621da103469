"""What members bought after they had taken part in an activity, whom they brought, and what they are worth.

It says what happened afterwards, not because of it: what an activity brought is measured against those whom it held out
(`uplift`). The rest of an activity's figures are counted beside the record's writing; these are counted when asked.
"""

from dataclasses import dataclass
from fractions import Fraction

from fairground_record.answers.value import GoingConcern, going_concern_value
from fairground_record.database import Connection
from fairground_record.sql import query

#: So many days after first taking part count.
DAYS = 30

_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class Customers:
    """Members who took part and bought within 30 days. An order of which nothing stayed paid is none."""

    bought: int  # members with such an order
    bought_again: int  # with two or more
    orders: int  # all of these orders
    sales_fen: int  # what stayed paid of them
    brought: int  # members who registered in these 30 days and name one who took part as who brought them

    @property
    def order_value_fen(self) -> int:
        """Of one order, on average; 0 without any."""
        return round(Fraction(self.sales_fen, self.orders)) if self.orders else 0

    @property
    def going_concern(self) -> GoingConcern:
        """What those are worth who bought: how many of them again, and how many they brought."""
        if not self.bought:
            return GoingConcern(0, 0)
        again, brought = Fraction(self.bought_again, self.bought), Fraction(self.brought, self.bought)
        return going_concern_value(self.bought, again, brought, self.order_value_fen)

    def conversion(self, traffic: int) -> Fraction:
        """Of so many people who came by, the share that bought; 0 when nobody came."""
        return Fraction(self.bought, traffic) if traffic else Fraction(0)


async def customers(connection: Connection, activity_id: str) -> Customers:
    """An activity's; all 0 when the record knows none. It takes some ten microseconds for each of their orders."""
    row = await connection.fetchrow(query("customers"), activity_id, DAYS, timeout=_TIMEOUT_S)
    assert row is not None, "there is one row, whoever is asked for"
    return Customers(**row)
