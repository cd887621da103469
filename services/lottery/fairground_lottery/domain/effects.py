"""What events send elsewhere: a pure function of the one event, so that sending again sends the same."""

from collections.abc import Callable, Iterable
from typing import Any

from fairground_contracts import topics
from fairground_contracts.activities import ActivityListed, ActivityPublished
from fairground_contracts.message import trusted
from fairground_contracts.rewards import RewardGranted
from fairground_decider import Event, Outgoing
from fairground_lottery.contract import SERVICE, GrantChances, PrizeWon
from fairground_lottery.domain.publication import STATUS_AFTER


def effects_of(event: Event[Any]) -> Iterable[Outgoing]:
    """A won prize is owed; whatever happens to an activity changes its row in the table."""
    effect = _EFFECTS.get(type(event.data))
    return () if effect is None else effect(event)


def reward_id(event_id: str) -> str:
    """The id of the reward that a winning event causes."""
    return f"{event_id}-r"


def _rewards(event: Event[PrizeWon]) -> tuple[Outgoing, ...]:
    """The reward; draw chances are also granted at the wheel they are for, with the reward as their cause."""
    won = event.data
    fields = {
        "member_id": won.member_id,
        "activity_id": won.activity_id,
        "service": SERVICE,
        "version": won.version,
        "prize_id": won.prize_id,
        "reward": won.reward,
    }
    owed = trusted(RewardGranted, fields)
    reward = Outgoing(topics.REWARDS.name, won.member_id, reward_id(event.id), won.activity_id, owed)
    if won.reward.reward != "draw_chances":
        return (reward,)
    wheel = won.reward.ref or won.activity_id
    grant = GrantChances(
        activity_id=wheel,
        member_id=won.member_id,
        chances=won.reward.amount,
        cause=f"reward:{reward.id}",
        why=f"prize {won.prize_id} of {won.activity_id}",
    )
    return reward, Outgoing(topics.commands(SERVICE).name, wheel, f"{event.id}-c", wheel, grant)


def _listed(event: Event[Any]) -> tuple[Outgoing]:
    """The activity's row, as it is from now on."""
    said = event.data
    row = ActivityListed(
        activity_id=said.activity_id,
        service=SERVICE,
        version=said.version,
        status=said.status if isinstance(said, ActivityPublished) else STATUS_AFTER[type(said)],
        rules=said.rules,
        seed_sha256=said.seed_sha256,
    )
    return (Outgoing(topics.ACTIVITIES.name, said.activity_id, f"{event.id}-l", said.activity_id, row),)


_EFFECTS: dict[type[Any], Callable[[Event[Any]], Iterable[Outgoing]]] = {
    PrizeWon: _rewards,
    ActivityPublished: _listed,
    **dict.fromkeys(STATUS_AFTER, _listed),
}
