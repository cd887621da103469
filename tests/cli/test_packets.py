"""A red packet from its publication to its verification, with the real servers and every installed service."""

import json
import re
import time
from pathlib import Path

import pytest

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
window: {{starts: 2020-01-01 00:00, ends: 2099-01-01 00:00}}
rain:
  per_member: 2
  sessions:
    - {{id: long, starts: 2020-01-02 00:00, seconds: 86400, total_fen: 1000, count: 10, pools: 1}}
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
    export = tmp_path / "export.json"
    assert ask("verify", "packets-real", "--export", export).status == 0
    assert [each["amounts"] for each in json.loads(export.read_text())["packets"]] == [amounts]


@pytest.mark.parametrize("at", ["2020-01-02T12:00:00+08:00"])
def test_a_rain_falls_when_it_is_its_time(ask: Run, tmp_path: Path, at: str) -> None:
    published(ask, tmp_path, _RAIN, "rain-real")
    packet = "p:rain-real.long.0"
    assert grabbed(ask, "rain-real", packet, "ann", "--at", at).status == 0
    assert "expired" in grabbed(ask, "rain-real", packet, "ann", "--at", "2020-01-03T00:00:00+08:00").out
    assert grabbed(ask, "rain-real", packet, "ann", "--at", at).status == 0
    assert "cap_reached" in grabbed(ask, "rain-real", packet, "ann", "--at", at).out
