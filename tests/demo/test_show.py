"""The report as it is read: within the terminal, complete, in both languages."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fairground_cli.demo.command import Options
from fairground_cli.demo.figures import (
    Latency,
    LawFigures,
    OrderFigures,
    PacketFigures,
    PrizeFigures,
    PromisedPrize,
    PromiseFigures,
    Report,
    RewardFigures,
    Seconds,
    SessionFigures,
    SignInFigures,
    WeekFigures,
    WheelFigures,
)
from fairground_cli.demo.heard import Heard, Sentence
from fairground_cli.demo.show import show, steps_when_kept
from fairground_cli.simulate.figures import CountFigures, MoneyFigures
from fairground_cli.words import Language, speak

NAMES: dict[Language, dict[str, str]] = {
    "zh": {"spring": "春季转盘", "winter": "冬季转盘"}, "en": {"spring": "Spring wheel", "winter": "Winter wheel"},
}  # fmt: skip


def wheels(language: Language) -> list[WheelFigures]:
    moved = {"tables": {"regulars": 1_234}, "pity": {"hard": 56}, "withheld": {"paced": 7_890, "per_member": 1}}
    return [
        WheelFigures(id=id, name=name, draws=70_020, **moved) if id == "spring" else
        WheelFigures(id=id, name=name, draws=0, tables={}, pity={}, withheld={})
        for id, name in NAMES[language].items()
    ]  # fmt: skip


def prize(wheel: str, id: str, won: int, stock: int | None) -> PrizeFigures:
    return PrizeFigures(
        wheel=wheel, id=id, name="An air fryer with a very long name indeed", weight=1, odds=0.0025, stock=stock,
        left=None if stock is None else stock - won, expected=12_345.6, drawn=won, won=won, value_fen=123_456_789,
    )  # fmt: skip


def report(**changed: Any) -> Report:
    made = Report(
        orders=155_848,
        order_events=OrderFigures(events=9, created=2, paid=2, cancelled=1, refunded=2, repeated=2),
        commands=273_585, events=292_734, voids=0, draws=75_709, draw_requests=60_000, rewards=33_593,
        rewards_by_kind=[RewardFigures(kind="coupon", rewards=33_593, amount=33_593, value_fen=1_000_000)],
        refusals={"quota_used_day": 26_059, "duplicate": 1}, wheels=wheels("en"),
        prizes=[prize("spring", "fryer", 20, 20), prize("spring", "thanks", 70_000, None), prize("winter", "x", 0, 5)],
        sign_in=SignInFigures(
            signed=25_000, made_up=7, members=700, longest_streak=143, rewards={"base": 25_007, "seven": 1_200},
            value_fen=8_800,
        ),
        red_packets=PacketFigures(
            opened=312, shares=7_321, members=1_900, amount_fen=812_345, best_fen=1_888, emptied=300, closed=12,
            returned_fen=1_056, sessions=[SessionFigures(session="christmas", grabs=4_800, shares=3_200)],
            accounts={"budget": -812_345, "settled": 812_345},
        ),
        promise=PromiseFigures(
            activity="spring", name="Spring wheel", repetitions=3,
            forecast_fen=MoneyFigures(
                mean_fen=123_456_700, p50_fen=123_000_000, p95_fen=130_000_000, p99_fen=131_000_000, p95_error_fen=None
            ),
            forecast_draws=CountFigures(mean=70_001.4, p50=70_000, p95=71_000), value_fen=123_456_789, draws=70_020,
            prizes=[
                PromisedPrize(id="fryer", name="An air fryer with a very long name indeed", won=20,
                              forecast=CountFigures(mean=19.7, p50=20, p95=20))
            ],
            recomputed=70_020, differing=0, seed_sha256="0123456789abcdef" * 4,
        ),
        weeks=[WeekFigures(week=week, draws=week * 10, wins=week) for week in range(53)],
        laws=[LawFigures(name="stock_kept", meaning="no prize is won more often than its stock", checked=5, broken=0)],
        unaccounted=0, commands_per_second=5_000.0, latency_ms=Latency(p50=1, p90=2, p99=3, max=4),
        seconds=Seconds(setup=1, start=2, run=3, audit=4, stop=5), seed=2017,
    )  # fmt: skip
    return made.model_copy(update=changed)


def shown(width: int, language: Language = "en", **changed: Any) -> str:
    written = io.StringIO()
    heard = Heard()
    heard.sentences |= {
        reason: Sentence("已达上限。", "The limit is reached.") for reason in ("quota_used_day", "duplicate")
    }
    speak(language)
    try:
        show(
            Console(file=written, width=width, highlight=False),
            report(wheels=wheels(language), **changed),
            1_483_242_806_000,
            heard,
        )
    finally:
        speak("en")
    return written.getvalue()


@pytest.mark.parametrize("width", [80, 100, 140])
def test_it_fits_and_numbers_are_whole(width: int) -> None:
    text = shown(width)
    assert max(map(len, text.splitlines())) <= width
    for figure in ("12,345.6", "70,000", "¥1,234,567.89", "sold out", "26,059", "273,585", "155,848", "0.25 %"):
        assert figure in text, f"{figure} was cut at {width} columns:\n{text}"


def test_a_year_has_its_months_and_a_wheel_without_draws_a_line() -> None:
    text = shown(100)
    (months,) = [line.split() for line in text.splitlines() if line.split()[:3] == ["1", "2", "3"]]
    assert months == [str(month % 12 + 1) for month in range(13)]
    assert "Winter wheel (winter): 0 draws" in text
    assert text.count("┤") == 9


def test_what_moved_the_odds_is_said_below_the_wheel() -> None:
    text = " ".join(shown(140).split())
    assert (
        "1,234 draws by the table regulars; pity decided 56; 7,890 one that was kept for a later hour; "
        "1 one that the member had often enough"
    ) in text


def test_a_forecast_stands_beside_what_happened_and_the_verdict_below() -> None:
    text = " ".join(shown(100).split())
    assert "Spring wheel (spring): what was simulated before it opened, 3 times, and what happened" in text
    assert "value of all rewards ¥1,234,567.00 ¥1,300,000.00 ¥1,234,567.89" in text
    assert "An air fryer with a very long name indeed 19.7 20 20" in text
    assert "All 70,020 outcomes were recomputed" in text
    promise = report().promise
    assert promise is not None
    differs = " ".join(shown(100, promise=promise.model_copy(update={"differing": 2})).split())
    assert "2 of 70,020 outcomes are not what the disclosed seed" in differs
    assert "what was simulated" not in shown(100, promise=None)


def test_sign_ins_packets_and_the_books_have_their_sections() -> None:
    text = " ".join(shown(100).split())
    assert "Sign-ins: 25,007 days by 700 members; the longest streak is 143 days" in text
    assert "Red packets: 7,321 shares, ¥8,123.45 in all, for 1,900 members; the best one ¥18.88" in text
    assert "christmas 4,800 3,200" in text
    assert "312 packets and pools were opened, 300 emptied, 12 expired with shares left: ¥10.56 went back" in text
    assert "The books of red packets, which come to ¥0.00" in text
    assert "budget -¥8,123.45" in text


def test_broken_laws_and_what_is_missing_stand_out() -> None:
    law = LawFigures(
        name="a", meaning="rewards are owed", checked=9, broken=2, examples=["lottery-1-0-5-0 is paid twice"]
    )
    text = shown(100, laws=[law], unaccounted=7)
    for told in ("✗", "lottery-1-0-5-0 is paid twice", "1 laws are broken", "7 orders, commands or draws"):
        assert told in text
    assert "hold over" not in text


def test_it_speaks_chinese() -> None:
    text = shown(100, "zh")
    for told in ("春季转盘", "奖品", "已发完", "已达上限。", "必须成立的规律", "优惠券"):
        assert told in text
    assert "Wheel" not in text


def test_servers_that_the_shell_names_are_forgotten_before_the_next_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options(None, keep=True, report=None, data=Path("a b"), examples=Path("examples"), seed=1)
    written = io.StringIO()
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    monkeypatch.setenv("DATABASE_URL", "")
    steps_when_kept(Console(file=written, width=100), options, "today")
    commands = [line.strip() for line in written.getvalue().splitlines() if re.match("    [^ ]", line)]
    assert commands[0] == "unset REDIS_URL"
    assert ".venv/bin/fairground activities list --data 'a b'" in commands
