"""One repetition: a crowd comes by, the service decides, and what it came to is counted. No server, no clock."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from fairground_cli.demo.shop import Clock
from fairground_cli.orders import happened
from fairground_cli.simulate.crowd import Crowd, Visit
from fairground_cli.simulate.facts import Fact, Known
from fairground_cli.simulate.tally import Outcome, Tally
from fairground_cli.simulate.words import say
from fairground_cli.trouble import Trouble
from fairground_contracts import topics
from fairground_contracts.activities import ActivityListed, PublishActivity
from fairground_contracts.cloudevent import CloudEvent, parse_time_ms
from fairground_decider import Event, Outgoing, Translated
from fairground_decider.lean import LeanWorld
from fairground_decider.simulation import Plan, Rules, Simulated, believed
from fairground_runtime.worker.manifest import Intake

#: So many commands follow from one visit at most: chances that bring more chances than they cost would never end.
_PATIENCE = 1_000
_LOOK_EVERY = 256  # visits between two looks whether time is up

Stopped = Callable[[], bool]


class Stopping(Exception):
    """Time is up: the repetition is not complete, and nothing is known of it."""


class Scene(NamedTuple):
    """Everything that repetitions have in common."""

    service: str  # its name
    simulated: Simulated
    intake: Intake | None
    rules: Rules
    crowd: Crowd
    seed: int
    facts: tuple[Fact, ...] = ()  # about the members


def repeat(scene: Scene, repetition: int, stopped: Stopped) -> Outcome:
    """The repetition of that number, the same on every machine. Raises Stopping, Trouble.

    With a budget it is played once more without one: what would have been asked of it.
    """
    plan = scene.simulated.plan(scene.rules)
    demand_fen = None
    if plan.budget_fen is not None:
        free = scene.simulated.without_budget(scene.rules)
        demand_fen = _Play(scene, free, scene.simulated.plan(free), repetition).run(stopped).granted_fen
    return _Play(scene, scene.rules, plan, repetition).run(stopped).outcome(demand_fen)


class _Play:
    """One activity from its first to its last moment."""

    def __init__(self, scene: Scene, rules: Rules, plan: Plan, repetition: int) -> None:
        self._scene = scene
        self._rules = rules
        self._plan = plan
        secret = hashlib.sha256(f"simulate|secret|{scene.seed}|{repetition}".encode()).digest()
        self._visits = scene.crowd.visits(plan, f"simulate|visits|{scene.seed}|{repetition}")
        self._service = scene.simulated.service(secret)
        self._world = LeanWorld(self._service)
        self._players = scene.simulated.players(rules, f"simulate|players|{scene.seed}|{repetition}")
        if scene.facts:
            self._players = Known(self._players, scene.facts, f"simulate|facts|{scene.seed}|{repetition}")
        self._tally = Tally(plan, scene.simulated)
        self._own_commands = topics.commands(scene.service).name
        self._rows: dict[str, ActivityListed] = {}

    def run(self, stopped: Stopped) -> Tally:
        """Play all of it. Raises Stopping, Trouble."""
        clock, players, counts_orders = Clock(), self._players, self._plan.counts_orders
        self._publish(clock.utc(self._plan.starts_ms))
        for number, visit in enumerate(self._visits):
            if number % _LOOK_EVERY == 0 and stopped():
                raise Stopping
            time = clock.utc(visit.time_ms)
            if visit.refund:
                self._take(self._translated(visit, time), time, visit.time_ms)
                continue
            self._take(players.came_by(visit.member_id, time, visit.time_ms), time, visit.time_ms)
            if visit.order is not None and counts_orders:
                self._take(self._translated(visit, time), time, visit.time_ms)
        return self._tally

    def _publish(self, time: str) -> None:
        command = PublishActivity(activity_id=self._plan.activity_id, rules=dict(self._rules))
        asked = Translated(self._plan.activity_id, "publish", time, command)
        following: list[Translated] = []
        for event in self._world.decide(asked, self._plan.starts_ms):
            effects = tuple(self._service.effects(event))
            for effect in effects:
                if isinstance(effect.data, ActivityListed):
                    self._rows[effect.data.activity_id] = effect.data
            if not self._rows:
                raise Trouble(say("not-published", why=getattr(event.data, "en", "")))
            following += self._follow(event, effects)
        self._take(following, time, self._plan.starts_ms)

    def _take(self, asked: Iterable[Translated], time: str, time_ms: int) -> None:
        """Decide these commands, and all that follows from them, at once unless players say a later time."""
        world, tally, players, effects_of = self._world, self._tally, self._players, self._service.effects
        waiting = list(asked)
        for taken, command in enumerate(waiting):  # it grows meanwhile
            if taken == _PATIENCE:
                tally.endless += 1
                return
            if command.time != time:
                time, time_ms = command.time, parse_time_ms(command.time)
            events = world.decide(command, time_ms)
            for event in events:
                tally.saw(event)
                if effects := tuple(effects_of(event)):
                    tally.owed(event, effects)
                    waiting += self._follow(event, effects)
            waiting += players.saw(events)

    def _follow(self, event: Event[Any], effects: Iterable[Outgoing]) -> Iterator[Translated]:
        """Commands that an event sends to its own activity. What goes elsewhere is not simulated."""
        for effect in effects:
            about = effect.data.__dict__.get("activity_id")
            if effect.topic == self._own_commands and about == self._plan.activity_id:
                yield Translated(effect.key, effect.id, event.time, effect.data)  # type: ignore[arg-type]  # of its topic

    def _translated(self, visit: Visit, time: str) -> Iterator[Translated]:
        """The commands that the service's own intake makes of what the shop says of an order."""
        intake, order = self._scene.intake, visit.order
        if intake is None or order is None:
            return
        for kind, message in happened(order, intake.messages, believed):
            if visit.refund and kind != "refunded":
                continue  # that was when it was paid
            event = CloudEvent(f"order-{order.order_id}-{kind}", message.type, "", time, order.order_id, b"")
            yield from intake.translate(event, message, self._rows)
