"""Refusals in words: the sentence of the reason, and what would help."""

from functools import lru_cache

from fairground_contracts.refusals import NOTHING, Sentence, yuan
from fairground_lottery.contract import Reason
from fairground_lottery.contract.refusals import SENTENCES, SENTENCES_OF_PLAYS
from fairground_lottery.domain.in_force import InForce

#: Reasons that come out the same whenever the same request comes again, or that leave nothing to keep it in.
#: Every other refused request is remembered, so that it stays refused.
FINAL = frozenset(
    {Reason.UNKNOWN_ACTIVITY, Reason.STOPPED, Reason.ARCHIVED, Reason.DUPLICATE, Reason.TOO_OLD, Reason.TOO_LATE,
     Reason.OTHER_KIND}
)  # fmt: skip


@lru_cache(maxsize=4096)
def worded(reason: Reason, help_said: Sentence = NOTHING, of_plays: bool = False) -> dict[str, str]:
    """The fields of a refusal that hold its words."""
    zh, en = (SENTENCES_OF_PLAYS if of_plays else SENTENCES)[reason]
    return {"reason": reason, "zh": zh, "en": en, "help_zh": help_said.zh, "help_en": help_said.en}


def more_to_spend(missing_fen: int) -> Sentence:
    """The next chance is so many fen away."""
    missing = yuan(missing_fen)
    return Sentence(f"再消费 {missing} 元", f"{missing} yuan more")


_TOMORROW = Sentence("明天再来", "come again tomorrow")
_ANOTHER = Sentence("重新开始一局", "begin another play")

#: What helps wherever it is said.
_HELP = {
    Reason.QUOTA_USED_DAY: _TOMORROW,
    Reason.CAP_REACHED_DAY: _TOMORROW,
    Reason.QUOTA_USED_WEEK: Sentence("下周再来", "come again next week"),
    Reason.QUOTA_USED_MONTH: Sentence("下个月再来", "come again next month"),
    Reason.UNKNOWN_PLAY: _ANOTHER,
    Reason.PLAY_OVER: _ANOTHER,
    Reason.PAUSED: Sentence("稍后再来", "come again later"),
    Reason.SEED_UNAVAILABLE: Sentence("稍后用新的请求再试", "try again later, as a new request"),
    Reason.TOO_MANY_CHANCES: Sentence("请先使用已有的抽奖次数", "use the chances there are first"),
}


@lru_cache(maxsize=1024)
def help_with(reason: Reason, in_force: InForce) -> Sentence:
    """What would help against a refusal that depends on the activity alone."""
    if reason in _HELP:
        return _HELP[reason]
    rules = in_force.rules
    match reason:
        case Reason.NOT_STARTED:
            return Sentence(f"{rules.starts} 开始（{rules.zone}）", f"it starts at {rules.starts} ({rules.zone})")
        case Reason.OTHER_KIND if rules.play is not None:
            return Sentence("先开始一局，再提交分数", "begin a play, then finish it with its score")
        case Reason.OTHER_KIND:
            return Sentence("直接抽奖", "draw")
        case Reason.BELOW_MINIMUM if rules.orders is not None:
            least = yuan(rules.orders.min_order_fen)
            return Sentence(f"订单满 {least} 元", f"an order of at least {least} yuan")
        case Reason.UNKNOWN_SOURCE if rules.sources:
            named = [source.kind for source in rules.sources]
            verb = "is" if len(named) == 1 else "are"
            return Sentence(f"可用的来源：{'、'.join(named)}", f"there {verb} {', '.join(named)}")
        case _:
            return NOTHING


def help_to_buy(draws: int, unused: int) -> Sentence:
    """How many chances could be bought where a quota leaves so many draws and there are unused chances already."""
    if draws > unused:
        return Sentence(f"最多还能买 {draws - unused} 次", f"at most {draws - unused} more can be bought")
    return Sentence("已有的次数足够", "there are chances enough for the draws that are left") if draws > 0 else NOTHING


def help_to_chances(in_force: InForce, carried_fen: int, available: int) -> Sentence:
    """How a member comes to a chance at this wheel."""
    if available:
        return Sentence(f"现在可抽 {available} 次", f"{available} can be drawn now")
    orders = in_force.rules.orders
    if orders is not None and orders.rule == "cumulative":
        return more_to_spend(max(orders.every_fen - carried_fen, 1))  # linked members may have carried more together
    if orders is not None:
        least = yuan(max(orders.min_order_fen, 1))
        return Sentence(f"下一笔满 {least} 元的订单", f"an order of at least {least} yuan")
    if in_force.free_per_day:
        return _TOMORROW
    return NOTHING
