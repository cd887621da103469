"""The versions of red-packet activities. A rain's packets are created with the version that brings their session."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from fairground_activities.files import Problems
from fairground_activities.lifecycle import Lifecycle, Versions, canonical
from fairground_activities.seeds import Seeds
from fairground_contracts.activities import ActivityPublished, ActivityRefused, PublishActivity
from fairground_decider import Command, State
from fairground_decider.days import iso
from fairground_redpacket.contract import SERVICE, Packet, PacketCreated, ids
from fairground_redpacket.domain.terms import utc
from fairground_redpacket.rules import (
    SENTENCES,
    Rules,
    Session,
    form,
    load,
    promises_kept,
    read,
    unchangeable,
    who_form,
)

ACTIVITY = "activity"
RULES = "rules"


@dataclass(frozen=True, slots=True, eq=False)
class InForce:
    """One version's rules. `source` is what the store holds: the published form as canonical JSON."""

    source: bytes
    rules: Rules
    who: dict[str, Any]  # what packets carry of them

    def day(self, time_ms: int) -> int:
        """The business day of a moment."""
        return self.rules.day(time_ms)


@lru_cache(maxsize=1024)
def in_force_of(source: bytes) -> InForce:
    """The rules that a published form describes."""
    rules = load(orjson.loads(source))
    return InForce(source, rules, who_form(rules))


LIFECYCLE = Lifecycle[Rules](
    Versions(
        service=SERVICE,
        problems=lambda: Problems(SENTENCES),
        read=read,
        form=form,
        in_force=lambda content: in_force_of(canonical(content)),
        unchangeable=unchangeable,
        promises_kept=promises_kept,
        standing_field=ACTIVITY,
        rules_field=RULES,
    )
)


def decide_publication(
    _seeds: Seeds, state: State, command: Command[PublishActivity]
) -> Iterator[ActivityPublished | ActivityRefused | PacketCreated]:
    """A version, and the packets of the sessions that it brings. The activity itself draws nothing; packets do."""
    activity_id = command.data.activity_id
    before: InForce | None = state.record(activity_id, RULES)
    known = {session.id for session in _sessions(before)}
    for event in LIFECYCLE.decide_publication(None, state, command):
        yield event
        if isinstance(event, ActivityPublished):
            now: InForce = state.record(activity_id, RULES)
            for session in _sessions(now):
                if session.id not in known:
                    yield from _pools(now, session, event, command.time_ms)


def _sessions(version: InForce | None) -> tuple[Session, ...]:
    return version.rules.rain.sessions if version is not None and version.rules.rain is not None else ()


def _pools(version: InForce, session: Session, event: ActivityPublished, time_ms: int) -> Iterator[PacketCreated]:
    """A packet for each pool of a session, from the budget."""
    rules = version.rules
    assert rules.rain is not None
    for number in range(session.pools):
        total_fen, count = session.pool(number)
        yield PacketCreated(
            activity_id=rules.id,
            version=event.version,
            member_id="",
            packet_id=ids.pool_of(rules.id, session.id, number),
            packet=Packet(
                total_fen=total_fen,
                count=count,
                split="random",
                min_fen=rules.each_fen.least,
                max_fen=rules.each_fen.most,
                opens_at=utc(session.starts_ms),
                expires_at=utc(session.ends_ms),
                per_member=rules.rain.per_member,
                tap_ms=rules.rain.tap_ms,
                pool=number,
                pools=session.pools,
                session=session.id,
                held=event.status == "paused",
                who=version.who,
                name=rules.zh,
                payouts=2 if rules.second_bill else 1,
                keep_days=rules.keep_days,
            ),
            day=iso(version.day(time_ms)),
            cause=f"session:{session.id}",
        )
