"""Answers to fundings, as the intake of whoever had asked takes them."""

from collections.abc import Callable, Iterable

from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.funding import FundingConfirmed, FundingRefused
from fairground_contracts.message import CommandMessage
from fairground_decider import Translated


def answered(
    service: str,
    command: Callable[..., CommandMessage],
    key: str,
    event: CloudEvent,
    said: FundingConfirmed | FundingRefused,
) -> Iterable[Translated]:
    """The service's command that says whether it was paid, and why not, whatever has become meanwhile of what asked.

    Other services have asked, too. A repeated answer makes the same command.
    """
    if said.service != service:
        return ()
    paid, why = (True, "") if isinstance(said, FundingConfirmed) else (False, said.reason)
    data = command(
        activity_id=said.activity_id, member_id=said.member_id, funding_id=said.funding_id, paid=paid, why=why
    )
    return (Translated(key, f"{'confirmed' if paid else 'refused'}:{said.funding_id}", event.time, data),)
