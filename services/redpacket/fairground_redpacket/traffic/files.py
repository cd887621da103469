"""The activity files of believable traffic: packets of the platform's, of members', as gifts, and a rain."""

from typing import Any

PLATFORM, FRIENDS, GIFTS, RAIN = "packets-0", "packets-1", "packets-2", "rain-0"

#: Of the rain: every three hours of the first days.
SESSIONS = tuple(
    (f"d{day}-h{hour}", f"2017-06-{day:02} {hour:02}:30") for day in range(1, 6) for hour in range(10, 23, 3)
)
SESSION_SECONDS = 7_200
POOLS = 2


def rules(version: int = 1) -> dict[str, dict[str, Any]]:
    """The files by activity. Budgets are small, so that they run out; each version adds some."""
    return {
        PLATFORM: _activity(PLATFORM) | {
            "zone": "Europe/Berlin",
            "packets": {
                "total_fen": {"least": 10, "most": 5_000}, "count": {"least": 1, "most": 30}, "expire_minutes": 90,
                "access": ["open", "group", "designated", "password", "fission"], "guesses": 2,
            },
            "quotas": {"per_day": 60, "total": 400 * version},
            "budget": {"total_fen": 60_000 * version, "per_day_fen": 40_000},
            "second_bill": True,
            "keep_days": 1,
        },
        FRIENDS: _activity(FRIENDS) | {
            "each_fen": {"least": 1, "most": 1_000},
            "packets": {
                "funded_by": "member", "total_fen": {"least": 1, "most": 2_000}, "count": {"least": 1, "most": 10},
                "expire_minutes": 120, "access": ["open", "group", "designated", "password"], "guesses": 3,
                "answer_minutes": 10, "sender_grabs": False,
            },
            "quotas": {"per_member_day": 6, "per_member_total": 40 * version},
            "refuse_risk": 4,
        },
        GIFTS: _activity(GIFTS) | {
            "packets": {"senders": "nobody", "total_fen": {"least": 1, "most": 1_000}, "expire_minutes": 240},
            "orders": {"min_order_fen": 1_000, "total_fen": 200, "count": 4, "form": "fission"},
            "rewards": {"total_fen": 88, "count": 1, "form": "own"},
            "budget": {"total_fen": 30_000 * version},
            "eligible": "new_buyer || level >= 1",
            "audience": {"never": ["m1"], "holdout": "5%"},
        },
        RAIN: _activity(RAIN) | {
            "kind": "red_packet_rain",
            "each_fen": {"least": 1, "most": 500},
            "rain": {
                "per_member": 3,
                "tap_ms": 30_000,
                "sessions": [
                    {
                        "id": name, "starts": starts, "seconds": SESSION_SECONDS, "total_fen": 600, "count": 24,
                        "pools": POOLS,
                    }
                    for name, starts in SESSIONS
                ],
            },
            "budget": {"total_fen": 20_000 * version},
            "keep_days": 1,
        },
    }  # fmt: skip


def _activity(name: str) -> dict[str, Any]:
    return {
        "kind": "red_packet",
        "id": name,
        "name": {"zh": name, "en": name},
        "window": {"starts": "2017-05-20 00:00", "ends": "2017-12-31 00:00"},
    }
