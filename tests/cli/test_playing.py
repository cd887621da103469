"""A score game from its publication to the last play of the day, by the real worker and servers."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

GAME = Path(__file__).with_name("game.yaml")


@pytest.fixture
def game(ask: Run) -> None:
    """The game is published; whoever publishes it again is told that it is in force."""
    said = ask("activities", "publish", GAME).out
    assert "nothing is wrong (score_game)" in said
    assert "link-up is published: version 1" in said or "This is exactly version 1, which is in force." in said


@pytest.mark.usefixtures("game")
def test_a_play_is_begun_ended_and_pays_once(ask: Run) -> None:
    status, out, _ = ask("play", "link-up", "ann", "950", "--id", "first")
    assert status == 0
    assert out.index("✓ A play began; it counts if it ends before ") < out.index("✓ Won pen: ")
    assert "score=950" in out
    assert "Refused (duplicate)" in ask("play", "link-up", "ann", "950", "--id", "first").out
    again = ask("ask", "lottery.finish", "link-up", "ann", "--play-id", "first", "--score", "999", "--id", "another")
    assert (again.status, "Refused (duplicate)" in again.out) == (1, True)
    stolen = ask("ask", "lottery.finish", "link-up", "eve", "--play-id", "first", "--score", "999")
    assert "Refused (unknown_play): There is no such play, or it is not yours." in stolen.out
    assert "No prize for a score of 20 this time (thanks)." in ask("play", "link-up", "ann", "20").out
    assert (
        "Refused (quota_used_day): The limit of plays for this day is reached."
        in ask("play", "link-up", "ann", "9").out
    )
    assert ask("audit").status == 0


@pytest.mark.usefixtures("game")
def test_what_is_not_possible_is_refused(ask: Run) -> None:
    too_soon = ask("play", "link-up", "quick", "100", "--seconds", "19")
    assert (too_soon.status, "Refused (implausible)" in too_soon.out) == (1, True)
    assert "Refused (play_over)" in ask("play", "link-up", "slow", "100", "--seconds", "180").out
    assert "Refused (other_kind)" in ask("play", "spring", "ann", "100").out
    assert "Refused (other_kind)" in ask("draw", "link-up", "ann").out
    assert ask("play", "link-up", "ann", "-1").status == 2


def test_plays_are_verified_told_and_explained(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "short.yaml"
    file.write_text(GAME.read_text("utf-8").replace("id: link-up", "id: short"), "utf-8")
    assert ask("activities", "publish", file).status == 0
    for request, score in (("won", "900"), ("missed", "899")):
        assert ask("play", "short", "ann", score, "--id", request).status == 0
    assert ask("activities", "stop", "short", "--why", "that is all").status == 0
    verified = ask("verify", "short")
    assert (verified.status, "all 2 outcomes" in verified.out) == (0, True)
    told = ask("explain", "won-end").out
    assert "The play ended with a score of 900." in told
    assert (
        "each play ends with a score (at most 1000, after 20 to 180 seconds) and draws once" in ask("odds", "short").out
    )
    assert "ann" not in (winners := ask("winners", "short").out)
    assert "Pen" in winners or "笔" in winners
