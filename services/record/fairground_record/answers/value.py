"""What customers are worth: the formulas of the operators' handbook (rule C15), exact to the fen. Pure."""

from fractions import Fraction
from typing import NamedTuple


class GoingConcern(NamedTuple):
    """持续经营值, the going-concern value, and what it is made of. All in fen."""

    repurchase_fen: int  # what the same customers buy again
    social_fen: int  # what the customers they bring buy

    @property
    def total_fen(self) -> int:
        """Both together."""
        return self.repurchase_fen + self.social_fen


def going_concern_value(
    customers: int, repurchase_rate: Fraction, referral_rate: Fraction, order_value_fen: int
) -> GoingConcern:
    """customers × repurchase rate × order value, and customers × referral rate × order value.

    A rate of 1 is 100 %; it may be more. Rates are fractions, so that nothing is lost before the last rounding, which
    is to the nearest fen.
    """
    bought = customers * order_value_fen
    return GoingConcern(round(bought * repurchase_rate), round(bought * referral_rate))


def sales_fen(traffic: int, conversion: Fraction, order_value_fen: int) -> int:
    """traffic × conversion × order value, to the nearest fen."""
    return round(traffic * conversion * order_value_fen)
