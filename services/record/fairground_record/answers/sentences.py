"""What an event or a reward says to whoever asks why, whatever service it is of."""

from collections.abc import Iterator

from fairground_decider.answers import Words
from fairground_record.answers.members import Prize, said
from fairground_record.queries import Entry

#: What became of a reward, by its status.
_BECAME = {
    "granted": Words("还没有发放结果。", "nothing is known of its delivery yet."),
    "claimed": Words("已填写收货地址。", "the member has said where it is to be sent."),
    "shipped": Words("已寄出。", "it is on its way."),
    "returned": Words("已退回。", "it came back."),
    "delivered": Words("已送达。", "it was delivered."),
    "used": Words("已使用。", "it was made use of."),
    "rejected": Words("无法发放，已被拒绝。", "it could not be delivered and was rejected."),
    "waiting": Words("等待会员确认。", "the member has to confirm it first."),
    "failed": Words("发放出错，会重试。", "its delivery went wrong and is tried again."),
    "expired": Words("未在期限内领取，已过期。", "it was not taken in time and has expired."),
    "revoked": Words("已收回。", "it was taken back."),
}

#: What happened to an activity, of whatever kind it is, by the event's type. What happens within one is said by its
#: service's room `explaining`.
_HAPPENED = {
    "fairground.activity.published.v1": ("发布了第 {version} 版。", "Version {version} was published."),
    "fairground.activity.paused.v1": ("活动被暂停。", "The activity was paused."),
    "fairground.activity.resumed.v1": ("活动恢复。", "The activity was resumed."),
    "fairground.activity.stopped.v1": ("活动被终止。", "The activity was stopped."),
    "fairground.activity.archived.v1": ("活动被归档。", "The activity was archived."),
    "fairground.command.dead.v1": ("请求无法处理：{cause} {detail}", "It could not be decided: {cause} {detail}"),
}


def happened(entry: Entry) -> Iterator[Words]:
    """What an event says by itself: why it was refused, or who did what with the activity."""
    if entry.reason:
        refused = said(entry, "")
        yield Words(
            f"已拒绝（{entry.reason}）：{refused.zh}", f"Refused ({entry.reason}): {refused.en or 'no more is known'}"
        )
    if entry.type in _HAPPENED:
        zh, en = _HAPPENED[entry.type]
        named = {name: str(entry.data.get(name) or "") for name in ("version", "cause", "detail", "by", "why")}
        by = (
            Words(f"操作人 {named['by']}：{named['why']}", f" By {named['by']}: {named['why']}")
            if named["by"]
            else None
        )
        yield Words(zh.format(**named) + (by.zh if by else ""), en.format(**named) + (by.en if by else ""))


def unexplained(entry: Entry) -> Words:
    """Where nobody can say more: the kind of event that it is."""
    return Words(f"事件 {entry.type}。", f"Event {entry.type}.")


def became(prize: Prize) -> Words:
    """What became of a reward."""
    status = _BECAME[prize.status]
    why = f"（{prize.reason}）" if prize.reason else ""
    return Words(
        f"奖励 {prize.reward_id}“{prize.name}”：{status.zh}{why}",
        f'Reward {prize.reward_id} "{prize.name}": {status.en}{f" ({prize.reason})" if prize.reason else ""}',
    )
