"""Rewards that a revoked day takes back, as their takers hear of it: wheels, red packets, the simulation; and those
that a wheel rejects, as sign-in hears of it."""

from typing import Any

from fairground_cli.simulate.tally import Tally
from fairground_contracts.activities import ActivityListed, PublishActivity, StopActivity
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.reward_results import RewardRejected
from fairground_contracts.rewards import RewardGranted, RewardRevoked
from fairground_contracts.topics import REWARD_RESULTS, REWARDS
from fairground_decider import Outgoing, Translated
from fairground_lottery.contract import ChancesGranted, GrantWithdrawn
from fairground_lottery.intake import ONLY_WITH as CHANCES_ONLY
from fairground_lottery.intake import translate as at_wheels
from fairground_redpacket.contract import GiftRevoked, PacketCreated
from fairground_redpacket.intake import ONLY_WITH as PACKETS_ONLY
from fairground_redpacket.intake import translate as at_packets
from fairground_signin.intake import translate as at_sign_ins
from fairground_signin.simulation import SIMULATION
from tests.lottery.world import WHEEL, Fair
from tests.redpacket.world import ACTIVITY, Table
from tests.redpacket.world import rules as packet_rules
from tests.signin.world import DAILY, Book, rules, tier, utc


def _base(kind: str, amount: int, ref: str, **fields: Any) -> dict[str, Any]:
    return {"reward": {"kind": kind, "amount": amount, "ref": ref}, "on_revoke": "reverse"} | fields


def _sent(book: Book) -> list[Outgoing]:
    """What the sign-in has sent to the topic of rewards."""
    return [effect for effect in book.world.effects if effect.topic == REWARDS.name]


def _heard(sent: Outgoing, only: Any, intake: Any) -> list[Translated]:
    """What a taker's intake makes of it, if it parses it at all."""
    content = sent.data.model_dump_json().encode()
    if only[type(sent.data)] not in content:
        return []
    event = CloudEvent(sent.id, sent.data.type, "/signin", utc("2017-06-01"), "", content)
    return list(intake(event, type(sent.data).model_validate_json(content), {}))


def test_chances_that_a_day_had_granted_are_withdrawn_at_the_wheel() -> None:
    fair, book = Fair(chances={"free_per_day": 0}), Book(base=_base("draw_chances", 2, WHEEL))
    book.sign("2017-06-01")
    book.revoke("2017-06-01", "2017-06-01")
    outcomes = [
        fair.send(asked.data, asked.id)[0]
        for sent in _sent(book)
        for asked in _heard(sent, CHANCES_ONLY, at_wheels)
    ]  # fmt: skip
    assert [type(outcome) for outcome in outcomes] == [ChancesGranted, GrantWithdrawn]
    assert outcomes[1].chances == 2
    assert fair.reason() == "no_chances"
    fair.checked()
    book.checked()


def test_of_two_sign_ins_the_one_whose_chances_a_stopped_wheel_rejects_compensates_them() -> None:
    fair = Fair(chances={"free_per_day": 0})
    fair.move(StopActivity)
    chances = {"reward": {"kind": "draw_chances", "amount": 2, "ref": WHEEL}}
    book = Book(streak={"tiers": [tier(2, 1) | chances]}, on_rejected=_instead(10))
    book.send(PublishActivity(activity_id="other", rules=rules(id="other", on_rejected=_instead(99))))
    book.sign_all("2017-06-01..02")
    for sent in _sent(book):
        for asked in _heard(sent, CHANCES_ONLY, at_wheels):
            fair.send(asked.data, asked.id)
    (answer,) = [effect for effect in fair.world.effects if effect.topic == REWARD_RESULTS.name]
    assert isinstance(answer.data, RewardRejected)
    assert answer.data.reason == "stopped"
    event = CloudEvent(answer.id, answer.data.type, "/lottery", utc("2017-06-02"), "", b"")
    (reject,) = at_sign_ins(event, answer.data, _listed(book))
    compensated, again = (book.send(reject.data, reject.id, "2017-06-02")[0] for _ in range(2))
    assert (compensated.activity_id, compensated.reward.amount) == (DAILY, 10)
    assert again.reason == "duplicate"
    assert [(each.activity_id, each.reward.reward, each.reward.amount) for each in book.granted()] == [
        (DAILY, "points", 5), (DAILY, "points", 5), (DAILY, "draw_chances", 2), (DAILY, "points", 10),
    ]  # fmt: skip
    fair.checked()
    book.checked()


def _instead(points: int) -> dict[str, Any]:
    return {"reward": {"kind": "points", "amount": points}, "name": {"zh": "补偿", "en": "instead"}}


def _listed(book: Book) -> dict[str, ActivityListed]:
    """The table of activities as sign-in has told it."""
    rows = [effect.data for effect in book.world.effects if isinstance(effect.data, ActivityListed)]
    assert {row.activity_id for row in rows} == {DAILY, "other"}
    return {row.activity_id: row for row in rows}


def test_a_packet_that_a_streak_had_brought_is_revoked() -> None:
    table = Table(
        packet_rules(
            packets={"senders": "nobody", "total_fen": {"least": 1, "most": 1_000}},
            rewards={"total_fen": 88, "form": "own"},
        )
    )  # fmt: skip
    packet = {"reward": {"kind": "packet", "amount": 1, "ref": ACTIVITY}}
    book = Book(streak={"tiers": [tier(2, 1, on_revoke="reverse") | packet]})
    book.sign_all("2017-06-01..02")
    book.revoke("2017-06-01", "2017-06-02")
    outcomes = [
        event.data
        for sent in _sent(book)
        for asked in _heard(sent, PACKETS_ONLY, at_packets)
        for event in table.give(asked)
    ]
    assert [type(outcome) for outcome in outcomes] == [PacketCreated, GiftRevoked]
    assert outcomes[1].packet_ids == (outcomes[0].packet_id,)
    assert table.counter("budget") == 0
    table.checked()
    book.checked()


def test_what_is_taken_back_is_what_the_level_had_and_goes_back_from_who_had_it() -> None:
    """Ann is counted for Bob; whoever of them is asked about, the reward was hers."""
    book = Book(base=_base("cash", 100, ""), levels=[{"level": 3, "multiplier": "150%"}])
    book.sign("2017-06-01", "bob")
    book.link("ann", "bob", "2017-06-02")
    book.sign("2017-06-02", "ann", facts={"level": 3})
    for day in ("2017-06-01", "2017-06-02"):
        book.revoke(day, "2017-06-02", "ann" if day == "2017-06-01" else "bob")
    granted = {sent.id: sent.data for sent in _sent(book) if isinstance(sent.data, RewardGranted)}
    gone = [sent.data for sent in _sent(book) if isinstance(sent.data, RewardRevoked)]
    assert [(each.member_id, each.reward and each.reward.amount) for each in gone] == [("bob", 100), ("ann", 150)]
    for each in gone:
        paid = granted[each.reward_id]
        assert (each.member_id, each.reward) == (paid.member_id, paid.reward)


def test_a_simulation_does_not_count_what_went_back() -> None:
    fields = {"base": _base("coupon", 1, "ten-off", value_fen=300)}
    book = Book(**fields)
    book.sign_all("2017-06-01..03")
    book.revoke("2017-06-02", "2017-06-03")
    tally = Tally(SIMULATION.plan(rules(**fields)), SIMULATION)
    for event in book.world.events:
        tally.saw(event)
        tally.owed(event, book.world.service.effects(event))
    found = tally.outcome(None)
    assert (found.granted_fen, found.cost_fen) == (900, 600)
