"""Whether a member may have a share of anything here: risk, lists, shares, condition."""

from typing import Any

from fairground_contracts.refusals import Sentence
from fairground_redpacket.contract import Grab, Reason
from fairground_redpacket.domain.refusals import Denied
from fairground_redpacket.rules import Who


def admit(who: Who, grab: Grab) -> None:
    """Raises Denied. Who is kept out hears that before anybody looks at what is known of them."""
    if who.refuse_risk is not None and grab.risk >= who.refuse_risk:
        raise Denied(Reason.RISK_DENIED)
    gate = who.gate
    if gate is None:
        return
    if not gate.lists(grab.activity_id, grab.member_id, grab.person_id):
        raise Denied(Reason.NOT_ELIGIBLE)
    if gate.eligible is not None:
        answer = gate.eligible.answer(_facts(grab))
        if answer.failed:
            said = Sentence(f"缺少会员信息：{answer.failed}", f"no answer from what is known: {answer.failed}")
            raise Denied(Reason.NOT_ELIGIBLE, said)
        if not answer.holds:
            text = gate.eligible.text
            raise Denied(Reason.NOT_ELIGIBLE, Sentence(f"条件：{text}", f"the condition: {text}"))
    if gate.holds_out(grab.activity_id, grab.person_id or grab.member_id):
        raise Denied(Reason.HOLDOUT)


def _facts(grab: Grab) -> dict[str, Any]:
    """What conditions may ask: the command's facts, and its risk level."""
    known: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in grab.facts.items()
    }
    return known | {"risk": grab.risk}
