"""Laws that look at draws and plays in the light of the rules in force."""

from collections import Counter
from typing import Any

from fairground_contracts.activities import ActivityPublished
from fairground_contracts.message import Message
from fairground_decider import Event
from fairground_decider.laws import Findings
from fairground_lottery.contract import (
    SERVICE,
    DrawMissed,
    MembersLinked,
    ParcelReported,
    PlayMissed,
    PlayStarted,
    PlayWon,
    PrizeWon,
    RewardTakenBack,
)
from fairground_lottery.rules import Rules, load

#: How turns end, those of plays among them.
DRAWN = (PrizeWon, DrawMissed, PlayWon, PlayMissed)

#: What every law by the rules is shown.
LOOKED_AT: frozenset[type[Message]] = frozenset(
    {ActivityPublished, *DRAWN, PlayStarted, MembersLinked, RewardTakenBack, ParcelReported}
)


def whose(said: Any) -> str:
    """For whom an event counts."""
    person: str = said.person_id or said.member_id
    return person


def move(counted: Counter[Any], member: Any, person: Any) -> None:
    """Add what was counted under one name to what was counted under the other."""
    if count := counted.pop(member, 0):
        counted[person] += count


class ByRules(Findings):
    """A law that looks at draws and plays in the light of the rules in force. One that sees more adds to `looks_at`."""

    looks_at: frozenset[type[Message]] | None = LOOKED_AT

    def __init__(self) -> None:
        super().__init__()
        self.rules: dict[str, Rules] = {}

    def see(self, event: Event[Any]) -> None:
        """Rules change with a publication; draws are looked at."""
        said = event.data
        if isinstance(said, ActivityPublished):
            if said.service == SERVICE:
                self.rules[said.activity_id] = load(said.rules)
        elif isinstance(said, DRAWN):
            self.see_draw(event, said, self.rules[said.activity_id])
        elif isinstance(said, PlayStarted):
            self.see_start(event, said, self.rules[said.activity_id])
        elif isinstance(said, RewardTakenBack | ParcelReported) and said.restocked:
            self.see_return(said.activity_id, said.prize, said.budget_fen)
        elif isinstance(said, MembersLinked):
            self.see_link(said.activity_id, said.member_id, said.person_id)

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """One draw, or a play that ended in an outcome."""

    def see_start(self, event: Event[Any], said: PlayStarted, rules: Rules) -> None:
        """One play that began. Nothing, unless the law looks at beginnings."""

    def see_return(self, activity: str, prize: str, budget_fen: int) -> None:
        """A piece is in stock again, and its value in the budget. Nothing, unless the law counts them."""

    def see_link(self, activity: str, member: str, person: str) -> None:
        """What was counted for the member counts for the person from here on."""
