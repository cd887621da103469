"""Versions and moves: decided once, where the activity is at home, and followed by every partition in its own order."""

from collections.abc import Iterable, Iterator
from typing import Any

from fairground_activities.files import Problems
from fairground_activities.lifecycle import STATUS_AFTER, Lifecycle, Moved, Versions
from fairground_activities.telling import listed
from fairground_contracts import topics
from fairground_contracts.activities import ActivityPublished
from fairground_decider import Command, Event, Outgoing, State
from fairground_decider.envelope import offset_of
from fairground_signin.contract import SERVICE, FollowRules, RulesFollowed, RulesKnown
from fairground_signin.domain.holding import LATE_DAYS
from fairground_signin.domain.in_force import in_force_of_form
from fairground_signin.domain.records import FOLLOWED, RULES, STANDING, Followed, Older
from fairground_signin.rules import SENTENCES, Rules, form, promises_kept, read

LIFECYCLE = Lifecycle[Rules](
    Versions(
        service=SERVICE,
        problems=lambda: Problems(SENTENCES),
        read=read,
        form=form,
        in_force=in_force_of_form,
        promises_kept=promises_kept,
        standing_field=STANDING,
        rules_field=RULES,
    )
)


def told_to_all(event: Event[Any]) -> Iterable[Outgoing]:
    """What a publication or a move sends elsewhere: the activity's row, and what each partition has to follow."""
    said: ActivityPublished | Moved = event.data
    yield from listed(event, SERVICE)
    status = said.status if isinstance(said, ActivityPublished) else STATUS_AFTER[type(said)]
    for number, place in enumerate(topics.EVERYWHERE):
        follow = FollowRules(
            activity_id=said.activity_id, place=place, revision=offset_of(event.id), version=said.version,
            status=status, rules=said.rules,
        )  # fmt: skip
        yield Outgoing(topics.commands(SERVICE).name, place, f"{event.id}-p{number}", said.activity_id, follow)


def evolve_moved(state: State, event: Event[Any]) -> None:
    """Fold a move. At home an archived activity is gone at once, whatever the other partitions know yet."""
    LIFECYCLE.evolve_moved(state, event)
    moved: Moved = event.data
    if STATUS_AFTER[type(moved)] == "archived":
        gone = Followed("archived", offset_of(event.id), moved.version, None)
        state.put(moved.activity_id, FOLLOWED, gone)


def decide_follow(state: State, command: Command[FollowRules]) -> Iterator[RulesFollowed | RulesKnown]:
    """The rules are in force here, unless newer ones are already."""
    asked = command.data
    followed: Followed | None = state.record(asked.activity_id, FOLLOWED)
    if followed is not None and asked.revision <= followed.revision:
        yield RulesKnown(
            activity_id=asked.activity_id, place=asked.place, revision=asked.revision, known=followed.revision
        )  # fmt: skip
        return
    yield RulesFollowed(
        activity_id=asked.activity_id, place=asked.place, revision=asked.revision, version=asked.version,
        status=asked.status, rules=asked.rules,
    )  # fmt: skip


def evolve_followed(state: State, event: Event[Any]) -> None:
    """Fold rules that are in force from here on. Of what is archived only that is kept, and at home its standing."""
    said: RulesFollowed = event.data
    activity = said.activity_id
    before: Followed | None = state.record(activity, FOLLOWED)
    if said.status == "archived":
        standing = state.record(activity, STANDING)
        state.drop(activity)
        state.put(activity, STANDING, standing)
        state.put(activity, FOLLOWED, Followed(said.status, said.revision, said.version, None))
        return
    in_force = in_force_of_form(said.rules)
    older = _still_needed(before, said, event.time_ms) if before else ()
    state.put(activity, FOLLOWED, Followed(said.status, said.revision, said.version, in_force, older))


def _still_needed(before: Followed, said: RulesFollowed, time_ms: int) -> tuple[Older, ...]:
    """Superseded rules, as long as a cycle that began under them can still run.

    Without cycles nothing goes on under them; but until their last day is over, a sign-in of it can be sent again.
    """
    if before.in_force is None:
        return ()
    rules, counting = before.in_force.rules, before.in_force.counting
    today = rules.day(time_ms)
    older = [each for each in before.older if each.until + LATE_DAYS >= today]
    if said.version != before.version:
        until = today if rules.cycle.every == "none" else counting.span(today + 1).last  # for clocks that are ahead
        older.append(Older(before.version, until, before.in_force))
    return tuple(older)
