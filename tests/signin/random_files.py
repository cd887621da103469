"""Activity files for worlds that are left to chance: few days, tight limits, every policy."""

import random
from collections.abc import Sequence
from typing import Any

from tests.signin.world import DAILY, points, rules, tier

_POLICIES = ("keep", "reverse", "debt")

#: The last one not beside freezes: what moves a freeze to another day can end a later streak, of another cycle, too,
#: and nobody remembers what was paid in a cycle when its days do not come to it any more.
_PAID = ("per_streak", "ever", "per_cycle")

_CYCLES: tuple[dict[str, Any], ...] = (
    {"every": "none"},
    {"every": "week"},
    {"every": "week", "shown": "crosses"},
    {"every": "month"},
    {"every": "days", "days": 5},
)

#: Weeks in which clocks change in some of these zones: Berlin in March and October, New York two weeks from both.
WINDOWS = (("2017-03-10 00:00", "2017-04-12 00:00"), ("2017-10-20 00:00", "2017-11-22 00:00"))


def file_of(chance: random.Random) -> dict[str, Any]:
    """An activity file."""
    (starts, ends), cycle = chance.choice(WINDOWS), chance.choice(_CYCLES)
    freeze = _freeze(chance) if chance.random() < 0.6 else None
    paid = _PAID[:2] if freeze else _PAID
    made = rules(
        zone=chance.choice(("Asia/Shanghai", "America/New_York", "Europe/Berlin")),
        day_start_hour=chance.choice((0, 2, 4)),
        window={"starts": starts, "ends": ends},
        cycle=cycle,
        base=points(5, on_revoke=chance.choice(_POLICIES)),
        first=chance.choice((None, points(50, on_revoke=chance.choice(_POLICIES)))),
        streak={
            "after_last": chance.choice(("stay", "repeat", "start_over")),
            "tiers": _tiers(chance, paid),
        },
        total=[tier(3, 33, on_revoke=chance.choice(_POLICIES), paid=chance.choice(paid[1:])) | {"id": "t3"}],
        make_up=_make_up(chance, cycle),
        on_rejected=chance.choice((None, points(3))),
        freeze=freeze,
        nth=[_place(chance)] if chance.random() < 0.6 else None,
        revoke_days=60,
    )
    if chance.random() < 0.4:
        made["levels"] = [{"level": 2, "multiplier": "150%"}]
    return made


def _tiers(chance: random.Random, paid: Sequence[str]) -> list[dict[str, Any]]:
    """Two in a row bring points, three of them a make-up card or a freeze, which is taken up here."""
    won = {
        "kind": "custom",
        "amount": chance.choice((1, 2)),
        "ref": f"{DAILY}/{chance.choice(('make_up_card', 'freeze'))}",
    }
    return [
        tier(
            2, 20, on_revoke=chance.choice(_POLICIES), paid=chance.choice(paid), way=chance.choice(("add", "replace"))
        ),
        tier(3, 1, on_revoke=chance.choice(_POLICIES), paid=chance.choice(paid)) | {"reward": won},
    ]


def _make_up(chance: random.Random, cycle: dict[str, Any]) -> dict[str, Any]:
    return {
        "days_back": 20 if cycle["every"] in ("none", "month") else 3, "per_cycle": chance.choice((1, 2, 4)),
        "cards": True, "points": 30, "money_fen": 200, "base": chance.random() < 0.5,
        "total": chance.random() < 0.5, "answer_minutes": chance.choice((10, 600)),
    }  # fmt: skip


def _freeze(chance: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {"base": chance.random() < 0.5, "total": chance.random() < 0.5}
    return made | ({"every": chance.choice((2, 3)), "most": 2} if chance.random() < 0.7 else {})


def _place(chance: random.Random) -> dict[str, Any]:
    return {"id": "early", "from": 1, "to": 2, "stock": chance.choice((2, 30))} | points(9, on_revoke="reverse")


def edited(chance: random.Random, file: dict[str, Any]) -> dict[str, Any]:
    """A new version; what it takes from somebody is refused."""
    after = dict(file)
    match chance.randrange(8):
        case 0:
            after["base"] = points(file["base"]["reward"]["amount"] + 1, on_revoke=file["base"]["on_revoke"])
        case 1:
            number = len(file["streak"]["tiers"]) + 2
            added = tier(
                number,
                number,
                paid=chance.choice(_PAID[:2] if "freeze" in file else _PAID),
                on_revoke=chance.choice(_POLICIES),
            )
            after["streak"] = file["streak"] | {"tiers": [*file["streak"]["tiers"], added]}
        case 2:
            after["streak"] = file["streak"] | {"tiers": file["streak"]["tiers"][:-1]}
        case 3:
            after["levels"] = [
                {"level": level, "multiplier": "150%"} for level in chance.choice(((1,), (1, 3), (1, 2, 3)))
            ]
        case 4:
            after["make_up"] = file["make_up"] | {"per_cycle": file["make_up"]["per_cycle"] + 1}
        case 5:
            after.pop("levels", None)
        case 6:
            tiers = [each | {"on_revoke": "keep"} for each in file["streak"]["tiers"]]
            after["streak"] = file["streak"] | {"tiers": tiers}
        case _:
            after["on_rejected"] = points(4)
            after["revoke_days"] = chance.choice((60, 61))
    return after
