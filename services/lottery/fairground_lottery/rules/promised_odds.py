"""Whether everybody's odds of what was promised are kept: of each table, and of each table that somebody may come to.

In the same table no prize gets rarer, nor does a soft slope of pity get flatter. Who comes to another one wins each
prize, or a dearer one, as often as before, on a slope as well.
Tables that only risk levels lead to are left out: fraud has to be fought while the activity runs.
"""

from fractions import Fraction
from itertools import groupby

from fairground_activities.files import Problems
from fairground_lottery.rules.model import Pity, Rules, Tier

_BASE = ""
_NEVER = Fraction()
_ASKED = ("score", "spend_fen", "level", "draws")


class _Tables:
    """One version's tables that members come to by themselves, in the order in which they are tried."""

    def __init__(self, rules: Rules, worth: dict[str, int]) -> None:
        """The prizes' own weights come last, for everybody else. `worth`: of each prize, in fen."""
        weights = tuple((prize.id, prize.weight) for prize in rules.prizes)
        self.tried = [*(tier for tier in rules.tables if tier.by_member), Tier(_BASE, None, None, None, "", weights)]
        self.places = {tier.id: place for place, tier in enumerate(self.tried)}
        self.paths = {tier.id: f"tables[{index}]" for index, tier in enumerate(rules.tables)}
        self.odds = {tier.id: _odds(tier) for tier in self.tried}
        self.or_dearer = {table: _or_dearer(odds, worth) for table, odds in self.odds.items()}
        self._worth = worth

    def dearer_than_any(self, prizes: tuple[str, ...]) -> frozenset[str]:
        """What is worth more than one of these."""
        least = min(self._worth[prize] for prize in prizes)
        return frozenset(prize for prize, fen in self._worth.items() if fen > least)

    def named(self, table: str) -> Tier | None:
        """The table of that id."""
        return self.tried[self.places[table]] if table in self.places else None


def compare_odds(before: Rules, after: Rules, promised: tuple[str, ...], problems: Problems) -> None:
    """Note each promised prize that becomes rarer for anybody."""
    worth = {prize.id: prize.value_fen for prize in (*before.prizes, *after.prizes)}
    old, new = _Tables(before, worth), _Tables(after, worth)
    for was in old.tried:
        for now in new.tried:
            if problems.full or not _may_come(old, new, was, now):
                continue
            odds, left = old.odds[was.id], new.odds[now.id]
            if was.id != now.id:
                odds, left = old.or_dearer[was.id], new.or_dearer[now.id]
            for prize in promised:
                if left.get(prize, _NEVER) < odds.get(prize, _NEVER):
                    _note(problems, old, new, was, now, prize)
    _compare_slopes(before, after, old, new, problems)


def _compare_slopes(before: Rules, after: Rules, old: _Tables, new: _Tables, problems: Problems) -> None:
    """Note each soft slope that wins less for somebody: its steps are weights, and count for less in a greater sum."""
    promised = {pity.id: pity for pity in before.pity if pity.soft_from is not None}
    led = [(was, now) for was in old.tried for now in new.tried if _may_come(old, new, was, now)]
    for index, pity in enumerate(after.pity):
        known = promised.get(pity.id)
        if known is None or pity.soft_from is None:
            continue
        for was, now in led:
            also = frozenset[str]() if was.id == now.id else new.dearer_than_any(pity.prizes)
            if fallen := _flatter(was, now, known, pity, also):
                _note_slope(problems, old, new, was, now, index, pity, fallen)
                break


def _flatter(was: Tier, now: Tier, known: Pity, pity: Pity, also: frozenset[str]) -> tuple[Fraction, Fraction] | None:
    """Where a slope wins less: the share before, and after. `also`: prizes that make up for its own.

    Whether it does is a line over the misses, so that both ends say it for all between them.
    """
    assert known.soft_from is not None
    last = min(known.after, pity.after) - 1
    for misses in (known.soft_from, last):
        if misses <= last:
            least, share = _share(was, known, misses, also), _share(now, pity, misses, also)
            if share < least:
                return least, share
    return None


def _share(tier: Tier, pity: Pity, misses: int, also: frozenset[str]) -> Fraction:
    """How probably a draw by that table wins one of the pity's prizes, or of `also`, after so many misses."""
    raised = sum(1 for prize, weight in tier.weights if prize in pity.prizes and weight)
    steps = 0 if pity.soft_from is None else max(misses - pity.soft_from + 1, 0)
    more = raised * steps * pity.soft_step
    own = sum(weight for prize, weight in tier.weights if prize in pity.prizes or prize in also)
    return Fraction(own + more, sum(weight for _, weight in tier.weights) + more)


def _note_slope(
    problems: Problems, old: _Tables, new: _Tables, was: Tier, now: Tier, index: int, pity: Pity,
    fallen: tuple[Fraction, Fraction],
) -> None:  # fmt: skip
    before, after = map(_percent, fallen)
    prizes = ", ".join(pity.prizes)
    if was.id == now.id:
        problems.add(f"pity[{index}].soft.step", "odds_lowered", prize=prizes, before=before, after=after)
    else:
        _note_table(problems, old, new, was, now, prizes, before, after)


def _may_come(old: _Tables, new: _Tables, was: Tier, now: Tier) -> bool:
    """Whether the new version may use `now` for somebody for whom the old one used `was`.

    Not for whom the old version would have used `now` already, nor for whom the new one still uses `was` first.
    """
    if was.id == now.id:
        return True
    earlier, later = old.named(now.id), new.named(was.id)
    used_before = earlier is not None and _covers(earlier, now) and old.places[now.id] < old.places[was.id]
    used_still = later is not None and _covers(later, was) and new.places[was.id] < new.places[now.id]
    return not (used_before or used_still)


def _covers(wide: Tier, narrow: Tier) -> bool:
    """Whether `wide` applies to everybody to whom `narrow` applies."""
    return not _narrowed(narrow, wide)


def _narrowed(was: Tier, now: Tier) -> str:
    """The first field of `when` by which `now` may leave out somebody to whom `was` applies; empty: there is none."""
    for name in _ASKED:
        least, asked = getattr(was, name), getattr(now, name)
        if asked is not None and (least is None or asked > least):
            return name
    return "" if now.condition in ("", was.condition) else "condition"


def _note(problems: Problems, old: _Tables, new: _Tables, was: Tier, now: Tier, prize: str) -> None:
    before, after = (_percent(odds.get(prize, _NEVER)) for odds in (old.odds[was.id], new.odds[now.id]))
    if was.id == now.id:
        path = f"{new.paths[now.id]}.weights" if now.id else "prizes"
        problems.add(path, "odds_lowered", prize=prize, before=before, after=after)
        return
    _note_table(problems, old, new, was, now, prize, before, after)


def _note_table(
    problems: Problems, old: _Tables, new: _Tables, was: Tier, now: Tier, prize: str, before: str, after: str
) -> None:
    left, taken = was.id or "prizes", now.id or "prizes"
    path = _cause(old, new, was, now)
    problems.add(path, "table_lowers", was=left, now=taken, prize=prize, before=before, after=after)


def _cause(old: _Tables, new: _Tables, was: Tier, now: Tier) -> str:
    """The field that leads somebody from one table to the other."""
    later, earlier = new.named(was.id), old.named(now.id)
    if later is not None and (field := _narrowed(was, later)):
        return f"{new.paths[was.id]}.when.{field}"
    if earlier is not None and (field := _narrowed(now, earlier)):
        return f"{new.paths[now.id]}.when.{field}"
    return new.paths[now.id] if earlier is None else "tables"


def _odds(tier: Tier) -> dict[str, Fraction]:
    """The odds of each prize, exactly."""
    total = sum(weight for _, weight in tier.weights)
    return {prize: Fraction(weight, total) for prize, weight in tier.weights}


def _or_dearer(odds: dict[str, Fraction], worth: dict[str, int]) -> dict[str, Fraction]:
    """The odds of each prize together with those of all that are worth more."""
    found, dearer = dict[str, Fraction](), _NEVER
    for _, alike in groupby(sorted(worth, key=lambda prize: -worth[prize]), key=lambda prize: worth[prize]):
        prizes = tuple(alike)
        found |= {prize: dearer + odds.get(prize, _NEVER) for prize in prizes}
        dearer += sum((odds.get(prize, _NEVER) for prize in prizes), _NEVER)
    return found


def _percent(odds: Fraction) -> str:
    """Odds as people read them."""
    return f"{float(odds) * 100:.6g} %"
