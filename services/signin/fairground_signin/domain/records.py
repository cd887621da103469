"""What the store holds of an activity: records, and counters.

Records (msgpack arrays, the first element names kind and format version):
    standing        at home only: status, version, the moves that operators asked for
    rules           at home only: the published form in force
    followed        in every partition: status and rules as they are followed there, and older rules that are still
                    needed, because somebody's cycle began under them
    m:<member id>   Member: the days and what else is known of one member; of linked members one has the account of
                    all, and each other one is Linked to it
    ranks           at home only: who has a place in the order of the last days
Counters, at home only (what was TAKEN, so that an edit of the rules takes nothing back):
    rank:<day>      sign-ins that have a place in the order of that business day, 2017-11-30
    nth:<rule>      rewards that a rule of these has given in all            nth:<rule>:<day>   on a business day
    budget          fen given in all by rank              budget:<day>          on a business day
"""

from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

import msgspec
from msgspec import structs

from fairground_activities.lifecycle import Standing
from fairground_contracts.rewards import Reward
from fairground_decider.causes import Remembered
from fairground_signin.domain.days import NOTHING_BEFORE, Before, Days, dense, from_dense, from_sparse, none_yet, sparse
from fairground_signin.domain.in_force import InForce, in_force_of

STANDING = "standing"
RULES = "rules"
FOLLOWED = "followed"
RANKS = "ranks"
BUDGET = "budget"
_MEMBER = "m:"

#: Causes of tokens, and rewards that something else was given for, are remembered so long; as refunds are possible.
CAUSE_WINDOW_DAYS = 30


#: What earned a reward for a place of the day; everything else is named as on events.
BY_RANK = "rank"

#: The same of what was given instead of it, before the place itself was heard of: its rule is the reward's id then.
UNNOTED = "unnoted"

#: The place of what is given instead of a reward that could not be delivered.
INSTEAD = -1

#: The place of what was due and not granted, as it paid a debt.
OWED = -2


class Owing(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A rule that pays nothing the next time it is due: it was paid already, or pays a debt."""

    rule: str
    cycle: int  # first day of the cycle in which this holds; 0: whenever it is due
    reward: str = ""  # of a debt: the id of the reward that is owed, as long as it may turn out that it never came


class Revocable(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A reward that is taken back when its day or tier is no longer reached."""

    rule: str
    by: str  # as the event said: base, frozen, first, date, streak, total; or BY_RANK, UNNOTED
    days: int  # how many days it took
    day: int  # the business day that it came with
    debt: bool  # whether the member keeps it and owes it
    partition: int  # of the event
    offset: int
    place: int  # among the event's rewards, or INSTEAD, or OWED
    member: str = ""  # who was granted it, where that is not the one whose record this is
    kind: str = ""  # of the reward; empty in records that are older than this field
    amount: int = 0
    value_fen: int = 0
    ref: str = ""
    saved: tuple[int, ...] = ()  # of the base reward of frozen days: which ones

    @property
    def reward(self) -> Reward | None:
        """What it was, without its name; None: nobody knows."""
        kind: Any = self.kind
        return Reward(reward=kind, amount=self.amount, value_fen=self.value_fen, ref=self.ref) if kind else None


class Waiting(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A make-up that waits for points or money."""

    funding: str
    day: int
    level: int
    pays: str
    until_s: int  # seconds since 1970: a later confirmation buys nothing


class More(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What few members have."""

    revoked: bytes = b""
    earned_base: bytes = b""
    before: tuple[int, ...] = ()  # as days.Before; empty: nothing
    cards: int = 0  # make-up cards that are left
    freezes: tuple[int, ...] = ()  # a business day for each freeze that was granted
    owing: tuple[Owing, ...] = ()
    revocable: tuple[Revocable, ...] = ()  # oldest first
    waiting: tuple[Waiting, ...] = ()
    causes: Remembered = ()  # of tokens, and of rewards that could not be delivered
    requests: Remembered = ()  # make-ups that were paid for with points or money
    partitions: tuple[
        int, ...
    ] = ()  # where else rewards of the person may have been granted, before members were linked
    joined: tuple[str, ...] = ()  # the links by which other accounts have come into this one


NO_MORE = More()


class Last(NamedTuple):
    """What the newest sign-in came to: by the rules that decided it, its result can be told again."""

    partition: int  # of its event
    offset: int
    streak: int
    frozen: int  # missed days that earned the base reward with it
    dues: tuple[tuple[int, int], ...]  # of each reward: where its rule stands in the plan, and how many days it took


class Member(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="m1"):
    """One member at one activity: a set of days, and what cannot follow from it."""

    first: int  # business day of the first bit: a first of January
    signed: bytes = b""
    made_up: bytes = b""
    ever: tuple[str, ...] = ()  # rules that pay once for all and have
    cycle: int = 0  # first day of the cycle in which the member acted last
    version: int = 0  # of the rules that hold for the member in it
    last: tuple[int, ...] = ()  # what the newest sign-in came to, as came_to packs it
    more: More | None = None
    decided_by: int = 0  # version of the rules that `last` came by; 0: nobody can say what it came to
    level: int = 0  # the member's, as of the newest sign-in
    earlier: tuple[int, ...] = ()  # last cycle that had another version, and which one; oldest first, few members

    @property
    def newest(self) -> Last | None:
        """What the newest sign-in came to; None: nobody can say, as there is none, or it is taken back."""
        if not self.decided_by:
            return None
        partition, offset, streak, frozen, *dues = self.last
        return Last(partition, offset, streak, frozen, tuple(zip(dues[::2], dues[1::2], strict=True)))

    @property
    def rest(self) -> More:
        """What few members have, nothing of it if this is none of them."""
        return self.more or NO_MORE

    @property
    def days(self) -> Days:
        """The set of days."""
        more = self.more
        if more is None:
            return Days(self.first, from_dense(self.signed), from_sparse(self.made_up))
        return Days(
            self.first, from_dense(self.signed), from_sparse(self.made_up), from_sparse(more.revoked),
            from_sparse(more.earned_base), Before(*more.before) if more.before else NOTHING_BEFORE,
        )  # fmt: skip

    def with_days(self, days: Days, **also: Any) -> "Member":
        """The same with another set, and what `also` changes with it."""
        kept = structs.replace(
            self, first=days.first, signed=dense(days.signed), made_up=sparse(days.made_up), **also
        )  # fmt: skip
        if self.more is None and not days.revoked and not days.earned_base and days.before == NOTHING_BEFORE:
            return kept
        before = () if days.before == NOTHING_BEFORE else tuple(days.before)
        rest = structs.replace(
            self.rest, revoked=sparse(days.revoked), earned_base=sparse(days.earned_base), before=before
        )  # fmt: skip
        return kept.with_rest(rest)

    def with_rest(self, rest: More) -> "Member":
        """The same with what few members have; those who have nothing of it pay nothing for it."""
        return structs.replace(self, more=None if rest == NO_MORE else rest)


class Linked(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="l1"):
    """A member who is counted under another one."""

    person: str
    kept: Member | None = None  # as it was: should the other one be linked here at the same time, it is needed again
    link: str = ""  # the id of the event that says so


class Older(NamedTuple):
    """Rules that are superseded, and still hold for whoever's cycle began under them."""

    version: int
    until: int  # last business day of the cycle in which they were superseded
    in_force: InForce


class Followed(NamedTuple):
    """What one partition knows of an activity."""

    status: str
    revision: int  # offset, at home, of the command that it follows from
    version: int
    in_force: InForce | None  # None: it is archived
    older: tuple[Older, ...] = ()  # oldest first

    def of(self, version: int) -> InForce | None:
        """The rules of that version; None: they are not kept any more."""
        if version == self.version:
            return self.in_force
        return next((each.in_force for each in self.older if each.version == version), None)


class _Followed(msgspec.Struct, frozen=True, array_like=True, tag="f1"):
    status: str
    revision: int
    version: int
    source: bytes
    older: tuple[tuple[int, int, bytes], ...]


class _Rules(msgspec.Struct, frozen=True, array_like=True, tag="r1"):
    source: bytes


class Ranks(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="n1"):
    """Who has a place in the order of the last days."""

    days: tuple[int, ...] = ()  # business days that are counted, oldest first
    claimed: Remembered = ()  # by the business day


NOBODY = Ranks()

_encode = msgspec.msgpack.Encoder().encode
_decode_standing = msgspec.msgpack.Decoder(Standing).decode
_decode_member = msgspec.msgpack.Decoder(Member | Linked).decode
_decode_rules = msgspec.msgpack.Decoder(_Rules).decode
_decode_followed = msgspec.msgpack.Decoder(_Followed).decode
_decode_ranks = msgspec.msgpack.Decoder(Ranks).decode


def came_to(
    event_id: str, streak: int, frozen: int, positions: Iterable[int], lengths: Iterable[int]
) -> tuple[int, ...]:
    """What the sign-in of that event came to, as a member's record has it: the inverse of Member.newest."""
    _, partition, offset, _ = event_id.rsplit("-", 3)
    return (int(partition), int(offset), streak, frozen, *chain.from_iterable(zip(positions, lengths, strict=True)))


def newcomer(day: int) -> Member:
    """A member of whom nothing was known before that day."""
    return Member(none_yet(day).first)


def member_field(said: Any) -> str:
    """The field of whom a command or an event counts for: the person, or the member who is not linked."""
    return f"{_MEMBER}{said.person_id or said.member_id}"


def granted_to(said: Any) -> str:
    """Who was granted a reward, as a note of it says: empty for whoever's record it is noted in."""
    return "" if said.person_id in ("", said.member_id) else str(said.member_id)


def field_of(member_id: str) -> str:
    """The field of a member's record."""
    return _MEMBER + member_id


def encode(record: Any) -> bytes:
    """A record for the store."""
    if isinstance(record, InForce):
        return _encode(_Rules(record.source))
    if isinstance(record, Followed):
        older = tuple((each.version, each.until, each.in_force.source) for each in record.older)
        source = record.in_force.source if record.in_force else b""
        return _encode(_Followed(record.status, record.revision, record.version, source, older))
    return _encode(record)


def decode(field: str, stored: bytes) -> Any:
    """The inverse of encode. Raises msgspec.ValidationError for a format that this version does not know."""
    if field.startswith(_MEMBER):
        return _decode_member(stored)
    if field == FOLLOWED:
        kept = _decode_followed(stored)
        older = tuple(Older(version, until, in_force_of(source)) for version, until, source in kept.older)
        in_force = in_force_of(kept.source) if kept.source else None
        return Followed(kept.status, kept.revision, kept.version, in_force, older)
    if field == RULES:
        return in_force_of(_decode_rules(stored).source)
    return _decode_ranks(stored) if field == RANKS else _decode_standing(stored)
