"""Members who are one person: their days are one set, under the person's key.

A link takes the member's account to the person, by a second hop; from then on whatever the member asks is asked again
for the person. The same partition sends both hops, one behind the other, so that no command overtakes the account.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import structs

from fairground_activities.requests import FORWARDED, request_of
from fairground_contracts.message import Message
from fairground_decider import Command, Coordinates, Event, State
from fairground_decider.causes import Remembered, Seen, seen
from fairground_decider.days import iso, parse_iso
from fairground_decider.envelope import epoch_of
from fairground_signin.contract import (
    SERVICE,
    Account,
    AccountJoined,
    CommandForwarded,
    JoinAccount,
    LinkMember,
    MakeUpFailed,
    MemberLinked,
    Newest,
    Owed,
    Reason,
    RequestRefused,
)
from fairground_signin.domain import guards, requests
from fairground_signin.domain.days import Before, Days, bitmap_of, contested, members, union
from fairground_signin.domain.holding import acted
from fairground_signin.domain.making_up import given_up
from fairground_signin.domain.records import (
    CAUSE_WINDOW_DAYS,
    FOLLOWED,
    Followed,
    Linked,
    Member,
    Owing,
    Revocable,
    came_to,
    field_of,
    newcomer,
)
from fairground_signin.domain.refusals import Denied
from fairground_signin.domain.reward_ids import id_of
from fairground_signin.domain.walking import Counting, left_behind

#: What stands behind the id of the event that sends an account.
JOINING = "-j"

#: Links lead from one to the next so often at most.
MOST_HOPS = 8

Decide = Callable[[State, Command[Any]], Iterable[Message]]


def linked_to(state: State, activity_id: str, person: str) -> Linked | None:
    """Whom somebody is counted under; None: under nobody else."""
    found = state.record(activity_id, field_of(person))
    return found if isinstance(found, Linked) else None


def decide(state: State, command: Command[Any], person: str, own: Decide) -> Iterable[Message]:
    """The command's outcome where it belongs: for whoever is counted under another one it is asked again there."""
    asked = command.data
    linked = linked_to(state, asked.activity_id, person)
    if linked is None:
        return own(state, command)
    hops = _hops(command.id)
    if _closes_circle(asked, person, linked, hops):
        return own(state, command)
    if hops >= MOST_HOPS:
        return (requests.refusal(asked, 0, Denied(Reason.LINKED_OTHERWISE)),)
    return (_asked_again(state, command, linked, hops),)


def _asked_again(state: State, command: Command[Any], linked: Linked, hops: int) -> CommandForwarded:
    asked = command.data
    followed: Followed | None = state.record(asked.activity_id, FOLLOWED)
    again = f"{command.at.event_id(0)}-{hops + 1}{FORWARDED}{request_of(command.id)}"
    return CommandForwarded(
        activity_id=asked.activity_id,
        version=followed.version if followed else 0,
        member_id=asked.member_id,
        person_id=asked.person_id,
        asked=asked.type,
        content=asked.model_dump(mode="json") | {"person_id": linked.person},
        forwarded_id=again,
    )


def _hops(command_id: str) -> int:
    """How often the command was forwarded."""
    before, forwarded, _ = command_id.partition(FORWARDED)
    count = before.rpartition("-")[2]
    return int(count) if forwarded and count.isdecimal() else 0


def _closes_circle(asked: Any, person: str, linked: Linked, hops: int) -> bool:
    """Whether links lead back to whose account this is: then it stays here. Of two who were linked to each other at
    once, both accounts come to each; they stay with the one whose id comes first."""
    closes = isinstance(asked, JoinAccount) and linked.person == asked.member_id
    return closes and (hops > 0 or person < asked.member_id)


def decide_link(state: State, command: Command[LinkMember]) -> Iterator[MakeUpFailed | MemberLinked | RequestRefused]:
    """The member's account goes to the person, or why not."""
    asked, version = command.data, 0
    try:
        here = guards.found(state, structs.replace(command, data=asked.model_copy(update={"person_id": ""})))
        version = here.version
        if asked.member_id == asked.person_id:
            raise Denied(Reason.DUPLICATE)
    except Denied as denied:
        yield requests.refusal(asked, version, denied)
        return
    yield from given_up(here, asked)
    yield MemberLinked(
        activity_id=asked.activity_id, version=version, member_id=asked.member_id, person_id=asked.person_id,
        account=account_of(here.member, command.at),
    )  # fmt: skip


def decide_known(state: State, command: Command[LinkMember]) -> Iterator[RequestRefused]:
    """A member who is linked already stays where it is."""
    linked = linked_to(state, command.data.activity_id, command.data.member_id)
    assert linked is not None
    same = linked.person == command.data.person_id
    yield requests.refusal(command.data, 0, Denied(Reason.DUPLICATE if same else Reason.LINKED_OTHERWISE))


def account_of(member: Member, at: Coordinates) -> Account:
    """All of a member that counts for the person from now on."""
    days, rest = member.days, member.rest
    freezes = (*[days.first - 1] * days.before.granted, *rest.freezes)
    signed, made_up, revoked, earned = (tuple(map(iso, members(days.first, bitmap))) for bitmap in days.bitmaps)
    return Account(
        signed=signed, made_up=made_up, revoked=revoked, earned_base=earned,
        freezes=tuple(map(iso, freezes)), cards=rest.cards, ever=member.ever,
        causes=tuple(f"{day}:{digests.hex()}" for day, digests in rest.causes),
        partitions=(at.partition, *rest.partitions),
        before_total=days.before.total, before_longest=days.before.longest,
        cycle=iso(member.cycle) if member.cycle else "", version=member.version,
        level=member.level, newest=_newest(member, at.epoch), joined=rest.joined,
        owing=tuple(
            Owed(rule=each.rule, cycle=iso(each.cycle) if each.cycle else "", reward_id=each.reward)
            for each in rest.owing
        ),
    )  # fmt: skip


def _newest(member: Member, epoch: int) -> Newest | None:
    last = member.newest
    if last is None:
        return None
    event_id = Coordinates(SERVICE, epoch, last.partition, last.offset).event_id(0)
    positions, lengths = zip(*last.dues, strict=True) if last.dues else ((), ())
    return Newest(
        event_id=event_id, version=member.decided_by, streak=last.streak, frozen=last.frozen, positions=positions,
        lengths=lengths,
    )  # fmt: skip


def decide_join(state: State, command: Command[JoinAccount]) -> Iterator[AccountJoined | RequestRefused]:
    """The account counts for the person, once, however old the link is: it has left the member, and has to arrive."""
    asked, version = command.data, 0
    try:
        followed: Followed | None = state.record(asked.activity_id, FOLLOWED)
        if followed is None or followed.in_force is None:
            raise Denied(Reason.ARCHIVED if followed else Reason.UNKNOWN_ACTIVITY)
        version = followed.version
        found = state.record(asked.activity_id, field_of(asked.person_id))
        own = _own(found)
        if own is not None and _link_of(command.id) in own.rest.joined:
            raise Denied(Reason.DUPLICATE)
    except Denied as denied:
        yield requests.refusal(asked, version, denied)
        return
    today = followed.in_force.rules.day(command.time_ms)
    member = own or newcomer(today)
    again = contested(member.days, _days(asked.account, member.first))
    yield AccountJoined(
        activity_id=asked.activity_id, version=version, member_id=asked.member_id, person_id=asked.person_id,
        account=asked.account, revoked_again=tuple(map(iso, again)),
    )  # fmt: skip


def _own(found: Member | Linked | None) -> Member | None:
    """The account that somebody has, or had before a link."""
    return found.kept if isinstance(found, Linked) else found


def _link_of(command_id: str) -> str:
    """The id of the event that sent an account, however often it was forwarded."""
    return request_of(command_id).removesuffix(JOINING)


def _without_what_went_along(member: Member) -> Member:
    """An account that comes back in another one: what adds up has gone with it, and is there already."""
    days = structs.replace(member.days, before=member.days.before._replace(granted=0))
    after = member.with_days(days)
    return after.with_rest(structs.replace(after.rest, cards=0, freezes=(), owing=()))


def evolve_linked(state: State, event: Event[Any]) -> None:
    """Fold that the member is counted elsewhere from now on."""
    linked: MemberLinked = event.data
    activity, field = linked.activity_id, field_of(linked.member_id)
    state.put(activity, field, Linked(linked.person_id, state.record(activity, field), event.id))


def evolve_joined(state: State, event: Event[Any]) -> None:
    """Fold the days of both into one set. What has paid once for all, for one of them, pays no more, and what one of
    them owes, both do."""
    joined: AccountJoined = event.data
    activity, field, account = joined.activity_id, field_of(joined.person_id), joined.account
    followed: Followed = state.record(activity, FOLLOWED)
    assert followed.in_force is not None
    found = state.record(activity, field)
    member = _own(found) or newcomer(followed.in_force.rules.day(event.time_ms))
    went = found.link if isinstance(found, Linked) else ""
    if went in account.joined:
        member = _without_what_went_along(member)
    theirs, freezes = _days(account, member.first), tuple(map(parse_iso, account.freezes))
    if member.days.first > theirs.first:
        counting = followed.in_force.counting
        before = left_behind(counting, theirs, freezes, member.first)
        theirs = structs.replace(theirs, before=before)
        freezes = tuple(day for day in freezes if day >= member.first)  # older ones are among the sums
    days = union(member.days, theirs, map(parse_iso, joined.revoked_again))
    also = _newer(member, theirs, days, account) | _acted_later(followed.in_force.counting, member, account)
    after = member.with_days(days, **also)
    causes = _both(after.rest.causes, remembered(account.causes))
    rest = structs.replace(
        after.rest,
        cards=after.rest.cards + account.cards,
        freezes=tuple(sorted((*after.rest.freezes, *freezes))),
        owing=(*after.rest.owing, *_owing(account)),
        causes=causes,
        revocable=tuple(_still(after.rest.revocable, causes, event)),
        partitions=tuple(sorted({*after.rest.partitions, *account.partitions})),
        joined=tuple(sorted({*after.rest.joined, *account.joined, _link_of(event.command_id), went} - {""})),
    )
    ever = (*member.ever, *(rule for rule in account.ever if rule not in member.ever))
    state.put(activity, field, structs.replace(after.with_rest(rest), ever=ever))


def _newer(member: Member, theirs: Days, both: Days, account: Account) -> dict[str, Any]:
    """Whose result is that of the newest signed day: the person's own, the other one's, or nobody's."""
    if member.days.newest == both.newest:
        return {}
    newest = account.newest
    if newest is None or theirs.newest != both.newest:
        return {"last": (), "decided_by": 0}
    last = came_to(newest.event_id, newest.streak, newest.frozen, newest.positions, newest.lengths)
    return {"last": last, "decided_by": newest.version, "level": account.level}


def _acted_later(counting: Counting, member: Member, account: Account) -> dict[str, Any]:
    """A cycle that the other one has begun keeps its version, if it is later than any of the person's own."""
    cycle = parse_iso(account.cycle) if account.cycle else 0
    return acted(counting, member, cycle, account.version) if cycle > member.cycle else {}


def _still(revocable: Iterable[Revocable], causes: Remembered, event: Event[Any]) -> Iterator[Revocable]:
    """Without rewards that were dealt with while the member was counted elsewhere: links may lead back."""
    epoch = epoch_of(event.id)
    for each in revocable:
        if seen(causes, id_of(epoch, each), event.time_ms, CAUSE_WINDOW_DAYS) is not Seen.DUPLICATE:
            yield each


def _owing(account: Account) -> Iterator[Owing]:
    return (Owing(each.rule, parse_iso(each.cycle) if each.cycle else 0, each.reward_id) for each in account.owing)


def _both(causes: Remembered, theirs: Remembered) -> Remembered:
    """What counted already for one of them counts no more for both."""
    days = dict(causes)
    for day, digests in theirs:
        days[day] = days.get(day, b"") + digests
    return tuple(sorted(days.items()))


def remembered(causes: tuple[str, ...]) -> Remembered:
    """Causes as an account says them."""
    said = (each.partition(":") for each in causes)
    return tuple((int(day), bytes.fromhex(digests)) for day, _, digests in said)


def _days(account: Account, first: int) -> Days:
    """The account as a set of days, from its own beginning if that is older."""
    said = [*account.signed, *account.made_up, *account.revoked, *account.earned_base]
    oldest = min((parse_iso(f"{min(said)[:4]}-01-01") if said else first), first)
    signed, made_up, revoked, earned_base = (
        bitmap_of(oldest, map(parse_iso, each))
        for each in (account.signed, account.made_up, account.revoked, account.earned_base)
    )
    before = Before(total=account.before_total, longest=account.before_longest)
    return Days(oldest, signed, made_up, revoked, earned_base, before)
