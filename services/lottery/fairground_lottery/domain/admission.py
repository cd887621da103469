"""Whether a member may take part at all: lists, shares, condition, risk. What they win is another matter.

Who may not draw may not pay for it either: a purchase of chances is asked the same.
"""

from typing import Any

from fairground_contracts.refusals import NOTHING, Sentence
from fairground_lottery.contract import BuyChances, Draw, FinishPlay, MemberCommand, Reason, StartPlay
from fairground_lottery.domain import entrants
from fairground_lottery.domain.in_force import Gate
from fairground_lottery.domain.records import Entrant

_Asked = Draw | StartPlay | FinishPlay | BuyChances


class Denied(Exception):
    """Why a member may not have a turn."""

    def __init__(self, reason: Reason, help_said: Sentence = NOTHING) -> None:
        super().__init__(reason)
        self.reason = reason
        self.help_said = help_said


def admit(gate: Gate, entrant: Entrant, asked: _Asked, day: int) -> None:
    """Raises Denied. Who is kept out hears that before anybody looks at what they know of them."""
    if asked.risk in gate.refused_risks:
        raise Denied(Reason.RISK_DENIED)
    _listed(gate, asked)
    if gate.eligible is not None:
        answer = gate.eligible.answer(facts(entrant, asked, day))
        if answer.failed:
            said = Sentence(f"缺少会员信息：{answer.failed}", f"no answer from what is known: {answer.failed}")
            raise Denied(Reason.NOT_ELIGIBLE, said)
        if not answer.holds:
            text = gate.eligible.text
            raise Denied(Reason.NOT_ELIGIBLE, Sentence(f"条件：{text}", f"the condition: {text}"))
    _not_held_out(gate, asked)


def _listed(gate: Gate, asked: MemberCommand) -> None:
    if not gate.lists(asked.activity_id, asked.member_id, asked.person_id):
        raise Denied(Reason.NOT_ELIGIBLE)


def _not_held_out(gate: Gate, asked: MemberCommand) -> None:
    if gate.holds_out(asked.activity_id, asked.person_id or asked.member_id):
        raise Denied(Reason.HOLDOUT)


def facts(entrant: Entrant, asked: _Asked, day: int) -> dict[str, Any]:
    """What conditions may ask: the command's facts, and what the activity knows itself, whatever the command says."""
    known: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in asked.facts.items()
    }
    known |= {"draws": entrant.draws, "draws_today": entrants.used(entrant, day).day, "risk": asked.risk}
    return known
