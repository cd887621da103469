"""The audit from the command line: all laws hold over what the other tests did, and a forged counter is found."""

import json

from redis import Redis

from tests.cli.conftest import Run, Up


def test_all_laws_hold(ask: Run) -> None:
    ask("draw", "spring", "audited")
    status, out, err = ask("audit")
    assert (status, err) == (0, "")
    assert "laws hold over" in out


def test_a_forged_counter_breaks_a_law_and_the_exit_status_says_so(ask: Run, up: Up) -> None:
    ask("draw", "spring", "forged")
    redis = Redis.from_url(up.addresses.redis, decode_responses=True)
    (key,) = [key for key in redis.keys("*counters:spring") if redis.hlen(key)]
    field = sorted(redis.hkeys(key))[0]
    redis.hincrby(key, field, 1)
    try:
        status, out, _ = ask("audit", "--json")
    finally:
        redis.hincrby(key, field, -1)
        redis.close()
    broken = [verdict for verdict in json.loads(out) if verdict["broken"]]
    assert status == 1
    assert [verdict["service"] for verdict in broken] == ["lottery"]
    assert all(verdict["examples"] and verdict["en"] and verdict["zh"] for verdict in broken)
