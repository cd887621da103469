"""How a score game is played: how long, up to which score; and which tables its scores lead to."""

from typing import Any

from fairground_activities.files.problems import Problems, shown
from fairground_activities.files.reading import Section
from fairground_contracts.rewards import Reward
from fairground_lottery.rules.model import PlayRule, Prize, Rules
from fairground_lottery.rules.odds import MAX_SCORE, MAX_WEIGHT, named_by_text

_MAX_SECONDS = 86_400
_MAX_SCORES = 200


def play_of(activity: Section) -> PlayRule:
    """What is possible in one play."""
    play = activity.section("play", ("max_score", "min_seconds", "within_seconds", "expected_scores"))
    if activity.needed("play"):
        for name in ("max_score", "min_seconds", "within_seconds"):
            play.needed(name)
    max_score = play.integer("max_score", 1, MAX_SCORE)
    return PlayRule(
        max_score=max_score or MAX_SCORE,
        min_seconds=play.integer("min_seconds", 0, _MAX_SECONDS) or 0,
        within_seconds=play.integer("within_seconds", 1, _MAX_SECONDS) or _MAX_SECONDS,
        expected_scores=_expected(play, max_score or MAX_SCORE),
    )


def _expected(play: Section, max_score: int) -> tuple[tuple[int, int], ...]:
    """Scores with weights, lowest first."""
    if not play.has("expected_scores"):
        return ()
    said: Any = named_by_text(play.content["expected_scores"])
    scores = Section(play.problems, said, play.at("expected_scores"), tuple(said) if isinstance(said, dict) else ())
    read = dict[int, int]()
    for name in list(scores.content)[:_MAX_SCORES]:
        weight = scores.integer(name, 0, MAX_WEIGHT)
        if not (name.isascii() and name.isdigit()) or len(name) > len(str(MAX_SCORE)) or int(name) > max_score:
            scores.problems.add(scores.at(name), "bad_score", found=shown(name), most=max_score)
        elif weight is not None:
            read[int(name)] = weight
    unread = any(problem.field.startswith(scores.path) for problem in scores.problems.found)
    if not unread and not any(read.values()):
        scores.problems.add(scores.path, "scores_all_zero")
    return tuple(sorted(read.items()))


def prove_play(rules: Rules, problems: Problems) -> None:
    """Note what cannot come about in a score game."""
    play = rules.play
    if play is None:
        return
    if play.min_seconds > play.within_seconds:
        problems.add("play.within_seconds", "never_in_time", least=play.min_seconds, within=play.within_seconds)
    for index, prize in enumerate(rules.prizes):
        _prove_rewards(prize, f"prizes[{index}]", problems)
    for index, tier in enumerate(rules.tables):
        if tier.score is not None and tier.score > play.max_score:
            path = f"tables[{index}].when.score"
            problems.add(path, "never_reached", found=tier.score, most=play.max_score)


def _prove_rewards(prize: Prize, path: str, problems: Problems) -> None:
    """Chances are those of a wheel; and no order has brought a play, so that no refund takes back what it has won."""
    for name, reward in (("reward", prize.reward), ("on_rejected", prize.fulfilment.on_rejected)):
        if isinstance(reward, Reward) and reward.reward == "draw_chances" and not reward.ref:
            problems.add(f"{path}.{name}.ref", "chances_nowhere")
    if prize.fulfilment.on_refund != "keep":
        problems.add(f"{path}.on_refund", "refund_of_play")
