"""The ids of rewards: each derives from its event's, so the same event never pays twice."""

from fairground_decider import Coordinates
from fairground_signin.contract import SERVICE
from fairground_signin.domain.records import BY_RANK, INSTEAD, Revocable

_OF_A_DAY, _BY_RANK, _INSTEAD = "r", "k", "c"


def reward_id(event_id: str, place: int) -> str:
    """Of the reward that stands at this place of a day's event."""
    return f"{event_id}-{_OF_A_DAY}{place}"


def rank_reward_id(event_id: str) -> str:
    """Of the reward for being the n-th of the day."""
    return f"{event_id}-{_BY_RANK}"


def compensation_id(event_id: str) -> str:
    """Of what is given instead of a reward that could not be delivered."""
    return f"{event_id}-{_INSTEAD}"


def id_of(epoch: int, paid: Revocable) -> str:
    """Of a reward that can be taken back. `epoch`: of the events."""
    event = Coordinates(SERVICE, epoch, paid.partition, paid.offset).event_id(0)
    if paid.place == INSTEAD:
        return compensation_id(event)
    return rank_reward_id(event) if paid.by == BY_RANK else reward_id(event, paid.place)


def is_compensation(reward: str) -> bool:
    """Whether it was given instead of another one."""
    return reward.endswith(f"-{_INSTEAD}")


def is_by_rank(reward: str) -> bool:
    """Whether it was granted for a place of the day."""
    return reward.endswith(f"-{_BY_RANK}")


def may_be_of(reward: str, partitions: tuple[int, ...], here: int, offset: int) -> bool:
    """Whether such a reward may have been granted to somebody whose events stand in these partitions.

    Rewards by rank come from wherever the activity is at home; what stands `here` must be before `offset`.
    """
    service, _, rest = reward.partition("-")
    place, _, kind = rest.rpartition("-")
    numbers = place.split("-")
    if service != SERVICE or len(numbers) != 4 or not all(number.isdecimal() for number in numbers):
        return False
    partition = int(numbers[1])
    if partition == here and int(numbers[2]) >= offset:
        return False
    if kind == _BY_RANK:
        return True
    known = kind == _INSTEAD or (kind.startswith(_OF_A_DAY) and kind[1:].isdecimal())
    return known and partition in partitions
