"""Whether a member may have a share of anything here: risk, lists, shares, condition."""

from functools import partial
from typing import Any

from fairground_activities.files import supplied
from fairground_redpacket.contract import Grab, Reason
from fairground_redpacket.domain.refusals import Denied
from fairground_redpacket.rules import Who


def admit(who: Who, grab: Grab) -> None:
    """Raises Denied. What the risk level refuses is said first."""
    if who.refuse_risk is not None and grab.risk >= who.refuse_risk:
        raise Denied(Reason.RISK_DENIED)
    if who.gate is None:
        return
    kept_out = who.gate.keeps_out(grab.activity_id, grab.member_id, grab.person_id, partial(_facts, grab))
    if kept_out is not None:
        raise Denied(Reason(kept_out.code), kept_out.help_said)


def _facts(grab: Grab) -> dict[str, Any]:
    """What conditions may ask: the command's facts, and its risk level, whatever the command says."""
    return supplied(grab.facts) | {"risk": grab.risk}
