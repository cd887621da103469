"""Commands out, outcomes back, in words."""

import asyncio

import pytest
from aiokafka.structs import ConsumerRecord

from fairground_cli import client, installed
from fairground_cli.trouble import Trouble
from fairground_contracts import cloudevent
from fairground_contracts.activities import ActivityPaused
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import CommandMessage
from fairground_runtime.address import KafkaAddress
from tests.cli.conftest import Run, Up, process


def test_a_draw_shows_what_came_of_it(ask: Run) -> None:
    status, out, _ = ask("draw", "spring", "drawer", "--fact", "level=3", "--fact", "vip=true")
    assert status == 0
    assert "✓ Won points: 积分 (10 points, worth 0.10 yuan)" in out or "phone" in out or "No prize this time" in out
    assert "chance=free" in out


def test_a_refusal_says_why_and_what_would_help(ask: Run) -> None:
    ask("draw", "spring", "greedy")
    status, out, _ = ask("draw", "spring", "greedy")
    assert status == 1
    assert "✗ Refused (no_chances): There are not enough chances left. What would help: " in out


def test_a_refusal_in_chinese(up: Up) -> None:
    """As a process: the language is chosen before anything else."""
    status, out, _ = process("draw", "nosuch", "somebody", "--lang", "zh", "--data", up.data)
    assert (status, "✗ 已拒绝（unknown_activity）：没有这个活动。" in out) == (1, True)


def test_granted_chances_can_be_drawn_and_the_same_cause_gives_only_once(ask: Run) -> None:
    assert "rich has 3 more chances." in ask("grant", "spring", "rich", "3", "--cause", "share").out
    assert "Refused (duplicate)" in ask("grant", "spring", "rich", "3", "--cause", "share").out
    status, out, _ = ask("draw", "spring", "rich", "--draws", "4")
    assert status == 0
    assert out.count("lottery.prize.won.v1") + out.count("lottery.draw.missed.v1") == 4, "all events of one command"


def test_a_source_that_the_wheel_does_not_know_is_refused(ask: Run) -> None:
    status, out, _ = ask("grant", "spring", "sharer", "--cause", "poster-7", "--source", "share")
    assert (status, "Refused (unknown_source)" in out) == (1, True)


def test_the_same_request_is_decided_once(ask: Run) -> None:
    assert ask("draw", "spring", "repeater", "--id", "request-1").status == 0
    assert "Refused (duplicate)" in ask("draw", "spring", "repeater", "--id", "request-1").out


def test_any_command_of_any_service_can_be_asked(ask: Run) -> None:
    status, out, _ = ask("ask", "lottery.draw", "spring", "generic", "--draws", "2", "--policy", "available")
    assert (status, "draws=" in out) == (0, True)
    assert "lottery.grant" in ask("ask", "--help").out


def test_money_can_be_asked_about_though_arguments_are_texts(ask: Run) -> None:
    paid = ["ask", "lottery.earn", "spring", "payer", "--order-id", "of-payer", "--amount-fen", "2500"]
    assert "cause=order:of-payer" in ask(*paid).out
    status, _, err = ask("ask", "lottery.earn", "spring", "payer", "--order-id", "other", "--amount-fen", "much")
    assert (status, "amount_fen: Input should be a valid integer" in err) == (2, True)


def test_a_member_who_is_counted_under_another_one_gets_the_answer_all_the_same(ask: Run) -> None:
    """The command is forwarded, and its answer has another id: whoever waits follows."""
    assert "twin and single count as one person" in ask("ask", "lottery.link", "spring", "twin", "single").out
    status, out, _ = ask("draw", "spring", "twin")
    assert (status, "chance=free" in out, "person_id=single" in out) == (0, True, True)
    assert "Refused (no_chances)" in ask("draw", "spring", "single").out, "the free draw was the person's"


def test_fields_are_checked_before_anything_is_asked(ask: Run) -> None:
    for arguments in (
        ["draw", "spring", "m", "--draws", "1000"],
        ["ask", "lottery.draw", "spring", "m", "--risk", "9"],
    ):
        status, out, err = ask(*arguments)
        assert (status, out) == (2, "")
        assert len(err.splitlines()) == 1


def test_what_is_no_fact_is_said(run: Run) -> None:
    assert run("draw", "spring", "m", "--fact", "level") == (
        2, "", "'level' is no fact: write name=value, such as level=3.\n",
    )  # fmt: skip


def test_a_service_that_is_asleep_is_named_after_a_while(up: Up) -> None:
    """The request stays in the log, so the sentence says how to ask again without counting twice."""
    lottery = up.service("lottery")
    service = installed.activity("lottery").reader()
    command: CommandMessage = installed.commands(service)["draw"].model_validate(
        {"activity_id": "spring", "member_id": "sleeper"}
    )
    lottery.suspend()
    try:
        with pytest.raises(Trouble, match=r"No answer after 0\.5 s: is the lottery service running\?.*--id sleeping"):
            asyncio.run(client.ask(KafkaAddress(up.addresses.kafka), service, command, id="sleeping", patience_s=0.5))
    finally:
        lottery.resume()


@pytest.mark.parametrize(("stamp", "counts"), [(7, True), (6, False), (None, False)])
def test_an_event_that_does_not_stand_where_it_is_stamped_is_no_answer(stamp: int | None, counts: bool) -> None:
    """It is void: another one may stand further down, and only that one happened."""
    data = ActivityPaused(activity_id="spring", version=1, by="b", why="w")
    event = CloudEvent("lottery-1-0-3-0", data.type, "/fairground/lottery", "2026-11-22T10:00:00Z", "spring", b"", "me",
                       stamp=stamp)  # fmt: skip
    raw = ConsumerRecord(
        "t", 0, 7, 0, 0, b"spring", data.model_dump_json().encode(), None, 0, 0, cloudevent.headers(event)
    )
    answer = client._event(raw, installed.activity("lottery").reader(), "me")
    assert (answer is not None) == counts
    assert client._event(raw, installed.activity("lottery").reader(), "somebody else") is None
