"""The names of packets and bills: each follows from what it names, so that whoever is asked again says the same."""

import re
from hashlib import sha256
from typing import NamedTuple

#: The name of the service in topics, keys and ids.
SERVICE = "redpacket"

_BILL = re.compile(rf"{SERVICE}-(p:.+?[0-9a-z])-(0|[1-9]\d*)(-2)?")


class Bill(NamedTuple):
    """What a bill number says."""

    packet_id: str
    share: int  # its index
    number: int  # 1; 2 for the one after a confirmed final failure


def packet_of(activity_id: str, request: str, time_ms: int, epoch: int, number: int = 0) -> str:
    """The packet that a request makes; `number`: which of several.

    The time is part of it: whoever sends an id again long after it was forgotten makes another packet.
    """
    named = f"{epoch}|{activity_id}|{time_ms}|{number}|{request}"
    return f"p:{sha256(named.encode()).hexdigest()[:32]}"


def gift_of(activity_id: str, cause: str, number: int) -> str:
    """The packet that an order or a reward makes; `number`: which of several. A cause makes them only once."""
    return f"p:{sha256(f'{activity_id}|{number}|{cause}'.encode()).hexdigest()[:32]}"


def pool_of(activity_id: str, session: str, pool: int) -> str:
    """The packet that is one pool of a rain's session: a page can know it before it is opened."""
    return f"p:{activity_id}.{session}.{pool}"


def prize_of(packet_id: str) -> str:
    """What a share is called on its reward: in a rain its session, else a share."""
    parts = packet_id.split(".")
    return parts[1] if len(parts) == 3 else "share"


def bill_of(packet_id: str, index: int, number: int = 1) -> str:
    """The bill number of a share, which is the reward's id."""
    return f"{SERVICE}-{packet_id}-{index}" + ("-2" if number == 2 else "")


def funding_of(packet_id: str) -> str:
    """The funding that pays for a packet."""
    return f"{SERVICE}-{packet_id}-f"


def parsed(reward_id: str) -> Bill | None:
    """What a bill number of ours says; None for any other reward."""
    found = _BILL.fullmatch(reward_id)
    return Bill(found[1], int(found[2]), 2 if found[3] else 1) if found else None


def pool_for(member: str, activity_id: str, session: str, pools: int) -> int:
    """The pool of a session that a member's shares are in: the same for whoever computes it, about as many in each."""
    if pools == 1:
        return 0
    return int.from_bytes(sha256(f"pool|{activity_id}|{session}|{member}".encode()).digest()[:8]) % pools
