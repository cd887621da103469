"""What events send elsewhere: a pure function of the one event, so that sending again sends the same."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from fairground_activities.lifecycle import STATUS_AFTER
from fairground_activities.telling import listed
from fairground_contracts import topics
from fairground_contracts.activities import ActivityPublished
from fairground_contracts.funding import FundingReleased, FundingRequested
from fairground_contracts.message import trusted
from fairground_contracts.rewards import Reward, RewardClaimed, RewardGranted, RewardRevoked
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_decider import Event, Outgoing
from fairground_lottery.contract import (
    COMMANDS,
    SERVICE,
    ChancesGranted,
    ChancesRefused,
    CommandForwarded,
    ExpirePrize,
    GrantChances,
    PlayWon,
    PrizeClaimed,
    PrizeWon,
    PurchaseReleased,
    PurchaseRequested,
    RewardCompensated,
    RewardTakenBack,
    WithdrawGrant,
)
from fairground_lottery.domain import taken_up
from fairground_lottery.domain.following import compensation_id, reward_id


def effects_of(event: Event[Any]) -> Iterable[Outgoing]:
    """A won prize, or what is given instead, is owed; whatever happens to an activity changes its row in the table."""
    effect = _EFFECTS.get(type(event.data))
    return () if effect is None else effect(event)


def _won(event: Event[PrizeWon]) -> Iterable[Outgoing]:
    """What a draw or a play has won; what has to be claimed expires by a timer."""
    won = event.data
    why = f"prize {won.prize_id} of {won.activity_id}"
    owed = _owed(event, reward_id(event.id), won.prize_id, won.reward, why)
    return owed if won.claim_by is None else (*owed, _claim_ends(event, won.claim_by))


def _claim_ends(event: Event[PrizeWon], claim_by: datetime) -> Outgoing:
    won, reward = event.data, reward_id(event.id)
    expire = ExpirePrize(
        activity_id=won.activity_id, member_id=won.member_id, person_id=won.person_id, reward_id=reward
    )
    asked = TimerRequested(
        service=SERVICE,
        timer_id=_claim_timer(reward),
        revision=0,
        due_at=claim_by,
        key=won.activity_id,
        command=ExpirePrize.type,
        content=expire.model_dump(mode="json"),
    )
    return Outgoing(topics.TIMERS.name, f"{SERVICE}:{asked.timer_id}", f"{event.id}-t", won.activity_id, asked)


def _claim_timer(reward: str) -> str:
    return f"claim:{reward}"


def _instead(event: Event[RewardCompensated]) -> Iterable[Outgoing]:
    """What is given instead of a reward that could not be delivered."""
    said = event.data
    why = f"instead of prize {said.prize} of {said.activity_id}"
    return _owed(event, compensation_id(said.reward_id), said.prize, said.reward, why)


def _owed(
    event: Event[PrizeWon] | Event[RewardCompensated], granted: str, prize_id: str, what: Reward, why: str
) -> tuple[Outgoing, ...]:
    """The reward; draw chances are also granted at the wheel they are for, with the reward as their cause."""
    said = event.data
    fields = {
        "member_id": said.member_id,
        "activity_id": said.activity_id,
        "service": SERVICE,
        "version": said.version,
        "prize_id": prize_id,
        "reward": what,
    }
    owed = trusted(RewardGranted, fields)
    reward = Outgoing(topics.REWARDS.name, said.member_id, granted, said.activity_id, owed)
    if what.reward != "draw_chances":
        return (reward,)
    wheel = what.ref or said.activity_id
    grant = GrantChances(
        activity_id=wheel,
        member_id=said.member_id,
        person_id=said.person_id,
        chances=what.amount,
        cause=taken_up.cause_of(reward.id),
        why=why,
        granted_by=said.activity_id,
    )
    return reward, Outgoing(topics.commands(SERVICE).name, wheel, f"{event.id}-c", wheel, grant)


def _taken_back(event: Event[RewardTakenBack]) -> Iterable[Outgoing]:
    """The reward is revoked; the draw chances that it was are also taken back at the wheel that they were for."""
    said = event.data
    revoked = RewardRevoked(
        reward_id=said.reward_id,
        member_id=said.member_id,
        activity_id=said.activity_id,
        service=SERVICE,
        reward=said.reward,
        reason=f"order_{said.why}" if said.why in ("cancelled", "refunded") else said.why,
    )
    yield Outgoing(topics.REWARDS.name, said.member_id, f"{said.reward_id}-v", said.activity_id, revoked)
    if said.reward.reward == "draw_chances":
        wheel = said.reward.ref or said.activity_id
        cause = taken_up.cause_of(said.reward_id)
        revoke = WithdrawGrant(activity_id=wheel, member_id=said.member_id, person_id=said.person_id, cause=cause)
        yield Outgoing(topics.commands(SERVICE).name, wheel, f"{event.id}-c", wheel, revoke)


def _claimed(event: Event[PrizeClaimed]) -> tuple[Outgoing, ...]:
    """Whoever ships prizes hears where this one goes; nothing expires any more."""
    said = event.data
    claimed = RewardClaimed(
        reward_id=said.reward_id,
        member_id=said.member_id,
        activity_id=said.activity_id,
        service=SERVICE,
        address_ref=said.address_ref,
    )
    gone = TimerCancelled(service=SERVICE, timer_id=_claim_timer(said.reward_id), revision=1)
    return (
        Outgoing(topics.REWARDS.name, said.member_id, f"{said.reward_id}-a", said.activity_id, claimed),
        Outgoing(topics.TIMERS.name, f"{SERVICE}:{gone.timer_id}", f"{event.id}-t", said.activity_id, gone),
    )


def _listed(event: Event[Any]) -> tuple[Outgoing, ...]:
    """The activity's row, and its end."""
    return listed(event, SERVICE)


def _forwarded(event: Event[CommandForwarded]) -> tuple[Outgoing]:
    """The command comes back for the account under which the member is counted."""
    said = event.data
    command = COMMANDS[said.asked].model_validate(said.content)
    return (Outgoing(topics.commands(SERVICE).name, said.activity_id, said.forwarded_id, said.activity_id, command),)


def _funding(event: Event[PurchaseRequested]) -> tuple[Outgoing]:
    """Whoever owns the points is asked for them."""
    asked = event.data
    request = FundingRequested(
        member_id=asked.member_id,
        activity_id=asked.activity_id,
        service=SERVICE,
        pays="points",
        amount=asked.points,
        answer_by=asked.answer_by,
        purpose="draw_chances",
    )
    return (Outgoing(topics.FUNDING.name, asked.member_id, asked.funding_id, asked.activity_id, request),)


def _given_back(event: Event[PurchaseReleased]) -> tuple[Outgoing]:
    """Points that were taken for nothing go back, once for each funding."""
    said = event.data
    release = FundingReleased(
        member_id=said.member_id,
        activity_id=said.activity_id,
        service=SERVICE,
        funding_id=said.funding_id,
        reason=said.why,
    )
    return (Outgoing(topics.FUNDING.name, said.member_id, f"{event.id}-f", said.activity_id, release),)


_EFFECTS: dict[type[Any], Callable[[Event[Any]], Iterable[Outgoing]]] = {
    PrizeWon: _won,
    PlayWon: _won,
    RewardCompensated: _instead,
    RewardTakenBack: _taken_back,
    PrizeClaimed: _claimed,
    CommandForwarded: _forwarded,
    PurchaseRequested: _funding,
    PurchaseReleased: _given_back,
    ChancesGranted: taken_up.granted,
    ChancesRefused: taken_up.refused,
    ActivityPublished: _listed,
    **dict.fromkeys(STATUS_AFTER, _listed),
}
