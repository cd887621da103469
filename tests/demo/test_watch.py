"""What players see: events that count, and which of their requests each answers."""

from typing import Any, NamedTuple, cast

import orjson

from fairground_cli.demo.act import Request
from fairground_cli.demo.figures import LawFigures, PromiseFigures
from fairground_cli.demo.heard import Heard
from fairground_cli.demo.pace import Pace
from fairground_cli.demo.played import Played
from fairground_cli.demo.replay import Replay
from fairground_cli.demo.sender import Part, Sender
from fairground_cli.demo.tally import Tally
from fairground_cli.demo.watch import Watch
from fairground_cli.demo.wheelplay import WheelPlay
from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent, Headers

TIME = "2017-03-01T10:00:00.000Z"


class Record(NamedTuple):
    offset: int
    value: bytes
    headers: Headers


class Told:
    """A sender that only remembers."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, list[Part]]] = []

    async def send(self, topic: str, parts: list[Part]) -> None:
        self.sent.append((topic, parts))


def event(kind: str, data: dict[str, Any], *, answers: str, offset: int = 7, stamp: int = 7, index: int = 0) -> Record:
    made = CloudEvent(f"lottery-1-0-{offset}-{index}", kind, "/fairground/lottery", TIME, "spring", b"", answers)
    return Record(offset, orjson.dumps(data), cloudevent.headers(made._replace(stamp=stamp)))


def granted(chances: int = 10) -> dict[str, Any]:
    return {"activity_id": "spring", "member_id": "household-1", "chances": chances}


def drawn(reward: bool) -> dict[str, Any]:
    data: dict[str, Any] = {"activity_id": "spring", "drawn_id": "coupon", "prize_id": "coupon"}
    return data | ({"reward": {"reward": "coupon", "amount": 1, "value_fen": 5}} if reward else {})


async def watching() -> tuple[Watch, Pace, Heard, Told]:
    pace, heard, told, act = Pace(), Heard(), Told(), WheelPlay(0)
    act.open([], seed=1)
    return Watch("localhost:1", act, cast(Sender, told), pace, heard), pace, heard, told


def tally_of(watch: Watch) -> Tally:
    assert isinstance(watch.act, WheelPlay)
    return watch.act.tally


async def test_an_event_that_stands_elsewhere_than_stamped_is_not_seen() -> None:
    watch, pace, heard, _ = await watching()
    pace.expect(1, "paid:1:spring")
    requests: list[Request] = []
    watch.see(event("lottery.chances.granted.v1", granted(), answers="paid:1:spring", offset=8, stamp=7), requests)
    assert (heard.voids, heard.events, requests, pace.unanswered) == (1, 0, [], ["paid:1:spring"])
    watch.see(event("lottery.chances.granted.v1", granted(), answers="paid:1:spring", offset=9, stamp=9), requests)
    assert (heard.voids, heard.events, pace.unanswered) == (1, 1, [])
    assert requests


async def test_a_command_with_many_events_is_answered_once() -> None:
    watch, pace, heard, _ = await watching()
    pace.expect(1, "repeated")
    pace.expect(1, "repeated")
    for index in range(12):
        watch.see(event("lottery.prize.won.v1", drawn(True), answers="repeated", index=index), [])
    assert (heard.commands, heard.events) == (1, 12)
    assert (tally_of(watch).draws, tally_of(watch).wins) == (12, 12)
    assert pace.unanswered_total == 1


async def test_a_request_is_answered_once_for_each_time_it_was_sent() -> None:
    watch, _, heard, told = await watching()
    request = Request("draw-1", b"spring", b"{}", [], 0)
    await watch.ask([request, request])
    assert [len(parts) for _, parts in told.sent] == [2]
    watch.see(event("lottery.draw.missed.v1", drawn(False), answers="draw-1"), [])
    assert (watch.unanswered, watch.unanswered_total) == (["draw-1"], 1)
    refused = {"reason": "duplicate", "zh": "重复", "en": "Again."}
    watch.see(event("lottery.draw.refused.v1", refused, answers="draw-1"), [])
    assert (watch.unanswered, watch.unanswered_total) == ([], 0)
    assert len(heard.latencies_us) == 2
    assert heard.refusals == {"duplicate": 1}


class Course(NamedTuple):
    """As much of a course as the verdict needs."""

    unanswered_total: int
    replay: Replay


def test_the_verdict_is_bad_when_a_law_is_broken_or_something_is_missing() -> None:
    replay = cast(Replay, type("Replay", (), {"orders": 5})())
    course = cast(Any, Course(0, replay))
    good = LawFigures(name="a", meaning="a", checked=1, broken=0)
    assert Played(course, 5, 0, 1.0, (good,), {}, None, 1).good
    assert not Played(course, 5, 0, 1.0, (good, good.model_copy(update={"broken": 1})), {}, None, 1).good
    assert not Played(course, 6, 0, 1.0, (good,), {}, None, 1).good
    missing = cast(Any, Course(1, replay))
    assert Played(missing, 5, 0, 1.0, (good,), {}, None, 1).unaccounted == 1
    assert not Played(missing, 5, 0, 1.0, (good,), {}, None, 1).good
    recomputed = cast(PromiseFigures, type("Recomputed", (), {"differing": 1})())
    assert not Played(course, 5, 0, 1.0, (good,), {}, recomputed, 1).good
