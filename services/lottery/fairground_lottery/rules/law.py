"""What the law says of what may be promised.

Source: the rules for sales with prizes in China (规范促销行为暂行规定, 2020), article 17: the highest prize of a
lottery is worth at most 50,000 yuan.
"""

from fairground_activities.files.problems import Problems
from fairground_contracts.rewards import Reward
from fairground_lottery.rules.model import Rules

MAX_PRIZE_FEN = 5_000_000


def prove_lawful(rules: Rules, problems: Problems) -> None:
    """Note prizes that are worth too much, and what would be given instead of them."""
    for index, prize in enumerate(rules.prizes):
        path = f"prizes[{index}]"
        if prize.reward is not None:
            _prove(prize.reward, f"{path}.reward.amount", f"{path}.value_fen", problems)
        instead = prize.fulfilment.on_rejected
        if isinstance(instead, Reward):
            _prove(instead, f"{path}.on_rejected.amount", f"{path}.on_rejected.value_fen", problems)


def _prove(reward: Reward, amount: str, value: str, problems: Problems) -> None:
    """The value stands at either path: cash is worth its amount."""
    if reward.value_fen > MAX_PRIZE_FEN:
        path = amount if reward.reward == "cash" else value
        problems.add(path, "prize_above_law", value=reward.value_fen, limit=MAX_PRIZE_FEN)
