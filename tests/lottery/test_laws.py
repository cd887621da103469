"""The laws hold for what the wheel does, and break for what it must never do."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from fairground_contracts.activities import PauseActivity
from fairground_contracts.message import CommandMessage
from fairground_decider import Event, Outgoing, Translated
from fairground_decider.folding import World
from fairground_decider.laws import Verdict, judge
from fairground_lottery.contract import (
    BuyChances,
    ClaimPrize,
    ExpirePrize,
    GrantWithdrawn,
    MembersLinked,
    ParcelReported,
    PlayRefused,
    PlayWon,
    RejectReward,
    ReportParcel,
    RewardTakenBack,
    SettlePurchase,
)
from fairground_lottery.domain import Lottery, Seeds
from fairground_lottery.invariants import laws
from fairground_lottery.traffic import commands
from tests.lottery.world import SECRET, THANKS, WHEEL, Fair, Game, prize

Events = list[Event[Any]]
Effects = list[Outgoing]

PACING = {"by": "hour", "curve": [1] * 24, "carry": True}  # at noon the first of two has been released


def _story() -> tuple[Events, Effects]:
    fair = Fair(
        prizes=[
            prize("phone", 9, stock=3, stock_per_day=2, per_member=1, value_fen=50, fallback="thanks", pacing=PACING),
            prize("bike", 3, unlock={"after": 1, "by": "member", "per": "lifetime"}, fallback="thanks"),
            THANKS,
        ],
        pity=[{"prizes": ["bike"], "after": 2}],
        audience={"never": ["eve"]},
        chances={
            "free_per_day": 2,
            "orders": {"rule": "per_order", "chances": 2},
            "sources": {"points": {"price": 5, "total": 2}, "share": {"total": 1}},
        },
        quotas={"per_day": 4, "total": 8},
        budget={"total_fen": 60},
        rewards={"on_rejected": {"kind": "points", "amount": 1}, "on_refund": "reverse", "restock": True},
    )
    for member in ("ann", "bob", "cid"):
        fair.pay(f"order of {member}", 100, member)
        fair.draw(member, draws=4, request=f"draw of {member}")
    for member in ("ann", "bob", "cid"):
        fair.refund(f"order of {member}", member)
    fair.grant("share", 1)
    fair.grant("page 1", 1, source="share")
    (asked,) = fair.send(BuyChances(activity_id=WHEEL, member_id="bob", times=2))
    answer = {"activity_id": WHEEL, "member_id": "bob", "funding_id": asked.funding_id}
    fair.send(SettlePurchase(**answer, paid=True))
    fair.draw("ann", now="2017-06-02 12:00")
    first = fair.world.events[_won(fair.world.events)]
    for reward in (f"{first.id}-r", f"{first.id}-r-c"):
        asked = RejectReward(activity_id=WHEEL, member_id=first.data.member_id, reward_id=reward, rejected="gone")
        fair.send(asked)
    fair.move(PauseActivity)
    return fair.world.events, fair.world.effects


def _game() -> tuple[Events, Effects]:
    game = Game(quotas={"per_day": 3})
    for play, score in (("one", 950), ("two", 600), ("three", 20)):
        game.start(play)
        game.finish(play, score)
    game.start("four", "bob")
    game.finish("four", 1001, "bob")
    return game.world.events, game.world.effects


def _verdicts(events: Events, effects: Effects) -> dict[str, Verdict]:
    return {verdict.name: verdict for verdict in judge(laws(), events, effects)}


def test_what_happened_is_lawful_and_was_looked_at() -> None:
    verdicts, of_plays = _verdicts(*_story()), _verdicts(*_game())
    assert not [verdict for verdict in (*verdicts.values(), *of_plays.values()) if verdict.broken]
    assert all(verdict.checked or of_plays[name].checked for name, verdict in verdicts.items())
    assert all(verdict.zh and verdict.en for verdict in verdicts.values())


def _changed(events: Events, at: int, **fields: Any) -> Events:
    event = events[at]
    return [*events[:at], structs.replace(event, data=event.data.model_copy(update=fields)), *events[at + 1 :]]


def _won(events: Events) -> int:
    return next(at for at, event in enumerate(events) if event.data.type == "lottery.prize.won.v1")


def _of(events: Events, kind: str, which: int = 0) -> int:
    return [at for at, event in enumerate(events) if event.data.type == kind][which]


def _again(events: Events) -> Events:
    """Everything that is won or missed once more, as later commands."""
    drawn = [event for event in events if hasattr(event.data, "drawn_id")]
    return events[:-1] + [
        structs.replace(
            event, id=f"lottery-1-0-{900 + at}-0", data=event.data.model_copy(update={"draws": 1, "index": 0})
        )
        for at, event in enumerate(drawn)
    ]


BREAKS: dict[str, Callable[[Events], Events]] = {
    "one_outcome": lambda events: events[:3] + events[4:],
    "version_in_force": lambda events: _changed(events, _won(events), version=2),
    "stock_kept": _again,
    "budget_kept": _again,
    "chances_kept": _again,
    "quotas_kept": _again,
    "once_only": _again,
    "rewards_owed": lambda events: _changed(events, _won(events), member_id="somebody else"),
    "pity_kept": lambda events: _changed(events, _won(events), pity="hard"),
    "unlocks_kept": lambda events: _changed([events[0], events[_won(events)]], 1, prize_id="bike", drawn_id="bike"),
    "audience_kept": lambda events: _changed(events, _won(events), member_id="eve"),
    "tables_kept": lambda events: _changed(events, _won(events), table="vip"),
    "pacing_kept": _again,
    "fulfilment_kept": lambda events: [*events, events[_of(events, "lottery.reward.compensated.v1")]],
    "sources_kept": lambda events: _changed(events, _of(events, "lottery.chances.granted.v1", -2), chances=2),
    "purchases_kept": lambda events: [*events, events[_of(events, "lottery.chances.granted.v1", -1)]],
    "refunds_kept": lambda events: [*events, events[_of(events, "lottery.chances.revoked.v1")]],
    "way_kept": lambda events: _changed(events, _won(events), drawn_id="thanks"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_law_breaks(name: str) -> None:
    events, effects = _story()
    assert _verdicts(BREAKS[name](events), effects)[name].broken


def test_nobody_pays_for_draws_who_is_kept_out_of_them() -> None:
    events, effects = _story()
    bought = _of(events, "lottery.purchase.requested.v1")
    assert _verdicts(_changed(events, bought, person_id="eve"), effects)["audience_kept"].broken


def _ended(events: Events, at: int = 0) -> int:
    return [at for at, event in enumerate(events) if event.data.type.startswith("lottery.play.won")][at]


def _later(event: Event[Any], **fields: Any) -> Event[Any]:
    """The same once more, as a later command."""
    return structs.replace(event, id="lottery-1-0-900-0", data=event.data.model_copy(update=fields))


BREAKS_OF_PLAYS: dict[str, tuple[str, Callable[[Events], Events]]] = {
    "a play pays twice": ("plays_kept", lambda events: [*events, _later(events[_ended(events)])]),
    "a play that never began": ("plays_kept", lambda events: _changed(events, _ended(events), play_id="forged")),
    "somebody else's play": ("plays_kept", lambda events: _changed(events, _ended(events), member_id="bob")),
    "too high a score": ("plays_kept", lambda events: _changed(events, _ended(events), score=1001)),
    "too soon": ("plays_kept", lambda events: _at(events, _ended(events), -41_000)),
    "too late": ("plays_kept", lambda events: _at(events, _ended(events), 121_000)),
    "an impossible score, then a possible one": (
        "plays_kept",
        lambda events: [*events, _later(events[_ended(events)], play_id="four", member_id="bob")],
    ),
    "a deadline of its own": ("plays_kept", lambda events: _at(events, 1, 1_000)),
    "a draw at a game": ("plays_kept", lambda events: _changed(events, _ended(events), chance="free")),
    "too low a score for its table": ("scores_kept", lambda events: _changed(events, _ended(events), score=899)),
    "too high a score for its table": ("scores_kept", lambda events: _changed(events, _ended(events, 1), score=900)),
    "more plays than the quota": ("quotas_kept", lambda events: [*events, _later(events[1], play_id="five")]),
    "a request that begins two": ("once_only", lambda events: [*events, _later(events[1])]),
    "a member who is kept out": (
        "audience_kept",
        lambda events: [*Game(audience={"never": ["ann"]}).world.events, *events[1:]],
    ),
    "another version": ("version_in_force", lambda events: _changed(events, 1, version=2)),
}


def _at(events: Events, at: int, by_ms: int) -> Events:
    """That event so much later."""
    return [*events[:at], structs.replace(events[at], time_ms=events[at].time_ms + by_ms), *events[at + 1 :]]


@pytest.mark.parametrize("what", BREAKS_OF_PLAYS)
def test_each_law_of_plays_breaks(what: str) -> None:
    events, effects = _game()
    law, breaks = BREAKS_OF_PLAYS[what]
    assert _verdicts(breaks(events), effects)[law].broken


def test_rewards_that_are_missing_doubled_or_nobodys_are_found() -> None:
    events, effects = _story()
    reward = next(effect for effect in effects if effect.topic == "fairground.rewards")
    others = [effect for effect in effects if effect is not reward]
    other = structs.replace(reward, data=reward.data.model_copy(update={"member_id": "eve"}))
    assert "is not there" in _verdicts(events, others)["rewards_owed"].broken[0]
    assert "different content" in _verdicts(events, [*effects, other])["rewards_owed"].broken[0]
    assert "nothing owes it" in _verdicts(events, [*effects, structs.replace(reward, id="x")])["rewards_owed"].broken[0]
    assert not _verdicts(events, [*effects, reward])["rewards_owed"].broken


def test_a_draw_during_a_pause_is_found() -> None:
    events, effects = _story()
    drawn = events[_won(events)]
    late = structs.replace(drawn, id="lottery-1-0-999-0", data=drawn.data.model_copy(update={"index": 0, "draws": 1}))
    assert _verdicts([*events, late], effects)["version_in_force"].broken


def test_broken_facts_are_shown_up_to_a_number() -> None:
    events, effects = _story()
    many = [*events, *(events[_won(events)] for _ in range(100))]
    broken = _verdicts(many, effects)["one_outcome"].broken
    assert len(broken) == 21
    assert broken[-1].startswith("... and ")


def test_a_reward_that_goes_back_twice_or_brings_back_more_is_found() -> None:
    events, effects = _story()
    at = _of(events, "lottery.reward.taken_back.v1")
    twice = [*events, *[events[at]] * 4]
    assert _verdicts(twice, effects)["fulfilment_kept"].broken
    assert _verdicts(twice, effects)["stock_kept"].broken
    assert _verdicts(_changed(events, at, restocked=False), effects)["fulfilment_kept"].broken
    assert _verdicts(_changed(events, at, budget_fen=10_000), effects)["budget_kept"].broken


def test_a_compensation_that_the_rules_do_not_give_is_found() -> None:
    events, effects = _story()
    at = _of(events, "lottery.reward.compensated.v1")
    reward = events[at].data.reward.model_copy(update={"amount": 2})
    assert _verdicts(_changed(events, at, reward=reward), effects)["fulfilment_kept"].broken
    assert _verdicts(_changed(events, at, member_id="eve"), effects)["fulfilment_kept"].broken


def _shipped() -> tuple[Events, Effects]:
    """A cup that is claimed and comes back, and one for which nobody comes."""
    cup = prize("cup", reward={"kind": "physical", "amount": 1}, claim_days=14, restock=True)
    fair = Fair(prizes=[cup], chances={"free_per_day": 9})
    fair.draw(draws=2)
    whose = {"activity_id": WHEEL, "member_id": "ann"}
    fair.send(ClaimPrize(**whose, reward_id="lottery-1-0-1-0-r", address_ref="addr-1"))
    fair.send(ReportParcel(**whose, reward_id="lottery-1-0-1-0-r", status="shipped"))
    fair.send(ReportParcel(**whose, reward_id="lottery-1-0-1-0-r", status="returned"))
    fair.send(ExpirePrize(**whose, reward_id="lottery-1-0-1-1-r"), now="2017-06-20 12:00")
    fair.checked()
    return fair.world.events, fair.world.effects


@pytest.mark.parametrize("kind", ["lottery.prize.claimed.v1", "lottery.parcel.reported.v1"])
def test_a_prize_that_is_claimed_or_comes_back_twice_is_found(kind: str) -> None:
    events, effects = _shipped()
    again = [event for event in events if event.data.type == kind][-1]
    assert _verdicts([*events, again], effects)["fulfilment_kept"].broken


def test_a_prize_that_expires_before_its_time_is_found() -> None:
    events, effects = _shipped()
    assert events[-1].data.type == "lottery.reward.taken_back.v1"
    early = structs.replace(events[-1], time_ms=events[0].time_ms)
    assert _verdicts([*events[:-1], early], effects)["fulfilment_kept"].broken
    claimed = _changed(events, len(events) - 1, reward_id="lottery-1-0-1-0-r")
    assert _verdicts(claimed, effects)["fulfilment_kept"].broken


def _traffic() -> tuple[Events, Effects]:
    """What members, shop and operators do for a while; then what was forwarded, granted and withdrawn by it."""
    world = World(Lottery(Seeds(SECRET, "k1")))
    waiting, followed = list(commands(13, 8_000)), 0
    while waiting:
        world.decide(waiting)
        last = world.events[-1].time
        waiting = [
            Translated(effect.key, effect.id, last, effect.data)
            for effect in world.effects[followed:]
            if isinstance(effect.data, CommandMessage)
        ]
        followed = len(world.effects)
    return world.events, world.effects


def test_what_a_law_does_not_look_at_makes_no_difference_to_it() -> None:
    """The audit shows a law only what it says that it looks at; also where everything is won twice more."""
    events, effects = _traffic()
    assert {type(event.data) for event in events} >= {
        PlayWon, PlayRefused, RewardTakenBack, ParcelReported, MembersLinked, GrantWithdrawn,
    }  # fmt: skip
    for seen in (events, [*events, *_again(events), *_again(events)]):
        shown_all = laws()
        for law in shown_all:
            for event in seen:
                law.see(event)
            for effect in effects:
                law.see_reward(effect)
        verdicts = {law.name: law.verdict() for law in shown_all}
        assert _verdicts(seen, effects) == verdicts
        if seen is events:
            assert not [verdict for verdict in verdicts.values() if verdict.broken or not verdict.checked]
