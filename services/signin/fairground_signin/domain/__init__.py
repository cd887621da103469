"""The decisions of sign-in: pure, without clock, random numbers, input or output."""

from fairground_signin.domain.reward_ids import reward_id
from fairground_signin.domain.signin import SignIns

__all__ = ["SignIns", "reward_id"]
