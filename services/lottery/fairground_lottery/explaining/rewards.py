"""What became of a reward after the draw, in words."""

from collections.abc import Iterator

from fairground_decider.answers import Words
from fairground_lottery.contract import (
    GrantWithdrawn,
    ParcelReported,
    PrizeClaimed,
    RewardCompensated,
    RewardOwed,
    RewardTakenBack,
    RewardUndelivered,
)


def undeliverable(said: RewardCompensated | RewardUndelivered) -> Iterator[Words]:
    """What is given instead, or why nothing is."""
    yield Words(
        f"奖励 {said.reward_id}（{said.prize}）无法发放：{said.rejected}。",
        f"The reward {said.reward_id} ({said.prize}) could not be delivered: {said.rejected}.",
    )
    if isinstance(said, RewardCompensated):
        kind, amount = said.reward.reward, said.reward.amount
        yield Words(
            f"按规则 on_rejected 补偿：{kind} × {amount}。", f"By the rule `on_rejected`, {kind} × {amount} instead."
        )
    else:
        yield _NOTHING_INSTEAD[said.nothing]


def back(said: GrantWithdrawn | RewardTakenBack | RewardOwed) -> Iterator[Words]:
    """What goes back, or is owed, and why."""
    if isinstance(said, GrantWithdrawn):
        yield Words(
            f"因 {said.cause} 获得的机会被收回：{said.chances} 次未用。",
            f"What {said.cause} had granted went back: {said.chances} unused chances.",
        )
        return
    because = _BACK_BECAUSE[said.why]
    what = f"{said.prize}（{said.reward.reward} × {said.reward.amount}）"
    if isinstance(said, RewardOwed):
        yield Words(
            f"{because.zh}，按规则 on_refund=debt，会员欠还 {what}。",
            f"{because.en}: by the rule `on_refund: debt` the member owes {what}.",
        )
        return
    yield Words(f"{because.zh}，收回 {what}。", f"{because.en}: {what} was taken back.")
    if said.restocked:
        yield _RESTOCKED


def shipping(said: PrizeClaimed | ParcelReported) -> Iterator[Words]:
    """Where a physical prize is."""
    if isinstance(said, PrizeClaimed):
        yield Words(
            f"会员已领取 {said.prize}，寄往地址 {said.address_ref}。",
            f"The member claimed {said.prize}, to be sent to the address {said.address_ref}.",
        )
        return
    where = _PARCEL[said.status]
    yield Words(f"{said.prize}：{where.zh}。{said.ref}", f"{said.prize}: {where.en}. {said.ref}".rstrip())
    if said.restocked:
        yield _RESTOCKED


_PARCEL = {
    "shipped": Words("已寄出", "it is on its way"),
    "delivered": Words("已送达", "it has arrived"),
    "returned": Words("已退回", "it came back"),
}
_RESTOCKED = Words("按规则 restock，库存和预算已退回。", "By the rule `restock` it is in stock and budget again.")
_BACK_BECAUSE = {
    "cancelled": Words("抽奖所用的订单已取消", "The order that had brought the chance was cancelled"),
    "refunded": Words("抽奖所用的订单已退款", "The order that had brought the chance was refunded"),
    "reward_revoked": Words("送出抽奖次数的奖励已收回", "The reward that had granted the chance was taken back"),
    "not_claimed": Words("未在期限内领取", "It was not claimed in time"),
}
_NOTHING_INSTEAD = {
    "rule": Words("按规则 on_rejected 没有补偿。", "By the rule `on_rejected`, nothing is given instead."),
    "compensation": Words(
        "它本身就是补偿，不再补偿；请人工处理。",
        "It had been given instead of another one, so nothing more is: a person has to look.",
    ),
    "debt": Words("会员原本欠还这份奖励，现在两清。", "The member owed it back; now nobody owes anything."),
}
