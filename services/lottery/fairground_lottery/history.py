"""A member's chances at one wheel and how they came about: a pure function of that member's events."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from fairground_contracts.cloudevent import format_time
from fairground_decider import Event
from fairground_decider.answers import ChanceChange, Chances
from fairground_lottery.contract import ChancesGranted, ChancesRevoked, DrawMissed, GrantWithdrawn, PrizeWon

_NEVER = datetime.max.replace(tzinfo=UTC)


def chances(events: Iterable[Event[Any]], at_ms: int) -> Chances:
    """All that is known of them at `at_ms`. `events`: the member's at this wheel, in the order of the log."""
    account = _Account()
    for event in events:
        account.take(event)
    account.expire(at_ms)
    return account.told()


class _Account:
    """Unused chances by what granted them and when they expire."""

    def __init__(self) -> None:
        self._left: dict[str, list[tuple[datetime, int]]] = {}
        self._owed = 0
        self._changes: list[ChanceChange] = []

    def take(self, event: Event[Any]) -> None:
        """The next event; one that is not about chances changes nothing."""
        said = event.data
        if isinstance(said, ChancesGranted):
            self._grant(event, said)
        elif isinstance(said, PrizeWon | DrawMissed):
            self._draw(event, said)
        elif isinstance(said, ChancesRevoked):
            self._owed += said.debt
            for part in said.taken:
                self._use(part.cause, part.chances, event.time_ms)
                self._note(event, "revoked", part.chances, part.cause, f"{said.why} {said.order_id}")

        elif isinstance(said, GrantWithdrawn) and said.chances:
            self._use(said.cause, said.chances, event.time_ms)
            self._note(event, "revoked", said.chances, said.cause, "reward_revoked")

    def _grant(self, event: Event[Any], said: ChancesGranted) -> None:
        self._owed -= said.debt_paid
        if said.chances:
            lots = self._left.setdefault(said.cause, [])
            lots.append((said.expires_at or _NEVER, said.chances))
            lots.sort()
            self._note(event, "granted", said.chances, said.cause, said.why)

    def _draw(self, event: Event[Any], said: PrizeWon | DrawMissed) -> None:
        if said.chance == "play":
            return
        if said.chance == "granted":
            self._use(said.cause, 1, event.time_ms)
        self._note(event, "free" if said.chance == "free" else "used", 1, said.cause, said.prize_id)

    def _use(self, cause: str, chances: int, time_ms: int) -> None:
        """Chances less of what this granted, the soonest to expire of those that could be used at that time."""
        moment = datetime.fromtimestamp(time_ms / 1000, UTC)
        lots = self._left.get(cause, [])
        for at, (expires, left) in sorted(enumerate(lots), key=lambda lot: (lot[1][0] <= moment, lot[1][0])):
            used = min(left, chances)
            lots[at] = (expires, left - used)
            chances -= used

    def expire(self, at_ms: int) -> None:
        """What was not used until it expired is gone."""
        moment = datetime.fromtimestamp(at_ms / 1000, UTC)
        for cause, lots in self._left.items():
            for at, (expires, left) in enumerate(lots):
                if left and expires <= moment:
                    lots[at] = (expires, 0)
                    time = format_time(int(expires.timestamp() * 1000))
                    self._changes.append(ChanceChange(time, "expired", left, cause, "", ""))

    def _note(self, event: Event[Any], what: Any, chances: int, cause: str, why: str) -> None:
        self._changes.append(ChanceChange(event.time, what, chances, cause, why, event.id))

    def told(self) -> Chances:
        """The account closed."""
        sums = {
            what: sum(change.chances for change in self._changes if change.what == what)
            for what in ("granted", "used", "revoked", "expired", "free")
        }
        return Chances(
            granted=sums["granted"], used=sums["used"], revoked=sums["revoked"], expired=sums["expired"],
            left=sum(left for lots in self._left.values() for _, left in lots), free_used=sums["free"],
            owed=self._owed, changes=tuple(sorted(self._changes, key=lambda change: change.time)),
        )  # fmt: skip
