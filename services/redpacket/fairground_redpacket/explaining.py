"""Why an event came out as it did: the rule that decided, in words, and the figures that it looked at. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fairground_contracts.cloudevent import format_time
from fairground_contracts.refusals import yuan
from fairground_decider import Event, State
from fairground_decider.answers import Figure, Words
from fairground_redpacket.contract import (
    BudgetReturned,
    CommandForwarded,
    FundingReturned,
    GiftRevoked,
    GrabRefused,
    LinkDropped,
    MemberLinked,
    MemberUnlinked,
    PacketCancelled,
    PacketClosed,
    PacketCreated,
    PacketEmptied,
    PacketForgotten,
    PacketHeld,
    PacketOpened,
    PacketRefused,
    PacketRequested,
    PacketsSwept,
    PacketsSwitched,
    PayoutReported,
    PayoutRetried,
    PayoutReturned,
    Reason,
    ShareGrabbed,
    SwitchFollowed,
    SwitchKnown,
)
from fairground_redpacket.domain.records import COURSE, PACKET, Course, Sender, Taker, Terms, member_field

_Content = Mapping[str, Any]

#: Which part of the rules a refusal follows from.
_RULES = {
    Reason.NOT_STARTED: "window.starts",
    Reason.ENDED: "window.ends",
    Reason.NOT_A_SENDER: "packets.senders",
    Reason.BAD_AMOUNT: "packets.total_fen, each_fen",
    Reason.BAD_COUNT: "packets.count",
    Reason.BAD_SPLIT: "packets.splits",
    Reason.BAD_ACCESS: "packets.access",
    Reason.QUOTA_USED_DAY: "quotas",
    Reason.QUOTA_USED_TOTAL: "quotas",
    Reason.BUDGET_USED: "budget.total_fen",
    Reason.BUDGET_USED_DAY: "budget.per_day_fen",
    Reason.BELOW_MINIMUM: "orders.min_order_fen",
    Reason.NO_GIFTS: "orders, rewards",
    Reason.FUNDING_TIMEOUT: "packets.answer_minutes",
    Reason.EXPIRED: "packets.expire_minutes",
    Reason.SENDER_MAY_NOT: "packets.sender_grabs",
    Reason.GUESSES_USED: "packets.guesses",
    Reason.NOT_ELIGIBLE: "eligible, audience",
    Reason.HOLDOUT: "audience.holdout",
    Reason.RISK_DENIED: "refuse_risk",
    Reason.CAP_REACHED: "rain.per_member",
    Reason.TOO_FAST: "rain.tap_ms",
    Reason.OTHER_POOL: "rain.sessions.pools",
}

_RESULTS = {
    "waiting": Words("等待会员确认", "the member has to confirm it"),
    "failed": Words("暂时失败，会用同一单号重试", "it went wrong for now and is tried again under the same number"),
    "delivered": Words("已到账", "the member has it"),
    "rejected": Words("确认失败", "it failed for good"),
    "expired": Words("未在期限内领取", "it was not taken in time"),
}


def sentences(event: Event[Any], form: _Content | None) -> tuple[Words, ...]:
    """By which rule it happened. `form`: the rules in force, as published; None where they are not known."""
    said = event.data
    tell = _TOLD.get(type(said))
    if tell is not None:
        return (tell(said),)
    if getattr(said, "reason", None) is not None and isinstance(said.reason, Reason):
        return tuple(_refused(said, form))
    return ()


def _refused(said: Any, form: _Content | None) -> Iterator[Words]:
    """What is known beside the sentence of the reason."""
    if isinstance(said, GrabRefused) and said.index >= 0:
        yield Words(
            f"已领第 {said.index + 1} 份，{yuan(said.amount_fen)} 元。",
            f"The member has share {said.index + 1} of {yuan(said.amount_fen)} yuan.",
        )
    if isinstance(said, GrabRefused) and said.lasted_ms:
        seconds = f"{said.lasted_ms / 1000:.1f}"
        yield Words(f"红包 {seconds} 秒派完。", f"The packet lasted {seconds} s.")
    if isinstance(said, PacketCancelled) and said.why:
        yield Words(f"付款方原因：{said.why}。", f"Whoever owns the money said: {said.why}.")
    if rule := _RULES.get(said.reason):
        found = _found(form, rule)
        yield Words(f"依据规则 {rule}{found}。", f"It follows from {rule}{found}.")


def _found(form: _Content | None, rule: str) -> str:
    """What the rules say there, where it is one thing."""
    content: Any = form
    for name in rule.split("."):
        content = content.get(name) if isinstance(content, Mapping) else None
    return f" = {content}" if isinstance(content, str | int | list) and not isinstance(content, bool) else ""


def _requested(said: PacketRequested) -> Words:
    until = format_time(round(said.answer_by.timestamp() * 1000))
    total = yuan(said.packet.total_fen)
    return Words(
        f"向会员收款 {total} 元，{until} 前付款后红包才会发出。",
        f"{total} yuan are asked of the member; the packet is sent once they are paid, by {until}.",
    )


def _created(said: PacketCreated) -> Words:
    packet = said.packet
    why = f"，因为 {said.cause}" if said.cause else ""
    because = f", because of {said.cause}" if said.cause else ""
    return Words(
        f"发出红包 {said.packet_id}：{yuan(packet.total_fen)} 元，{packet.count} 份{why}。",
        f"Packet {said.packet_id} was sent: {yuan(packet.total_fen)} yuan, {packet.count} shares{because}.",
    )


def _opened(said: PacketOpened) -> Words:
    return Words(
        f"红包打开，种子的 SHA-256 为 {said.seed_sha256}。",
        f"The packet is open; its shares follow from a seed whose SHA-256 is {said.seed_sha256}.",
    )


def _grabbed(said: ShareGrabbed) -> Words:
    return Words(
        f"领到第 {said.index + 1} 份，{yuan(said.amount_fen)} 元，还剩 {said.left} 份；付款单号 {said.reward_id}。",
        f"Share {said.index + 1} of {yuan(said.amount_fen)} yuan, {said.left} left; bill number {said.reward_id}.",
    )


def _emptied(said: PacketEmptied) -> Words:
    return Words(
        f"红包派完，用时 {said.lasted_ms / 1000:.1f} 秒；手气最佳 {said.best_member_id}，{yuan(said.best_fen)} 元。",
        f"It is empty after {said.lasted_ms / 1000:.1f} s; best luck: {said.best_member_id} with {yuan(said.best_fen)}"
        " yuan.",
    )


def _closed(said: PacketClosed) -> Words:
    back = Words("退回预算", "goes back to the budget")
    if said.funds == "member":
        back = Words(f"退回 {said.sender_id}", f"goes back to {said.sender_id}")
    why = {"expired": Words("过期", "expired"), "stopped": Words("被终止", "was stopped")}[said.why]
    had, left = yuan(said.claimed_fen), yuan(said.remainder_fen)
    return Words(
        f"红包{why.zh}：已领 {said.claimed} 份 {had} 元，剩余 {left} 元{back.zh}。",
        f"The packet {why.en}: {said.claimed} shares of {had} yuan were had; the rest of {left} yuan {back.en}.",
    )


def _held(said: PacketHeld) -> Words:
    if said.held:
        return Words("红包暂停领取。", "No shares are given until it is released.")
    return Words("红包恢复领取。", "Shares are given again.")


_PACKETS_ARE = {
    "open": Words("恢复领取", "shares are given again"),
    "held": Words("暂停领取，过期照常退回", "no shares are given until they are released; they expire as ever"),
    "closed": Words("全部关闭，剩余金额退回", "they are closed, and what is left in them goes back"),
}


def _switched(said: PacketsSwitched) -> Words:
    told = _PACKETS_ARE[said.to]
    return Words(f"该活动已发出的红包{told.zh}。", f"Of the activity's packets that are out: {told.en}.")


def _followed(said: SwitchFollowed) -> Words:
    told = _PACKETS_ARE[said.to]
    return Words(f"本分区从此刻起，该活动的红包{told.zh}。", f"In this partition from here on: {told.en}.")


def _swept(said: PacketsSwept) -> Words:
    return Words(
        f"找到 {len(said.packet_ids)} 个可能还没结束的红包，逐个关闭。",
        f"{len(said.packet_ids)} packets that may be out still were found, and are closed one by one.",
    )


def _reported(said: PayoutReported | PayoutReturned) -> Words:
    result = _RESULTS[said.result]
    back = Words("，金额退回", "; the money goes back") if isinstance(said, PayoutReturned) else Words("", "")
    why = f" ({said.why})" if said.why else ""
    return Words(
        f"付款 {said.reward_id}：{result.zh}{why}{back.zh}。", f"Payout {said.reward_id}: {result.en}{why}{back.en}."
    )


def _retried(said: PayoutRetried) -> Words:
    return Words(
        f"付款 {said.reward_id} 确认失败，改用单号 {said.next_id} 再付一次。",
        f"Payout {said.reward_id} has failed for good; it is owed once more, under {said.next_id}.",
    )


_TOLD: dict[type[Any], Callable[[Any], Words]] = {
    PacketRequested: _requested,
    PacketCreated: _created,
    PacketOpened: _opened,
    ShareGrabbed: _grabbed,
    PacketEmptied: _emptied,
    PacketClosed: _closed,
    PacketHeld: _held,
    PacketsSwitched: _switched,
    PacketsSwept: _swept,
    SwitchFollowed: _followed,
    SwitchKnown: lambda said: Words("本分区已按这次或更新的开关执行。", "This partition follows it, or a newer one."),
    MemberLinked: lambda said: Words(
        f"从此刻起，{said.member_id} 与 {said.person_id} 合并计算领取次数。",
        f"From here on what {said.member_id} and {said.person_id} have counts together.",
    ),
    MemberUnlinked: lambda said: Words(
        f"从此刻起，{said.member_id} 不再与 {said.person_id} 合并计算。",
        f"From here on {said.member_id} counts without {said.person_id}; what was had stays.",
    ),
    LinkDropped: lambda said: Words("解除关联的记录已清除。", "That the member was unlinked is forgotten."),
    CommandForwarded: lambda said: Words(
        f"该会员还有其他关联身份，按合并后的身份重新处理，编号 {said.forwarded_id}。",
        f"The member has other names; it is decided with all of them, as {said.forwarded_id}.",
    ),
    PayoutReported: _reported,
    PayoutReturned: _reported,
    PayoutRetried: _retried,
    PacketForgotten: lambda said: Words("红包的实时状态已清除。", "The live state of the packet is gone."),
    BudgetReturned: lambda said: Words(
        f"{yuan(said.amount_fen)} 元退回预算。", f"{yuan(said.amount_fen)} yuan are in the budget again."
    ),
    FundingReturned: lambda said: Words("款项没有用上，退回会员。", "The money pays nothing and goes back."),
    GiftRevoked: lambda said: Words(
        f"{said.cause} 作废，关闭 {len(said.packet_ids)} 个红包。",
        f"{said.cause} is void; {len(said.packet_ids)} packets are closed.",
    ),
}


def figures(state: State, event: Event[Any]) -> tuple[Figure, ...]:
    """What matters for the event, as the state stands."""
    said = event.data
    if isinstance(said, PacketRefused | PacketRequested | PacketCreated | PacketCancelled):
        return tuple(_of_activity(state, said))
    if isinstance(said, ShareGrabbed | GrabRefused | PacketEmptied | PacketClosed | PayoutReported | PayoutReturned):
        return tuple(_of_packet(state, said))
    return ()


def _of_packet(state: State, said: Any) -> Iterator[Figure]:
    terms: Terms | None = state.record(said.packet_id, PACKET)
    course = state.record(said.packet_id, COURSE)
    if terms is None or not isinstance(course, Course):
        return
    yield Figure(Words("已领份数", "shares that were had"), f"{course.next} / {terms.count}")
    yield Figure(Words("已领金额（元）", "yuan that were had"), f"{yuan(course.claimed_fen)} / {yuan(terms.total_fen)}")
    if course.unsettled:
        yield Figure(Words("未结清的付款", "payouts that are not final"), str(course.unsettled))
    member = getattr(said, "member_id", "")
    taker: Taker | None = state.record(said.packet_id, member_field(member)) if member else None
    if taker is not None and terms.guesses:
        yield Figure(Words("口令输错次数", "wrong guesses of the password"), f"{taker.guesses} / {terms.guesses}")


def _of_activity(state: State, said: Any) -> Iterator[Figure]:
    activity = said.activity_id
    yield Figure(Words("已发红包", "packets that were sent"), str(state.counter(activity, "packets")))
    yield Figure(Words("已用预算（元）", "yuan of the budget used"), yuan(state.counter(activity, "budget")))
    sender = state.record(activity, member_field(said.member_id))
    if said.member_id and isinstance(sender, Sender):
        yield Figure(Words("该会员已发", "packets that the member has sent"), str(sender.total))
