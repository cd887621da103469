"""The lottery's decisions: pure, without clock, random numbers, input or output."""

from fairground_activities.seeds import Seeds
from fairground_lottery.domain.following import reward_id
from fairground_lottery.domain.lottery import Lottery

__all__ = ["Lottery", "Seeds", "reward_id"]
