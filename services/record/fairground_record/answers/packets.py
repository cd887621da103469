"""How a red packet went: its state, who got what (masked), and what became of the money."""

from fairground_contracts.topics import EVERYWHERE, PARTITIONS
from fairground_decider.answers import PacketStory
from fairground_record.answers.entries import event_of
from fairground_record.database import Connection
from fairground_record.queries import entry_of
from fairground_record.rooms import room
from fairground_record.sql import query
from fairground_runtime.kafka.adapters import partition_of


async def packet(connection: Connection, activity_id: str, packet_id: str, viewer: str = "") -> PacketStory | None:
    """As its service's room `history` tells it; None where there is no such packet.

    `viewer`: a member whose own name is not masked, and whose amount is told.
    """
    place = EVERYWHERE[partition_of(packet_id.encode(), PARTITIONS)]
    rows = await connection.fetch(query("events_of_packet"), activity_id, packet_id, place)
    entries = [entry_of(row) for row in rows]
    history = room(entries[0].service, "history") if entries else None
    if history is None or not hasattr(history, "packet"):
        return None
    told: PacketStory | None = history.packet([event for entry in entries if (event := event_of(entry))], viewer)
    return told
