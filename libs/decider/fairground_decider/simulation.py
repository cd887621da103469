"""What a service brings to be simulated: what its rules promise, and what its members would do.

It stands in the service's room `simulation` under the name `SIMULATION`, and is as pure as its domain. Everything else
(orders, visits, repetitions, figures) is the same for all services and is not the service's business.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, TypeVar

from fairground_contracts.message import Message, trusted
from fairground_decider.envelope import Event, Translated
from fairground_decider.service import Service

M = TypeVar("M", bound=Message)

Rules = Mapping[str, Any]  # an activity file's content in which nothing is wrong


def believed(model: type[M], **fields: Any) -> M:
    """A message of values that the simulation made up itself, defaults filled in, without validating any of it."""
    return trusted(model, _defaults(model) | fields)


@lru_cache(maxsize=256)
def _defaults(model: type[Message]) -> dict[str, Any]:
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if not field.is_required()
    }  # fmt: skip


class PlannedPrize(NamedTuple):
    """A prize as the rules promise it."""

    id: str
    zh: str
    en: str
    value_fen: int
    stock: int | None  # None: without limit


class Plan(NamedTuple):
    """What can be known of an activity before anything has happened."""

    activity_id: str
    zh: str
    en: str
    zone: str
    day_start_hour: int
    starts_ms: int  # UTC; the first moment
    ends_ms: int  # UTC; the first moment that no longer belongs to it
    budget_fen: int | None  # None: without limit
    prizes: tuple[PlannedPrize, ...]
    counts_orders: bool = True  # whether orders mean anything to it


class Players(Protocol):
    """The members of one repetition. They know only what a frontend shows them: the events of what they asked."""

    def came_by(self, member_id: str, time: str, time_ms: int) -> Iterable[Translated]:
        """A member visits: what it asks for. Commands have the time of the visit."""

    def saw(self, events: Sequence[Event[Any]]) -> Iterable[Translated]:
        """What became of one command, whoever sent it: what the member asks for next, at the same time or later."""


class Simulated(Protocol):
    """A service that can be simulated."""

    @property
    def plays(self) -> tuple[type[Message], ...]:
        """The events that say how one play (a draw, a game) ended."""

    @property
    def left_out(self) -> frozenset[str]:
        """The reasons of refusals that are plays, too: who hears them took part, and leaves with nothing."""

    def plan(self, rules: Rules) -> Plan:
        """What the rules promise."""

    def without_budget(self, rules: Rules) -> Rules:
        """The same rules, but nothing is ever refused for the budget."""

    def service(self, secret: bytes) -> Service:
        """The service as a worker runs it, with this secret of 32 bytes."""

    def players(self, rules: Rules, seed: str) -> Players:
        """Members of whom nobody has come yet; the same seed makes them do the same."""
