"""What people ask, from the command line, of what the house's own services have decided and recorded."""

import csv
import itertools
import re
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from fairground_cli.answers import percent, yuan
from tests.cli.conftest import Ran, Run, Up, process

_members = itertools.count()


def until(ask: Callable[[], Ran], said: Callable[[str], bool], timeout_s: float = 30) -> str:
    """The record follows the log within moments: ask until it says so."""
    patience = time.monotonic() + timeout_s
    while True:
        status, out, err = ask()
        if status == 0 and said(out):
            return out
        assert time.monotonic() < patience, (status, out, err)
        time.sleep(0.1)


@pytest.fixture
def drawn(ask: Run) -> str:
    """A member of whom nothing else is known, who drew three times; nearly every draw wins points."""
    member = f"ann-{next(_members)}-answered"
    ask("grant", "spring", member, "4", "--cause", "share-1")
    ask("draw", "spring", member, "--draws", "3", "--id", f"{member}-1")
    until(lambda: ask("explain", f"{member}-1"), lambda out: out.count("✓") == 3)
    return member


def test_winners_are_shown_with_masked_names(ask: Run, drawn: str) -> None:
    out = until(lambda: ask("winners", "spring", "--limit", "200"), lambda out: "a***d" in out)
    assert out.splitlines()[0].split() == ["member", "prize", "id", "time"]
    assert drawn not in out
    assert "Nobody has won anything at 'nosuch' yet." in ask("winners", "nosuch").out


def test_a_member_sees_prizes_chances_and_refusals(ask: Run, drawn: str) -> None:
    ask("draw", "spring", drawn, "--draws", "50", "--id", f"{drawn}-2")
    out = until(lambda: ask("member", drawn), lambda out: "no_chances" in out)
    assert "spring: 3 draws" in out
    assert "Chances: 4 granted = 2 used + 0 revoked + 0 expired + 2 left; 1 free ones used; 0 owed." in out
    assert "share-1" in out
    assert "2 can be drawn now" in out
    assert "Refused: 1" in out
    assert "Prizes: 0" in ask("member", "stranger").out
    assert "spring" not in ask("member", drawn, "--activity", "elsewhere").out


def test_stock_is_counted_down_as_it_is_drawn(ask: Run, drawn: str) -> None:
    def given() -> int:
        (line,) = [line for line in ask("stock", "spring").out.splitlines() if line.startswith("points")]
        return int(line.split()[2])

    before = given()
    ask("grant", "spring", drawn, "5", "--cause", f"more-{before}")
    won = ask("draw", "spring", drawn, "--draws", "5").out.count("Won points")
    assert given() == before + won
    assert ask("stock", "nosuch").status == 1


def test_the_odds_page_shows_all_there_is_to_know(ask: Run, drawn: str) -> None:
    out = ask("odds", "spring").out
    for words in (
        "Spring wheel, version 1 of", "1 free draws for each member and day", "SHA-256 of the seed:", "5,000.00",
        "≈ 0.0999 % (1/1001)", "HMAC-SHA256", "sent out after the member has given an address",
    ):  # fmt: skip
        assert words in out, words
    assert ask("odds", "spring", "--version", "99").err.startswith("The record knows no such activity or version")


FADING = """\
kind: lottery
id: fading
name: {zh: 渐变转盘, en: Fading wheel}
window: {starts: 2026-01-01 00:00, ends: 2036-01-01 00:00}
chances: {free_per_day: 3}
sold_out: renormalise
risk: {4: refuse}
pity: [{prizes: [cup], after: 2, soft: {from: 1, step: 1}}]
prizes:
  - {id: phone, name: {zh: 手机, en: Phone}, weight: 999999999998, stock: 1, reward: {kind: custom, amount: 1}}
  - {id: cup, name: {zh: 杯子, en: Cup}, weight: 1, reward: {kind: points, amount: 9}, on_refund: reverse}
  - {id: pen, name: {zh: 笔, en: Pen}, weight: 1, reward: {kind: points, amount: 1}}
"""


def test_06_weights_odds_with_pity_and_the_odds_right_now_stand_side_by_side(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "fading.yaml"
    file.write_text(FADING, "utf-8")
    assert ask("activities", "publish", file).status == 0
    assert "Won phone" in ask("draw", "fading", "ann").out
    shown = until(lambda: ask("odds", "fading"), lambda out: "right now" in out)
    title, phone, cup, *_ = shown.splitlines()[1:]
    assert re.search("weight of 1,000,000,000,000 +probability +with pity +right now +quantity", title)
    assert phone.split()[:2] == ["Phone", "999,999,999,998"]
    assert "0 %" in phone
    assert "50 %" in cup
    for said in (
        "The odds of winning one after so many: 1: ", "≥ 2: 100 %", "risk level 4 are refused", "After a win",
        "When the order that had brought the draw is refunded, this goes back: Cup.", "9 points, credited",
    ):  # fmt: skip
        assert said in shown, said


def test_statistics_count_what_happened(ask: Run, drawn: str) -> None:
    out = ask("statistics", "spring").out
    figures = dict(line.split(": ") for line in out.splitlines() if ": " in line)
    assert int(figures["draws"].replace(",", "")) >= int(figures["members who drew"]) > 0
    assert figures["cost in yuan"] == figures["yuan granted"]
    assert figures["who saw it"] == "unknown (no frontend has said so of this activity)"
    assert {"members who bought within 30 days of taking part", "going-concern value in yuan"} <= figures.keys()
    assert "refused because" in out or int(figures["draws"]) > 0


def test_a_request_is_explained(ask: Run, drawn: str) -> None:
    out = ask("explain", f"{drawn}-1").out
    assert f"Request {drawn}-1 at spring, member {drawn}" in out
    assert "Draw 1 of 3: its number names" in out
    assert "It used a free chance of" in out
    assert "It used a chance that share-1 had granted." in out
    assert "free chances used that day  0 / 1   1 / 1" in out
    by_member = until(
        lambda: ask("explain", "--member", drawn, "--activity", "spring"), lambda out: f"{drawn}-1" in out
    )
    assert "share-1" in by_member
    assert ask("explain", "nosuch").err.startswith("The record knows no request 'nosuch'")
    assert ask("explain", "--member", "stranger").status == 1
    wrong = [(), ("a", "--member", "b"), ("--order", "o", "--member", "b"), ("--order", "o", "--activity", "spring")]
    assert [ask("explain", *arguments).status for arguments in wrong] == [2] * len(wrong)


def test_what_an_order_came_to_is_explained(ask: Run) -> None:
    order, member = f"order-{next(_members)}-answered", f"buyer-{next(_members)}"
    ask("ask", "lottery.earn", "spring", member, "--order-id", order, "--amount-fen", "2500", "--id", f"paid-{order}")
    out = until(lambda: ask("explain", "--order", order), lambda out: "✗" in out)
    assert f"Request paid-{order} at spring, member {member}" in out
    assert "Refused (orders_not_counted)" in out
    assert ask("explain", "--order", "nosuch").err.startswith("The record knows nothing that came of order 'nosuch'")


def test_answers_in_chinese(up: Up, drawn: str) -> None:
    out = process("explain", f"{drawn}-1", "--lang", "zh", "--data", up.data).out
    assert f"请求 {drawn}-1，活动 spring，会员 {drawn}" in out
    assert "随机数落在" in out
    assert "Draw" not in out


def test_finance_gets_its_file(ask: Run, drawn: str, tmp_path: Path) -> None:
    file = tmp_path / "spring.csv"
    out = ask("reconcile", "spring", "--csv", file).out
    assert out.startswith(f"{file}: ")
    with file.open(newline="") as opened:
        columns, *days = list(csv.reader(opened))
    whats = ("granted", "revoked", "delivered", "failed")
    assert columns == ["day", *(column for what in whats for column in (what, f"{what}_fen"))]
    assert sum(int(day[1]) for day in days) > 0
    assert ask("reconcile", "spring", "--csv", tmp_path / "no" / "where.csv").err.endswith(
        "No such file or directory.\n"
    )


def test_an_unknown_database_is_told_apart_from_one_that_is_away(
    run: Run, up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost:1/nosuch")
    status, out, err = run("winners", "spring")
    assert (status, out) == (1, "")
    assert err.startswith("A server does not answer:")
    monkeypatch.setenv("DATABASE_URL", f"{up.addresses.database.rpartition('/')[0]}/postgres")
    assert run("winners", "spring").err.startswith("This database holds no record")


def test_numbers_are_shown_as_they_are() -> None:
    assert [percent(Fraction(*each)) for each in ((1, 4), (1, 1), (0, 1), (1, 3), (1, 10**8))] == [
        "25 %", "100 %", "0 %", "≈ 33.333333 % (1/3)", "0.000001 %",
    ]  # fmt: skip
    assert percent(Fraction(1, 10**9)) == "≈ 0 % (1/1000000000)"
    assert yuan(123_456_789) == "1,234,567.89"
