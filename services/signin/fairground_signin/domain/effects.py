"""What events send elsewhere: a pure function of the one event, so that sending again sends the same."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from fairground_activities.lifecycle import STATUS_AFTER
from fairground_contracts import topics
from fairground_contracts.activities import ActivityPublished
from fairground_contracts.funding import FundingReleased, FundingRequested
from fairground_contracts.message import CommandMessage, trusted
from fairground_contracts.reward_results import RewardDelivered, RewardRejected
from fairground_contracts.rewards import Reward, RewardGranted, RewardRevoked
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_decider import Event, Outgoing
from fairground_signin.contract import (
    COMMANDS,
    SERVICE,
    AccountJoined,
    ClaimRank,
    CommandForwarded,
    DayMadeUp,
    DayRevoked,
    DaySigned,
    JoinAccount,
    LapseMakeUp,
    MakeUpFailed,
    MakeUpReleased,
    MakeUpRequested,
    MemberLinked,
    NoteRank,
    RankNoted,
    RankTaken,
    Reason,
    RequestRefused,
    RevokeDay,
    RewardCompensated,
    TokensGranted,
)
from fairground_signin.domain.identities import JOINING
from fairground_signin.domain.publication import told_to_all
from fairground_signin.domain.reward_ids import compensation_id, rank_reward_id, reward_id
from fairground_signin.domain.tokens import REWARD, delivers, rejects

_COMMANDS = topics.commands(SERVICE).name

#: An answer that was given in time may be so long on its way before nobody waits for it any more.
_GRACE = timedelta(minutes=10)


def effects_of(event: Event[Any]) -> Iterable[Outgoing]:
    """Rewards that are owed, and whatever else follows elsewhere."""
    effect = _EFFECTS.get(type(event.data))
    return () if effect is None else effect(event)


def _owed(event: Event[Any], granted: str, rule: str, reward: Reward) -> Outgoing:
    """One reward. Its id derives from the event's, so the same event never pays twice."""
    said = event.data
    fields = {
        "member_id": said.member_id,
        "activity_id": said.activity_id,
        "service": SERVICE,
        "version": said.version,
        "prize_id": rule,
        "reward": reward,
    }
    return Outgoing(topics.REWARDS.name, said.member_id, granted, said.activity_id, trusted(RewardGranted, fields))


def _earned(event: Event[DaySigned] | Event[DayMadeUp]) -> list[Outgoing]:
    """All rewards of a day; and where the n-th of the day is rewarded, the question which one this is."""
    said = event.data
    made = [
        _owed(event, reward_id(event.id, place), earned.rule, earned.reward) for place, earned in enumerate(said.earned)
    ]
    if isinstance(said, DayMadeUp) and said.funding_id:
        made.append(_answered(event, said.funding_id))
    if isinstance(said, DaySigned) and said.ranked:
        fields = {
            "activity_id": said.activity_id, "member_id": said.member_id, "person_id": said.person_id, "day": said.day,
            "event_id": event.id,
        }  # fmt: skip
        claim = trusted(ClaimRank, fields)
        made.append(_asked(said.activity_id, f"{event.id}-n", claim, said.activity_id))
    return made


def _asked(key: str, id: str, command: CommandMessage, activity_id: str) -> Outgoing:
    return Outgoing(_COMMANDS, key, id, activity_id, command)


def _ranked(event: Event[RankTaken]) -> Iterable[Outgoing]:
    """The reward of a place; where it goes back with its day, it is noted with the member's days."""
    taken = event.data
    if taken.reward is None:
        return
    id = rank_reward_id(event.id)
    yield _owed(event, id, taken.rule, taken.reward)
    if taken.on_revoke == "reverse":
        note = NoteRank(
            activity_id=taken.activity_id, member_id=taken.member_id, person_id=taken.person_id, day=taken.day,
            rule=taken.rule, reward_id=id, reward=taken.reward.model_copy(update={"name": ""}),
        )  # fmt: skip
        yield _asked(taken.person_id or taken.member_id, f"{event.id}-o", note, taken.activity_id)


def _noted(event: Event[RankNoted]) -> Iterable[Outgoing]:
    """It goes back at once if its day was revoked before."""
    said = event.data
    if said.gone:
        yield _back(event, said.reward_id, said.member_id, said.reward)


def _instead(event: Event[RewardCompensated]) -> Iterable[Outgoing]:
    said = event.data
    yield _owed(event, compensation_id(event.id), "", said.reward)


def _revoked(event: Event[DayRevoked]) -> Iterable[Outgoing]:
    """What goes back, said completely: whoever gave chances or packets for it takes them back by what it was. What is
    kept, or owed, stays where it is."""
    said = event.data
    for lost in said.lost:
        if lost.becomes == "reverse":
            yield _back(event, lost.reward_id, lost.member_id or said.member_id, lost.reward)


def _back(event: Event[Any], reward_id: str, member: str, reward: Reward | None) -> Outgoing:
    activity = event.data.activity_id
    revoked = RewardRevoked(
        reward_id=reward_id, member_id=member, activity_id=activity, service=SERVICE, reason="day_revoked",
        reward=reward,
    )  # fmt: skip
    return Outgoing(topics.REWARDS.name, member, f"{reward_id}-v", activity, revoked)


def _given(event: Event[TokensGranted]) -> Iterable[Outgoing]:
    """Cards or freezes that were a reward, and that the member has: it is delivered, once for each reward."""
    said = event.data
    if delivers(said):
        id = said.cause.removeprefix(REWARD)
        delivered = RewardDelivered(reward_id=id, member_id=said.member_id, activity_id=said.granted_by)
        yield Outgoing(topics.REWARD_RESULTS.name, said.member_id, f"{id}-d", said.activity_id, delivered)


def _not_given(event: Event[RequestRefused]) -> Iterable[Outgoing]:
    """Cards or freezes that were a reward and cannot be granted: whoever granted it gives something else."""
    said = event.data
    if rejects(said):
        id = said.cause.removeprefix(REWARD)
        rejected = RewardRejected(
            reward_id=id, member_id=said.member_id, activity_id=said.granted_by, reason=said.reason, detail=said.en
        )
        yield Outgoing(topics.REWARD_RESULTS.name, said.member_id, f"{id}-x", said.activity_id, rejected)


def _funding(event: Event[MakeUpRequested]) -> Iterable[Outgoing]:
    """Whoever owns the points or the money is asked for it; should nobody answer, the member hears of that."""
    asked = event.data
    request = FundingRequested(
        member_id=asked.member_id, activity_id=asked.activity_id, service=SERVICE, pays=asked.pays,
        amount=asked.amount, answer_by=asked.answer_by, purpose="make_up_card",
    )  # fmt: skip
    yield Outgoing(topics.FUNDING.name, asked.member_id, asked.funding_id, asked.activity_id, request)
    lapse = LapseMakeUp(
        activity_id=asked.activity_id, member_id=asked.member_id, person_id=asked.person_id,
        funding_id=asked.funding_id,
    )  # fmt: skip
    timer = TimerRequested(
        service=SERVICE, timer_id=f"make_up:{asked.funding_id}", revision=0, due_at=asked.answer_by + _GRACE,
        key=asked.person_id or asked.member_id, command=lapse.type, content=lapse.model_dump(mode="json"),
    )  # fmt: skip
    yield _of_timer(event, timer)


def _answered(event: Event[Any], funding_id: str) -> Outgoing:
    """Nobody has to be told any more that there was no answer."""
    return _of_timer(event, TimerCancelled(service=SERVICE, timer_id=f"make_up:{funding_id}", revision=1))


def _of_timer(event: Event[Any], said: TimerRequested | TimerCancelled) -> Outgoing:
    key = f"{SERVICE}:{said.timer_id}"
    return Outgoing(topics.TIMERS.name, key, f"{event.id}-t", event.data.activity_id, said)


def _failed(event: Event[MakeUpFailed]) -> Iterable[Outgoing]:
    if event.data.reason is not Reason.NO_ANSWER:
        yield _answered(event, event.data.funding_id)


def _given_back(event: Event[MakeUpReleased]) -> Iterable[Outgoing]:
    """What was taken for nothing goes back, once for each funding."""
    said = event.data
    release = FundingReleased(
        member_id=said.member_id, activity_id=said.activity_id, service=SERVICE, funding_id=said.funding_id,
        reason=said.why,
    )  # fmt: skip
    yield Outgoing(topics.FUNDING.name, said.member_id, f"{event.id}-f", said.activity_id, release)
    yield _answered(event, said.funding_id)


def _joining(event: Event[MemberLinked]) -> Iterable[Outgoing]:
    """The member's account goes to the person."""
    said = event.data
    join = JoinAccount(
        activity_id=said.activity_id, member_id=said.member_id, person_id=said.person_id, account=said.account
    )  # fmt: skip
    yield _asked(said.person_id, f"{event.id}{JOINING}", join, said.activity_id)


def _joined(event: Event[AccountJoined]) -> Iterable[Outgoing]:
    """Days that were revoked for one of them are revoked for the person, with whatever they had brought."""
    said = event.data
    for day in said.revoked_again:
        revoke = RevokeDay(
            activity_id=said.activity_id, member_id=said.person_id, day=day, by="link",
            why=f"it was revoked before {said.member_id} was linked",
        )  # fmt: skip
        yield _asked(said.person_id, f"{event.id}-v{day}", revoke, said.activity_id)


def _forwarded(event: Event[CommandForwarded]) -> Iterable[Outgoing]:
    """The command comes again for the person under whom the member is counted."""
    said = event.data
    command = COMMANDS[said.asked].model_validate(said.content)
    yield _asked(said.content["person_id"], said.forwarded_id, command, said.activity_id)


_EFFECTS: dict[type[Any], Callable[[Event[Any]], Iterable[Outgoing]]] = {
    DaySigned: _earned,
    DayMadeUp: _earned,
    RankTaken: _ranked,
    RankNoted: _noted,
    TokensGranted: _given,
    RequestRefused: _not_given,
    RewardCompensated: _instead,
    DayRevoked: _revoked,
    MakeUpRequested: _funding,
    MakeUpFailed: _failed,
    MakeUpReleased: _given_back,
    MemberLinked: _joining,
    AccountJoined: _joined,
    CommandForwarded: _forwarded,
    ActivityPublished: told_to_all,
    **dict.fromkeys(STATUS_AFTER, told_to_all),
}
