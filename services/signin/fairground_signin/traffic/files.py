"""The activity files that believable traffic publishes: four kinds of sign-in."""

from typing import Any

#: What counts, and what it brings, one activity after another; every fourth has the same.
_KINDS: tuple[dict[str, Any], ...] = (
    {
        "cycle": {"every": "month", "shown": "crosses"},
        "first": {"reward": {"kind": "coupon", "amount": 1, "ref": "welcome"}, "value_fen": 500},
        "streak": {
            "after_last": "start_over",
            "tiers": [
                {"id": "three", "days": 3, "reward": {"kind": "draw_chances", "amount": 1, "ref": "wheel-0"}},
                {"id": "seven", "days": 7, "reward": {"kind": "points", "amount": 70}, "on_revoke": "reverse"},
            ],
        },
        "total": [{"id": "ten", "days": 10, "reward": {"kind": "cash", "amount": 100}, "on_revoke": "debt"}],
        "make_up": {"days_back": 7, "per_cycle": 3, "cards": True, "points": 50},
        "freeze": {"every": 5, "most": 2},
        "levels": [
            {"level": 2, "multiplier": "150%"},
            {"level": 3, "multiplier": "200%", "base": {"reward": {"kind": "points", "amount": 8}}},
        ],
        "nth": [
            {"id": "early", "from": 1, "to": 3, "reward": {"kind": "cash", "amount": 88}, "on_revoke": "reverse"},
            {"id": "eighth", "from": 8, "reward": {"kind": "coupon", "amount": 1, "ref": "eight"}, "value_fen": 300},
        ],
        "budget": {"total_fen": 20_000, "per_day_fen": 250},
    },
    {
        "zone": "Europe/Berlin",
        "day_start_hour": 4,
        "cycle": {"every": "week"},
        "base": {"reward": {"kind": "points", "amount": 3}, "on_revoke": "reverse"},
        "streak": {
            "tiers": [
                {"id": "two", "days": 2, "way": "replace", "reward": {"kind": "points", "amount": 6}},
                {"id": "four", "days": 4, "way": "replace", "reward": {"kind": "points", "amount": 9},
                 "paid": "per_cycle"},
                {"id": "week", "days": 7, "paid": "ever", "reward": {"kind": "packet", "amount": 1, "ref": "rain"}},
            ],
        },
        "make_up": {"days_back": 2, "per_cycle": 1, "money_fen": 100, "base": True, "answer_minutes": 600},
        "on_rejected": {"reward": {"kind": "points", "amount": 10}},
    },
    {
        "streak": {"after_last": "repeat", "tiers": [
            {"id": "five", "days": 5, "reward": {"kind": "points", "amount": 20}, "on_revoke": "debt"},
        ]},
        "total": [{"id": "twenty", "days": 20, "paid": "ever", "reward": {"kind": "member_days", "amount": 7}}],
        "make_up": {"days_back": 3, "per_cycle": 5, "cards": True, "total": False},
        "eligible": "level >= 0 && risk < 4",
        "audience": {"never": ["m1"], "share": "95%", "holdout": "5%"},
    },
    {
        "cycle": {"every": "days", "days": 10},
        "total": [
            {"id": "half", "days": 5, "reward": {"kind": "points", "amount": 15}},
            {"id": "all", "days": 10, "way": "replace", "reward": {"kind": "points", "amount": 60}},
        ],
        "dates": [{"id": "festival", "day": "2017-06-18", "until": "2017-06-20", "way": "replace",
                   "reward": {"kind": "points", "amount": 100}}],
        "freeze": {"base": True, "total": True},
        "refused_risks": [4],
    },
)  # fmt: skip


def activity_id(number: int) -> str:
    """The id of the number-th activity."""
    return f"daily-{number}"


def rules(number: int, version: int = 1) -> dict[str, Any]:
    """The activity file of an activity. Each version gives a little more; every other one names a level below all."""
    made: dict[str, Any] = {
        "kind": "sign_in",
        "id": activity_id(number),
        "name": {"zh": f"签到{number}", "en": f"Sign-in {number}"},
        "window": {"starts": "2017-03-01 00:00", "ends": "2018-03-01 00:00"},
        "base": {"reward": {"kind": "points", "amount": 5}},
        "revoke_days": 30 + version,
    } | _KINDS[number % len(_KINDS)]
    if version % 2 != number % 2:
        made["levels"] = [{"level": 1, "multiplier": "100%"}, *made.get("levels", [])]
    return made
