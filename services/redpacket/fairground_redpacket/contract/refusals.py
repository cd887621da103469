"""Why a red packet says no: a closed list, each reason with a sentence a member understands, in two languages."""

from enum import StrEnum

from fairground_contracts.refusals import Sentence


class Reason(StrEnum):
    """The machine-readable reason of a refusal. docs/redpacket.md says what an operator can do about each."""

    UNKNOWN_ACTIVITY = "unknown_activity"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    PAUSED = "paused"
    STOPPED = "stopped"
    ARCHIVED = "archived"
    OTHER_KIND = "other_kind"
    NOT_A_SENDER = "not_a_sender"
    BAD_AMOUNT = "bad_amount"
    BAD_COUNT = "bad_count"
    BAD_SPLIT = "bad_split"
    BAD_ACCESS = "bad_access"
    QUOTA_USED_DAY = "quota_used_day"
    QUOTA_USED_TOTAL = "quota_used_total"
    BUDGET_USED = "budget_used"
    BUDGET_USED_DAY = "budget_used_day"
    DUPLICATE = "duplicate"
    TOO_OLD = "too_old"
    TOO_LATE = "too_late"
    ORDER_VOID = "order_void"
    BELOW_MINIMUM = "below_minimum"
    NO_GIFTS = "no_gifts"
    TOO_MANY_PACKETS = "too_many_packets"
    FUNDING_REFUSED = "funding_refused"
    FUNDING_TIMEOUT = "funding_timeout"
    TOO_MANY_PENDING = "too_many_pending"
    UNKNOWN_FUNDING = "unknown_funding"
    UNKNOWN_PACKET = "unknown_packet"
    ALREADY_GRABBED = "already_grabbed"
    SOLD_OUT = "sold_out"
    EXPIRED = "expired"
    SENDER_MAY_NOT = "sender_may_not"
    NOT_IN_GROUP = "not_in_group"
    NOT_A_RECEIVER = "not_a_receiver"
    WRONG_PASSWORD = "wrong_password"
    GUESSES_USED = "guesses_used"
    NOT_ELIGIBLE = "not_eligible"
    HOLDOUT = "holdout"
    RISK_DENIED = "risk_denied"
    OTHER_POOL = "other_pool"
    CAP_REACHED = "cap_reached"
    TOO_FAST = "too_fast"
    SEED_UNAVAILABLE = "seed_unavailable"
    NOT_DUE = "not_due"
    ALREADY_CLOSED = "already_closed"
    UNSETTLED = "unsettled"
    LINKED_OTHERWISE = "linked_otherwise"
    TOO_MANY_LINKED = "too_many_linked"
    NOT_LINKED = "not_linked"
    UNKNOWN_REWARD = "unknown_reward"
    SETTLED = "settled"


SENTENCES: dict[Reason, Sentence] = {
    Reason.UNKNOWN_ACTIVITY: Sentence("没有这个活动。", "There is no such activity."),
    Reason.NOT_STARTED: Sentence("还没有开始。", "It has not started yet."),
    Reason.ENDED: Sentence("活动已经结束。", "The activity is over."),
    Reason.PAUSED: Sentence("暂停中。", "It is paused."),
    Reason.STOPPED: Sentence("已经终止。", "It was stopped."),
    Reason.ARCHIVED: Sentence("活动已经归档。", "The activity is archived."),
    Reason.OTHER_KIND: Sentence("这个活动不是这样参加的。", "This activity does not work like this."),
    Reason.NOT_A_SENDER: Sentence("这个活动不能这样发红包。", "Packets of this activity are not sent like this."),
    Reason.BAD_AMOUNT: Sentence("红包金额不符合规则。", "The amount is not within the rules."),
    Reason.BAD_COUNT: Sentence("红包个数不符合规则。", "The number of shares is not within the rules."),
    Reason.BAD_SPLIT: Sentence("这个活动没有这种分法。", "This activity has no such split."),
    Reason.BAD_ACCESS: Sentence("这个活动没有这种领取方式。", "This activity has no packets for such receivers."),
    Reason.QUOTA_USED_DAY: Sentence("今天的红包个数已达上限。", "The limit of packets for this day is reached."),
    Reason.QUOTA_USED_TOTAL: Sentence("红包个数已达上限。", "The limit of packets for all of it is reached."),
    Reason.BUDGET_USED: Sentence("活动预算已经用完。", "The budget of the activity is used up."),
    Reason.BUDGET_USED_DAY: Sentence("今天的预算已经用完。", "The budget of this day is used up."),
    Reason.DUPLICATE: Sentence("这个请求已经处理过。", "This was decided before."),
    Reason.TOO_OLD: Sentence("这个请求太旧，可能已经处理过。", "This is too old: it may have been decided before."),
    Reason.TOO_LATE: Sentence("这一天已经结算。", "That day is closed already."),
    Reason.ORDER_VOID: Sentence("订单已经取消或退款。", "The order was cancelled or refunded."),
    Reason.BELOW_MINIMUM: Sentence("订单金额没有达到最低要求。", "The order is below the minimum amount."),
    Reason.NO_GIFTS: Sentence("这个活动不送红包。", "This activity gives no packets for this."),
    Reason.TOO_MANY_PACKETS: Sentence("一份奖励的红包太多。", "One reward cannot be so many packets."),
    Reason.FUNDING_REFUSED: Sentence("付款没有成功，红包没有发出。", "The money was not taken; no packet was sent."),
    Reason.FUNDING_TIMEOUT: Sentence(
        "付款超时，红包没有发出。", "The money was not taken in time; no packet was sent."
    ),
    Reason.TOO_MANY_PENDING: Sentence("还有红包等待付款。", "Other packets wait for their money still."),
    Reason.UNKNOWN_FUNDING: Sentence("没有等待这笔付款的红包。", "No packet waits for this payment."),
    Reason.UNKNOWN_PACKET: Sentence("没有这个红包。", "There is no such packet."),
    Reason.ALREADY_GRABBED: Sentence("您已经领过这个红包。", "You have a share of this packet already."),
    Reason.SOLD_OUT: Sentence("手慢了，红包派完了。", "Too late: the packet is empty."),
    Reason.EXPIRED: Sentence("红包已经过期。", "The packet has expired."),
    Reason.SENDER_MAY_NOT: Sentence("不能领自己发的红包。", "The sender cannot have a share of this packet."),
    Reason.NOT_IN_GROUP: Sentence("这个红包只发给群成员。", "This packet is for a group's members only."),
    Reason.NOT_A_RECEIVER: Sentence("这个红包不是发给您的。", "This packet is for somebody else."),
    Reason.WRONG_PASSWORD: Sentence("口令不对。", "The password is wrong."),
    Reason.GUESSES_USED: Sentence("口令输错次数已达上限。", "There are no guesses of the password left."),
    Reason.NOT_ELIGIBLE: Sentence("不符合参加条件。", "The conditions for taking part are not met."),
    Reason.HOLDOUT: Sentence("本次活动暂不对您开放。", "The activity is not open to you this time."),
    Reason.RISK_DENIED: Sentence(
        "暂时不能参加，请联系客服。", "Taking part is not possible now; ask customer service."
    ),
    Reason.OTHER_POOL: Sentence("请到您所属的红包池领取。", "Your shares are in another pool of this session."),
    Reason.CAP_REACHED: Sentence("本场次领取次数已达上限。", "Your limit for this session is reached."),
    Reason.TOO_FAST: Sentence("点得太快了。", "That was too fast."),
    Reason.SEED_UNAVAILABLE: Sentence(
        "暂时无法公平拆红包，请稍后再试。", "A fair share is not possible at the moment."
    ),
    Reason.NOT_DUE: Sentence("还没有到时间。", "It is not due yet."),
    Reason.ALREADY_CLOSED: Sentence("红包已经结束。", "The packet is closed already."),
    Reason.UNSETTLED: Sentence("还有没到账的金额。", "Some of what was grabbed is not paid out yet."),
    Reason.LINKED_OTHERWISE: Sentence("该会员已关联到另一个人。", "The member is linked to another person."),
    Reason.TOO_MANY_LINKED: Sentence("这个人关联的会员已达上限。", "The person has as many members as can be linked."),
    Reason.NOT_LINKED: Sentence("该会员没有解除关联的记录。", "The member is not known as one who was unlinked."),
    Reason.UNKNOWN_REWARD: Sentence("没有这笔付款。", "There is no such payout of this packet."),
    Reason.SETTLED: Sentence("这笔付款已经处理完毕。", "This payout is settled already."),
}
