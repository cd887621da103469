"""The lottery's part in the demo: players draw when they see chances granted, and what comes of it is counted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fairground_cli.demo.act import Request
from fairground_cli.demo.players import Players
from fairground_cli.demo.sender import Part
from fairground_cli.demo.tally import Tally
from fairground_cli.demo.wheels import Wheel

_DREW = {"lottery.prize.won.v1", "lottery.draw.missed.v1", "lottery.play.won.v1", "lottery.play.missed.v1"}
_GRANTED = "lottery.chances.granted.v1"
_REVOKED = "lottery.chances.revoked.v1"


class WheelPlay:
    """Wheels and games (fairground_cli.demo.act.Act)."""

    service = "lottery"
    ready = True

    def __init__(self, origin_ms: int) -> None:
        """`origin_ms`: the simulated time of the first order."""
        self.tally = Tally(origin_ms)
        self.wheels: list[Wheel] = []
        self._players: Players | None = None

    def open(self, rules: Sequence[Mapping[str, Any]], seed: int) -> None:
        """From now on chances that are seen granted are drawn."""
        self.wheels = [Wheel.of(each) for each in rules]
        self._players = Players(self.wheels, seed)

    def came_by(self, member: str, time_ms: int) -> Iterable[Request]:
        """Free draws and games."""
        return self._players.came_by(member, time_ms) if self._players else ()

    def day_began(self, day_ms: int) -> Iterable[Request]:
        """Nobody draws who does not come by or have chances."""
        return ()

    def see(self, kind: str, event_id: str, time_ms: int, data: Mapping[str, Any]) -> Iterable[Request]:
        """An outcome is counted; chances that come are drawn."""
        if kind in _DREW:
            self.tally.drew(data, time_ms)
        elif kind == _GRANTED and self._players and data["chances"]:
            return self._players.granted(event_id, time_ms, data)
        elif kind == _REVOKED and self._players:
            self._players.revoked(data)
        return ()

    def tells(self) -> Mapping[str, Sequence[Part]]:
        """Nobody answers for prizes here."""
        return {}
