"""Whether a member may take part at all: lists, shares, condition, risk. What they win is another matter.

Who may not draw may not pay for it either: a purchase of chances is asked the same.
"""

from functools import partial
from typing import Any

from fairground_activities.files import supplied
from fairground_contracts.refusals import NOTHING, Sentence
from fairground_lottery.contract import BuyChances, Draw, FinishPlay, Reason, StartPlay
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
    """Raises Denied. What the risk level refuses is said first."""
    if asked.risk in gate.refused_risks:
        raise Denied(Reason.RISK_DENIED)
    known = partial(facts, entrant, asked, day)
    kept_out = gate.keeps_out(asked.activity_id, asked.member_id, asked.person_id, known)
    if kept_out is not None:
        raise Denied(Reason(kept_out.code), kept_out.help_said)


def facts(entrant: Entrant, asked: _Asked, day: int) -> dict[str, Any]:
    """What conditions may ask: the command's facts, and what the activity knows itself, whatever the command says."""
    known = supplied(asked.facts)
    known |= {"draws": entrant.draws, "draws_today": entrants.used(entrant, day).day, "risk": asked.risk}
    return known
