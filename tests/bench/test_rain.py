"""What the rain of grabs counts."""

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.rewards import RewardGranted
from fairground_runtime.protocol.ports import Record
from tests.bench.rain import payouts


def test_payouts_that_are_published_again_count_once() -> None:
    first, second, third = (_payout(f"redpacket-1-0-{offset}-0-r", offset) for offset in range(3))
    assert payouts([first, second, first._replace(offset=3), third, second._replace(offset=4)]) == 3


def _payout(id: str, offset: int) -> Record:
    event = CloudEvent(id, RewardGranted.type, "/fairground/redpacket", "2026-02-01T00:00:00Z", "ann", b"{}")
    return Record(offset, b"ann", event.data, cloudevent.headers(event))
