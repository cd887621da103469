"""A reward as activity files say it: its kind, how much, and what exactly."""

from typing import cast

from fairground_activities.files.reading import Section
from fairground_contracts.rewards import Kind, Reward

#: Every kind there is.
REWARD_KINDS: tuple[Kind, ...] = (
    "points", "coupon", "cash", "draw_chances", "member_days", "physical", "packet", "custom",
)  # fmt: skip

#: A larger amount of money is a slip of the pen.
MAX_FEN = 10**13

_MAX_AMOUNT = 10**12
_MOST: dict[str, int] = {"draw_chances": 10_000, "packet": 100}
_FIELDS = ("kind", "amount", "ref")


def reward_of(
    holder: Section, name: str, value_fen: int | None, kinds: tuple[Kind, ...] = REWARD_KINDS
) -> Reward | None:
    """The reward under `reward` of what is called `name`; None when something is wrong with it.

    `value_fen`: what it costs, as the holder says; cash costs what it is.
    """
    section = holder.section("reward", _FIELDS)
    kind = section.choice("kind", kinds)
    amount = section.integer("amount", 1, _MOST.get(kind or "", _MAX_AMOUNT))
    ref = section.text("ref", 128) if section.content.get("ref") else ""
    section.needed("amount")
    if kind is None or amount is None or ref is None:
        return None
    if kind == "cash" and value_fen not in (None, amount):
        holder.problems.add(holder.at("value_fen"), "cash_value", amount=amount)
    value = amount if kind == "cash" else value_fen or 0
    return Reward(reward=cast(Kind, kind), amount=amount, value_fen=min(value, MAX_FEN), ref=ref, name=name)
