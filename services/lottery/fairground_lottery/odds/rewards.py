"""What a prize gives, how and when the member gets it, and what may become of it later."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fairground_contracts.refusals import yuan
from fairground_decider.answers import Words

_Content = Mapping[str, Any]

_CLAIMS = {
    "points": Words("中奖后立即发放到积分账户", "credited to the points account right after the draw"),
    "coupon": Words("中奖后立即发放到优惠券账户", "issued to the member's coupons right after the draw"),
    "cash": Words("中奖后立即发放到账户余额", "paid to the member's account right after the draw"),
    "draw_chances": Words("中奖后立即可用", "can be used right after the draw"),
    "member_days": Words("中奖后立即生效", "takes effect right after the draw"),
    "packet": Words("中奖后立即发出红包", "sent as a red packet right after the draw"),
    "physical": Words("中奖后填写收货地址，按活动说明寄出", "sent out after the member has given an address"),
    "custom": Words("按活动说明领取", "as the activity's description says"),
}
_NO_CLAIM = Words("无需领取", "nothing to claim")

_UNITS = {
    "points": Words("积分", "points"),
    "coupon": Words("张优惠券", "coupons"),
    "cash": Words("元", "yuan"),
    "draw_chances": Words("次抽奖机会", "draws"),
    "member_days": Words("天会员", "days of membership"),
    "packet": Words("个红包", "red packets"),
    "physical": Words("件", "pieces"),
    "custom": Words("份", "pieces"),
}
_ONE_IS_SAID_BY_THE_NAME = ("physical", "custom")

_ON_REFUND = {
    "reverse": Words(
        "带来抽奖机会的订单退款后收回：{}。",
        "When the order that had brought the draw is refunded, this goes back: {}.",
    ),
    "debt": Words(
        "带来抽奖机会的订单退款后，会员须偿还：{}。",
        "When the order that had brought the draw is refunded, the member owes this: {}.",
    ),
}
_RESTOCKED = Words(
    "收回、退回或无人领取后可以再次抽中：{}。",
    "What is taken back, comes back or is not claimed can be won again: {}.",
)


def claim(prize: _Content) -> Words:
    """How much it is, and how and when the member gets it."""
    reward = prize.get("reward")
    if reward is None:
        return _NO_CLAIM
    kind, said = reward["kind"], _CLAIMS[reward["kind"]]
    if days := prize.get("claim_days"):
        said = Words(
            f"中奖后 {days} 天内填写收货地址，逾期作废",
            f"sent out after the member has given an address, within {days} days of the draw",
        )
    if kind in _ONE_IS_SAID_BY_THE_NAME and reward["amount"] == 1:
        return said
    much = _much(reward)
    return Words(f"{much.zh}，{said.zh}", f"{much.en}, {said.en}")


def fates(form: _Content) -> Iterator[Words]:
    """What may become of rewards after the draw, each rule once with the prizes that it is for."""
    prizes = form["prizes"]
    for policy, said in _ON_REFUND.items():
        yield from _told(said, [prize for prize in prizes if prize.get("on_refund") == policy])
    rejected: dict[Words, list[_Content]] = {}
    for prize in prizes:
        if instead := prize.get("on_rejected"):
            rejected.setdefault(_instead(instead), []).append(prize)
    for said, concerned in rejected.items():
        yield from _told(said, concerned)
    yield from _told(_RESTOCKED, [prize for prize in prizes if prize.get("restock")])


def _told(said: Words, prizes: Sequence[_Content]) -> Iterator[Words]:
    if prizes:
        zh = "、".join(prize["name"]["zh"] for prize in prizes)
        en = ", ".join(prize["name"]["en"] for prize in prizes)
        yield Words(said.zh.format(zh), said.en.format(en))


def _instead(instead: Any) -> Words:
    """What is given when it cannot be delivered."""
    if instead == "nothing":
        return Words("无法发放时不作补偿：{}。", "Nothing is given instead of this if it cannot be delivered: {}.")
    much = _much(instead)
    return Words(
        f"无法发放时改发{much.zh}：{{}}。", f"{much.en} are given instead of this if it cannot be delivered: {{}}."
    )


def _much(reward: _Content) -> Words:
    amount, unit = reward["amount"], _UNITS[reward["kind"]]
    said = yuan(amount) if reward["kind"] == "cash" else f"{amount:,}"
    if reward["kind"] == "draw_chances" and (wheel := reward.get("ref")):
        return Words(f"{said} {unit.zh}（{wheel}）", f"{said} {unit.en} ({wheel})")
    return Words(f"{said} {unit.zh}", f"{said} {unit.en}")
