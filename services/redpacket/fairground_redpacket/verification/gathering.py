"""From an activity's events to its export; and what the record says that a stranger cannot check any more."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from fairground_activities.comparing import Difference
from fairground_decider import Event
from fairground_redpacket.contract import SERVICE, PacketClosed, PacketEmptied, PacketOpened, ShareGrabbed
from fairground_redpacket.contract.ids import bill_of
from fairground_redpacket.verification.export import FORMAT, Division, Export


class NotDisclosed(Exception):
    """No packet of the activity is over: nobody but its workers knows the seeds."""


class Gathered(NamedTuple):
    """An export, and what differs in the record before anything is recomputed."""

    export: Export
    differences: tuple[Difference, ...]


def gather(activity_id: str, events: Iterable[Event[Any]]) -> Gathered:
    """The export of one activity, of its events in order within each partition. Raises NotDisclosed."""
    gathering = _Gathering()
    for event in events:
        gathering.see(event)
    if not gathering.over:
        raise NotDisclosed
    packets = sorted(gathering.over, key=lambda packet: packet.packet_id)
    return Gathered(Export(FORMAT, SERVICE, activity_id, packets), tuple(gathering.differences))


class _Gathering:
    def __init__(self) -> None:
        self.over: list[Division] = []
        self.differences: list[Difference] = []
        self._open: dict[str, tuple[str, PacketOpened, list[int]]] = {}

    def see(self, event: Event[Any]) -> None:
        """The next event that counts."""
        said = event.data
        if isinstance(said, PacketOpened):
            self._open[said.packet_id] = event.id, said, []
        elif isinstance(said, ShareGrabbed):
            self._share(event.id, said)
        elif isinstance(said, PacketEmptied | PacketClosed) and said.seed:
            self._end(event.id, said)

    def _share(self, event_id: str, said: ShareGrabbed) -> None:
        """What the member is owed is what the share is, and its index is the next one."""
        _, _, amounts = self._open[said.packet_id]
        self._same(event_id, "index", said.index, len(amounts))
        self._same(event_id, "reward.amount", said.reward.amount, said.amount_fen)
        self._same(event_id, "reward_id", said.reward_id, bill_of(said.packet_id, said.index))
        amounts.append(said.amount_fen)

    def _end(self, event_id: str, said: PacketEmptied | PacketClosed) -> None:
        opened_by, opened, amounts = self._open.pop(said.packet_id)
        packet = opened.packet
        emptied = isinstance(said, PacketEmptied)
        self.over.append(
            Division(
                packet_id=said.packet_id,
                version=opened.version,
                opened_by=opened_by,
                ended_by=event_id,
                end="emptied" if isinstance(said, PacketEmptied) else said.why,
                seed=said.seed,
                seed_sha256=opened.seed_sha256,
                split=packet.split,
                total_fen=packet.total_fen,
                count=packet.count,
                min_fen=packet.min_fen,
                max_fen=packet.max_fen,
                amounts=amounts,
                best_index=said.best_index if isinstance(said, PacketEmptied) else -1,
                remainder_fen=0 if emptied else getattr(said, "remainder_fen", 0),
            )
        )

    def _same(self, event_id: str, field: str, recorded: object, expected: object) -> None:
        if recorded != expected:
            self.differences.append(Difference(event_id, field, str(recorded), str(expected)))
