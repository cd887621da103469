"""What a service answered, in words, whatever service it is: sentences stand in the events, or follow from fields."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape

from fairground_cli.words import catalogue, language, say
from fairground_contracts.dead import CommandDead
from fairground_contracts.message import Message
from fairground_contracts.rewards import Reward
from fairground_decider import Event

#: Fields that the headline says already, or that are of no interest to somebody at a terminal.
_SAID = {"zh", "en", "help_zh", "help_en", "reason", "reward", "problems", "rules", "activity_id", "member_id"}


def show(events: Iterable[Event[Any]], console: Console) -> bool:
    """Print each event: a headline, what would help, the facts. Returns whether everything was granted."""
    granted = True
    for event in events:
        ok = not (isinstance(event.data, CommandDead) or hasattr(event.data, "reason"))
        granted = granted and ok
        console.print(f"[{'green' if ok else 'yellow'}]{'✓' if ok else '✗'}[/] {escape(headline(event.data))}")
        for line in (*details(event.data), say("outcome-event", type=event.data.type, id=event.id)):
            console.print(f"  [dim]{escape(line)}[/]")
    return granted


def headline(data: Message) -> str:
    """One sentence for one event."""
    if isinstance(data, CommandDead):
        return say("outcome-dead", cause=data.cause, why=data.detail)
    if reason := getattr(data, "reason", None):
        refused = say("outcome-refused", reason=reason, sentence=getattr(data, language(), ""))
        help = getattr(data, f"help_{language()}", "")
        return refused + (say("outcome-help", help=help) if help else "")
    if isinstance(reward := getattr(data, "reward", None), Reward):
        words = in_words(reward)
        prize = getattr(data, "prize_id", "")
        return say("outcome-reward", prize=prize, reward=words) if prize else say("outcome-given", reward=words)
    if f"event-{data.type}" in catalogue():
        return say(f"event-{data.type}", **dict(data))
    return (type(data).__doc__ or data.type).partition("\n")[0]


def in_words(reward: Reward) -> str:
    """A reward as its receiver would say it."""
    yuan = f"{(reward.amount if reward.reward == 'cash' else reward.value_fen) / 100:.2f}"
    ref = reward.ref or (say("reward-here") if reward.reward == "draw_chances" else "?")
    what = say(f"reward-{reward.reward}", amount=reward.amount, yuan=yuan, ref=ref)
    return f"{reward.name} ({what})" if reward.name else what


def details(data: Message) -> list[str]:
    """What else the event says: a line for the simple fields that are not empty, one for each problem of a file."""
    simple = [
        f"{name}={content}"
        for name, content in data
        if name not in _SAID and content and isinstance(content, str | int | float)
    ]
    lines = [] if isinstance(data, CommandDead) or not simple else [" ".join(simple)]
    return lines + [problem_line(problem) for problem in getattr(data, "problems", ())]


def problem_line(problem: Any) -> str:
    """One problem of an activity file: where, and what."""
    where = problem.field or say("problem-file")
    sentence = getattr(problem, language())
    return say("problem-line", line=problem.line, field=where, sentence=sentence) if problem.line else (
        say("problem", field=where, sentence=sentence)
    )  # fmt: skip
