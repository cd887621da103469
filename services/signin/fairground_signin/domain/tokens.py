"""Make-up cards and freezes that are granted, and rewards that could not be delivered: each cause counts once."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import structs

from fairground_decider import Command, Event, State
from fairground_decider.causes import DAY_MS, Seen, remember, seen
from fairground_decider.days import iso, parse_iso
from fairground_decider.envelope import epoch_of
from fairground_signin.contract import (
    GiveTokens,
    Reason,
    RejectReward,
    RequestRefused,
    RewardCompensated,
    RewardUndelivered,
    TakeTokens,
    TokensGranted,
    TokensTaken,
)
from fairground_signin.contract.commands import MAX_TOKENS, Token
from fairground_signin.domain import guards, requests
from fairground_signin.domain.guards import Here
from fairground_signin.domain.records import (
    CAUSE_WINDOW_DAYS,
    FOLLOWED,
    INSTEAD,
    UNNOTED,
    Followed,
    Member,
    Owing,
    Revocable,
    granted_to,
    member_field,
    newcomer,
)
from fairground_signin.domain.refusals import Denied
from fairground_signin.domain.reward_ids import compensation_id, id_of, is_by_rank, is_compensation, may_be_of
from fairground_signin.domain.walking import walk
from fairground_signin.domain.years import kept_from

#: What the cause of tokens that are a reward begins with; its id follows.
REWARD = "reward:"

#: These say that the cause counted before, or may have: nothing became of it now.
_DECIDED = (Reason.DUPLICATE, Reason.TOO_OLD)


def _new(here: Here, cause: str, time_ms: int) -> None:
    """Raises Denied for a cause that counted already, or may have."""
    known = seen(here.member.rest.causes, cause, time_ms, CAUSE_WINDOW_DAYS)
    if known is not Seen.NEW:
        raise Denied(Reason(known.value))


def decide_grant(state: State, command: Command[GiveTokens]) -> Iterator[TokensGranted | RequestRefused]:
    """The member has more of them, or why not."""
    asked, version = command.data, 0
    try:
        here = guards.found(state, command)
        version = here.version
        _new(here, asked.cause, command.time_ms)
        if here.followed.status not in ("running", "paused"):
            raise Denied(Reason(here.followed.status))
        rules = here.in_force.rules
        if asked.token == "freeze" and rules.freeze is None:
            raise Denied(Reason.NO_FREEZE)
        if asked.token == "make_up_card" and not (rules.make_up and rules.make_up.cards):
            raise Denied(Reason.NO_MAKE_UP)
        if asked.count > MAX_TOKENS:
            raise Denied(Reason.TOO_MANY_TOKENS)
    except Denied as denied:
        yield requests.refusal(asked, version, denied).model_copy(
            update={"cause": asked.cause, "granted_by": asked.granted_by}
        )
        return
    yield TokensGranted(
        activity_id=asked.activity_id, version=version, member_id=asked.member_id, person_id=asked.person_id,
        token=asked.token, count=asked.count, cause=asked.cause, day=iso(here.day), why=asked.why,
        granted_by=asked.granted_by,
    )  # fmt: skip


def evolve_granted(state: State, event: Event[Any]) -> None:
    """Fold more cards, or freezes that save days from that one on."""
    granted: TokensGranted = event.data
    activity, field, day = granted.activity_id, member_field(granted), parse_iso(granted.day)
    member: Member = state.record(activity, field) or newcomer(day)
    rest = member.rest
    if granted.token == "freeze":
        rest = structs.replace(rest, freezes=(*rest.freezes, *[day] * granted.count))
    else:
        rest = structs.replace(rest, cards=rest.cards + granted.count)
    causes = remember(rest.causes, granted.cause, event.time_ms, CAUSE_WINDOW_DAYS)
    state.put(activity, field, member.with_rest(structs.replace(rest, causes=causes)))


def delivers(said: TokensGranted) -> bool:
    """Whether that was a reward of tokens: whoever granted it is told that the member has it.

    Events that are older than `granted_by` told nobody, and still do not: the audit finds what they sent then.
    """
    return said.cause.startswith(REWARD) and said.granted_by != ""


def rejects(said: RequestRefused) -> bool:
    """Whether that was a reward of tokens, and nothing had become of it before: whoever granted it compensates it."""
    return said.cause.startswith(REWARD) and said.reason not in _DECIDED


def evolve_refused(state: State, event: Event[Any]) -> None:
    """Fold a reward of tokens that was rejected: it grants nothing later, for something else may have been given, and
    nothing is taken for it should it be taken back. What is archived keeps nothing, and grants nothing ever.
    """
    said: RequestRefused = event.data
    if not rejects(said) or said.reason is Reason.ARCHIVED:
        return
    activity, field = said.activity_id, member_field(said)
    member: Member = state.record(activity, field) or newcomer(event.time_ms // DAY_MS)
    causes = member.rest.causes
    for cause in (said.cause, _taking(said.cause)):
        causes = remember(causes, cause, event.time_ms, CAUSE_WINDOW_DAYS)
    state.put(activity, field, member.with_rest(structs.replace(member.rest, causes=causes)))


def decide_take(state: State, command: Command[TakeTokens]) -> Iterator[TokensTaken | RequestRefused]:
    """The unused ones go back, by the cause that they were given for, once; or why not.

    What is heard of before its grant is remembered, so that the grant gives nothing.
    """
    asked, version = command.data, 0
    try:
        here = guards.found(state, command)
        version = here.version
        _new(here, _taking(asked.cause), command.time_ms)
    except Denied as denied:
        yield requests.refusal(asked, version, denied)
        return
    given = seen(here.member.rest.causes, asked.cause, command.time_ms, CAUSE_WINDOW_DAYS) is Seen.DUPLICATE
    yield TokensTaken(
        activity_id=asked.activity_id, version=version, member_id=asked.member_id, person_id=asked.person_id,
        token=asked.token, count=min(asked.count, _unused(here, asked.token)) if given else 0, cause=asked.cause,
        why=asked.why,
    )  # fmt: skip


def _taking(cause: str) -> str:
    return f"taken:{cause}"


def _unused(here: Here, token: Token) -> int:
    """How many of them the member has left. Which missed days were saved stays as it is without these freezes."""
    if token == "make_up_card":
        return here.member.rest.cards
    counting = here.in_force.counting
    member, days = kept_from(counting, here.member, here.day)
    return min(walk(counting, days, member.rest.freezes, here.day).granted, len(member.rest.freezes))


def evolve_taken(state: State, event: Event[Any]) -> None:
    """Fold fewer cards, or freezes: the newest ones, as the oldest are used first."""
    taken: TokensTaken = event.data
    activity, field = taken.activity_id, member_field(taken)
    member: Member = state.record(activity, field) or newcomer(event.time_ms // DAY_MS)
    rest = member.rest
    if taken.token == "freeze":
        rest = structs.replace(rest, freezes=tuple(sorted(rest.freezes))[: len(rest.freezes) - taken.count])
    else:
        rest = structs.replace(rest, cards=rest.cards - taken.count)
    causes = rest.causes
    for cause in (taken.cause, _taking(taken.cause)):
        if seen(causes, cause, event.time_ms, CAUSE_WINDOW_DAYS) is Seen.NEW:
            causes = remember(causes, cause, event.time_ms, CAUSE_WINDOW_DAYS)
    state.put(activity, field, member.with_rest(structs.replace(rest, causes=causes)))


def decide_reject(
    state: State, command: Command[RejectReward]
) -> Iterator[RewardCompensated | RewardUndelivered | RequestRefused]:
    """What is given instead of a reward that cannot be delivered, by the rules; once for each reward."""
    asked, version = command.data, 0
    try:
        here = guards.found(state, command)
        version = here.version
        partitions = (command.at.partition, *here.member.rest.partitions)
        if not may_be_of(asked.reward_id, partitions, command.at.partition, command.at.offset):
            raise Denied(Reason.UNKNOWN_REWARD)
        _new(here, asked.reward_id, command.time_ms)
    except Denied as denied:
        yield requests.refusal(asked, version, denied)
        return
    instead = here.in_force.rules.on_rejected
    said = {
        "activity_id": asked.activity_id, "version": version, "member_id": asked.member_id,
        "person_id": asked.person_id, "reward_id": asked.reward_id, "rejected": asked.rejected,
    }  # fmt: skip
    if instead is None or is_compensation(asked.reward_id):
        yield RewardUndelivered.model_validate(said)
    else:
        yield RewardCompensated.model_validate(said | {"reward": instead.reward})


def evolve_rejected(state: State, event: Event[Any]) -> None:
    """Fold that the reward was dealt with: what was given instead is taken back or owed in its stead, or nothing is."""
    said: RewardCompensated | RewardUndelivered = event.data
    activity, field = said.activity_id, member_field(said)
    member: Member = state.record(activity, field) or newcomer(event.time_ms // DAY_MS)
    causes = remember(member.rest.causes, said.reward_id, event.time_ms, CAUSE_WINDOW_DAYS)
    revocable = tuple(_replaced(member.rest.revocable, event))
    if isinstance(said, RewardCompensated) and is_by_rank(said.reward_id) and revocable == member.rest.revocable:
        followed: Followed = state.record(activity, FOLLOWED)
        assert followed.in_force is not None, "what is archived compensates nothing"
        day = followed.in_force.rules.day(event.time_ms)
        revocable += (_instead(Revocable(said.reward_id, UNNOTED, 0, day, False, 0, 0, INSTEAD), event),)
    owing = tuple(_still_owed(member.rest.owing, event))
    rest = structs.replace(member.rest, causes=causes, revocable=revocable, owing=owing)
    state.put(activity, field, member.with_rest(rest))


def _still_owed(owing: Iterable[Owing], event: Event[RewardCompensated | RewardUndelivered]) -> Iterator[Owing]:
    """Nobody owes what never came; what was given instead is owed in its stead."""
    for each in owing:
        if each.reward != event.data.reward_id:
            yield each
        elif isinstance(event.data, RewardCompensated):
            yield structs.replace(each, reward=compensation_id(event.id))


def _replaced(
    revocable: Iterable[Revocable], event: Event[RewardCompensated | RewardUndelivered]
) -> Iterator[Revocable]:
    epoch = epoch_of(event.id)
    for each in revocable:
        if id_of(epoch, each) != event.data.reward_id:
            yield each
        elif isinstance(event.data, RewardCompensated):
            yield _instead(each, event)


def _instead(paid: Revocable, event: Event[Any]) -> Revocable:
    """What was given instead, for the same."""
    said: RewardCompensated = event.data
    _, _, partition, offset, _ = event.id.rsplit("-", 4)
    reward = said.reward
    return structs.replace(
        paid, partition=int(partition), offset=int(offset), place=INSTEAD, member=granted_to(said), kind=reward.reward,
        amount=reward.amount, value_fen=reward.value_fen, ref=reward.ref,
    )  # fmt: skip
