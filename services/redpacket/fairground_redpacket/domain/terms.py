"""A packet's terms made ready to grab from: who may, by its rules, and which shares its seed makes."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import orjson

from fairground_activities.seeds import Seed, Seeds
from fairground_contracts.cloudevent import format_time
from fairground_redpacket.contract import Packet, PacketOpened, Reason
from fairground_redpacket.domain.records import Terms
from fairground_redpacket.domain.refusals import Denied
from fairground_redpacket.domain.split import shares_of
from fairground_redpacket.rules import Who, who_of


def terms_of(opened: PacketOpened) -> Terms:
    """What the store keeps of a packet that was opened."""
    packet = opened.packet
    return Terms(
        activity_id=opened.activity_id,
        version=opened.version,
        total_fen=packet.total_fen,
        count=packet.count,
        split=packet.split,
        min_fen=packet.min_fen,
        max_fen=packet.max_fen,
        opens_ms=ms(packet.opens_at),
        expires_ms=ms(packet.expires_at),
        access=packet.access,
        group_id=packet.group_id,
        receivers=packet.receivers,
        password_mac=packet.password_mac,
        guesses=packet.guesses,
        sender_grabs=packet.sender_grabs,
        first_for=packet.first_for,
        per_member=packet.per_member,
        tap_ms=packet.tap_ms,
        pool=packet.pool,
        pools=packet.pools,
        session=packet.session,
        who=orjson.dumps(packet.who, option=orjson.OPT_SORT_KEYS).decode(),
        name=packet.name,
        funds=packet.funds,
        sender_id=packet.sender_id,
        funding_id=packet.funding_id,
        payouts=packet.payouts,
        keep_days=packet.keep_days,
        seed_sha256=opened.seed_sha256,
        seed_key_id=opened.seed_key_id,
    )


def ms(moment: datetime) -> int:
    """A time of a message in milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def utc(time_ms: int) -> str:
    """The inverse, as messages say it."""
    return format_time(time_ms)


def seed_of(seeds: Seeds, packet_id: str, terms: Terms) -> Seed:
    """The packet's seed, if this worker has the one that was published. Raises Denied."""
    seed = seeds.of(packet_id, terms.seed_key_id)
    if seed.sha256 != terms.seed_sha256:
        raise Denied(Reason.SEED_UNAVAILABLE)
    return seed


def shares(seed: Seed, terms: Terms | Packet) -> Sequence[int]:
    """The packet's shares by their index."""
    return shares_of(seed.numbers, terms.split, terms.total_fen, terms.count, terms.min_fen, terms.max_fen)


@lru_cache(maxsize=4096)
def who(said: str) -> Who:
    """Who may have a share, by what the rules said when the packet was created."""
    return who_of(orjson.loads(said))
