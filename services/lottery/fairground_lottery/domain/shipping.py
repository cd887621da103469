"""Physical prizes: claimed with an address, on their way, arrived or back; or not claimed in time.

When the time for claiming is over a timer asks for the end; a claim that comes late, before it, ends the prize as well.
"""

from collections.abc import Iterator
from typing import Any

from fairground_decider import Command, Event, State
from fairground_lottery.contract import (
    ClaimPrize,
    ExpirePrize,
    ParcelReported,
    PrizeClaimed,
    Reason,
    ReportParcel,
    RewardRefused,
    RewardTakenBack,
)
from fairground_lottery.domain import clawback, following, prizes
from fairground_lottery.domain.cases import ENDED, Case, Refused, case_of, refusal

#: How far a parcel is: news that are older than what is known change nothing.
_PROGRESS = {"granted": 0, "claimed": 0, "shipped": 1, "delivered": 2, "returned": 2}


def decide_claim(
    state: State, command: Command[ClaimPrize]
) -> Iterator[PrizeClaimed | RewardTakenBack | RewardRefused]:
    """The prize goes to that address; a claim that comes too late ends it."""
    asked = command.data
    try:
        case = case_of(state, asked, replaced=Reason.NOT_CLAIMABLE)
        _must_wait(case, repeated="claimed")
    except Refused as refused:
        yield refusal(state, asked, refused.reason)
        return
    if _is_over(case, command.time_ms):
        yield _not_claimed(case, asked)
        yield refusal(state, asked, Reason.CLAIM_OVER)
        return
    yield PrizeClaimed(**case.said(asked), address_ref=asked.address_ref)


def decide_expire(state: State, command: Command[ExpirePrize]) -> Iterator[RewardTakenBack | RewardRefused]:
    """What nobody claimed in time goes back, into stock too where the prize's rule says so."""
    asked = command.data
    try:
        case = case_of(state, asked, replaced=Reason.NOT_CLAIMABLE)
        _must_wait(case, repeated="expired")
    except Refused as refused:
        yield refusal(state, asked, refused.reason)
        return
    if _is_over(case, command.time_ms):
        yield _not_claimed(case, asked)
    else:
        yield refusal(state, asked, Reason.NOT_DUE)


def _must_wait(case: Case, repeated: str) -> None:
    """Only what waits to be claimed can be claimed, or expire. Raises Refused."""
    status = case.followed.status
    if case.followed.claim_by_s == 0:
        raise Refused(Reason.NOT_CLAIMABLE)
    if status == repeated:
        raise Refused(Reason.DUPLICATE)
    if status != "granted":
        raise Refused(ENDED.get(status, Reason.SETTLED))


def _is_over(case: Case, time_ms: int) -> bool:
    """Whether it can be claimed no more. A later version may have said that it need not be claimed in any time."""
    rule = case.in_force.followed.get(case.followed.prize)
    return rule is not None and rule.claim_days is not None and time_ms >= case.followed.claim_by_s * 1000


def _not_claimed(case: Case, asked: ClaimPrize | ExpirePrize) -> RewardTakenBack:
    reward = clawback.reward_of(case.in_force, case.followed)
    assert reward is not None, "a prize that was won stays in the rules"
    back = clawback.restocked(case.in_force, case.followed)
    return RewardTakenBack(**case.said(asked), reward=reward, cause="", why="not_claimed", **back)


def decide_report(state: State, command: Command[ReportParcel]) -> Iterator[ParcelReported | RewardRefused]:
    """Where the parcel is, if that is news."""
    asked = command.data
    try:
        case = case_of(state, asked, replaced=Reason.SETTLED)
        _must_be_news(case, asked)
    except Refused as refused:
        yield refusal(state, asked, refused.reason)
        return
    back = clawback.restocked(case.in_force, case.followed) if asked.status == "returned" else {}
    yield ParcelReported(**case.said(asked), status=asked.status, ref=asked.ref, **back)


def _must_be_news(case: Case, asked: ReportParcel) -> None:
    """Raises Refused."""
    known = case.followed.status
    if known == asked.status:
        raise Refused(Reason.DUPLICATE)
    if known not in _PROGRESS or _PROGRESS[known] >= _PROGRESS[asked.status]:
        raise Refused(ENDED.get(known, Reason.SETTLED))


def evolve_claimed(state: State, event: Event[Any]) -> None:
    """Fold that it is to be sent. The address is the shop's business."""
    following.change(state, event.data, status="claimed")


def evolve_reported(state: State, event: Event[Any]) -> None:
    """Fold where it is; what came back is in stock again where the rules say so."""
    said: ParcelReported = event.data
    following.change(state, said, status=said.status)
    if said.restocked:
        prizes.put_back(state, said.activity_id, said.prize, said.budget_fen)
