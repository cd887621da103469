"""Flow control: at most one simulated day ahead of the players."""

import asyncio

import pytest

from fairground_cli.demo.pace import SLICES_A_DAY, Pace, slice_of

DAY_MS = 86_400_000


def test_a_day_has_so_many_slices() -> None:
    assert slice_of(DAY_MS * 3) == 3 * SLICES_A_DAY
    assert slice_of(DAY_MS * 4 - 1) == 4 * SLICES_A_DAY - 1


def test_the_day_after_the_one_that_is_being_answered_may_go_out_and_no_later_one() -> None:
    pace = Pace()
    for number in range(SLICES_A_DAY + 1):
        assert pace.may_publish(number)
        pace.expect(number, f"command-{number}")
    assert not pace.may_publish(SLICES_A_DAY + 1)
    pace.answered("command-0")
    assert pace.may_publish(SLICES_A_DAY + 1)
    assert not pace.may_publish(SLICES_A_DAY * 2 + 1)


def test_what_players_ask_holds_the_replay_up_too() -> None:
    pace = Pace()
    pace.asked(0)
    pace.asked(0)
    assert pace.may_publish(SLICES_A_DAY)
    pace.told(0)
    assert not pace.may_publish(SLICES_A_DAY + 1)
    pace.told(0)
    assert pace.may_publish(SLICES_A_DAY + 1)
    assert pace.unanswered_total == 0  # it is the watch that counts them


def test_slices_without_commands_hold_nobody_up() -> None:
    assert Pace().may_publish(10**6)


def test_a_command_that_is_published_twice_is_answered_twice() -> None:
    pace = Pace()
    pace.expect(1, "repeated")
    pace.expect(2, "repeated")
    assert pace.answered("repeated")
    assert pace.unanswered == ["repeated"]
    assert pace.may_publish(1 + SLICES_A_DAY)
    assert pace.answered("repeated")
    assert pace.unanswered == []
    assert pace.unanswered_total == 0


def test_answers_that_nobody_waits_for_change_nothing() -> None:
    pace = Pace()
    pace.expect(1, "asked")
    assert not pace.answered("somebody else's")
    assert (pace.unanswered_total, pace.answered_total) == (1, 0)


async def test_the_replay_waits_until_the_last_answer_of_the_slice_is_there() -> None:
    pace = Pace()
    for command in ("first", "second"):
        pace.expect(0, command)
    waiting = asyncio.create_task(pace.wait_until_due(SLICES_A_DAY + 1))
    pace.answered("first")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    pace.answered("second")
    await waiting


@pytest.mark.parametrize("behind", range(1, 4))
async def test_older_slices_hold_the_replay_up_too(behind: int) -> None:
    pace = Pace()
    pace.expect(0, "old")
    pace.expect(SLICES_A_DAY + behind, "new")
    pace.answered("new")
    assert not pace.may_publish(SLICES_A_DAY + behind)
