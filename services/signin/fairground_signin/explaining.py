"""Why an event came out as it did: the rule that decided, in words, and the figures that it looked at. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from fairground_activities.explaining import by_rule
from fairground_decider import Event, State
from fairground_decider.answers import Figure, Words
from fairground_signin.contract import (
    AccountJoined,
    CommandForwarded,
    DayMadeUp,
    DayRevoked,
    DaySigned,
    Earned,
    MakeUpFailed,
    MakeUpRefused,
    MakeUpReleased,
    MakeUpRequested,
    MemberLinked,
    RankNoted,
    RankRefused,
    RankTaken,
    Reason,
    RequestRefused,
    RewardCompensated,
    RewardUndelivered,
    SignInRefused,
    TokensGranted,
    TokensTaken,
)
from fairground_signin.domain.reaching import figures as reached
from fairground_signin.domain.records import FOLLOWED, Followed, Linked, Member, member_field, newcomer

_Content = Mapping[str, Any]
_Refusal = SignInRefused | MakeUpRefused | RankRefused | RequestRefused | MakeUpFailed

#: Which part of the rules a refusal follows from.
_RULES = {
    Reason.NOT_STARTED: "window.starts",
    Reason.ENDED: "window.ends",
    Reason.NOT_ELIGIBLE: "eligible",
    Reason.HOLDOUT: "audience.holdout",
    Reason.RISK_DENIED: "refused_risks",
    Reason.NO_MAKE_UP: "make_up",
    Reason.TOO_FAR_BACK: "make_up.days_back",
    Reason.QUOTA_USED: "make_up.per_cycle",
    Reason.NOT_FOR_SALE: "make_up",
    Reason.CYCLE_OVER: "cycle",
    Reason.NO_FREEZE: "freeze",
    Reason.SOLD_OUT: "nth",
    Reason.BUDGET_USED: "budget",
}
_BY = {
    "base": Words("每日签到", "for the day"),
    "frozen": Words("被保护的 {days} 天", "for {days} saved days"),
    "first": Words("首次签到", "for the first sign-in ever"),
    "date": Words("特别日期", "for a special date"),
    "streak": Words("连续 {days} 天", "for {days} days in a row"),
    "total": Words("累计 {days} 天", "for {days} days"),
}

#: Why a place brought nothing, where a rule rewards it.
_WITHHELD = {
    "budget_used": Words("的预算不足", "the budget is used"),
    "sold_out": Words("的库存已发完", "its stock is used up"),
}


def sentences(event: Event[Any], form: _Content | None) -> tuple[Words, ...]:
    """By which rule it happened. `form`: the rules in force, as published; None where they are not known."""
    said = event.data
    if isinstance(said, DaySigned | DayMadeUp):
        return tuple(_counted(said))
    if isinstance(said, DayRevoked):
        return tuple(_revoked(said))
    if isinstance(said, _Refusal):
        return tuple(_refused(said, form))
    if isinstance(said, RankTaken):
        return tuple(_ranked(said))
    return tuple(_other(said))


def _counted(said: DaySigned | DayMadeUp) -> Iterator[Words]:
    if isinstance(said, DayMadeUp):
        yield Words(f"用 {said.pays} 补签了 {said.day}。", f"{said.day} was made up, paid by {said.pays}.")
    else:
        yield Words(f"{said.day} 已签到。", f"{said.day} was signed.")
    yield Words(
        f"本周期连续 {said.streak} 天，累计 {said.total} 天；显示的连续天数 {said.shown}。",
        f"{said.streak} in a row in the cycle, {said.total} in all of it; the streak that is shown is {said.shown}.",
    )
    for earned in said.earned:
        yield _earned(earned)
    for rule in said.owed_before:
        yield Words(
            f"“{rule}” 本应发放，但之前已发过或用于抵扣欠账。",
            f"`{rule}` was due and paid nothing: it was paid already, or pays a debt.",
        )


def _earned(earned: Earned) -> Words:
    why, reward = _BY[earned.by], earned.reward
    name = reward.name or reward.reward
    return Words(
        f"规则 {earned.rule}（{why.zh.format(days=earned.days)}）：{name} × {reward.amount}。",
        f"By the rule `{earned.rule}`, {why.en.format(days=earned.days)}: {name} x {reward.amount}.",
    )


def _revoked(said: DayRevoked) -> Iterator[Words]:
    yield Words(
        f"{said.by} 撤销了 {said.day}：{said.why or '未说明原因'}。",
        f"{said.by} revoked {said.day}: {said.why or 'no reason'}.",
    )
    becomes = {
        "reverse": Words("收回", "goes back"), "debt": Words("记为欠账", "is owed"), "keep": Words("保留", "is kept"),
    }  # fmt: skip
    for lost in said.lost:
        words = becomes[lost.becomes]
        yield Words(
            f"不再达到 “{lost.rule}”，按规则 on_revoke={lost.becomes}：{words.zh}。",
            f"`{lost.rule}` is no longer reached; by its rule `on_revoke: {lost.becomes}` it {words.en}.",
        )


def _refused(said: _Refusal, form: _Content | None) -> Iterator[Words]:
    rule = _RULES.get(said.reason)
    if rule and form:
        yield by_rule(rule, form)
    if isinstance(said, SignInRefused) and said.first is not None:
        first = said.first
        yield Words(
            f"第一次签到是事件 {first.event_id}，当时连续 {first.streak} 天。",
            f"The first one is event {first.event_id}, with {first.streak} in a row.",
        )
        for earned in first.earned:
            yield _earned(earned)


def _ranked(said: RankTaken) -> Iterator[Words]:
    yield Words(f"{said.day} 的第 {said.nth} 名。", f"It was number {said.nth} of {said.day}.")
    if said.withheld:
        why = _WITHHELD[said.withheld]
        yield Words(f"规则 {said.rule} {why.zh}，没有奖励。", f"The rule `{said.rule}` gave nothing: {why.en}.")
    elif said.rule:
        yield Words(f"依据规则 {said.rule} 有奖励。", f"The rule `{said.rule}` rewards it.")


def _other(said: Any) -> Iterator[Words]:
    if isinstance(said, MakeUpRequested):
        yield Words(
            f"补签 {said.day} 需要 {said.amount}（{said.pays}），最晚 {said.answer_by.isoformat()} 扣款。",
            f"Making up {said.day} costs {said.amount} ({said.pays}), to be taken by {said.answer_by.isoformat()}.",
        )
    elif isinstance(said, MakeUpReleased):
        yield Words(
            f"没有补签（{said.why}），扣款退还。", f"Nothing was made up ({said.why}), so what was taken goes back."
        )
    elif isinstance(said, TokensGranted):
        yield Words(
            f"因 {said.cause} 获得 {said.token} × {said.count}。", f"{said.token} x {said.count} for {said.cause}."
        )
    elif isinstance(said, RankNoted):
        zh, en = ("立即收回", "goes back at once") if said.gone else ("撤销当天时收回", "goes back with its day")
        yield Words(f"{said.day} 的名次奖励“{said.rule}”：{zh}。", f"`{said.rule}`, for the place of {said.day}, {en}.")
    elif isinstance(said, TokensTaken):
        yield Words(
            f"{said.cause} 已失效，收回未用的 {said.token} × {said.count}。",
            f"{said.cause} is void: {said.token} x {said.count}, not used, went back.",
        )
    elif isinstance(said, RewardCompensated | RewardUndelivered):
        instead = "" if isinstance(said, RewardUndelivered) else f"{said.reward.reward} x {said.reward.amount}"
        zh, en = (f"改发 {instead}", f"instead: {instead}") if instead else ("没有替代", "nothing is given instead")
        yield Words(
            f"奖励 {said.reward_id} 无法发放（{said.rejected}），{zh}。",
            f"Reward {said.reward_id} could not be delivered ({said.rejected}); {en}.",
        )
    elif isinstance(said, MemberLinked | AccountJoined):
        yield Words(
            f"{said.member_id} 与 {said.person_id} 是同一个人：签到日合并计算。",
            f"{said.member_id} and {said.person_id} are one person: their days count together.",
        )
    elif isinstance(said, CommandForwarded):
        yield Words(
            f"会员按 {said.content['person_id']} 计算，由请求 {said.forwarded_id} 处理。",
            f"The member counts for {said.content['person_id']}, so it was decided there, as {said.forwarded_id}.",
        )


def figures(state: State, event: Event[Any]) -> tuple[Figure, ...]:
    """What the event looked at, as it stands in `state`: asked before and after the event is folded."""
    said = event.data
    if not hasattr(said, "member_id") or isinstance(said, RankTaken | RankRefused | MemberLinked):
        return ()
    followed: Followed | None = state.record(said.activity_id, FOLLOWED)
    if followed is None or followed.in_force is None:
        return ()
    counting, day = followed.in_force.counting, followed.in_force.rules.day(event.time_ms)
    member: Member | Linked = state.record(said.activity_id, member_field(said)) or newcomer(day)
    if isinstance(member, Linked):  # there are no figures where it is not counted
        return ()
    now = reached(counting, member.days, member.rest.freezes, day)
    yesterday = reached(counting, member.days, member.rest.freezes, day - 1)
    return (
        Figure(Words("连续天数", "days in a row"), str(now.streak(day) or yesterday.streak(day - 1))),
        Figure(Words("本周期累计", "days in the cycle"), str(now.total)),
        Figure(Words("补签卡", "make-up cards"), str(member.rest.cards)),
    )
