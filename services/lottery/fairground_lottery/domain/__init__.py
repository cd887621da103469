"""The lottery's decisions: pure, without clock, random numbers, input or output."""

from fairground_lottery.domain.following import reward_id
from fairground_lottery.domain.lottery import Lottery
from fairground_lottery.domain.seeds import Seeds

__all__ = ["Lottery", "Seeds", "reward_id"]
