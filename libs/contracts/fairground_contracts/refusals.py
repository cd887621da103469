"""How refusals speak: a reason that machines read, a sentence in two languages, and what would help."""

from typing import NamedTuple


class Sentence(NamedTuple):
    """The same said in Chinese and in English."""

    zh: str
    en: str


NOTHING = Sentence("", "")


def yuan(amount_fen: int) -> str:
    """1234 fen as 12.34."""
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"
