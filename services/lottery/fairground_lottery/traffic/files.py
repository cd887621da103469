"""The activity files that believable traffic publishes: four kinds of wheels and a score game."""

from typing import Any

#: What a wheel earns chances by, one after another; every fourth wheel has the same.
_CHANCES: tuple[dict[str, Any], ...] = (
    {"free_per_day": 3},
    {
        "free_per_day": 1,
        "orders": {"rule": "per_order", "chances": 2, "min_order_fen": 1000, "expire_days": 2, "per_day": 8},
        "sources": {"share": {"chances": 1, "per_day": 2, "expire_days": 3}, "invitation": {"chances": 2, "total": 20}},
    },
    {
        "orders": {"rule": "cumulative", "every_fen": 5000, "on_refund": "debt", "total": 40},
        "sources": {"points": {"price": 100, "chances": 2, "per_day": 6, "expire_days": 30}, "sign_in": {}},
    },
    {"free_per_day": 1, "orders": {"rule": "per_order", "on_refund": "keep"}, "refund_window_days": 7},
)

#: What else changes the odds from draw to draw, one wheel after another.
_ODDS: tuple[dict[str, Any], ...] = (
    {},
    {"pity": [{"prizes": ["car", "cash"], "after": 12, "soft": {"from": 8, "step": 20}}]},
    {"sold_out": "renormalise", "pity": [{"id": "some-cash", "prizes": ["cash"], "after": 9}]},
    {"sold_out": "miss", "pity": [{"prizes": ["car"], "after": 5}, {"prizes": ["cash"], "after": 3}]},
)

#: How the stock of cash is released, one wheel after another.
_PACINGS: tuple[dict[str, Any], ...] = (
    {},
    {"pacing": {"by": "day", "curve": [5, 1, 1, 1, 1, 1, 1], "carry": True}},
    {"pacing": {"by": "hour", "curve": [0] * 8 + [1, 2, 3, 4] * 4, "carry": False}},
    {"pacing": {"by": "hour", "curve": [1] * 24, "carry": True}},
)

#: Who may draw, and by which weights, one wheel after another.
_AUDIENCES: tuple[dict[str, Any], ...] = (
    {},
    {"risk": {"3": "careful", "4": "lowest"}, "tables": [
        {"id": "regulars", "when": {"draws": 10, "spend_fen": 50_000}, "weights": {"cash": 50, "points": 900}},
        {"id": "careful", "weights": {"points": 1, "thanks": 9}},
    ]},
    {"eligible": "level >= 1 || 'vip' in tags", "tables": [
        {"id": "vip", "when": {"condition": "'vip' in tags && draws_today < 3"}, "weights": {"cash": 40, "thanks": 60}},
    ], "risk": {"4": "refuse"}},
    {"audience": {"never": ["m1"], "share": "90%", "holdout": "5%"}, "risk": {"3": "lowest"}},
)  # fmt: skip

#: After how many draws, and whose, the car can be won.
_UNLOCKS: tuple[dict[str, Any], ...] = (
    {},
    {"unlock": {"after": 5, "by": "member", "per": "lifetime"}},
    {"unlock": {"after": 30, "by": "all", "per": "day"}},
    {"unlock": {"after": 40, "by": "all", "per": "cycle"}},
)

#: What becomes of rewards after the draw, one wheel after another. Cars and cups are physical.
_REWARDS: tuple[dict[str, Any], ...] = (
    {},
    {
        "rewards": {
            "on_rejected": {"kind": "points", "amount": 5},
            "on_refund": "reverse",
            "restock": True,
            "claim_days": 1,
        }
    },
    {"rewards": {"on_rejected": "nothing", "on_refund": "debt", "claim_days": 2, "restock": True}},
    {"rewards": {"on_rejected": {"kind": "draw_chances", "amount": 1}, "on_refund": "reverse"}},
)


def rules(number: int, version: int = 1) -> dict[str, Any]:
    """The activity file of a wheel. Stock is small, so that it runs out; each version adds some."""
    odds = _ODDS[number % len(_ODDS)]
    car, cash = _UNLOCKS[number % len(_UNLOCKS)], _PACINGS[number % len(_PACINGS)]
    cup: dict[str, Any] = {}
    if "sold_out" not in odds:
        car, cash, cup = car | {"fallback": "cash"}, cash | {"fallback": "points"}, {"fallback": "points"}
    plain = {
        "kind": "lottery",
        "id": wheel_id(number),
        "name": {"zh": f"转盘{number}", "en": f"Wheel {number}"},
        "zone": "Asia/Shanghai" if number % 2 else "Europe/Berlin",
        "window": {"starts": "2017-05-20 00:00", "ends": "2017-12-31 00:00"},
        "chances": _CHANCES[number % len(_CHANCES)],
        "quotas": {"per_day": 20, "per_week": 60, "per_month": 200, "total": 1000} if number % 3 == 0 else {},
        "budget": {"total_fen": 50_000 * version, "per_day_fen": 20_000} if number % 2 else {},
        "prizes": [
            _prize("car", 5, 20_000, "physical", 1, stock=3 + version, per_member=1, **car),
            _prize("cash", 30, 88, "cash", 88, stock=200 * version, stock_per_day=50, **cash),
            _prize("cup", 100, 10, "physical", 1, stock=60 * version, **cup),
            _prize("again", 20, 0, "draw_chances", 1),
            _prize("points", 395, 0, "points", 10),
            {"id": "thanks", "name": {"zh": "谢谢参与", "en": "Thanks"}, "weight": 450},
        ],
    }
    return plain | odds | _AUDIENCES[number % len(_AUDIENCES)] | _REWARDS[number % len(_REWARDS)]


#: The score game's id.
GAME = "game"


def game_rules(version: int = 1) -> dict[str, Any]:
    """The activity file of the score game: quick fingers win more."""
    return {
        "kind": "score_game",
        "id": GAME,
        "name": {"zh": "连连看", "en": "Link-up"},
        "window": {"starts": "2017-05-20 00:00", "ends": "2017-12-31 00:00"},
        "play": {
            "max_score": 1000,
            "min_seconds": 20,
            "within_seconds": 14_400,
            "expected_scores": {"300": 2, "800": 1},
        },
        "quotas": {"per_day": 5, "per_month": 40},
        "budget": {"total_fen": 30_000 * version},
        "prizes": [
            _prize("plush", 0, 3_000, "physical", 1, stock=2 + version, per_member=1, fallback="cash"),
            _prize("cash", 2, 100, "cash", 100, stock=90 * version, fallback="points"),
            _prize("points", 8, 0, "points", 5),
            {"id": "thanks", "name": {"zh": "谢谢参与", "en": "Thanks"}, "weight": 30},
        ],
        "pity": [{"prizes": ["cash"], "after": 6}],
        "tables": [
            {"id": "gold", "when": {"score": 900}, "weights": {"plush": 3, "cash": 7}},
            {"id": "silver", "when": {"score": 500}, "weights": {"plush": 1, "cash": 9, "points": 20}},
        ],
        "risk": {"3": "lowest", "4": "refuse"},
        "rewards": {"on_rejected": {"kind": "points", "amount": 3}, "claim_days": 1, "restock": True},
    }


def _prize(name: str, weight: int, value_fen: int, kind: str, amount: int, **limits: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": {"zh": name, "en": name},
        "weight": weight,
        "value_fen": value_fen,
        "reward": {"kind": kind, "amount": amount},
        **limits,
    }


def wheel_id(number: int) -> str:
    """The id of the number-th wheel."""
    return f"wheel-{number}"
