"""What laws of sign-in have in common: the rules that each partition followed, and the days of each member."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from fairground_contracts.activities import ActivityArchived
from fairground_contracts.message import Message
from fairground_decider import Event
from fairground_decider.days import parse_iso
from fairground_decider.envelope import partition_of
from fairground_decider.laws import Findings
from fairground_signin.contract import (
    AccountJoined,
    DayMadeUp,
    DayRevoked,
    DaySigned,
    MemberLinked,
    RulesFollowed,
    TokensGranted,
    TokensTaken,
)
from fairground_signin.rules import Rules, load

COUNTED = (DaySigned, DayMadeUp)

#: What changes rules, or sets of days.
LOOKED_AT: frozenset[type[Message]] = frozenset(
    {RulesFollowed, ActivityArchived, *COUNTED, DayRevoked, MemberLinked, AccountJoined, TokensGranted, TokensTaken}
)


def whose(said: Any) -> str:
    """Whom an event counts for."""
    return str(said.person_id or said.member_id)


@dataclass(slots=True)
class Known:
    """A member's days as plain sets, read off the events alone."""

    signed: set[int] = field(default_factory=set)
    made_up: set[int] = field(default_factory=set)
    revoked: set[int] = field(default_factory=set)
    freezes: list[int] = field(default_factory=list)
    before_total: int = 0
    link: str = ""  # by which it went to somebody else

    @property
    def present(self) -> set[int]:
        """Days of which streaks are made."""
        return self.signed | self.made_up

    def count(self, said: DaySigned | DayMadeUp) -> None:
        """A day more."""
        day = parse_iso(said.day)
        (self.signed if isinstance(said, DaySigned) else self.made_up).add(day)
        if isinstance(said, DaySigned):
            self.made_up.discard(day)

    def join(self, joined: AccountJoined) -> None:
        """The days of somebody else as well. A day that one of them signed is a signed one."""
        account = joined.account
        self.revoked |= set(map(parse_iso, account.revoked))
        self.revoked -= set(map(parse_iso, joined.revoked_again))
        self.signed = (self.signed | set(map(parse_iso, account.signed))) - self.revoked
        self.made_up = (self.made_up | set(map(parse_iso, account.made_up))) - self.revoked - self.signed
        own = [] if self.link in account.joined else self.freezes  # they come back
        self.freezes = sorted([*own, *map(parse_iso, account.freezes)])
        self.before_total = max(self.before_total, account.before_total)

    def revoke(self, day: int) -> None:
        """A day less, for good."""
        self.signed.discard(day)
        self.made_up.discard(day)
        self.revoked.add(day)


class ByRules(Findings):
    """A law over days; laws derive from it and say what they see. Everything is kept by partition."""

    looks_at: frozenset[type[Message]] | None = LOOKED_AT

    def __init__(self) -> None:
        super().__init__()
        self.status: dict[tuple[str, str], str] = {}
        self._rules: dict[tuple[str, str], dict[int, Rules]] = {}
        self._days: dict[tuple[str, str], dict[str, Known]] = defaultdict(dict)

    def see(self, event: Event[Any]) -> None:
        """Rules first; then what the law looks at, with the days as they were before it; then the days."""
        said, here = event.data, self.here(event)
        if isinstance(said, RulesFollowed):
            self._follow(said, here)
        elif isinstance(said, ActivityArchived):
            self._forget(here)
        elif isinstance(said, COUNTED):
            self.see_counted(event, said, self.rules(event))
            self.known(event).count(said)
        elif isinstance(said, DayRevoked):
            self.see_revoked(event, said)
            self.known(event).revoke(parse_iso(said.day))
        elif isinstance(said, MemberLinked):
            self._days[here].setdefault(said.member_id, Known()).link = event.id
        elif isinstance(said, AccountJoined):
            self.see_joined(event, said)
            self.known(event).join(said)
        elif isinstance(said, TokensGranted) and said.token == "freeze":
            self.known(event).freezes += [parse_iso(said.day)] * said.count
        elif isinstance(said, TokensTaken) and said.token == "freeze":
            freezes = self.known(event).freezes
            freezes[:] = sorted(freezes)[: len(freezes) - said.count]

    def here(self, event: Event[Any]) -> tuple[str, str]:
        """The partition and the activity."""
        return partition_of(event.id), event.data.activity_id

    def _follow(self, said: RulesFollowed, here: tuple[str, str]) -> None:
        self.status[here] = said.status
        if said.status == "archived":
            self._forget(here)
        else:
            self._rules.setdefault(here, {})[said.version] = load(said.rules)

    def _forget(self, here: tuple[str, str]) -> None:
        self._days.pop(here, None)
        self.forget(here)

    def rules(self, event: Event[Any]) -> Rules:
        """Of the version that the event names. Raises KeyError where the partition does not know it."""
        return self._rules[self.here(event)][event.data.version]

    def newest(self, event: Event[Any]) -> Rules:
        """Of the version that the partition follows. Raises KeyError where it follows none."""
        versions = self._rules[self.here(event)]
        return versions[max(versions)]

    def known(self, event: Event[Any]) -> Known:
        """The days of whom the event counts for."""
        return self._days[self.here(event)].setdefault(whose(event.data), Known())

    def see_counted(self, event: Event[Any], said: DaySigned | DayMadeUp, rules: Rules) -> None:
        """A day that comes to count."""

    def see_revoked(self, event: Event[Any], said: DayRevoked) -> None:
        """A day that counts no more."""

    def see_joined(self, event: Event[Any], said: AccountJoined) -> None:
        """Two accounts that become one."""

    def forget(self, here: tuple[str, str]) -> None:
        """The activity is archived there."""
