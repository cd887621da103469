"""Raising one limit of rules that are in force: the published form with one number changed."""

from typing import Any, Literal

from fairground_activities.files.problems import Problems, shown
from fairground_activities.files.reading import did_you_mean
from fairground_lottery.rules.model import Rules, form

Limit = Literal["stock", "stock_per_day", "budget", "budget_per_day"]


def raised(
    rules: Rules, limit: Limit, prize_id: str, amount: int, expected: int | None, problems: Problems
) -> dict[str, Any]:
    """The form with the limit raised by `amount` pieces or fen; the same form, after a problem, where it cannot be."""
    content = form(rules)
    found = _place(content, limit, prize_id, problems)
    if found is None:
        return content
    path, fields, name = found
    now: int | None = fields.get(name)
    if now is None:
        problems.add(path, "no_limit", name=name)
    elif expected is not None and expected != now:
        problems.add(path, "other_limit", expected=expected, found=now)
    else:
        fields[name] = now + amount
    return content


def _place(
    content: dict[str, Any], limit: Limit, prize_id: str, problems: Problems
) -> tuple[str, dict[str, Any], str] | None:
    """Where the limit stands: its path, the mapping that holds it, and its name there."""
    if limit in ("budget", "budget_per_day"):
        name = "total_fen" if limit == "budget" else "per_day_fen"
        return f"budget.{name}", content["budget"], name
    for index, prize in enumerate(content["prizes"]):
        if prize["id"] == prize_id:
            return f"prizes[{index}].{limit}", prize, limit
    zh, en = did_you_mean(prize_id, tuple(prize["id"] for prize in content["prizes"]))
    problems.add("prizes", "unknown_prize", found=shown(prize_id), hint_zh=zh, hint_en=en)
    return None
