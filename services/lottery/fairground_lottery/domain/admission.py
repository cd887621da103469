"""Whether a member may take part at all: lists, shares, condition, risk. What they win is another matter."""

from typing import Any

from fairground_lottery.contract import Draw, FinishPlay, Reason, Sentence, StartPlay
from fairground_lottery.contract.refusals import NOTHING
from fairground_lottery.domain import entrants
from fairground_lottery.domain.records import Entrant
from fairground_lottery.domain.wheel import Gate
from fairground_lottery.rules import bucket

_Turn = Draw | StartPlay | FinishPlay


class Denied(Exception):
    """Why a member may not have a turn."""

    def __init__(self, reason: Reason, help_said: Sentence = NOTHING) -> None:
        super().__init__(reason)
        self.reason = reason
        self.help_said = help_said


def admit(gate: Gate, entrant: Entrant, draw: _Turn, day: int) -> None:
    """Raises Denied. Who is kept out hears that before anybody looks at what they know of them."""
    if draw.risk in gate.refused_risks:
        raise Denied(Reason.RISK_DENIED)
    member = draw.member_id
    if member in gate.never or (gate.only is not None and member not in gate.only):
        raise Denied(Reason.NOT_ELIGIBLE)
    if gate.share is not None and bucket("share", draw.activity_id, member) >= gate.share:
        raise Denied(Reason.NOT_ELIGIBLE)
    if gate.eligible is not None:
        answer = gate.eligible.answer(facts(entrant, draw, day))
        if answer.failed:
            said = Sentence(f"缺少会员信息：{answer.failed}", f"no answer from what is known: {answer.failed}")
            raise Denied(Reason.NOT_ELIGIBLE, said)
        if not answer.holds:
            text = gate.eligible.text
            raise Denied(Reason.NOT_ELIGIBLE, Sentence(f"条件：{text}", f"the condition: {text}"))
    if bucket("holdout", draw.activity_id, member) < gate.holdout:
        raise Denied(Reason.HOLDOUT)


def facts(entrant: Entrant, draw: _Turn, day: int) -> dict[str, Any]:
    """What conditions may ask: the command's facts, and what the wheel knows itself, whatever the command says."""
    known: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in draw.facts.items()
    }
    known |= {"draws": entrant.draws, "draws_today": entrants.used(entrant, day).day, "risk": draw.risk}
    return known
