"""A member's chances at one wheel and how they came about: a pure function of that member's events."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from fairground_contracts.cloudevent import format_time
from fairground_decider import Event
from fairground_decider.answers import ChanceChange, Chances, SourceSum
from fairground_lottery.contract import (
    ChancesGranted,
    ChancesRevoked,
    DrawMissed,
    GrantWithdrawn,
    PrizeWon,
    PurchaseFailed,
    PurchaseReleased,
    PurchaseRequested,
)

_NEVER = datetime.max.replace(tzinfo=UTC)
_KINDS = ("granted", "used", "revoked", "expired")

#: What a grant that names no source is called.
_GRANT, _ORDER, _REWARD = "grant", "order", "reward"


def chances(events: Iterable[Event[Any]], at_ms: int) -> Chances:
    """All that is known of them at `at_ms`. `events`: the member's at this wheel, in the order of the log."""
    account = _Account()
    for event in events:
        account.take(event)
    account.expire(at_ms)
    return account.told(at_ms)


def source_of(granted: ChancesGranted) -> str:
    """Where a grant came from, in one word."""
    if granted.source:
        return granted.source
    if granted.order_id:
        return _ORDER
    return _REWARD if granted.cause.startswith("reward:") else _GRANT


class _Account:
    """Unused chances by what granted them and when they expire."""

    def __init__(self) -> None:
        self._left: dict[str, list[tuple[datetime, int]]] = {}
        self._sources: dict[str, str] = {}  # of each cause
        self._owed = 0
        self._held: dict[str, tuple[datetime, int]] = {}  # by funding: until when it may be paid, and how many
        self._changes: list[ChanceChange] = []

    def take(self, event: Event[Any]) -> None:
        """The next event; one that is not about chances changes nothing."""
        said = event.data
        if isinstance(said, ChancesGranted):
            self._grant(event, said)
        elif isinstance(said, PrizeWon | DrawMissed):
            self._draw(event, said)
        elif isinstance(said, PurchaseRequested):
            self._held[said.funding_id] = said.answer_by, said.chances
        elif isinstance(said, PurchaseFailed | PurchaseReleased):
            self._held.pop(said.funding_id, None)
        elif isinstance(said, ChancesRevoked):
            self._owed += said.debt
            for part in said.taken:
                expires = self._use(part.cause, part.chances, event.time_ms)
                self._note(event, "revoked", part.chances, part.cause, f"{said.why} {said.order_id}", expires)
        elif isinstance(said, GrantWithdrawn) and said.chances:
            expires = self._use(said.cause, said.chances, event.time_ms)
            self._note(event, "revoked", said.chances, said.cause, "reward_revoked", expires)

    def _grant(self, event: Event[Any], said: ChancesGranted) -> None:
        self._owed -= said.debt_paid
        self._held.pop(said.funding_id, None)
        self._sources.setdefault(said.cause, source_of(said))
        if said.chances:
            lots = self._left.setdefault(said.cause, [])
            lots.append((said.expires_at or _NEVER, said.chances))
            lots.sort()
            self._note(event, "granted", said.chances, said.cause, said.why, said.expires_at or _NEVER)

    def _draw(self, event: Event[Any], said: PrizeWon | DrawMissed) -> None:
        if said.chance == "play":
            return
        expires = self._use(said.cause, 1, event.time_ms) if said.chance == "granted" else _NEVER
        self._note(event, "free" if said.chance == "free" else "used", 1, said.cause, said.prize_id, expires)

    def _use(self, cause: str, chances: int, time_ms: int) -> datetime:
        """Chances less of what this granted, the soonest to expire of those that could be used at that time; returns
        when the first of them would have expired."""
        moment = datetime.fromtimestamp(time_ms / 1000, UTC)
        lots, first = self._left.get(cause, []), _NEVER
        for at, (expires, left) in sorted(enumerate(lots), key=lambda lot: (lot[1][0] <= moment, lot[1][0])):
            used = min(left, chances)
            lots[at] = (expires, left - used)
            chances -= used
            first = min(first, expires) if used else first
        return first

    def expire(self, at_ms: int) -> None:
        """What was not used until it expired is gone."""
        moment = datetime.fromtimestamp(at_ms / 1000, UTC)
        for cause, lots in self._left.items():
            for at, (expires, left) in enumerate(lots):
                if left and expires <= moment:
                    lots[at] = (expires, 0)
                    time = _shown(expires)
                    source = self._sources.get(cause, _GRANT)
                    self._changes.append(ChanceChange(time, "expired", left, cause, "", "", source, time))

    def _note(self, event: Event[Any], what: Any, chances: int, cause: str, why: str, expires: datetime) -> None:
        source = self._sources.get(cause, _GRANT) if cause else ""
        change = ChanceChange(event.time, what, chances, cause, why, event.id, source, _shown(expires))
        self._changes.append(change)

    def told(self, at_ms: int) -> Chances:
        """The account closed."""
        sums = {what: self._sum(what) for what in (*_KINDS, "free")}
        moment = datetime.fromtimestamp(at_ms / 1000, UTC)
        return Chances(
            granted=sums["granted"], used=sums["used"], revoked=sums["revoked"], expired=sums["expired"],
            left=sum(left for lots in self._left.values() for _, left in lots), free_used=sums["free"],
            owed=self._owed, changes=tuple(sorted(self._changes, key=lambda change: change.time)),
            sources=tuple(self._of_source(source) for source in sorted({*self._sources.values()})),
            held=sum(chances for until, chances in self._held.values() if until >= moment),
        )  # fmt: skip

    def _sum(self, what: str, source: str | None = None) -> int:
        of_kind = (change for change in self._changes if change.what == what)
        return sum(change.chances for change in of_kind if source is None or change.source == source)

    def _of_source(self, source: str) -> SourceSum:
        causes = [cause for cause, named in self._sources.items() if named == source]
        left = sum(left for cause in causes for _, left in self._left.get(cause, ()))
        granted, used, revoked, expired = (self._sum(what, source) for what in _KINDS)
        return SourceSum(source, granted, used, revoked, expired, left)


def _shown(expires: datetime) -> str:
    return "" if expires == _NEVER else format_time(int(expires.timestamp() * 1000))
