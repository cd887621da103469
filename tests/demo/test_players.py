"""The players: seeded, asking no more than they have, except for those who are impatient."""

from collections import Counter
from dataclasses import replace
from typing import Any

import orjson
import pytest

from fairground_cli.demo.act import Request
from fairground_cli.demo.players import DRAW, FINISH, SAVED, START, Players
from fairground_cli.demo.wheels import Play, Wheel
from fairground_contracts import cloudevent

START_MS = 1_490_000_000_000
HOUR_MS = 3_600_000
MEMBERS = [f"household-{number}" for number in range(400)]


def wheel(id: str = "spring", free_per_day: int = 0) -> Wheel:
    return Wheel(
        id, "转盘", "Wheel", "Asia/Shanghai", 0, START_MS - HOUR_MS, START_MS + 1000 * HOUR_MS, free_per_day, ()
    )


def grant(member: str, chances: int = 1, wheel_id: str = "spring") -> dict[str, Any]:
    return {"activity_id": wheel_id, "member_id": member, "chances": chances}


def asked(request: Request) -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(request.value)
    return data


def play(seed: int, grants: int = 12) -> list[Request]:
    players = Players([wheel()], seed)
    return [
        request
        for number in range(grants)
        for member in MEMBERS
        for request in players.granted(f"lottery-1-0-{member}-{number}-0", START_MS + number * HOUR_MS, grant(member))
    ]


def test_whoever_draws_where_levels_count_says_its_own() -> None:
    players = Players([replace(wheel(), by_level=True)], seed=1)
    levels = set()
    for number in range(130):
        list(players.came_by("household-1", START_MS))
        for request in players.granted(f"lottery-1-0-{number}-0", START_MS, grant("household-1")):
            levels.add(asked(request)["facts"]["level"])
    assert levels <= set(range(6))
    assert max(levels) == 5
    assert "facts" not in asked(play(1)[0])


def test_a_play_is_begun_and_ended_in_time_with_a_possible_score() -> None:
    from fairground_cli import installed

    game = replace(wheel("link-up"), play=Play(1000, 20, 180))
    seen = [asked for member in MEMBERS for asked in Players([game], seed=1).came_by(member, START_MS)]
    assert 2 <= len(seen) < len(MEMBERS) // 2
    models = installed.commands(installed.activity("lottery").reader())
    begun: dict[str, int] = {}
    for request in seen:
        event = cloudevent.read(request.headers, request.value)
        if event.type == START:
            models["start"].model_validate_json(request.value)
            begun[event.id] = event.time_ms
        else:
            finish: Any = models["finish"].model_validate_json(request.value)
            assert event.type == FINISH
            assert 20_000 <= event.time_ms - begun[finish.play_id] < 180_000
            assert 0 <= finish.score <= 1000
    closed = replace(game, starts_ms=START_MS + 1)
    assert [asked for member in MEMBERS for asked in Players([closed], seed=1).came_by(member, START_MS)] == []


def test_the_same_seed_plays_the_same() -> None:
    assert play(1) == play(1)
    assert play(1) != play(2)


def test_requests_are_cloudevents_of_draws_some_minutes_after_the_grant() -> None:
    for request in play(1, grants=1):
        event = cloudevent.read(request.headers, request.value)
        assert (event.type, event.id, event.subject) == (DRAW, request.id, "spring")
        assert START_MS < event.time_ms < START_MS + HOUR_MS
        assert request.key == b"spring"


def test_requests_satisfy_the_lotterys_contract() -> None:
    from fairground_cli import installed

    draw = installed.commands(installed.activity("lottery").reader())["draw"]
    assert draw.type == DRAW
    for request in play(1, grants=2):
        assert draw.model_validate_json(request.value).model_dump(exclude_unset=True) == asked(request)


def test_nobody_draws_more_than_was_granted_but_the_impatient() -> None:
    first = {request.id: request for request in play(1)}
    drawn = Counter[str]()
    for request in first.values():
        drawn[asked(request)["member_id"]] += asked(request)["draws"]
    greedy = [member for member, draws in drawn.items() if draws > 12]
    assert 0 < len(greedy) < len(MEMBERS) / 10


def test_savers_draw_ten_at_once() -> None:
    sizes = Counter(asked(request)["draws"] for request in play(1))
    assert sizes[SAVED] > len(MEMBERS) / 10
    assert sizes[1] > sizes[SAVED]


def test_one_in_a_hundred_requests_is_sent_twice_with_the_same_id() -> None:
    requests = play(1)
    twice = len(requests) - len({request.id for request in requests})
    assert twice == pytest.approx(len(requests) / 100, rel=0.6)


def test_a_free_chance_is_taken_once_a_day_at_most_and_only_while_the_wheel_is_open() -> None:
    players = Players([wheel(free_per_day=1), wheel("orders-only")], seed=1)
    morning = [request for member in MEMBERS for request in players.came_by(member, START_MS)]
    evening = [request for member in MEMBERS for request in players.came_by(member, START_MS + HOUR_MS)]
    next_day = [request for member in MEMBERS for request in players.came_by(member, START_MS + 24 * HOUR_MS)]
    closed = [request for member in MEMBERS for request in players.came_by(member, START_MS - 2 * HOUR_MS)]
    assert len({request.id for request in morning}) == pytest.approx(len(MEMBERS) * 0.4, rel=0.3)
    assert {request.key for request in morning} == {b"spring"}
    assert evening == closed == []
    assert {request.id for request in next_day}.isdisjoint(request.id for request in morning)


def test_chances_that_are_revoked_are_not_drawn() -> None:
    saver = next(
        member for member in MEMBERS if not any(asked(request)["member_id"] == member for request in play(1, grants=5))
    )
    players = Players([wheel()], seed=1)
    for number in range(SAVED - 1):
        assert not list(players.granted(f"lottery-1-0-{saver}-{number}-0", START_MS, grant(saver)))
    players.revoked({"activity_id": "spring", "member_id": saver, "taken": [{"cause": "order:1", "chances": 3}]})
    assert not list(players.granted(f"lottery-1-0-{saver}-9-0", START_MS, grant(saver)))
