"""From an activity's events to its export; and what the record says that a stranger cannot check any more."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from fairground_activities.comparing import Difference
from fairground_activities.exports import canonical
from fairground_activities.lifecycle import STATUS_AFTER
from fairground_contracts.activities import ActivityPublished
from fairground_decider import Event
from fairground_lottery.contract import SERVICE, DrawMissed, MembersLinked, ParcelReported, PrizeWon, RewardTakenBack
from fairground_lottery.domain.in_force import InForce, in_force_of_form
from fairground_lottery.verification.export import FORMAT, Export, Link, Outcome, Return, Version

#: Where rules name members.
_NAMES = ("only", "never")

#: What an outcome takes over from its event.
_SAID = Outcome.__struct_fields__[2:]


class NotDisclosed(Exception):
    """The activity has not ended: nobody but its workers knows the seed."""


class Gathered(NamedTuple):
    """An export, and what differs in the record before anything is recomputed."""

    export: Export
    differences: tuple[Difference, ...]


def gather(activity_id: str, events: Iterable[Event[Any]]) -> Gathered:
    """The export of one activity, of its events in order. Raises NotDisclosed."""
    gathering = _Gathering(activity_id)
    for event in events:
        gathering.see(event)
    return gathering.gathered()


class _Gathering:
    def __init__(self, activity_id: str) -> None:
        self._activity_id = activity_id
        self._versions: list[Version] = []
        self._draws: list[Outcome] = []
        self._returned: list[Return] = []
        self._seed = self._disclosed_by = ""
        self._commitment = ""
        self._in_force: InForce | None = None
        self._aliases: dict[str, str] = {}
        self._members: dict[str, str] = {}
        self._differences: list[Difference] = []
        self._links: list[tuple[str, str, str]] = []  # event, member, person

    def see(self, event: Event[Any]) -> None:
        """The next event that counts."""
        said = event.data
        if isinstance(said, ActivityPublished):
            self._publish(event.id, said)
        elif isinstance(said, PrizeWon | DrawMissed):
            self._draw(event, said)
        elif isinstance(said, MembersLinked | RewardTakenBack | ParcelReported):
            if not self._seed:  # later ones change no draw
                self._change(event.id, said)
        elif type(said) in STATUS_AFTER:
            self._same(event.id, "seed_sha256", said.seed_sha256, self._commitment)
            if seed := getattr(said, "seed", ""):
                self._seed, self._disclosed_by = seed, event.id

    def gathered(self) -> Gathered:
        """All of it. Raises NotDisclosed."""
        if not self._seed:
            raise NotDisclosed
        export = Export(
            FORMAT, SERVICE, self._activity_id, self._seed, self._commitment, self._disclosed_by, self._versions,
            self._draws, list(self._linked()), self._returned,
        )  # fmt: skip
        return Gathered(export, tuple(self._differences))

    def _change(self, event_id: str, said: MembersLinked | RewardTakenBack | ParcelReported) -> None:
        """What changes the counts between draws."""
        if isinstance(said, MembersLinked):
            self._links.append((event_id, said.member_id, said.person_id))
        elif said.restocked:
            self._returned.append(Return(event_id, said.prize, said.budget_fen))

    def _linked(self) -> Iterator[Link]:
        """Links by aliases. What was counted for somebody under whom nobody draws goes on under the alias it had."""
        stands = dict(self._aliases)
        linked: set[str] = set()
        for event_id, member, person in self._links:
            alias, into = stands.get(member), stands.get(person)
            if alias and member not in linked:
                if into:
                    yield Link(event_id, alias, into)
                else:
                    stands[person] = alias
            linked.add(member)

    def _publish(self, event_id: str, said: ActivityPublished) -> None:
        self._same(event_id, "rules_sha256", said.rules_sha256, sha256(canonical(said.rules)).hexdigest())
        self._commitment = self._commitment or said.seed_sha256
        self._in_force = in_force_of_form(said.rules)
        rules, removed = _without_names(said.rules)
        self._versions.append(Version(event_id, said.version, said.seed_sha256, said.rules_sha256, removed, rules))

    def _draw(self, event: Event[Any], said: PrizeWon | DrawMissed) -> None:
        """The outcome; and that whom it counts for goes by one alias, and is owed what the rules say."""
        person = said.person_id or said.member_id
        self._same(event.id, "alias", said.alias, self._aliases.setdefault(person, said.alias))
        self._same(event.id, "member_id", person, self._members.setdefault(said.alias, person))
        self._same(event.id, "index", str(said.index), event.id.rpartition("-")[2])
        prize = self._in_force.game.by_id.get(said.prize_id) if self._in_force else None
        self._same(event.id, "reward", _shown(getattr(said, "reward", None)), _shown(prize.reward if prize else None))
        fields: dict[str, Any] = {name: getattr(said, name, None) for name in _SAID}
        self._draws.append(Outcome(event.id, event.time_ms, **fields))

    def _same(self, event_id: str, field: str, recorded: str, expected: str) -> None:
        if recorded != expected:
            self._differences.append(Difference(event_id, field, recorded, expected))


def _shown(reward: Any) -> str:
    return "" if reward is None else reward.model_dump_json()


def _without_names(rules: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The rules without the names of members that let somebody in or keep them out, and how many those were."""
    audience = rules.get("audience", {})
    removed = sum(len(audience.get(names, ())) for names in _NAMES)
    if not removed:
        return rules, 0
    kept = {name: said for name, said in audience.items() if name not in _NAMES}
    public = {name: said for name, said in rules.items() if name != "audience"}
    return public | ({"audience": kept} if kept else {}), removed
