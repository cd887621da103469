"""Refusals in words: the sentence of the reason, and what would help."""

from functools import lru_cache

from fairground_contracts.refusals import NOTHING, Sentence
from fairground_signin.contract import Reason
from fairground_signin.contract.refusals import SENTENCES
from fairground_signin.rules import Rules


class Denied(Exception):
    """Why something is refused."""

    def __init__(self, reason: Reason, help_said: Sentence = NOTHING) -> None:
        super().__init__(reason)
        self.reason = reason
        self.help_said = help_said


@lru_cache(maxsize=4096)
def worded(reason: Reason, help_said: Sentence = NOTHING) -> dict[str, str]:
    """The fields of a refusal that hold its words."""
    zh, en = SENTENCES[reason]
    return {"reason": reason, "zh": zh, "en": en, "help_zh": help_said.zh, "help_en": help_said.en}


#: What helps wherever it is said.
_HELP = {
    Reason.DUPLICATE: Sentence("明天再来", "come again tomorrow"),
    Reason.SOLD_OUT: Sentence("明天早点来", "come earlier tomorrow"),
    Reason.PAUSED: Sentence("稍后再来", "come again later"),
    Reason.NO_ANSWER: Sentence("请再试一次；已扣的会退还", "ask again; whatever was taken goes back"),
    Reason.WAITING: Sentence("请等待扣款结果", "wait for the payment"),
}


def help_with(reason: Reason, rules: Rules) -> Sentence:
    """What would help against a refusal that depends on the rules alone."""
    if reason in _HELP:
        return _HELP[reason]
    make_up = rules.make_up
    match reason:
        case Reason.NOT_STARTED:
            return Sentence(f"{rules.starts} 开始（{rules.zone}）", f"it starts at {rules.starts} ({rules.zone})")
        case Reason.TOO_FAR_BACK if make_up is not None:
            return Sentence(f"最多补签 {make_up.days_back} 天前", f"at most {make_up.days_back} days back")
        case Reason.QUOTA_USED if make_up is not None:
            return Sentence(f"每周期最多 {make_up.per_cycle} 次", f"at most {make_up.per_cycle} in a cycle")
        case Reason.NO_CARD | Reason.NOT_FOR_SALE if make_up is not None:
            prices = {"points": make_up.points, "money": make_up.money_fen}
            ways = [*(["card"] if make_up.cards else []), *(name for name, price in prices.items() if price)]
            return Sentence(f"可用：{'、'.join(ways)}", f"possible: {', '.join(ways)}")
        case _:
            return NOTHING
