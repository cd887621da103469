"""Any split can be recomputed once its packet is over: by our verifier, and by one that knows only the page."""

import json
import random
import re
import shutil
import subprocess
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairground_decider import Event
from fairground_decider.entropy import Mac
from fairground_redpacket.contract import PacketEmptied
from fairground_redpacket.domain.split import shares_of
from fairground_redpacket.traffic import commands
from fairground_redpacket.verification import Export, Malformed, NotDisclosed, Report, gather, read, verify, write
from fairground_redpacket.verification.export import FORMAT, Division
from tests.redpacket.world import ACTIVITY, Table, rules

ROOT = Path(__file__).parents[2]
VERIFIER = ROOT / "examples" / "verify" / "verify-redpacket.mjs"
PAGE = (ROOT / "docs" / "fairness-redpacket.md").read_text(encoding="utf-8")
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not on the path: the second verifier cannot run")


def by_node(tmp_path: Path, texts: Sequence[bytes]) -> list[dict[str, Any]]:
    """What the second verifier says of each file."""
    files = [tmp_path / f"{number}.json" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_bytes(text)
    assert NODE
    runner = str(ROOT / "tests" / "lottery" / "verify_all.mjs")
    ran = subprocess.run(
        [NODE, runner, str(VERIFIER), *map(str, files)], capture_output=True, text=True, timeout=200, check=True
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def found_by_us(text: bytes) -> bool:
    """Whether our verifier finds a difference, or that it is no export at all."""
    try:
        return not verify(read(text)).holds
    except Malformed:
        return True


def found(said: dict[str, Any]) -> bool:
    """The same of what the second one said."""
    return "malformed" in said or bool(said["differences"])


def story() -> Export:
    """One packet that was emptied, one that expired, one that was never touched, one that is open still."""
    table = Table(rules())
    for count, grabs in ((5, 5), (8, 3), (3, 0)):
        table.grabs(table.packet(1_000, count), grabs)
    table.tick("2017-06-02 12:00")
    table.packet(100, 2)
    gathered = gather(ACTIVITY, table.world.events)
    assert gathered.differences == ()
    return gathered.export


def splits(many: int) -> Export:
    """Packets of every size and bound, as seeds make them."""
    dice, packets = random.Random(7), []
    for number in range(many):
        count = dice.choice((1, 2, 3, 7, 10, 100, dice.randint(1, 400)))
        least = dice.choice((1, 1, 5, 100))
        most = least + dice.choice((0, 1, 50, 20_000, 10**9))
        total = dice.randint(count * least, min(count * most, 10**13))
        split: Any = dice.choice(("random", "random", "random", "equal"))
        seed = dice.randbytes(32)
        amounts = list(shares_of(Mac(seed), split, total, count, least, most))
        had = dice.choice((count, dice.randint(0, count)))
        emptied = had == count
        packets.append(
            Division(
                f"p:{number:032x}", 1, f"redpacket-1-0-{number}-0", f"redpacket-1-0-{number + 1}-1",
                "emptied" if emptied else "expired", seed.hex(), sha256(seed).hexdigest(), split, total, count, least,
                most, amounts[:had], amounts.index(max(amounts)) if emptied else -1, total - sum(amounts[:had]),
            )
        )  # fmt: skip
    return Export(FORMAT, "redpacket", ACTIVITY, packets)


def test_every_packet_that_is_over_is_in_the_export_and_holds() -> None:
    export = story()
    assert [(packet.end, len(packet.amounts)) for packet in sorted(export.packets, key=lambda each: each.count)] == [
        ("expired", 0), ("emptied", 5), ("expired", 3),
    ]  # fmt: skip
    report = verify(export)
    assert (report.holds, report.outcomes, report.agreeing) == (True, 8, 8)


def test_it_names_no_member() -> None:
    assert not re.search(r"m\d|member", write(story()).decode())


def test_a_file_says_what_was_written_and_its_checksum() -> None:
    export = story()
    again = read(write(export))
    assert again == msgspec.structs.replace(export, sha256=export.checksum())
    assert write(again) == write(export)


def test_nothing_is_disclosed_before_a_packet_is_over() -> None:
    table = Table(rules())
    packet = table.packet(1_000, 3)
    table.grabs(packet, 2)
    with pytest.raises(NotDisclosed):
        gather(ACTIVITY, table.world.events)
    seed = table.world.service._seeds.seed(packet, "k1").hex()  # type: ignore[attr-defined]
    kept = (
        b"".join(table.world.records.values()) + repr(table.world.events).encode() + repr(table.world.effects).encode()
    )
    assert seed.encode() not in kept
    assert bytes.fromhex(seed) not in kept
    table.grab(packet, "last")
    assert table.events(PacketEmptied)[0].seed == seed


def of_activity(table: Table, activity: str) -> list[Event[Any]]:
    """What happened at an activity."""
    return [event for event in table.world.events if getattr(event.data, "activity_id", "") == activity]


def test_whatever_happens_to_packets_their_splits_hold() -> None:
    table = Table()
    for asked in commands(5, 1_500):
        table.give(asked)
    outcomes = 0
    for activity in ("packets-0", "packets-1", "packets-2", "rain-0"):
        gathered = gather(activity, of_activity(table, activity))
        report = verify(gathered.export, gathered.differences)
        assert report.holds, report
        outcomes += report.outcomes
    assert outcomes > 50


@needs_node
def test_two_verifiers_agree_on_many_splits(tmp_path: Path) -> None:
    export = splits(1_500)
    report = verify(export)
    assert report.holds, report.differences
    assert report.outcomes > 20_000
    (said,) = by_node(tmp_path, [write(export)])
    assert said == {
        "outcomes": report.outcomes, "agreeing": report.outcomes, "sha256": report.sha256, "differences": [],
    }  # fmt: skip


@needs_node
def test_both_find_one_altered_byte(tmp_path: Path) -> None:
    """Anywhere in the file but between its tokens; and whoever computes the checksum anew is still found out."""
    text = write(story())
    places = [at for at in range(len(text)) if text[at : at + 1] not in b" \n"]
    changed = [
        text[:at] + (b"1" if text[at : at + 1] != b"1" else b"2") + text[at + 1 :]
        for at in places[:: max(len(places) // 300, 1)]
    ]
    assert all(found_by_us(each) for each in changed)
    assert all(found(said) for said in by_node(tmp_path, changed))


_FORGED: list[dict[str, Any]] = [
    {"amounts": [1]}, {"seed": "00" * 32}, {"seed_sha256": "00" * 32}, {"total_fen": 999}, {"count": 6}, {"max_fen": 1},
    {"min_fen": 2}, {"split": "equal"}, {"best_index": 0}, {"remainder_fen": 1}, {"end": "expired"},
    {"ended_by": "redpacket-1-0-0-0"}, {"opened_by": "lottery-1-0-0-0"},
]  # fmt: skip


@needs_node
def test_both_find_what_was_forged_with_a_checksum_of_its_own(tmp_path: Path) -> None:
    export = story()
    at = next(place for place, packet in enumerate(export.packets) if packet.end == "emptied")
    honest = export.packets[at]
    assert honest.best_index != 0
    forged = []
    for change in _FORGED:
        packets = [*export.packets[:at], msgspec.structs.replace(honest, **change), *export.packets[at + 1 :]]
        forged.append(msgspec.structs.replace(export, packets=packets))
    twice = msgspec.structs.replace(export, packets=[*export.packets, export.packets[0]])
    reports: list[Report] = [verify(each) for each in (*forged, twice)]
    assert [report.holds for report in reports] == [False] * len(reports)
    assert all(found(said) for said in by_node(tmp_path, [write(each) for each in (*forged, twice)]))


def test_what_the_record_alone_can_show_is_compared() -> None:
    table = Table(rules())
    table.grabs(table.packet(100, 2), 2)
    events = list(table.world.events)
    at = next(place for place, event in enumerate(events) if event.data.type == "redpacket.share.grabbed.v1")
    share = events[at].data
    events[at] = msgspec.structs.replace(
        events[at], data=share.model_copy(update={"reward": share.reward.model_copy(update={"amount": 99})})
    )
    gathered = gather(ACTIVITY, events)
    assert [difference.field for difference in gathered.differences] == ["reward.amount"]
    assert not verify(gathered.export, gathered.differences).holds


def test_the_pages_example_is_right() -> None:
    """The seed, the numbers and the shares that the page shows."""
    said = re.search(r"seed `([0-9a-f]{64})`, total (\d+), count (\d+), least (\d+), most (\d+): `([\d, ]+)`", PAGE)
    assert said
    seed, total, count, least, most = bytes.fromhex(said[1]), *map(int, said.groups()[1:5])
    assert list(shares_of(Mac(seed), "random", total, count, least, most)) == [
        int(each) for each in said[6].split(", ")
    ]


def test_every_field_of_the_export_is_explained() -> None:
    for field in (*Export.__struct_fields__, *Division.__struct_fields__):
        assert f"| `{field}` |" in PAGE, field
