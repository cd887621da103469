"""Reads what becomes of rewards after the draw: said for all prizes under `rewards`, or at the prize itself."""

from typing import Any, Literal, cast

from fairground_activities.files.problems import shown
from fairground_activities.files.reading import Section
from fairground_contracts.rewards import Kind, Reward
from fairground_lottery.rules.model import Fulfilment

#: The fields, of `rewards` and of each prize.
FIELDS = ("on_rejected", "on_refund", "restock", "claim_days")

#: What can be given instead: everything but what would have to be claimed and shipped in its turn.
_KINDS = ("points", "coupon", "cash", "draw_chances", "member_days", "packet", "custom")
_COMPENSATION = ("kind", "amount", "ref", "value_fen")
_MAX_FEN = 10**13
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
    kind = instead.choice("kind", _KINDS)
    instead.needed("amount")
    amount = instead.integer("amount", 1, 10_000 if kind == "draw_chances" else 10**12)
    value_fen = instead.integer("value_fen", 0, _MAX_FEN) or 0
    ref = instead.text("ref", 128) if instead.content.get("ref") else ""
    if kind is None or amount is None or ref is None:
        return None
    value_fen = min(amount, _MAX_FEN) if kind == "cash" else value_fen
    if value_fen > reward.value_fen:
        prize.problems.add(prize.at("on_rejected"), "compensation_above_prize", value=value_fen, limit=reward.value_fen)
    name = f"{reward.name}（补偿）"
    return Reward(reward=cast(Kind, kind), amount=amount, value_fen=value_fen, ref=ref, name=name[:200])
