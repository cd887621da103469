"""Laws of score games: what pays is a play that its member began, in time, once; and the score says by which table."""

from collections import defaultdict
from typing import Any, NamedTuple

from fairground_contracts.activities import ActivityArchived
from fairground_decider import Event
from fairground_decider.causes import digest
from fairground_lottery.contract import DrawMissed, PlayMissed, PlayRefused, PlayStarted, PlayWon, PrizeWon, Reason
from fairground_lottery.domain.records import MAX_OPEN
from fairground_lottery.invariants.by_rules import LOOKED_AT, ByRules, whose
from fairground_lottery.rules import REFUSE, Rules


class _Begun(NamedTuple):
    began_ms: int
    until_ms: int


class PlaysKept(ByRules):
    """An outcome belongs to a play of the same member that is open, ends it, and is possible."""

    name = "plays_kept"
    zh = "每局游戏最多一个结果：由本人开始、未超时、成绩可信"
    en = "a play has one outcome at most: begun by the member, in time, with a possible score"
    looks_at = LOOKED_AT | {PlayRefused, ActivityArchived}

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[tuple[str, str], dict[str, _Begun]] = defaultdict(dict)

    def see(self, event: Event[Any]) -> None:
        """Plays begin and end; an impossible score ends one, too."""
        said = event.data
        if isinstance(said, PlayRefused) and said.reason == Reason.IMPLAUSIBLE:
            self._open[said.activity_id, whose(said)].pop(said.play_id, None)
        elif isinstance(said, ActivityArchived):
            for key in [key for key in self._open if key[0] == said.activity_id]:
                del self._open[key]
        super().see(event)

    def see_start(self, event: Event[Any], said: PlayStarted, rules: Rules) -> None:
        """One more that is open, as long as the rules say and the window lasts."""
        plays = self._open[said.activity_id, whose(said)]
        plays.pop(said.play_id, None)
        until_ms = round(said.deadline.timestamp() * 1000)
        plays[said.play_id] = _Begun(event.time_ms, until_ms)
        if len(plays) > MAX_OPEN:
            del plays[next(iter(plays))]
        within_ms = rules.play.within_seconds * 1000 if rules.play else -1
        self.check(until_ms == min(event.time_ms + within_ms, rules.ends_ms), f"{event.id}: until {said.deadline}")

    def see_link(self, activity: str, member: str, person: str) -> None:
        """Plays of both are the person's; of those that are open the ones that began last."""
        plays = self._open.pop((activity, member), None)
        if plays:
            both = dict(self._open[activity, person])
            for play, begun in plays.items():  # of two that were begun under the same id the later one
                both[play] = max(both.get(play, begun), begun)
            last = sorted(both, key=lambda play: (both[play].began_ms, digest(play)))[-MAX_OPEN:]
            self._open[activity, person] = {play: both[play] for play in last}

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """One less that is open."""
        of_play = isinstance(said, PlayWon | PlayMissed)
        self.check(of_play == (rules.play is not None) == (said.chance == "play"), f"{event.id}: not of its kind")
        if not isinstance(said, PlayWon | PlayMissed) or rules.play is None:
            return
        begun = self._open[said.activity_id, whose(said)].pop(said.play_id, None)
        if begun is None:
            self.note(f"{event.id}: {said.play_id} of {said.member_id} is not open")
            return
        since_ms = begun.began_ms + rules.play.min_seconds * 1000
        holds = since_ms <= event.time_ms < begun.until_ms and said.score <= rules.play.max_score
        self.check(holds, f"{event.id}: score {said.score} at {event.time}, begun {begun}")


class ScoresKept(ByRules):
    """A play is drawn by the first table that its score and nothing else opens, or by one before it."""

    name = "scores_kept"
    zh = "每局按分数使用规定的奖品表"
    en = "a play is drawn by the table that its score leads to"

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """The named table is open to the score, and no table before it had to apply."""
        levels = dict(rules.risk)
        by_risk = levels.get(said.risk, levels.get(3) if said.risk == 4 else None) not in (None, REFUSE)
        if not isinstance(said, PlayWon | PlayMissed) or by_risk:
            return
        possible = list[str]()
        for tier in rules.tables:
            if not tier.by_member or said.score < (tier.score or 0):
                continue
            possible.append(tier.id)
            if (tier.spend_fen, tier.level, tier.draws, tier.condition) == (None, None, None, ""):
                break
        else:
            possible.append("")
        self.check(said.table in possible, f"{event.id}: table {said.table!r} at a score of {said.score}")
