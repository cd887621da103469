"""What is seen while the demo runs: every figure with its rate, within 80 columns, in both languages."""

import io
from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from rich.console import Console

from fairground_cli.demo.progress import Progress, Reading
from fairground_cli.words import Language, speak

MARCH_MS = 1_488_326_400_000


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Iterator[Language]:
    language: Language = request.param
    speak(language)
    yield language
    speak("en")


class Run:
    """A run of one reading a second, the last of which stays."""

    def __init__(self, *readings: Reading) -> None:
        self._readings = readings
        self._second = 0
        self.console = Console(file=io.StringIO(), width=80, highlight=False)
        self.progress = Progress(self.console, self._read, clock=lambda: float(self._second))

    def _read(self) -> Reading:
        self._second += 1
        return self._readings[min(self._second, len(self._readings)) - 1]

    def drawn(self, *, ended: bool = False) -> list[str]:
        """The next picture as lines."""
        with self.console.capture() as captured:
            self.console.print(self.progress.picture(ended=ended))
        return captured.get().splitlines()


def reading(orders: int, draws: int, signed: int, lag: int) -> Reading:
    return Reading(MARCH_MS, orders, 155_848, draws, signed, 7, draws // 2, lag)


def test_orders_have_a_bar_and_everything_its_count_and_rate() -> None:
    run = Run(reading(0, 0, 0, 1_200), reading(77_924, 4_000, 900, 850))
    run.drawn()
    date, orders, draws, signed, shares, rewards, lag = run.drawn()
    assert date.strip() == "2017-03-01"
    assert orders.split() == ["orders", "77,924", "of", "155,848", "77,924/s", "━" * 15, "50%"]
    assert draws.split() == ["draws", "4,000", "4,000/s", "█"]
    assert signed.split() == ["sign-ins", "900", "900/s", "█"]
    assert shares.split() == ["packets", "7", "0/s"]
    assert rewards.split() == ["rewards", "2,000", "2,000/s", "█"]
    assert lag.split() == ["unanswered", "850", "-350/s", "█▆"]


def test_in_the_end_rates_are_those_of_the_whole_run() -> None:
    run = Run(reading(0, 0, 0, 0), *[reading(100_000, 60_000, 9_000, 0)] * 3, reading(155_848, 60_000, 9_000, 0))
    for _ in range(4):
        run.drawn()
    _, orders, draws, signed, _, _, lag = run.drawn(ended=True)
    rates = [line.split()[count] for line, count in ((orders, 4), (draws, 2), (signed, 2), (lag, 2))]
    assert rates == ["31,170/s", "12,000/s", "1,800/s", "0/s"]
    assert orders.endswith("100%")


def test_a_picture_fits_into_80_columns_however_long_it_runs(language: Language) -> None:
    run = Run(*(reading(n * 1_558, n * 12_345, n * 9_999, 100_000 - n * 999) for n in range(100)))
    for _ in range(99):
        run.drawn()
    lines = run.drawn()
    assert len(lines) == 7
    assert max(map(cell_len, lines)) <= 80
    assert "…" not in "".join(lines)
    assert "154,242" in lines[1]
    assert "99%" in lines[1]


def test_where_there_is_no_terminal_lines_say_the_same(language: Language) -> None:
    run = Run(reading(0, 0, 0, 0), reading(5_000, 400, 90, 1_250))
    run.progress.lines()
    said = run.progress.lines()
    for told in ("2017-03-01", "5,000", "155,848", "400", "90", "1,250", "+1,250/"):
        assert told in said


def test_those_lines_fit_into_120_columns_however_much_happens(language: Language) -> None:
    busy = Reading(MARCH_MS, 155_847, 155_848, *[1_234_567] * 5)
    run = Run(Reading(MARCH_MS, 0, 155_848, *[0] * 5), busy)
    run.progress.lines()
    lines = run.progress.lines().splitlines()
    assert len(lines) == 2
    assert max(map(cell_len, lines)) <= 120
