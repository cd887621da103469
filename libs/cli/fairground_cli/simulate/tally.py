"""What one repetition comes to, counted event by event, with the dates on which something ran out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fairground_cli.simulate.words import Sentence
from fairground_contracts.rewards import RewardGranted, RewardRevoked
from fairground_decider import Event, Outgoing
from fairground_decider.days import business_day
from fairground_decider.simulation import Plan, Simulated

#: The name of the budget among the things that can run out; prizes have their ids, which are never empty.
BUDGET = ""


class Outcome(NamedTuple):
    """One repetition. Days are business days of the activity."""

    cost_fen: int  # the value of all rewards that were granted and not taken back
    granted_fen: int  # of all that were granted
    demand_fen: int | None  # the same without a budget; None: there is none
    plays: int
    wins: dict[str, int]  # by prize
    gone: dict[str, int]  # when, as UTC milliseconds: by prize, and BUDGET
    members_by_wins: dict[int, int]  # how many of those who played won so often
    refusals: dict[str, int]  # by reason
    cost_by_day: dict[int, int]  # in fen, of what was granted on it
    plays_by_day: dict[int, int]
    sentences: dict[str, Sentence]  # what each reason of refusal means
    endless: int  # visits that were ended because chances did not


class Tally:
    """Counts one repetition."""

    def __init__(self, plan: Plan, simulated: Simulated) -> None:
        """Nothing has happened yet."""
        self._plan = plan
        self._plays_end = frozenset(simulated.plays)
        self._left_out = simulated.left_out
        self._stock = {prize.id: prize.stock for prize in plan.prizes if prize.stock}
        self._values = {prize.id: prize.value_fen for prize in plan.prizes if prize.value_fen and prize.stock != 0}
        self._cheapest_fen = min(self._values.values(), default=0)
        self.granted_fen = 0
        self._back_fen = 0  # that was taken back
        self._restored_fen = 0  # that is in the budget again
        self._restocked: Counter[str] = Counter()  # pieces in stock again, by prize
        self.plays = 0
        self.endless = 0
        self._wins: Counter[str] = Counter()
        self._gone: dict[str, int] = {}
        self._won_by: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()
        self._sentences: dict[str, Sentence] = {}
        self._cost_by_day: Counter[int] = Counter()
        self._plays_by_day: Counter[int] = Counter()
        self._minute = -1
        self._today = 0

    def saw(self, event: Event[Any]) -> None:
        """One event, whatever it is."""
        data = event.data
        if type(data) in self._plays_end:
            self._played(data.member_id, event.time_ms)
        elif reason := data.__dict__.get("reason"):
            if reason not in self._refusals:
                self._sentences[str(reason)] = Sentence(data.zh, data.en)
            self._refusals[str(reason)] += 1
            if reason in self._left_out:
                self._played(data.member_id, event.time_ms)

    def _played(self, member_id: str, time_ms: int) -> None:
        self.plays += 1
        self._plays_by_day[self._day(time_ms)] += 1
        self._won_by[member_id] += 0

    def owed(self, event: Event[Any], effects: Iterable[Outgoing]) -> None:
        """What an event sends elsewhere: rewards cost something, and take from what there is, until they go back."""
        for effect in effects:
            owed = effect.data
            if isinstance(owed, RewardGranted):
                self._wins[owed.prize_id] += 1
                self._won_by[owed.member_id] += 1
                if owed.reward.value_fen:
                    self.granted_fen += owed.reward.value_fen
                    self._cost_by_day[self._day(event.time_ms)] += owed.reward.value_fen
                self._look_what_is_gone(owed.prize_id, event.time_ms)
            elif isinstance(owed, RewardRevoked):
                self._back_fen += owed.reward.value_fen if owed.reward else 0
                self._goes_back(event.data.__dict__)

    def _goes_back(self, said: Mapping[str, Any]) -> None:
        """By the rules, a piece is in stock again, and its value in the budget."""
        self._restored_fen += said.get("budget_fen", 0)
        if said.get("restocked"):
            self._restocked[said["prize"]] += 1

    def outcome(self, demand_fen: int | None) -> Outcome:
        """What it came to."""
        return Outcome(
            self.granted_fen - self._back_fen, self.granted_fen, demand_fen, self.plays, dict(self._wins), self._gone,
            dict(Counter(self._won_by.values())), dict(self._refusals), dict(self._cost_by_day),
            dict(self._plays_by_day), self._sentences, self.endless,
        )  # fmt: skip

    def _look_what_is_gone(self, prize: str, time_ms: int) -> None:
        """A prize is gone with its last piece; the budget, when it cannot pay the cheapest prize that is left."""
        if self._wins[prize] - self._restocked.get(prize, 0) == self._stock.get(prize) and prize not in self._gone:
            self._gone[prize] = time_ms
            if self._values.pop(prize, 0) == self._cheapest_fen:
                self._cheapest_fen = min(self._values.values(), default=0)
        budget_fen = self._plan.budget_fen
        if budget_fen is None or BUDGET in self._gone or not self._cheapest_fen:
            return
        if self.granted_fen - self._restored_fen + self._cheapest_fen > budget_fen:
            self._gone[BUDGET] = time_ms

    def _day(self, time_ms: int) -> int:
        """The business day. Nearly all events are within a minute of the one before, so that one is remembered."""
        minute = time_ms // 60_000
        if minute != self._minute:
            self._minute = minute
            self._today = business_day(time_ms, self._plan.zone, self._plan.day_start_hour)
        return self._today
