"""Who may read and write which topic, as operations.md says it, is what the code does.

The table was written by heart once: it lacked the timers that activities ask for and the rewards that they take up, so
that a broker with these ACLs would have stopped them. Then it was compared with what first commands send: what their
follow-up commands send was missing still, as a broker with these ACLs showed. tests/secure runs services on one.
"""

import pytest

from fairground_contracts import topics
from fairground_contracts.message import CommandMessage
from fairground_decider import Translated
from fairground_decider.folding import World
from fairground_record.sources import sources
from fairground_timer.reading import streams
from tests import services
from tests.rights import names_of, of_activity, of_follower

_COMMANDS = 6_000  # enough for whatever an activity sends


@pytest.mark.parametrize("name", ["lottery", "redpacket", "signin"])
def test_an_activity_may_do_what_it_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRGROUND_SECRET", "5e" * 32)
    activity = services.activity(name)
    assert activity.intake is not None
    world = World(activity.service())
    asked, dead, happened = topics.of_service(name)
    commands = services.traffic(name, 1, _COMMANDS)
    while commands:
        before = len(world.effects)
        world.decide(commands)
        commands = [
            Translated(sent.key, sent.id, commands[-1].time, sent.data)
            for sent in world.effects[before:] if sent.topic == asked.name and isinstance(sent.data, CommandMessage)
        ]  # fmt: skip
    heard = activity.intake.topics
    sent = {effect.topic for effect in world.effects}
    assert of_activity(name) == (
        names_of((asked, happened, topics.ACTIVITIES, *heard)),
        names_of((asked, dead, happened, *map(topics.dead, heard))) | sent,
    )


def test_record_and_timer_may_do_what_they_do() -> None:
    """The record keeps no dead letters but of what nobody else reads; the timer gives commands to whoever asked."""
    recorded = names_of(source.topic for source in sources(tuple(services.names()[1:])))
    assert of_follower("record") == (recorded, names_of([topics.dead(topics.EXPOSURES)]))
    asked = [topics.commands(name) for name in services.names()[1:]]
    assert of_follower("timer") == (names_of(streams(True)), names_of((*asked, topics.dead(topics.TIMERS))))
