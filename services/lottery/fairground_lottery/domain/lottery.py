"""The lottery as the worker runs it: which function decides which command and folds which event."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fairground_activities.lifecycle import MOVES, STATUS_AFTER
from fairground_activities.seeds import Seeds
from fairground_contracts.activities import ActivityCommand, ActivityPublished, ActivityRefused, PublishActivity
from fairground_contracts.message import CommandMessage, Message
from fairground_decider import Command, Event, Outgoing, State, Touched
from fairground_lottery import contract
from fairground_lottery.domain import (
    chances,
    clawback,
    draws,
    fulfilment,
    identities,
    outcomes,
    plays,
    purchases,
    records,
    revocation,
    shipping,
)
from fairground_lottery.domain.effects import effects_of
from fairground_lottery.domain.publication import LIFECYCLE, decide_raise

_EVOLVES: dict[type[Message], Callable[[State, Event[Any]], None]] = {
    contract.PrizeWon: outcomes.evolve_outcome,
    contract.DrawMissed: outcomes.evolve_outcome,
    contract.DrawRefused: outcomes.evolve_refused,
    contract.PlayStarted: plays.evolve_started,
    contract.PlayWon: plays.evolve_ended,
    contract.PlayMissed: plays.evolve_ended,
    contract.PlayRefused: plays.evolve_play_refused,
    contract.ChancesGranted: chances.evolve_granted,
    contract.OrderCounted: chances.evolve_counted,
    contract.ChancesRevoked: revocation.evolve_revoked,
    contract.GrantWithdrawn: revocation.evolve_withdrawn,
    contract.RewardTakenBack: clawback.evolve_taken_back,
    contract.RewardOwed: clawback.evolve_owed,
    contract.RewardCompensated: fulfilment.evolve_compensated,
    contract.RewardUndelivered: fulfilment.evolve_undelivered,
    contract.PrizeClaimed: shipping.evolve_claimed,
    contract.ParcelReported: shipping.evolve_reported,
    contract.ChancesRefused: purchases.evolve_refused,
    contract.PurchaseRequested: purchases.evolve_requested,
    contract.PurchaseFailed: purchases.evolve_failed,
    contract.PurchaseReleased: purchases.evolve_released,
    contract.MembersLinked: identities.evolve_linked,
    ActivityPublished: LIFECYCLE.evolve_published,
    **dict.fromkeys(STATUS_AFTER, LIFECYCLE.evolve_moved),
    ActivityRefused: LIFECYCLE.evolve_refused,
}  # refused rewards and links change nothing: the command can be given again when its reason is gone

_Decide = Callable[[Seeds, State, Command[Any]], Iterator[Message]]

_DECIDES: dict[type[Message], _Decide] = {
    contract.Draw: draws.decide_draw,
    contract.StartPlay: plays.decide_start,
    contract.FinishPlay: plays.decide_finish,
    contract.GrantChances: lambda _, state, command: chances.decide_grant(state, command),
    contract.EarnChances: lambda _, state, command: chances.decide_earn(state, command),
    contract.RevokeOrder: lambda _, state, command: chances.decide_revoke(state, command),
    contract.WithdrawGrant: lambda _, state, command: chances.decide_withdraw(state, command),
    contract.RejectReward: lambda _, state, command: fulfilment.decide_reject(state, command),
    contract.ClaimPrize: lambda _, state, command: shipping.decide_claim(state, command),
    contract.ReportParcel: lambda _, state, command: shipping.decide_report(state, command),
    contract.ExpirePrize: lambda _, state, command: shipping.decide_expire(state, command),
    contract.BuyChances: lambda _, state, command: purchases.decide_buy(state, command),
    contract.SettlePurchase: lambda _, state, command: purchases.decide_settle(state, command),
    contract.RaiseLimit: decide_raise,
    PublishActivity: LIFECYCLE.decide_publication,
    **dict.fromkeys(MOVES, LIFECYCLE.decide_move),
}

#: What concerns a play touches the member's record of plays, too.
_OF_PLAYS = frozenset(
    {contract.StartPlay, contract.FinishPlay, contract.PlayStarted, contract.PlayWon, contract.PlayMissed,
     contract.PlayRefused}
)  # fmt: skip


def _accounts(said: Mapping[str, Any]) -> Iterator[str]:
    """The fields of a member and of whom it counts for."""
    for name in (said["member_id"], said["person_id"]):
        yield records.member_field(name)
        yield records.player_field(name)


class Lottery:
    """Wheels and score games: pure, so that the same log always has the same outcomes (fairground_decider.Service)."""

    name = contract.SERVICE
    commands: Mapping[str, type[CommandMessage]] = contract.COMMANDS
    events: Mapping[str, type[Message]] = contract.EVENTS

    def __init__(self, seeds: Seeds | None = None) -> None:
        """Without seeds it folds and reads what was decided, but decides nothing: that is all an audit needs."""
        self._seeds = seeds

    def key(self, command: CommandMessage) -> str:
        """The activity: one of them is one order of events, so stock needs no locks."""
        assert isinstance(command, contract.MemberCommand | ActivityCommand)
        return command.activity_id

    def touches(self, message: Message) -> Touched:
        """The activity with its rules, and the member if there is one, and whom that one counts for."""
        said = message.__dict__
        if "member_id" in said:
            own = records.member_field(said["member_id"])
            if said.get("person_id"):  # whatever it is about, it may link both
                return Touched(said["activity_id"], (records.STANDING, records.RULES, *_accounts(said)))
            if type(message) in _OF_PLAYS:
                plays = records.player_field(said["member_id"])
                return Touched(said["activity_id"], (records.STANDING, records.RULES, own, plays))
            return Touched(said["activity_id"], (records.STANDING, records.RULES, own))
        return Touched(said["activity_id"], (records.STANDING, records.RULES))

    def decide(self, state: State, command: Command[Any]) -> Iterator[Message]:
        """The command's outcome: at least one event."""
        assert self._seeds is not None, "a reader decides nothing"
        data, seeds = command.data, self._seeds
        said = data.__dict__
        if "person_id" in said and identities.concern(state, said):
            return identities.decide(state, command, lambda asked: _DECIDES[type(data)](seeds, state, asked))
        return _DECIDES[type(data)](seeds, state, command)

    def evolve(self, state: State, event: Event[Any]) -> None:
        """Fold one event into the state."""
        fold = _EVOLVES.get(type(event.data))
        if fold is not None:
            fold(state, event)

    def effects(self, event: Event[Any]) -> Iterable[Outgoing]:
        """Rewards, and the activity's row in the table of activities."""
        return effects_of(event)

    def encode(self, record: Any) -> bytes:
        """A state record for the store."""
        return records.encode(record)

    def decode(self, field: str, stored: bytes) -> Any:
        """A state record from the store."""
        return records.decode(field, stored)
