"""Whatever happens, in whatever order, however often: random worlds against all laws, and a plain recount."""

import time
from typing import Any

import pytest

from fairground_contracts.reward_results import RewardDelivered, RewardRejected
from fairground_contracts.rewards import RewardGranted, RewardRevoked
from fairground_decider import State
from fairground_decider.folding import World
from fairground_decider.laws import judge
from fairground_signin.calendar import calendar, touches
from fairground_signin.contract import (
    DayMadeUp,
    MakeUpFailed,
    MakeUpReleased,
    MakeUpRequested,
    RewardCompensated,
)
from fairground_signin.domain import SignIns
from fairground_signin.domain.days import members
from fairground_signin.domain.records import Member
from fairground_signin.invariants import laws
from tests.signin.random_world import MEMBERS, RandomWorld
from tests.signin.recount import Person, count, fates, persons
from tests.signin.world import DAILY


def told(seed: int, steps: int = 120) -> RandomWorld:
    """The world of that seed, looked at from all sides."""
    world = RandomWorld(seed)
    world.run(steps)
    obeys_the_laws(world)
    is_the_same_again(world)
    gives_once(world)
    if not world.archived:
        answers_every_make_up(world)
        counts_everybody(world)
    return world


def obeys_the_laws(world: RandomWorld) -> None:
    """Those of the audit."""
    for verdict in judge(laws(), world.places.events, world.places.effects):
        assert not verdict.broken, verdict


def is_the_same_again(world: RandomWorld) -> None:
    """Folded into nothing, and decided in batches of any size."""
    for number, place in enumerate(world.places.worlds):
        folded, cut = World(SignIns(), partition=number), World(SignIns(), partition=number)
        folded.fold(place.events)
        taken = list(world.places.taken[number])
        while taken:
            size = world.chance.randrange(1, 30)
            cut.decide(taken[:size])
            del taken[:size]
        assert cut.events == place.events
        for other in (folded, cut):
            assert (other.records, other.counters) == (place.records, place.counters)


def gives_once(world: RandomWorld) -> None:
    """Each reward is granted once, taken back once, answered once, and nothing is given instead of what went back."""
    effects = world.places.effects
    granted = [effect.id for effect in effects if isinstance(effect.data, RewardGranted)]
    back = [effect.data.reward_id for effect in effects if isinstance(effect.data, RewardRevoked)]
    answered = [
        effect.data.reward_id for effect in effects if isinstance(effect.data, RewardDelivered | RewardRejected)
    ]
    instead = [event.data.reward_id for event in world.places.events if isinstance(event.data, RewardCompensated)]
    for ids in (granted, back, instead, () if world.archived else answered):
        assert len(ids) == len(set(ids)), ids
    assert not set(back) - set(granted)
    assert not set(back) & set(instead)


def answers_every_make_up(world: RandomWorld) -> None:
    """What was taken is used or goes back, once; and every make-up that waited is answered."""
    found = fates(world.places.events)
    for id, said in found.items():
        used = sum(isinstance(each, DayMadeUp) for each in said)
        back = sum(isinstance(each, MakeUpReleased) for each in said)
        failed = sum(isinstance(each, MakeUpFailed) for each in said)
        assert used + back == (id in world.confirmed), (id, said)
        assert used + failed <= 1, (id, said)
        asked = any(isinstance(each, MakeUpRequested) for each in said)
        assert used + back + failed >= asked, (id, said)
    assert set(world.confirmed) <= set(found)


def counts_everybody(world: RandomWorld) -> None:
    """Each person has one account, with the days, the streak and all that the plain recount comes to."""
    for person in persons(world.places.history, MEMBERS):
        accounts = [each for each in person.members if isinstance(record_of(world, each), Member)]
        if not accounts:
            assert not any(person.days)
            continue
        (account,) = accounts
        counts(world, person, account)


def counts(world: RandomWorld, person: Person, account: str) -> None:
    """What is kept and told of one person is the recount's."""
    member = record_of(world, account)
    kept = member.days
    bitmaps = (kept.signed, kept.made_up, kept.revoked)
    days = tuple(set(members(kept.first, bitmap)) for bitmap in bitmaps)
    assert days == person.days, account
    at_ms = world.now_ms
    fields = touches(DAILY, account).fields
    state = State({(DAILY, each): record_of(world, account, each) for each in fields}, {}, (DAILY,))
    shown = calendar(state, DAILY, account, "", at_ms)
    assert shown is not None
    wanted = count(world.file, person, world.today)
    found = (shown.streak, shown.longest, shown.ever, shown.total, shown.freezes, shown.cards)
    assert found == (wanted.streak, wanted.longest, wanted.ever, wanted.total, wanted.freezes, person.cards), (
        account,
        wanted,
    )


def record_of(world: RandomWorld, account: str, name: str = "") -> Any:
    """What an account's partition holds."""
    place = world.places.worlds[world.places.of(account)]
    name = name or f"m:{account}"
    stored = place.records.get((DAILY, name))
    return None if stored is None else place.service.decode(name, stored)


@pytest.mark.parametrize("share", range(4))
def test_whatever_happens_the_laws_hold_and_a_recount_agrees(share: int) -> None:
    """As many worlds as two seconds take; whoever changes something here should tell some thousands more."""
    started, seed = time.process_time(), share
    while time.process_time() - started < 2:
        try:
            told(seed)
        except Exception as problem:
            problem.add_note(f"told({seed}) tells this world again")
            raise
        seed += 4
