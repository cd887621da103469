"""What the operations page asks the record for: money that was confirmed after an archive, and is nobody's."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from fairground_contracts.cloudevent import CloudEvent
from fairground_embedded import Addresses
from tests.record.test_record import Reading, recorded_all
from tests.record.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def _archived(kind: str, funding: str, command: str = "") -> tuple[str, dict[str, Any], str]:
    data = {"activity_id": "a", "member_id": "ann", "funding_id": funding, "reason": "archived"}
    return kind, data, command or f"confirmed:{funding}"


def _said(kind: str, **data: Any) -> tuple[str, dict[str, Any], str]:
    return kind, {"activity_id": "a", "member_id": "ann"} | data, "c"


async def test_only_what_was_neither_used_nor_given_back_is_found(addresses: Addresses) -> None:
    events = [
        _said("signin.make_up.requested.v1", funding_id="lost"),
        _archived("signin.make_up.refused.v1", "lost"),
        _archived("signin.make_up.refused.v1", "lost"),  # it was repeated
        _archived("signin.make_up.refused.v1", "not-taken", "refused:not-taken"),
        _said("signin.day.made_up.v1", funding_id="used"),
        _archived("signin.make_up.refused.v1", "used"),
        _said("redpacket.packet.created.v1", packet={"funding_id": "packed"}),
        _archived("redpacket.funding.refused.v1", "packed"),
        _said("lottery.purchase.released.v1", funding_id="back"),
        _archived("lottery.chances.refused.v1", "back"),
        _archived("lottery.chances.refused.v1", "far", "lottery-1-0-7-0-1-w:confirmed:far"),  # asked by somebody linked
    ]
    async with World(addresses) as world:
        for offset, (kind, data, command) in enumerate(events):
            event = CloudEvent(
                f"{world.name}-{offset}", kind, "/tests", "2017-07-14T02:40:00Z", "a", orjson.dumps(data), command, "",
                offset,
            )  # fmt: skip
            assert await world.append(event, b"a") == offset
        async with Reading(world):
            await recorded_all(world)
        connection = await world.connect()
        (asked,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
        found = await connection.fetch(asked)
        await connection.close()
    assert {(row["activity_id"], row["member_id"], row["funding_id"]) for row in found} == {
        ("a", "ann", "lost"), ("a", "ann", "far"),
    }  # fmt: skip
    assert len(found) == 2
