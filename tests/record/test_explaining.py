"""Why it came out so: every command explained from the record, by rule and version, with figures before and after."""

import pytest

from fairground_contracts.activities import PauseActivity
from fairground_contracts.reward_results import RewardDelivered
from fairground_lottery.traffic import commands
from fairground_record import answers, rooms
from tests.lottery.world import THANKS, WHEEL, Fair, prize, utc
from tests.record.ledger import PARTITION, Ledger
from tests.record.test_answers import NOON_MS


async def test_a_command_is_explained_with_rule_version_reward_and_figures(ledger: Ledger) -> None:
    fair = ledger.fair
    fair.draw("bob")
    fair.draw("ann", request="mine")
    await ledger.record()
    reward = RewardDelivered(reward_id=f"{ledger.events[-1].id}-r", member_id="ann")
    await ledger.say(reward, "ann", utc("2017-06-01 12:05"))
    found = await answers.explain(ledger.connection, "mine")
    assert found is not None
    assert (found.command_id, found.activity_id, found.member_id) == ("mine", WHEEL, "ann")
    (told,) = found.told
    assert (told.version, told.granted) == (1, True)
    said = [each.en for each in told.sentences]
    assert said[0] == 'Draw 1 of 1: its number names "gift" (weight 1/1).'
    assert said[-1].endswith("it was delivered.")
    assert all(each.zh for each in told.sentences)
    values = {b.name.en: (b.value, a.value) for b, a in zip(told.before, told.after, strict=True)}
    assert values == {
        "granted chances left": ("0", "0"), "free chances used that day": ("0 / 2", "1 / 2"),
        "gift given": ("1 / 20", "2 / 20"),
    }  # fmt: skip


async def test_all_outcomes_of_one_command_are_folded_one_after_another(ledger: Ledger) -> None:
    ledger.fair.draw("ann", draws=2, request="two")
    await ledger.record()
    found = await answers.explain(ledger.connection, "two")
    assert found is not None
    given = [(told.before[2].value, told.after[2].value) for told in found.told]
    assert given == [("0 / 20", "1 / 20"), ("1 / 20", "2 / 20")]


async def test_a_refusal_is_explained_with_what_would_have_helped(ledger: Ledger) -> None:
    ledger.fair.draw("ann", draws=9, request="greedy")
    await ledger.record()
    found = await answers.explain(ledger.connection, "greedy")
    assert found is not None
    (told,) = found.told
    assert [each.en for each in told.sentences] == [
        "Refused (no_chances): There are not enough chances left.",
        "By the rule `chances`: free_per_day=2, refund_window_days=30.",
    ]
    assert (told.granted, told.help.en) == (False, "2 can be drawn now")


async def test_an_explanation_follows_the_version_that_decided(ledger: Ledger) -> None:
    ledger.fair.draw("ann", request="first")
    ledger.fair.publish(prizes=[prize("gift", 7), THANKS], chances={"free_per_day": 2})
    ledger.fair.move(PauseActivity, request="pause")
    await ledger.record()
    found = await answers.explain(ledger.connection, "first")
    assert found is not None
    assert '"gift" (weight 1/1)' in found.told[0].sentences[0].en, "not the newest version's"
    paused = await answers.explain(ledger.connection, "pause")
    assert paused is not None
    assert paused.told[0].sentences[0].en == "The activity was paused. By li: because"


async def test_figures_are_left_out_where_folding_would_take_long(ledger: Ledger) -> None:
    for number in range(5):
        ledger.fair.draw(f"m{number}", request=f"r{number}")
    await ledger.record()
    found = await answers.explain(ledger.connection, "r4", most=3)
    assert found is not None
    assert (found.without, found.told[0].before) == ("too_many", ())
    without = await answers.explain(ledger.connection, "r4", most=0)
    assert without is not None
    assert (without.without, without.told[0].before) == ("", ())


async def test_a_members_newest_commands_are_explained(ledger: Ledger) -> None:
    for minute in range(3):
        ledger.fair.draw("ann", request=f"r{minute}", now=f"2017-06-01 12:0{minute}")
    await ledger.record()
    found = await answers.explain_member(ledger.connection, "ann")
    assert [each.command_id for each in found] == ["r2", "r1", "r0"]
    assert [each.told[0].granted for each in found] == [False, True, True]
    assert [each.command_id for each in await answers.explain_member(ledger.connection, "ann", limit=1)] == ["r2"]
    assert await answers.explain_member(ledger.connection, "ann", "another") == []
    assert await answers.explain(ledger.connection, "no such command") is None


async def test_what_an_order_caused_is_explained_from_its_payment_to_its_refund(ledger: Ledger) -> None:
    """Of the draws only the one that used its chance; two were free, and another order's are another's."""
    orders = {"free_per_day": 2, "orders": {"rule": "per_order", "chances": 2}}
    fair = ledger.fair = Fair(prizes=[prize("gift")], chances=orders)
    ledger.world = fair.world
    fair.world.partition = PARTITION
    fair.pay("o1", 1000, now="2017-06-01 12:00:01")
    fair.pay("o2", 1000, "bob")
    fair.draw("ann", draws=3, request="three", now="2017-06-01 12:00:02")
    fair.refund("o1", now="2017-06-01 12:00:03")
    await ledger.record()
    reward = f"{ledger.events[-2].id}-r"
    await ledger.say(RewardDelivered(reward_id=reward, member_id="ann"), "ann", utc("2017-06-01 12:05"))
    paid, drawn, refunded = await answers.explain_order(ledger.connection, "o1")
    assert [[told.type for told in each.told] for each in (paid, drawn, refunded)] == [
        ["lottery.chances.granted.v1"], ["lottery.prize.won.v1"], ["lottery.chances.revoked.v1"],
    ]  # fmt: skip
    assert (drawn.command_id, refunded.command_id) == ("three", "refunded:o1")
    assert paid.told[0].sentences[0].en == "2 chances were granted for order:o1."
    assert drawn.told[0].sentences[0].en.startswith("Draw 3 of 3:")
    assert drawn.told[0].sentences[-1].en.endswith("it was delivered.")
    assert await answers.explain_order(ledger.connection, "o3") == []


async def test_every_command_of_a_history_can_be_explained(ledger: Ledger) -> None:
    ledger.fair.world.decide(list(commands(3, 400)))
    await ledger.record()
    for command in dict.fromkeys(event.command_id for event in ledger.events):
        found = await answers.explain(ledger.connection, command, most=0)
        assert found is not None
        assert all(told.sentences for told in found.told), command


async def test_without_the_service_installed_the_facts_are_still_said(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.fair.draw("ann", request="mine")
    await ledger.record()
    for known in (rooms.reader, rooms.room):
        known.cache_clear()
    monkeypatch.setattr("fairground_record.rooms.entry_points", lambda **_: [])
    monkeypatch.setattr("fairground_record.rooms.find_spec", lambda _: None)
    try:
        found = await answers.explain(ledger.connection, "mine")
        assert found is not None
        assert found.told[0].sentences[0].en == "Event lottery.prize.won.v1."
        account = await answers.member(ledger.connection, "ann", NOON_MS)
        assert (len(account.prizes), account.chances) == (1, {})
    finally:
        for known in (rooms.reader, rooms.room):
            known.cache_clear()


async def test_a_log_that_the_rules_do_not_allow_is_explained_without_figures(ledger: Ledger) -> None:
    """More prizes than there were: the audit finds that; a question is answered all the same."""
    ledger.fair.draw("ann", draws=2)
    ledger.fair.draw("bob", request="mine")
    await ledger.record()
    await ledger.connection.execute("UPDATE records SET value = replace(value, '\"stock\":20', '\"stock\":1')")
    found = await answers.explain(ledger.connection, "mine")
    assert found is not None
    assert found.without.startswith("OutOfBounds: ('wheel', 'stock:gift') would become 2")
    assert found.told[0].sentences
    assert found.told[0].before == ()
