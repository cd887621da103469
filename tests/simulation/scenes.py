"""What histories are about: versions of a service that run at the same time, and commands, believable and broken."""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from fairground_contracts.message import CommandMessage, Message
from fairground_decider import Command, State, Translated
from fairground_runtime.protocol.ports import Record
from tests import services as activities
from tests.simulation.oracle import Variant
from tests.toy import CloseActivity, SetStock, TakeTicket, TicketRefused, Toy

_HEADERS = {
    "ce_specversion": b"1.0",
    "ce_source": b"/tests",
    "ce_time": b"2026-11-22T10:00:00Z",
    "content-type": b"application/json",
}


class Scene(NamedTuple):
    """What a history is about."""

    variants: list[Variant]
    commands: list[Record]
    crowded: bool = False  # nobody sleeps or dies, the store loses nothing: only requests and replies get lost


class Stingy(Toy):
    """A version that refuses every ticket at an odd offset."""

    def decide(self, state: State, command: Command[Any]) -> Iterator[Message]:
        asked = command.data
        if isinstance(asked, TakeTicket) and command.at.offset % 2:
            for _ in range(asked.count):
                yield TicketRefused(activity_id=asked.activity_id, member_id=asked.member_id, reason="sold_out")
        else:
            yield from super().decide(state, command)


class Old(Toy):
    """A version that does not know yet that activities can be closed."""

    commands: Mapping[str, type[CommandMessage]] = {kind.type: kind for kind in (SetStock, TakeTicket)}


class Buggy(Toy):
    """A version that fails in the middle of some outcomes."""

    def decide(self, state: State, command: Command[Any]) -> Iterator[Message]:
        yield from super().decide(state, command)
        if command.at.offset % 3 == 0:
            raise ZeroDivisionError("a bug")


def variants(dice: random.Random) -> list[Variant]:
    """Two versions, the first one sound; small record batches cut a batch of commands into several."""
    other = dice.choice((Stingy, Old, Buggy, Toy))()
    sizes = (2_000, 3_000, 100_000)
    return [Variant(Toy(), dice.choice(sizes)), Variant(other, dice.choice(sizes))]


def commands(dice: random.Random) -> list[Record]:
    """A short command topic with everything in it that a worker has to stand."""
    made, offset = list[Record](), 0
    for number in range(dice.randint(3, 12)):
        offset += dice.choice((0, 0, 0, 0, 1, 3))  # markers of transactions leave gaps
        made.append(_command(dice, number, offset))
        offset += 1
    return made


def _command(dice: random.Random, number: int, offset: int) -> Record:
    activity, member = dice.choice(("a", "b")), dice.choice(("m1", "m2", "m3"))
    kind = dice.randint(0, 19)
    data: CommandMessage
    if kind < 2:
        data = SetStock(activity_id=activity, stock=dice.randint(0, 4))
    elif kind < 4:
        data = CloseActivity(activity_id=activity)
    else:  # twelve tickets do not fit into a small record batch
        count = 12 if kind == 16 else dice.choice((1, 1, 1, 2, 3))
        data = TakeTicket(activity_id=activity, member_id=member, count=count)
    record = command(data, f"c{number}", offset)
    if kind == 17:
        return record._replace(value=b'{"activity_id": ')
    if kind == 18:
        return record._replace(key=b"elsewhere")
    if kind == 19:
        return record._replace(headers=record.headers[1:])
    return record


def command(data: CommandMessage, id: str, offset: int = 0, **headers: bytes) -> Record:
    """A command as a record of the command topic."""
    named = {**_HEADERS, "ce_id": id.encode(), "ce_type": data.type.encode(), **headers}
    key: str = getattr(data, "activity_id", "")
    return Record(offset, key.encode(), data.model_dump_json().encode(), list(named.items()), 1)


def toy(dice: random.Random) -> Scene:
    """Most histories: a bit of everything."""
    return Scene(variants(dice), commands(dice))


def rivals(dice: random.Random) -> Scene:
    """Two versions at work that disagree about every other command, a record batch for each; only replies get lost."""
    taken = [TakeTicket(activity_id="a", member_id=dice.choice(("m1", "m2")), count=2) for _ in range(8)]
    topic = [command(one, f"c{offset}", offset) for offset, one in enumerate(taken)]
    return Scene([Variant(Toy(), 2_000), Variant(Stingy(), 2_000)], topic, crowded=True)


def of_activity(name: str) -> Callable[[random.Random], Scene]:
    """The believable traffic of any activity service, under two configurations that cut batches differently."""
    service = activities.activity(name).service()

    def scene(dice: random.Random) -> Scene:
        asked = activities.traffic(name, dice.randrange(1_000_000), dice.randint(10, 30))
        topic = [_asked(one, offset) for offset, one in enumerate(asked)]
        return Scene([Variant(service, 20_000), Variant(service, 200_000)], topic)

    return scene


def _asked(asked: Translated, offset: int) -> Record:
    made = command(asked.data, asked.id, offset, ce_time=asked.time.encode())
    return made._replace(key=asked.key.encode())
