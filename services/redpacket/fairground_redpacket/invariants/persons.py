"""Laws of what a partition knows beside its packets: who is one person, and whether an activity's packets are held."""

from collections import defaultdict
from typing import Any, ClassVar

from fairground_contracts.message import Message
from fairground_decider import Event
from fairground_decider.envelope import partition_of
from fairground_decider.laws import Findings
from fairground_redpacket.contract import (
    MemberLinked,
    MemberUnlinked,
    PacketClosed,
    PacketEmptied,
    PacketOpened,
    ShareGrabbed,
    SwitchFollowed,
)


def _comes_with_its_opening(event: Event[ShareGrabbed]) -> bool:
    """The first share of a fission packet, which nobody has grabbed."""
    return event.data.index == 0 and not event.id.endswith("-0")


class Persons:
    """Who is one person in each partition, as its events say, whatever was decided."""

    LOOKS_AT: ClassVar[frozenset[type[Message]]] = frozenset({MemberLinked, MemberUnlinked})

    def __init__(self) -> None:
        self._links: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def see(self, event: Event[MemberLinked | MemberUnlinked]) -> None:
        """A link, or its end."""
        said = event.data
        links, linked = self._links[partition_of(event.id)], isinstance(said, MemberLinked)
        for one, other in ((said.member_id, said.person_id), (said.person_id, said.member_id)):
            (links[one].add if linked else links[one].discard)(other)

    def one(self, event: Event[Any], names: set[str]) -> set[str]:
        """Everybody who is linked with one of them where that event happened, however far."""
        links, found, waiting = self._links[partition_of(event.id)], set(names), list(names)
        while waiting:
            further = links.get(waiting.pop(), set()) - found
            found |= further
            waiting += further
        return found


class OneShareAPerson(Findings):
    """Whoever is linked has no more shares of a packet than one member may have, from the link on."""

    name = "one_share_a_person"
    zh = "关联之后，同一个人的所有会员合计不超过每人份数"
    en = "from the link on, all members of a person together have no more shares than one may"
    looks_at = Persons.LOOKS_AT | {PacketOpened, ShareGrabbed, PacketEmptied, PacketClosed}

    def __init__(self) -> None:
        super().__init__()
        self._persons = Persons()
        self._may: dict[str, int] = {}  # shares that one may have, by packet that is open
        self._had: dict[str, defaultdict[str, set[int]]] = {}

    def see(self, event: Event[Any]) -> None:
        """Who is whose, and who has what."""
        said = event.data
        if isinstance(said, MemberLinked | MemberUnlinked):
            self._persons.see(event)
        elif isinstance(said, PacketOpened):
            self._may[said.packet_id], self._had[said.packet_id] = said.packet.per_member, defaultdict(set)
        elif isinstance(said, ShareGrabbed):
            self._see_share(event, said)
        else:
            self._may.pop(said.packet_id, None)
            self._had.pop(said.packet_id, None)

    def _see_share(self, event: Event[Any], said: ShareGrabbed) -> None:
        had = self._had.get(said.packet_id)
        if had is None:
            return  # another law says that it is not open
        names = self._persons.one(event, {said.member_id, said.person_id} - {""})
        before = {index for name in names for index in had.get(name, ())}
        holds = len(before) < self._may[said.packet_id] or _comes_with_its_opening(event)
        self.check(holds, f"{event.id}: {said.member_id} is one with {sorted(names)}, who have {sorted(before)}")
        for name in {said.member_id, said.person_id} - {""}:
            had[name].add(said.index)


class NothingWhileHeld(Findings):
    """A switch that a partition follows counts for every grab behind it."""

    name = "nothing_while_held"
    zh = "活动的红包被暂停或关闭后，本分区不再发出任何一份"
    en = "no share is grabbed in a partition where the activity's packets are held or closed"
    looks_at = frozenset({SwitchFollowed, ShareGrabbed})

    def __init__(self) -> None:
        super().__init__()
        self._at: dict[tuple[str, str], SwitchFollowed] = {}

    def see(self, event: Event[Any]) -> None:
        """Only newer ones are followed, and no share is had unless packets are open."""
        said = event.data
        where = partition_of(event.id), said.activity_id
        known = self._at.get(where)
        if isinstance(said, SwitchFollowed):
            newer = known is None or said.revision > known.revision
            self.check(newer, f"{event.id}: {said.revision} after {known and known.revision}")
            self._at[where] = said
            return
        holds = known is None or known.to == "open" or _comes_with_its_opening(event)
        self.check(holds, f"{event.id}: packets of {said.activity_id} are {known and known.to}")
