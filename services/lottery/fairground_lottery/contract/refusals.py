"""Why an activity says no: a closed list, each reason with a sentence a member understands, in two languages."""

from enum import StrEnum

from fairground_contracts.refusals import Sentence


class Reason(StrEnum):
    """The machine-readable reason of a refusal. docs/lottery.md says what an operator can do about each."""

    UNKNOWN_ACTIVITY = "unknown_activity"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    PAUSED = "paused"
    STOPPED = "stopped"
    ARCHIVED = "archived"
    NO_CHANCES = "no_chances"
    QUOTA_USED_DAY = "quota_used_day"
    QUOTA_USED_WEEK = "quota_used_week"
    QUOTA_USED_MONTH = "quota_used_month"
    QUOTA_USED_TOTAL = "quota_used_total"
    DUPLICATE = "duplicate"
    TOO_OLD = "too_old"
    TOO_LATE = "too_late"
    SEED_UNAVAILABLE = "seed_unavailable"
    ORDERS_NOT_COUNTED = "orders_not_counted"
    BELOW_MINIMUM = "below_minimum"
    ORDER_REFUNDED = "order_refunded"
    ALREADY_EXPIRED = "already_expired"
    TOO_MANY_CHANCES = "too_many_chances"
    NOT_ELIGIBLE = "not_eligible"
    HOLDOUT = "holdout"
    RISK_DENIED = "risk_denied"
    UNKNOWN_REWARD = "unknown_reward"
    TAKEN_BACK = "taken_back"
    SETTLED = "settled"
    NOT_CLAIMABLE = "not_claimable"
    CLAIM_OVER = "claim_over"
    NOT_DUE = "not_due"
    UNKNOWN_SOURCE = "unknown_source"
    CAP_REACHED_DAY = "cap_reached_day"
    CAP_REACHED_TOTAL = "cap_reached_total"
    FUNDING_REFUSED = "funding_refused"
    OTHER_KIND = "other_kind"
    UNKNOWN_PLAY = "unknown_play"
    PLAY_OVER = "play_over"
    IMPLAUSIBLE = "implausible"


SENTENCES: dict[Reason, Sentence] = {
    Reason.UNKNOWN_ACTIVITY: Sentence("没有这个活动。", "There is no such activity."),
    Reason.NOT_STARTED: Sentence("活动还没有开始。", "The activity has not started yet."),
    Reason.ENDED: Sentence("活动已经结束。", "The activity is over."),
    Reason.PAUSED: Sentence("活动暂停中。", "The activity is paused."),
    Reason.STOPPED: Sentence("活动已经终止。", "The activity was stopped."),
    Reason.ARCHIVED: Sentence("活动已经归档。", "The activity is archived."),
    Reason.NO_CHANCES: Sentence("抽奖次数不足。", "There are not enough chances left."),
    Reason.QUOTA_USED_DAY: Sentence("今天的抽奖次数已达上限。", "The limit of draws for this day is reached."),
    Reason.QUOTA_USED_WEEK: Sentence("本周的抽奖次数已达上限。", "The limit of draws for this week is reached."),
    Reason.QUOTA_USED_MONTH: Sentence("本月的抽奖次数已达上限。", "The limit of draws for this month is reached."),
    Reason.QUOTA_USED_TOTAL: Sentence("本次活动的抽奖次数已达上限。", "The limit of draws for all of it is reached."),
    Reason.DUPLICATE: Sentence("这个请求已经处理过。", "This was decided before."),
    Reason.TOO_OLD: Sentence("这个请求太旧，可能已经处理过。", "This is too old: it may have been decided before."),
    Reason.TOO_LATE: Sentence("这一天已经结算，不能再抽。", "That day is closed already."),
    Reason.SEED_UNAVAILABLE: Sentence(
        "暂时无法公平抽奖，次数没有扣除。", "A fair draw is not possible at the moment; no chance was used."
    ),
    Reason.ORDERS_NOT_COUNTED: Sentence("这个活动不按订单送抽奖次数。", "Orders earn no chances here."),
    Reason.BELOW_MINIMUM: Sentence("订单金额没有达到最低要求。", "The order is below the minimum amount."),
    Reason.ORDER_REFUNDED: Sentence("订单已经取消或退款。", "The order was cancelled or refunded."),
    Reason.ALREADY_EXPIRED: Sentence("这些抽奖次数已经过期。", "These chances have expired already."),
    Reason.TOO_MANY_CHANCES: Sentence("未使用的抽奖次数太多。", "Too many grants of chances are still unused."),
    Reason.NOT_ELIGIBLE: Sentence("不符合参加条件。", "The conditions for taking part are not met."),
    Reason.HOLDOUT: Sentence("本次活动暂不对您开放。", "The activity is not open to you this time."),
    Reason.RISK_DENIED: Sentence(
        "暂时不能参加，请联系客服。", "Taking part is not possible now; ask customer service."
    ),
    Reason.UNKNOWN_REWARD: Sentence(
        "没有这份奖励，或已经超过可以处理的期限。", "No such reward of this member is followed here, or not any more."
    ),
    Reason.TAKEN_BACK: Sentence("这份奖励已经收回。", "This reward was taken back."),
    Reason.SETTLED: Sentence("这份奖励已经处理完毕。", "This reward is settled already."),
    Reason.NOT_CLAIMABLE: Sentence("这份奖励不需要领取。", "This reward does not have to be claimed."),
    Reason.CLAIM_OVER: Sentence("已超过领取期限。", "The time for claiming it is over."),
    Reason.NOT_DUE: Sentence("还没有到领取期限。", "It can still be claimed."),
    Reason.UNKNOWN_SOURCE: Sentence("这个活动不从这个来源送抽奖次数。", "This source brings no chances here."),
    Reason.CAP_REACHED_DAY: Sentence(
        "今天从这个来源获得的抽奖次数已达上限。", "The limit of chances from this source for this day is reached."
    ),
    Reason.CAP_REACHED_TOTAL: Sentence(
        "从这个来源获得的抽奖次数已达上限。", "The limit of chances from this source for all of it is reached."
    ),
    Reason.FUNDING_REFUSED: Sentence("积分没有扣成功，没有购买。", "The points were not taken; nothing was bought."),
    Reason.OTHER_KIND: Sentence("这个活动不是这样参加的。", "This activity is not played like this."),
    Reason.UNKNOWN_PLAY: Sentence("没有这一局，或者它不是您的。", "There is no such play, or it is not yours."),
    Reason.PLAY_OVER: Sentence("这一局已经超时。", "The time for this play is over."),
    Reason.IMPLAUSIBLE: Sentence("这个成绩不可能达到，这一局作废。", "This score is not possible; the play is void."),
}

#: The same where it is said of plays.
SENTENCES_OF_PLAYS: dict[Reason, Sentence] = SENTENCES | {
    Reason.QUOTA_USED_DAY: Sentence("今天的游戏次数已达上限。", "The limit of plays for this day is reached."),
    Reason.QUOTA_USED_WEEK: Sentence("本周的游戏次数已达上限。", "The limit of plays for this week is reached."),
    Reason.QUOTA_USED_MONTH: Sentence("本月的游戏次数已达上限。", "The limit of plays for this month is reached."),
    Reason.QUOTA_USED_TOTAL: Sentence("本次活动的游戏次数已达上限。", "The limit of plays for all of it is reached."),
    Reason.TOO_LATE: Sentence("这一天已经结算，不能再玩。", "That day is closed already."),
    Reason.SEED_UNAVAILABLE: Sentence("暂时无法公平抽奖。", "A fair draw is not possible at the moment."),
}
