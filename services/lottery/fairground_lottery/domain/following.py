"""The rewards of one member of which more may be heard, remembered as long as orders are."""

from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from fairground_decider import Event, State
from fairground_decider.causes import DAY_MS, digest
from fairground_lottery.contract import PrizeWon
from fairground_lottery.domain import entrants
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.records import Entrant, Followed, Winner, entrant_field

#: How many rewards of a member are followed at most: a record stays small enough to be read with each draw, and what a
#: refund of them all comes to fits into one record batch.
MAX_FOLLOWED = 200


def reward_id(event_id: str) -> str:
    """The id of the reward that a winning event causes."""
    return f"{event_id}-r"


def compensation_id(rejected: str) -> str:
    """The id of what is given instead of a rejected reward: the same however often the rejection is heard of."""
    return f"{rejected}-c"


def id_of(followed: Followed) -> str:
    """The id of the reward that the member has, or would have: the won one, or what was given instead."""
    won = reward_id(followed.event_id)
    return compensation_id(won) if followed.compensated else won


def find(entrant: Entrant, wanted: str) -> Followed | None:
    """The reward of that id, be it the won one or what was or may be given instead."""
    if not isinstance(entrant, Winner):
        return None
    for followed in entrant.rewards:
        won = reward_id(followed.event_id)
        if wanted in (won, compensation_id(won)):
            return followed
    return None


def winner(followed: Followed, account: str) -> str:
    """Whose reward it is. `account`: under whom it is followed."""
    return followed.member or account


def named(entrant: Entrant, member_id: str) -> Entrant:
    """The same before it goes into another account: rewards stay this member's whose account it was."""
    if not isinstance(entrant, Winner) or not entrant.rewards:
        return entrant
    rewards = tuple(each if each.member else structs.replace(each, member=member_id) for each in entrant.rewards)
    return structs.replace(entrant, rewards=rewards)


def both(one: tuple[Followed, ...], other: tuple[Followed, ...]) -> tuple[Followed, ...]:
    """Those of both, oldest first; no more of them than one member may have."""
    return tuple(_newest(sorted((*one, *other), key=lambda each: (each.day, each.event_id)), MAX_FOLLOWED))


def claim_by(in_force: InForce, prize_id: str, time_ms: int) -> datetime | None:
    """Until when what is won now has to be claimed; None: it does not have to be."""
    rule = in_force.followed.get(prize_id)
    if rule is None or rule.claim_days is None:
        return None
    return datetime.fromtimestamp((time_ms + rule.claim_days * DAY_MS) // 1000, UTC)


def with_reward(in_force: InForce, entrant: Entrant, event: Event[PrizeWon]) -> Entrant:
    """The member after winning it, if its prize's rewards are followed; what the window has left behind goes."""
    won = event.data
    rule = in_force.followed.get(won.prize_id)
    if rule is None or not rule.follows(won.cause):
        return entrant
    known, day = entrants.winner(entrant), event.time_ms // DAY_MS
    first = day - in_force.rules.refund_window_days
    kept = [followed for followed in known.rewards if followed.day >= first or waits(followed)]
    kept = _newest(kept, MAX_FOLLOWED - 1)
    followed = Followed(
        event_id=event.id,
        prize=won.prize_id,
        day=day,
        cause=digest(won.cause) if won.cause else b"",
        budget_fen=won.reward.value_fen,
        amount=won.reward.amount,
        value_fen=won.reward.value_fen,
        claim_by_s=0 if rule.claim_days is None else (event.time_ms + rule.claim_days * DAY_MS) // 1000,
        member=won.member_id if won.person_id else "",
        nth=entrants.nth_of_order(entrant, won.cause),
    )
    return structs.replace(known, rewards=(*kept, followed))


def _newest(rewards: list[Followed], most: int) -> list[Followed]:
    """So many of them at most; of those for which nobody waits the oldest go."""
    surplus = len(rewards) - most
    if surplus <= 0:
        return rewards
    idle = [followed for followed in rewards if not waits(followed)][:surplus]
    return [followed for followed in rewards if followed not in idle]


def waits(followed: Followed) -> bool:
    """Whether it is a prize that has to be claimed, or to arrive: it is remembered until then."""
    return followed.claim_by_s > 0 and followed.status in ("granted", "claimed", "shipped")


def by_cause(entrant: Entrant, cause: str) -> list[Followed]:
    """The rewards of draws whose chance this had granted."""
    if not isinstance(entrant, Winner) or not entrant.rewards:
        return []
    wanted = digest(cause)
    return [followed for followed in entrant.rewards if followed.cause == wanted]


def change(state: State, said: Any, **fields: Any) -> None:
    """Other fields of the reward that an event is about."""
    activity, field = said.activity_id, entrant_field(said)
    entrant: Winner = state.record(activity, field)
    after = find(entrant, said.reward_id)
    assert after is not None, f"{said.reward_id} is not followed"
    rewards = tuple(structs.replace(each, **fields) if each is after else each for each in entrant.rewards)
    state.put(activity, field, structs.replace(entrant, rewards=rewards))
