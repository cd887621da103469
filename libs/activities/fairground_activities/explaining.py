"""What explanations of all kinds of activities say alike: the rule that something follows from."""

from collections.abc import Mapping
from typing import Any

from fairground_decider.answers import Words

_NOT_SET = Words("没有设置", "not set")


def by_rule(rule: str, form: Mapping[str, Any], unsaid: Words = _NOT_SET) -> Words:
    """Which part of the published rules decided, and what it says; `unsaid`: what it means where nothing stands."""
    written = _written(form, rule)
    return Words(f"依据规则 {rule}：{written or unsaid.zh}。", f"By the rule `{rule}`: {written or unsaid.en}.")


def _written(form: Mapping[str, Any], rule: str) -> str:
    found: Any = form
    for name in rule.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, Mapping):
        return ", ".join(f"{name}={content}" for name, content in found.items() if not isinstance(content, Mapping))
    return "" if found is None else str(found)
