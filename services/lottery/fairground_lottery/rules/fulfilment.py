"""Reads what becomes of rewards after the draw: said for all prizes under `rewards`, or at the prize itself."""

from typing import Any, Literal, cast

from fairground_activities.files import MAX_FEN, Section, reward_in, shown
from fairground_contracts.rewards import Kind, Reward
from fairground_lottery.rules.model import Fulfilment

#: The fields, of `rewards` and of each prize.
FIELDS = ("on_rejected", "on_refund", "restock", "claim_days")

#: What can be given instead: everything but what would have to be claimed and shipped in its turn.
_KINDS: tuple[Kind, ...] = ("points", "coupon", "cash", "draw_chances", "member_days", "packet", "custom")
_COMPENSATION = ("kind", "amount", "ref", "value_fen")
_MAX_CLAIM_DAYS = 366


def fulfilment_of(prize: Section, reward: Reward | None, rewards: Section) -> Fulfilment:
    """What the prize says, or else what `rewards` says for all prizes that have a reward."""
    if reward is None:
        for name in FIELDS:
            if prize.has(name) and not prize.has("reward"):
                prize.problems.add(prize.at(name), "rule_without_reward", name=name)
        return Fulfilment()
    said = {name: prize if prize.has(name) else rewards for name in FIELDS}
    return Fulfilment(
        on_rejected=_compensation(said["on_rejected"], prize, reward),
        on_refund=_on_refund(said["on_refund"]),
        restock=said["restock"].has("restock") and bool(said["restock"].yes_or_no("restock")),
        claim_days=_claim_days(said["claim_days"], prize, reward),
    )


def _claim_days(section: Section, prize: Section, reward: Reward) -> int | None:
    """How long it can be claimed. What is said for all prizes concerns the physical ones."""
    days = section.integer("claim_days", 1, _MAX_CLAIM_DAYS)
    if reward.reward == "physical":
        return days
    if section is prize and days is not None:
        prize.problems.add(prize.at("claim_days"), "claim_not_physical", kind=reward.reward)
    return None


def _on_refund(section: Section) -> Literal["keep", "reverse", "debt"]:
    """What becomes of the reward when the order that had brought its chance is void."""
    policy = section.choice("on_refund", ("keep", "reverse", "debt"), "keep")
    return cast(Literal["keep", "reverse", "debt"], policy or "keep")


def _compensation(section: Section, prize: Section, reward: Reward) -> Reward | Literal["nothing"] | None:
    """What is given instead. It is worth at most what it stands in for, so that no budget is exceeded by it."""
    content: Any = section.content.get("on_rejected")
    if content is None or content == "nothing":
        return cast(Literal["nothing"] | None, content)
    if not isinstance(content, dict):
        options = "nothing, {kind: points, amount: 100}"
        section.problems.add(section.at("on_rejected"), "bad_choice", options=options, found=shown(content))
        return None
    instead = section.section("on_rejected", _COMPENSATION)
    found = reward_in(instead, f"{reward.name}（补偿）"[:200], instead.integer("value_fen", 0, MAX_FEN), _KINDS)
    if found is not None and found.value_fen > reward.value_fen:
        value, limit = found.value_fen, reward.value_fen
        prize.problems.add(prize.at("on_rejected"), "compensation_above_prize", value=value, limit=limit)
    return found
