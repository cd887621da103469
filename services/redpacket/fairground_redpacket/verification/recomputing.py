"""Every split of an export once more, by the domain's own division."""

from hashlib import sha256

from fairground_activities.comparing import Comparison, Difference, Report
from fairground_activities.exports import place_of
from fairground_decider.entropy import Mac
from fairground_redpacket.domain.split import shares_of
from fairground_redpacket.verification.export import Division, Export

#: No packet is larger; a file that says so would only take long.
_MOST_SHARES = 100_000
_MOST_FEN = 10**13


def verify(export: Export, found: tuple[Difference, ...] = ()) -> Report:
    """The verdict. `found`: differences that were seen already."""
    return _Recomputing(export, found).run()


def _possible(packet: Division) -> bool:
    """Whether so many shares within these bounds can come to the total."""
    if not (1 <= packet.count <= _MOST_SHARES and 1 <= packet.min_fen <= packet.max_fen <= _MOST_FEN):
        return False
    return packet.count * packet.min_fen <= packet.total_fen <= min(packet.count * packet.max_fen, _MOST_FEN)


class _Recomputing(Comparison):
    def __init__(self, export: Export, found: tuple[Difference, ...]) -> None:
        super().__init__(found)
        self._export = export

    def run(self) -> Report:
        """Everything."""
        export = self._export
        checksum = export.checksum()
        self.same("", "sha256", export.sha256 or checksum, checksum)
        agreeing, last = 0, ""
        for packet in export.packets:
            before = self.differing
            if packet.packet_id <= last:
                self.note(packet.packet_id, "packet_id", packet.packet_id, f"behind {last}")
            last = packet.packet_id
            self._packet(packet)
            agreeing += len(packet.amounts) if self.differing == before else 0
        return Report(
            activity_id=export.activity_id,
            seed_sha256="",
            sha256=checksum,
            versions=len({packet.version for packet in export.packets}),
            outcomes=sum(len(packet.amounts) for packet in export.packets),
            agreeing=agreeing,
            differing=self.differing,
            differences=tuple(self.differences),
        )

    def _packet(self, packet: Division) -> None:
        """Its frame, its seed, its shares, its end."""
        name = packet.packet_id
        self._places(packet)
        seed = self._seed(packet)
        if not _possible(packet):
            self.note(name, "total_fen", packet.total_fen, "what its shares can come to")
            return
        made = shares_of(
            Mac(seed), packet.split, packet.total_fen, packet.count, packet.min_fen, packet.max_fen
        )  # fmt: skip
        for index, amount in enumerate(packet.amounts):
            self.same(name, f"amounts[{index}]", amount, made[index] if index < packet.count else "no such share")
        self._end(packet)

    def _places(self, packet: Division) -> None:
        """Opened, and ended behind that, in one partition."""
        service = self._export.service
        opened, ended = place_of(service, packet.opened_by), place_of(service, packet.ended_by)
        if opened is None:
            self.note(packet.packet_id, "opened_by", packet.opened_by, "an event's id")
        elif ended is None or ended.partition != opened.partition or ended[:3] <= opened[:3]:
            self.note(packet.packet_id, "ended_by", packet.ended_by, "an event behind the opening")

    def _seed(self, packet: Division) -> bytes:
        try:
            seed = bytes.fromhex(packet.seed)
        except ValueError:
            seed = b""
        self.same(packet.packet_id, "seed", packet.seed, seed.hex())
        self.same(packet.packet_id, "seed_sha256", packet.seed_sha256, sha256(seed).hexdigest())
        return seed

    def _end(self, packet: Division) -> None:
        """All shares were had, and the largest is the best luck; or what is left goes back."""
        name, had = packet.packet_id, len(packet.amounts)
        self.same(name, "remainder_fen", packet.remainder_fen, packet.total_fen - sum(packet.amounts))
        if packet.end == "emptied":
            self.same(name, "count", packet.count, had)
            best = packet.amounts.index(max(packet.amounts)) if packet.amounts else -1
            self.same(name, "best_index", packet.best_index, best)
        else:
            self.same(name, "end", packet.end, "emptied" if had >= packet.count else packet.end)
            self.same(name, "best_index", packet.best_index, -1)
