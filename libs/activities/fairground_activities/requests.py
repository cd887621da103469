"""Requests are recognised by the id of their first command, however often it was forwarded to another account."""

from hashlib import blake2b

#: Stands between the id of the event that forwards a command and the request that it is.
FORWARDED = "-w:"

#: Ids have 1024 bytes at most; a longer request than this is known by its hash, so that its forwarded ids fit.
_SHORT_BYTES = 900
_LONGEST = 4  # bytes of a character


def request_of(command_id: str) -> str:
    """Which request a command is."""
    if FORWARDED in command_id:
        command_id = command_id.partition(FORWARDED)[2]
    if len(command_id) <= _SHORT_BYTES // _LONGEST or len(command_id.encode()) <= _SHORT_BYTES:
        return command_id
    return blake2b(command_id.encode(), digest_size=16).hexdigest()
