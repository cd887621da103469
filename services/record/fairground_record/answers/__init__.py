"""What people ask about activities and members, answered from the record: for the command line, and for the edge.

Found by the entry point `fairground.answers`, so that nobody who asks has to know who keeps the record.
"""

from fairground_record.answers.activities import Rules, odds, rules, stock
from fairground_record.answers.balances import Balance, balances
from fairground_record.answers.calendars import calendar
from fairground_record.answers.customers import Customers, customers
from fairground_record.answers.explaining import Explained, Told, explain, explain_member, explain_order
from fairground_record.answers.intervals import Difference, Group
from fairground_record.answers.members import Account, Prize, Refused, member
from fairground_record.answers.packets import packet
from fairground_record.answers.reconciling import COLUMNS, Day, reconcile
from fairground_record.answers.statistics import Statistics, bring_up_to_date, statistics
from fairground_record.answers.uplift import Uplift, uplift
from fairground_record.answers.value import GoingConcern, going_concern_value, sales_fen
from fairground_record.answers.winners import Winner, masked, winners
from fairground_record.database import connect

__all__ = [
    "COLUMNS", "Account", "Balance", "Customers", "Day", "Difference", "Explained", "GoingConcern", "Group", "Prize",
    "Refused", "Rules", "Statistics", "Told", "Uplift", "Winner", "balances", "bring_up_to_date", "calendar",
    "connect", "customers", "explain", "explain_member", "explain_order", "going_concern_value", "masked", "member",
    "odds", "packet", "reconcile", "rules", "sales_fen", "statistics", "stock", "uplift", "winners",
]  # fmt: skip
