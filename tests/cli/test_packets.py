"""A red packet from its publication to its verification, with the real servers and every installed service."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.conftest import Ran, Run

_FILE = """
kind: red_packet
id: {name}
name: {{zh: 红包, en: Packets}}
window: {{starts: 2020-01-01 00:00, ends: 2099-01-01 00:00}}
packets: {{total_fen: {{least: 1, most: 100000}}}}
budget: {{total_fen: 1000000}}
"""

_RAIN = """
kind: red_packet_rain
id: {name}
name: {{zh: 红包雨, en: Rain}}
zone: UTC
window: {{starts: 2020-01-01 00:00, ends: 2099-01-01 00:00}}
rain:
  per_member: 2
  sessions:
    - {{id: long, starts: STARTS, seconds: 86400, total_fen: 1000, count: 10, pools: 1}}
budget: {{total_fen: 1000}}
"""


def published(ask: Run, tmp_path: Path, text: str, name: str) -> None:
    file = tmp_path / f"{name}.yaml"
    file.write_text(text.format(name=name))
    assert ask("activities", "publish", file).status == 0


def recorded(ask: Run, activity: str) -> Ran:
    """Verify, once the record has heard of the activity."""
    patience = time.monotonic() + 20
    while "knows no activity" in (ran := ask("verify", activity)).err:
        assert time.monotonic() < patience
    return ran


def grabbed(ask: Run, activity: str, packet: str, member: str, *more: str) -> Ran:
    """Grab, once the packet is open on its own partition: that is a hop behind its creation."""
    patience = time.monotonic() + 20
    while True:
        ran = ask("ask", "redpacket.grab", activity, packet, member, *more)
        if "unknown_packet" not in ran.out or time.monotonic() > patience:
            return ran


def test_a_packet_is_sent_grabbed_emptied_and_verified(ask: Run, tmp_path: Path) -> None:
    published(ask, tmp_path, _FILE, "packets-real")
    created = ask("ask", "redpacket.create", "packets-real", "--total-fen", "1000", "--count", "3")
    assert created.status == 0
    (packet,) = re.findall(r"packet_id=(p:[0-9a-f]{32})", created.out)
    assert "not disclosed yet" in recorded(ask, "packets-real").err
    amounts = []
    for member in ("ann", "bob", "cid"):
        ran = grabbed(ask, "packets-real", packet, member)
        assert ran.status == 0, ran
        amounts += [int(fen) for fen in re.findall(r"amount_fen=(\d+)", ran.out)[:1]]
    assert sum(amounts) == 1_000
    again = grabbed(ask, "packets-real", packet, "ann")
    assert (again.status, f"amount_fen={amounts[0]}" in again.out) == (1, True)
    assert "sold_out" in grabbed(ask, "packets-real", packet, "dan").out
    told = ask("packet", "packets-real", packet, "--member", "bob").out
    assert "Empty: 3 of 3 shares were had; 10.00 yuan in all, 0.00 left, 0.00 went back." in told
    assert told.count("best luck") == 1
    assert "a***n" in told
    assert "bob has " in told
    assert "no packet p:none" in ask("packet", "packets-real", "p:none").err
    export = tmp_path / "export.json"
    assert ask("verify", "packets-real", "--export", export).status == 0
    assert [each["amounts"] for each in json.loads(export.read_text())["packets"]] == [amounts]
    told = " ".join(ask("report", "packets-real", "--members", "0").out.split())
    assert "Yes: all 3 outcomes were recomputed" in told
    assert "Each packet has a seed of its own" in told


def test_packets_that_are_out_are_held_and_closed_with_their_activity(ask: Run, tmp_path: Path) -> None:
    """A switch reaches the packet's partition a hop later, and the record after that."""
    published(ask, tmp_path, _FILE, "packets-held")
    created = ask("ask", "redpacket.create", "packets-held", "--total-fen", "1000", "--count", "100")
    (packet,) = re.findall(r"packet_id=(p:[0-9a-f]{32})", created.out)

    def grabs_until(word: str) -> None:
        patience, member = time.monotonic() + 20, 0
        while word not in (ran := grabbed(ask, "packets-held", packet, f"{word}-{member}")).out:
            assert time.monotonic() < patience, ran
            member += 1

    def told(word: str) -> None:
        patience = time.monotonic() + 20
        while not (ran := ask("packet", "packets-held", packet)).out.startswith(word):
            assert time.monotonic() < patience, ran

    grabs_until("amount_fen")
    assert ask("activities", "pause", "packets-held", "--packets", "--why", "fraud").status == 0
    grabs_until("paused")
    told("Held: ")
    assert ask("activities", "resume", "packets-held", "--why", "mended").status == 0
    grabs_until("amount_fen")
    assert ask("activities", "stop", "packets-held", "--packets", "--why", "fraud").status == 0
    grabs_until("stopped")
    told("Stopped: ")
    assert ask("activities", "stop", "nosuch", "--packets", "--why", "x").status == 1


def test_a_rain_falls_when_it_is_its_time(ask: Run, tmp_path: Path) -> None:
    """It began an hour ago, and ends in a day: the timer that closes it has the same clock as we."""
    now = datetime.now(UTC)
    starts, later = now - timedelta(hours=1), now + timedelta(days=2)
    published(ask, tmp_path, _RAIN.replace("STARTS", f"{starts:%Y-%m-%d %H:%M}"), "rain-real")
    packet = "p:rain-real.long.0"
    assert grabbed(ask, "rain-real", packet, "ann").status == 0
    assert "not_started" in grabbed(ask, "rain-real", packet, "bob", "--at", "2020-01-03T00:00:00Z").out
    assert "expired" in grabbed(ask, "rain-real", packet, "bob", "--at", f"{later:%Y-%m-%dT%H:%M:%SZ}").out
    assert grabbed(ask, "rain-real", packet, "ann").status == 0
    assert "cap_reached" in grabbed(ask, "rain-real", packet, "ann").out


def test_a_packet_whose_time_is_over_is_closed_by_the_timer(ask: Run, tmp_path: Path) -> None:
    """Created two days ago, it is due at once; what is left is in the budget again."""
    published(ask, tmp_path, _FILE, "packets-late")
    at = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
    asked = ("redpacket.create", "packets-late", "--total-fen", "1000", "--count", "3", "--at", at)
    (packet,) = re.findall(r"packet_id=(p:[0-9a-f]{32})", ask("ask", *asked).out)
    patience = time.monotonic() + 20
    while "Expired: 0 of 3 shares" not in ask("packet", "packets-late", packet).out:
        assert time.monotonic() < patience
    assert "expired" in grabbed(ask, "packets-late", packet, "ann", "--at", at).out
    back = re.compile(r"returning +1 +2 +0\.00")  # on its way to the budget, and arrived
    while not back.search((books := ask("ledger", "packets-late")).out):
        assert time.monotonic() < patience
    assert (books.status, "the books balance" in books.out) == (0, True)
