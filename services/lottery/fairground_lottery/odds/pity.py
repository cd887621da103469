"""What pity makes of the odds, told by the engine that draws: at each step of a soft slope, and in the long run."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from fairground_activities.prizes import ENDLESS, Game, Pity, Prize, long_run, odds_after, table
from fairground_decider.answers import Words

_Content = Mapping[str, Any]

_STEPS_SHOWN = 10


def long_run_of(form: _Content) -> tuple[Fraction, ...] | None:
    """How often each prize is drawn in the long run; None without pity, or where nobody can tell."""
    if not form.get("pity"):
        return None
    game = _game(form)
    return long_run(game, game.base)


def slope(form: _Content, number: int) -> Words:
    """How probable it is to win one of the number-th pity's prizes, after each number of misses from its slope on."""
    game = _game(form)
    pity = game.pities[number]
    told = [(f"{misses}", _share(game, number, misses)) for misses in _some(range(pity.soft_from, pity.after))]
    told.append((f"≥ {pity.after}", _share(game, number, pity.after)))
    odds = ", ".join(f"{misses}: {float(share * 100):.4g} %" for misses, share in told)
    return Words(f"连续没有抽中的次数与下一次抽中的概率：{odds}。", f"The odds of winning one after so many: {odds}.")


def _share(game: Game, number: int, misses: int) -> Fraction:
    """Of one pity's prizes together, while no other pity has a say."""
    missed = [misses if each == number else 0 for each in range(len(game.pities))]
    odds = odds_after(game, game.base, missed)
    return sum((odds[place] for place in game.pities[number].places), Fraction(0))


def _some(steps: range) -> Iterator[int]:
    """All steps, or so many of them as one line holds: the first, the last, and some between."""
    shown = min(len(steps), _STEPS_SHOWN)
    for each in range(shown):
        yield steps[each * (len(steps) - 1) // max(shown - 1, 1)]


def _game(form: _Content) -> Game:
    """The prizes as if each could always be given."""
    prizes = tuple(
        Prize(prize["id"], None, 0, ENDLESS, ENDLESS, ENDLESS, endless=True, counter="") for prize in form["prizes"]
    )
    return Game(
        prizes,
        by_id={prize.id: prize for prize in prizes},
        chains=tuple((prize,) for prize in prizes),
        sold_out="miss",
        base=table("", tuple(prize["weight"] for prize in form["prizes"])),
        budget_fen=ENDLESS,
        budget_per_day_fen=ENDLESS,
        pities=tuple(_pity(pity, prizes) for pity in form["pity"]),
        by_moment=True,
    )


def _pity(pity: _Content, prizes: Sequence[Prize]) -> Pity:
    promised = frozenset(pity["prizes"])
    soft = pity.get("soft") or {"from": ENDLESS, "step": 0}
    places = tuple(place for place, prize in enumerate(prizes) if prize.id in promised)
    return Pity(pity["id"], promised, places, pity["after"], soft["from"], soft["step"])
