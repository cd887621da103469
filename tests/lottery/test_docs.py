"""The operators' page says every field, every reason and the formula as they are."""

from pathlib import Path

from fairground_lottery.contract import Reason
from fairground_lottery.rules import form, load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lottery.md").read_text(encoding="utf-8")


def test_every_reason_is_explained() -> None:
    assert [reason for reason in Reason if f"`{reason}`" not in PAGE] == []


def test_every_field_of_the_examples_is_explained() -> None:
    named: set[str] = set()

    def name(content: object) -> None:
        if isinstance(content, dict):
            named.update(content)
            content = [inner for field, inner in content.items() if field not in {"weights", "expected_scores"}]
        if isinstance(content, list):
            for inner in content:
                name(inner)

    for path in (ROOT / "examples").glob("*.yaml"):
        name(form(load(path.read_text(encoding="utf-8"))))
    assert len(named) > 30
    missing = {field for field in named - {"zh", "en"} if f"`{field}" not in PAGE and f".{field}`" not in PAGE}
    assert missing == set()
