"""Refusals in words: the sentence of the reason, and what would help."""

from functools import lru_cache

from fairground_contracts.refusals import NOTHING, Sentence
from fairground_redpacket.contract import Reason
from fairground_redpacket.contract.refusals import SENTENCES

_TOMORROW = Sentence("明天再来", "come again tomorrow")
_LATER = Sentence("稍后再来", "come again later")

#: What helps wherever it is said.
_HELP = {
    Reason.QUOTA_USED_DAY: _TOMORROW,
    Reason.BUDGET_USED_DAY: _TOMORROW,
    Reason.PAUSED: _LATER,
    Reason.SEED_UNAVAILABLE: _LATER,
    Reason.TOO_FAST: Sentence("慢一点再点", "tap more slowly"),
}


class Denied(Exception):
    """Why something may not be done."""

    def __init__(self, reason: Reason, help_said: Sentence = NOTHING, missing_fen: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.help_said = help_said
        self.missing_fen = missing_fen  # what an order is short of the minimum


@lru_cache(maxsize=4096)
def worded(reason: Reason, help_said: Sentence = NOTHING) -> dict[str, str]:
    """The fields of a refusal that hold its words."""
    zh, en = SENTENCES[reason]
    said = help_said if help_said.zh else _HELP.get(reason, NOTHING)
    return {"reason": reason, "zh": zh, "en": en, "help_zh": said.zh, "help_en": said.en}
