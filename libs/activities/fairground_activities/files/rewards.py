"""A reward as activity files say it: its kind, how much, and what exactly."""

from typing import Any, cast

from fairground_activities.files.problems import Problems, shown
from fairground_activities.files.reading import MAX_ACTIVITY_ID, Section, is_id
from fairground_contracts.rewards import MOST_AT_ONCE, Kind, Reward

#: Every kind there is.
REWARD_KINDS: tuple[Kind, ...] = (
    "points", "coupon", "cash", "draw_chances", "member_days", "physical", "packet", "custom",
)  # fmt: skip

#: A larger amount of money is a slip of the pen.
MAX_FEN = 10**13

_MAX_AMOUNT = 10**12
_FIELDS = ("kind", "amount", "ref")


def reward_of(
    holder: Section, name: str, value_fen: int | None, kinds: tuple[Kind, ...] = REWARD_KINDS
) -> Reward | None:
    """The reward under `reward` of what is called `name`; None when something is wrong with it.

    `value_fen`: what it costs, as the holder says; cash costs what it is.
    """
    found = reward_in(holder.section("reward", _FIELDS), name, value_fen, kinds)
    if found is not None and found.reward == "cash" and value_fen not in (None, found.amount):
        holder.problems.add(holder.at("value_fen"), "cash_value", amount=found.amount)
    return found


def reward_in(section: Section, name: str, value_fen: int | None, kinds: tuple[Kind, ...]) -> Reward | None:
    """The reward whose kind, amount and ref stand in this section; cash costs what it is."""
    kind = section.choice("kind", kinds)
    amount = section.integer("amount", 1, _MAX_AMOUNT)
    ref = section.text("ref", 128) if section.content.get("ref") else ""
    section.needed("amount")
    if kind is None or amount is None or ref is None:
        return None
    value = amount if kind == "cash" else value_fen or 0
    return Reward(reward=cast(Kind, kind), amount=amount, value_fen=min(value, MAX_FEN), ref=ref, name=name)


def prove_rewards(content: Any, problems: Problems) -> None:
    """Note rewards, wherever a file gives some, that no service will pay: draw chances whose `ref` can be no activity,
    and more of a kind than one reward can be."""
    waiting = [("", content)]
    while waiting:  # and not one function in another: commands may nest deeper than files can
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((f"{path}.{name}" if path else str(name), each) for name, each in value.items())
            _prove_reward(path, value.get("kind"), value.get("amount"), value.get("ref"), problems)
        elif isinstance(value, list | tuple):
            waiting.extend((f"{path}[{at}]", each) for at, each in enumerate(value))


def _prove_reward(path: str, kind: Any, amount: Any, ref: Any, problems: Problems) -> None:
    if kind == "draw_chances" and isinstance(ref, str) and ref and not is_id(ref, MAX_ACTIVITY_ID):
        problems.add(f"{path}.ref", "bad_id", found=shown(ref), limit=MAX_ACTIVITY_ID)
    most = MOST_AT_ONCE.get(kind) if isinstance(kind, str) else None
    if most is not None and isinstance(amount, int) and most < amount <= _MAX_AMOUNT:
        problems.add(f"{path}.amount", "out_of_range", low=1, high=most, found=shown(amount))
