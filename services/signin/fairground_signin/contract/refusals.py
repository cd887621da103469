"""Why a sign-in activity says no: a closed list, each reason with a sentence a member understands, in two languages."""

from enum import StrEnum

from fairground_contracts.refusals import Sentence


class Reason(StrEnum):
    """The machine-readable reason of a refusal. docs/signin.md says what an operator can do about each."""

    UNKNOWN_ACTIVITY = "unknown_activity"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    PAUSED = "paused"
    STOPPED = "stopped"
    ARCHIVED = "archived"
    DUPLICATE = "duplicate"
    TOO_OLD = "too_old"
    DAY_REVOKED = "day_revoked"
    NOT_ELIGIBLE = "not_eligible"
    HOLDOUT = "holdout"
    RISK_DENIED = "risk_denied"
    NO_SUCH_DAY = "no_such_day"
    NO_MAKE_UP = "no_make_up"
    NO_FREEZE = "no_freeze"
    TOO_MANY_TOKENS = "too_many_tokens"
    NOT_MISSED = "not_missed"
    TOO_FAR_BACK = "too_far_back"
    CYCLE_OVER = "cycle_over"
    QUOTA_USED = "quota_used"
    NO_CARD = "no_card"
    NOT_FOR_SALE = "not_for_sale"
    WAITING = "waiting"
    FUNDING_REFUSED = "funding_refused"
    NO_ANSWER = "no_answer"
    SOLD_OUT = "sold_out"
    BUDGET_USED = "budget_used"
    UNKNOWN_REWARD = "unknown_reward"
    LINKED_OTHERWISE = "linked_otherwise"


SENTENCES: dict[Reason, Sentence] = {
    Reason.UNKNOWN_ACTIVITY: Sentence("没有这个活动。", "There is no such activity."),
    Reason.NOT_STARTED: Sentence("活动还没有开始。", "The activity has not started yet."),
    Reason.ENDED: Sentence("活动已经结束。", "The activity is over."),
    Reason.PAUSED: Sentence("活动暂停中。", "The activity is paused."),
    Reason.STOPPED: Sentence("活动已经终止。", "The activity was stopped."),
    Reason.ARCHIVED: Sentence("活动已经归档。", "The activity is archived."),
    Reason.DUPLICATE: Sentence("已经签到或处理过了。", "This was done before."),
    Reason.TOO_OLD: Sentence("这一天太久以前，已经不再保留。", "That day is too long ago; it is not kept any more."),
    Reason.DAY_REVOKED: Sentence("这一天的签到已被撤销。", "That day was revoked."),
    Reason.NOT_ELIGIBLE: Sentence("不符合参加条件。", "The conditions for taking part are not met."),
    Reason.HOLDOUT: Sentence("本次活动暂不对您开放。", "The activity is not open to you this time."),
    Reason.RISK_DENIED: Sentence(
        "暂时不能参加，请联系客服。", "Taking part is not possible now; ask customer service."
    ),
    Reason.NO_SUCH_DAY: Sentence("活动没有这一天。", "That is no day of this activity."),
    Reason.NO_FREEZE: Sentence("这个活动没有保护卡。", "There are no freezes here."),
    Reason.NO_MAKE_UP: Sentence("这个活动不能补签。", "Missed days cannot be made up here."),
    Reason.TOO_MANY_TOKENS: Sentence("一次发放的补签卡或保护卡太多。", "These are too many cards or freezes at once."),
    Reason.NOT_MISSED: Sentence("这一天不是漏签的日子。", "That is no missed day."),
    Reason.TOO_FAR_BACK: Sentence("这一天太早，不能补签。", "That day is too far back to be made up."),
    Reason.CYCLE_OVER: Sentence("这一天的周期已经结束。", "The cycle of that day is over."),
    Reason.QUOTA_USED: Sentence("本周期的补签次数已用完。", "All make-ups of this cycle are used."),
    Reason.NO_CARD: Sentence("没有补签卡。", "There is no make-up card."),
    Reason.NOT_FOR_SALE: Sentence("补签不能这样支付。", "A make-up cannot be paid like this."),
    Reason.WAITING: Sentence("这一天的补签正在等待扣款。", "A make-up of that day waits for its payment already."),
    Reason.NO_ANSWER: Sentence(
        "没有等到扣款结果，没有补签。", "Nobody has said in time whether it was paid, so nothing was made up."
    ),
    Reason.FUNDING_REFUSED: Sentence("扣款没有成功，没有补签。", "It was not paid; nothing was made up."),
    Reason.SOLD_OUT: Sentence("今天的名额已满。", "All places of this day are taken."),
    Reason.BUDGET_USED: Sentence("名次奖励的预算已用完。", "The budget for these rewards is used."),
    Reason.UNKNOWN_REWARD: Sentence("没有这份奖励。", "There is no such reward."),
    Reason.LINKED_OTHERWISE: Sentence("该会员已经关联到别人。", "This member is counted under somebody else already."),
}
