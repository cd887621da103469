"""The players at wheels and games: when they draw and play, and what they ask for."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fairground_cli.demo import act
from fairground_cli.demo.act import Request, Wording
from fairground_cli.demo.wheels import Play, Wheel

DRAW = "lottery.wheel.draw.v1"
START, FINISH = "lottery.play.start.v1", "lottery.play.finish.v1"

#: A saver draws when there are so many chances, all of them in one command.
SAVED = 10

_MINUTE_MS = 60_000

# Of a hundred members so many save their chances, and so many of the others forget two of three.
_SAVERS, _FORGETFUL = 25, 15
_VISITS_PERCENT = 40  # of days with a basket on which the household also takes a free chance
_PLAYS_PERCENT = 3  # of baskets before which the household plays a score game
_IMPATIENT = 200  # one of so many asks for a draw more than there are chances
_REPEATED = 100  # one of so many requests is sent twice, as a frontend does that did not hear the answer


class Players:
    """All members who play, at all wheels."""

    def __init__(self, wheels: Iterable[Wheel], seed: int) -> None:
        """`wheels`: those that can be played at."""
        self._wheels: Mapping[str, Wheel] = {wheel.id: wheel for wheel in wheels}
        self._free = [wheel for wheel in self._wheels.values() if wheel.free_per_day]
        self._games = [wheel for wheel in self._wheels.values() if wheel.play is not None]
        self._by_level = {wheel.id for wheel in self._wheels.values() if wheel.by_level}
        self._seed = seed
        self._chances: Counter[tuple[str, str]] = Counter()
        self._visited: dict[tuple[str, str], int] = {}
        self._baskets: Counter[str] = Counter()
        self._wording = Wording(DRAW, START, FINISH)

    def came_by(self, member: str, time_ms: int) -> Iterator[Request]:
        """A household is about to shop: some look whether there is a free draw, once a day; some play a game."""
        self._baskets[member] += 1
        for wheel in self._free:
            if not wheel.is_open(time_ms):
                continue
            day, visit = wheel.day(time_ms), (wheel.id, member)
            if self._visited.get(visit) == day:
                continue
            self._visited[visit] = day
            roll = self._roll(f"{wheel.id}{member}{day}")
            if roll % 100 < _VISITS_PERCENT:
                yield from self._ask(f"visit-{wheel.id}-{member}-{day}", wheel.id, member, 1, time_ms, roll)
        for game in self._games:
            if game.play is not None:
                yield from self._game(game, game.play, member, time_ms)

    def _game(self, wheel: Wheel, play: Play, member: str, time_ms: int) -> Iterator[Request]:
        """A play and its end, known before it begins: the play's id is the request's."""
        begun = f"play-{wheel.id}-{member}-{time_ms}"
        roll = self._roll(begun)
        if not wheel.is_open(time_ms) or roll % 100 >= _PLAYS_PERCENT:
            return
        score = sum((roll >> shift) % (play.max_score // 3 + 1) for shift in (0, 8, 16))  # few are very good or bad
        lasts_ms = (play.min_seconds + (roll >> 4) % max(play.within_seconds - play.min_seconds, 1)) * 1000
        member_field = f'"activity_id":"{wheel.id}","member_id":"{member}"'
        yield self._request(begun, START, wheel.id, f"{{{member_field}}}", time_ms)
        ended = self._request(
            f"{begun}-end", FINISH, wheel.id, f'{{{member_field},"play_id":"{begun}","score":{score}}}',
            time_ms + lasts_ms,
        )  # fmt: skip
        yield ended
        if (roll >> 8) % _REPEATED == 0:
            yield ended

    def granted(self, event_id: str, time_ms: int, data: Mapping[str, Any]) -> Iterator[Request]:
        """Chances were granted: who draws, and how often?"""
        wheel, member = data["activity_id"], data["member_id"]
        held = self._chances[wheel, member] = self._chances[wheel, member] + data["chances"]
        roll = self._roll(event_id)
        draws = self._appetite(member, held, roll)
        if roll % _IMPATIENT == 0:
            draws = held + 1
        if draws:
            self._chances[wheel, member] = max(held - draws, 0)
            later_ms = _MINUTE_MS + roll % (45 * _MINUTE_MS)
            yield from self._ask(f"draw-{event_id}", wheel, member, draws, time_ms + later_ms, roll)

    def revoked(self, data: Mapping[str, Any]) -> None:
        """Chances are gone with their order."""
        gone = sum(taken["chances"] for taken in data["taken"])
        held = self._chances[data["activity_id"], data["member_id"]]
        self._chances[data["activity_id"], data["member_id"]] = max(held - gone, 0)

    def _appetite(self, member: str, held: int, roll: int) -> int:
        habit = self._roll(member) % 100
        if habit < _SAVERS:
            return SAVED if held >= SAVED else 0
        if habit < _SAVERS + _FORGETFUL and roll % 3:
            return 0
        return min(held, SAVED)

    def _ask(self, request: str, wheel: str, member: str, draws: int, time_ms: int, roll: int) -> Iterator[Request]:
        facts = f',"facts":{{"level":{self._level(member)}}}' if wheel in self._by_level else ""
        value = f'{{"activity_id":"{wheel}","member_id":"{member}","draws":{draws}{facts}}}'
        asked = self._request(request, DRAW, wheel, value, time_ms)
        yield asked
        if (roll >> 8) % _REPEATED == 0:
            yield asked

    def _level(self, member: str) -> int:
        """A household's level in the shop: one for each twenty baskets of the year so far, five at most."""
        return min(self._baskets[member] // 20, 5)

    def _request(self, id: str, kind: str, wheel: str, value: str, time_ms: int) -> Request:
        return self._wording.request(id, kind, wheel, wheel, value, time_ms)

    def _roll(self, what: str) -> int:
        """A number that belongs to the seed and to this."""
        return act.roll(self._seed, what)
