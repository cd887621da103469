"""What pure domains are written with: remembered causes, business days, numbers that anybody can recompute."""

import hmac
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground_decider import Coordinates, entropy
from fairground_decider.causes import DAY_MS, Remembered, Seen, remember, seen
from fairground_decider.days import UnknownZone, business_day, iso, month, parse_iso, zone
from fairground_decider.envelope import offset_of, partition_of

# ---- causes --------------------------------------------------------------------------------------------

WINDOW = 3
_ASKED = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 20 * DAY_MS)), max_size=40)


@settings(max_examples=120, deadline=None)
@given(_ASKED)
def test_causes_against_a_memory_that_forgets_nothing(asked: list[tuple[str, int]]) -> None:
    remembered: Remembered = ()
    decided = list[tuple[str, int]]()
    for cause, time_ms in asked:
        newest = max((day for _, day in decided), default=0)
        in_window = {before for before, day in decided if day >= newest - WINDOW}
        day = time_ms // DAY_MS
        wanted = Seen.DUPLICATE if cause in in_window else Seen.TOO_OLD if day < newest - WINDOW else Seen.NEW
        verdict = seen(remembered, cause, time_ms, WINDOW)
        assert verdict is wanted
        if verdict is Seen.NEW:
            decided.append((cause, day))
            remembered = remember(remembered, cause, time_ms, WINDOW)
        days = [day for day, _ in remembered]
        assert days == sorted(days)
        assert not days or days[-1] - days[0] <= WINDOW


@settings(max_examples=120, deadline=None)
@given(_ASKED)
def test_a_repeated_cause_with_its_own_time_is_never_new_again(asked: list[tuple[str, int]]) -> None:
    times: dict[str, int] = {}
    remembered: Remembered = ()
    decided = set[str]()
    for cause, time_ms in asked:
        own = times.setdefault(cause, time_ms)  # a repeated order has the time it had
        verdict = seen(remembered, cause, own, WINDOW)
        assert not (verdict is Seen.NEW and cause in decided)
        if verdict is Seen.NEW:
            decided.add(cause)
            remembered = remember(remembered, cause, own, WINDOW)


def test_digests_are_compared_as_wholes() -> None:
    a, b = bytes(range(8)), bytes(range(8, 16))
    across = (a + b)[4:12]
    with patch("fairground_decider.causes.digest", lambda cause: across):
        assert seen(((0, a + b),), "x", 0, WINDOW) is Seen.NEW
        assert seen(((0, a + b + across),), "x", 0, WINDOW) is Seen.DUPLICATE


# ---- days ----------------------------------------------------------------------------------------------

_ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")
_MOMENTS = st.integers(int(datetime(2012, 1, 1, tzinfo=UTC).timestamp()) * 1000, 4_000_000_000_000)


@given(_MOMENTS, st.sampled_from(_ZONES), st.integers(0, 23))
def test_business_days_are_local_dates(time_ms: int, name: str, hour: int) -> None:
    local = datetime.fromtimestamp(time_ms // 1000, UTC).astimezone(ZoneInfo(name)).replace(tzinfo=None)
    assert iso(business_day(time_ms, name, hour)) == (local - timedelta(hours=hour)).date().isoformat()


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "name", "hour", "day"),
    [
        ("2017-11-10T15:59:59.999+00:00", "Asia/Shanghai", 0, "2017-11-10"),
        ("2017-11-10T16:00:00+00:00", "Asia/Shanghai", 0, "2017-11-11"),
        ("2017-11-11T03:59:59+08:00", "Asia/Shanghai", 4, "2017-11-10"),
        ("2017-11-11T04:00:00+08:00", "Asia/Shanghai", 4, "2017-11-11"),
        ("2026-03-28T22:59:59+00:00", "Europe/Berlin", 0, "2026-03-28"),  # winter time
        ("2026-03-29T21:59:59+00:00", "Europe/Berlin", 0, "2026-03-29"),  # summer time: a day of 23 hours
        ("2026-03-29T22:00:00+00:00", "Europe/Berlin", 0, "2026-03-30"),
        ("2026-10-25T22:59:59+00:00", "Europe/Berlin", 0, "2026-10-25"),  # a day of 25 hours
        ("2026-10-25T23:00:00+00:00", "Europe/Berlin", 0, "2026-10-26"),
        ("2011-12-30T09:59:59+00:00", "Pacific/Apia", 0, "2011-12-29"),  # a day that never was
        ("2011-12-30T10:00:00+00:00", "Pacific/Apia", 0, "2011-12-31"),
        ("1970-01-01T00:00:00+00:00", "America/New_York", 0, "1969-12-31"),
    ],
)
def test_days_that_are_not_like_others(text: str, name: str, hour: int, day: str) -> None:
    assert iso(business_day(at(text), name, hour)) == day


@given(st.dates(date(1970, 1, 1), date(9998, 12, 31)))
def test_days_as_text_and_months(day: date) -> None:
    number = parse_iso(day.isoformat())
    assert number == (day - date(1970, 1, 1)).days
    assert iso(number) == day.isoformat()
    assert divmod(month(number), 12) == (day.year, day.month - 1)


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "Asia/Shanghai\0"])
def test_a_zone_that_nobody_knows(name: str) -> None:
    with pytest.raises(UnknownZone, match="is no IANA time zone"):
        zone(name)


# ---- entropy -------------------------------------------------------------------------------------------


class Scripted(entropy.Mac):
    """A hash whose values are given."""

    def __init__(self, *values: int) -> None:
        super().__init__(b"")
        self._values = iter(values)

    def digest(self, message: bytes) -> bytes:
        return next(self._values).to_bytes(8, "big") + bytes(24)


@pytest.mark.parametrize("total", [1, 2, 3, 5, 7, 100, 101, 127])
def test_every_number_is_equally_likely(total: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a hash of one byte all of its values can be tried: each number has to come up equally often."""
    monkeypatch.setattr(entropy, "_SPAN", 256)
    drawn = [entropy.uniform(Scripted(value, 0), "nonce", total) for value in range(256)]
    assert Counter(one.number for one in drawn if one.attempt == 0) == dict.fromkeys(range(total), 256 // total)
    assert sum(one.attempt for one in drawn) == 256 % total


def test_the_highest_values_of_a_hash_are_rejected() -> None:
    total = 3 << 60  # the largest multiple below 2**64 is five of them
    assert entropy.uniform(Scripted(5 * total, 2**64 - 1, 4 * total + 7), "nonce", total) == (7, 2)
    assert entropy.uniform(Scripted(5 * total - 1), "nonce", total) == (total - 1, 0)


@given(st.binary(max_size=200), st.text(max_size=20), st.integers(1, 2**62))
def test_anybody_can_recompute_a_number(key: bytes, nonce: str, total: int) -> None:
    drawn = entropy.uniform(entropy.Mac(key), nonce, total)
    said = f"{nonce}|{drawn.attempt}".encode()
    assert int.from_bytes(hmac.digest(key, said, "sha256")[:8], "big") % total == drawn.number


# ---- ids of events -------------------------------------------------------------------------------------


def test_the_id_of_an_event_says_in_which_order_it_stands_and_where() -> None:
    first, second = (Coordinates("signin", epoch, 3, 1204).event_id(11) for epoch in (1, 2))
    assert (partition_of(first), offset_of(first)) == ("signin-1-3", 1204)
    assert partition_of(second) == "signin-2-3", "the orders of two epochs are two"
