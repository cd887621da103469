"""Sign-in as the worker runs it: which function decides which command and folds which event."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fairground_activities import lifecycle
from fairground_contracts.activities import ActivityCommand, ActivityPublished, ActivityRefused, PublishActivity
from fairground_contracts.message import CommandMessage, Message
from fairground_decider import Command, Event, Outgoing, State, Touched
from fairground_signin import contract
from fairground_signin.domain import (
    identities,
    making_up,
    noted,
    publication,
    ranks,
    records,
    revoking,
    signing,
    tokens,
)
from fairground_signin.domain.effects import effects_of
from fairground_signin.domain.publication import LIFECYCLE

_EVOLVES: dict[type[Message], Callable[[State, Event[Any]], None]] = {
    contract.DaySigned: signing.evolve_signed,
    contract.DayMadeUp: making_up.evolve_made_up,
    contract.MakeUpRequested: making_up.evolve_requested,
    contract.MakeUpFailed: making_up.evolve_failed,
    contract.MakeUpReleased: making_up.evolve_settled,
    contract.DayRevoked: revoking.evolve_revoked,
    contract.TokensGranted: tokens.evolve_granted,
    contract.RequestRefused: tokens.evolve_refused,
    contract.TokensTaken: tokens.evolve_taken,
    contract.RewardCompensated: tokens.evolve_rejected,
    contract.RewardUndelivered: tokens.evolve_rejected,
    contract.MemberLinked: identities.evolve_linked,
    contract.AccountJoined: identities.evolve_joined,
    contract.RulesFollowed: publication.evolve_followed,
    contract.RankTaken: ranks.evolve_taken,
    contract.RankNoted: noted.evolve_noted,
    ActivityPublished: LIFECYCLE.evolve_published,
    **dict.fromkeys(lifecycle.STATUS_AFTER, publication.evolve_moved),
    ActivityRefused: LIFECYCLE.evolve_refused,
}  # whatever members were refused changes nothing: it can be asked again when its reason is gone

_Decide = identities.Decide

_OF_MEMBERS: dict[type[Message], _Decide] = {
    contract.SignIn: signing.decide_sign,
    contract.MakeUp: making_up.decide_make_up,
    contract.SettleMakeUp: making_up.decide_settle,
    contract.LapseMakeUp: making_up.decide_lapse,
    contract.RevokeDay: revoking.decide_revoke,
    contract.GiveTokens: tokens.decide_grant,
    contract.TakeTokens: tokens.decide_take,
    contract.RejectReward: tokens.decide_reject,
    contract.NoteRank: noted.decide_note,
    contract.JoinAccount: identities.decide_join,
}

_OF_ACTIVITIES: dict[type[Message], _Decide] = {
    contract.FollowRules: publication.decide_follow,
    contract.ClaimRank: ranks.decide_claim,
    PublishActivity: lambda state, command: LIFECYCLE.decide_publication(None, state, command),
    **dict.fromkeys(lifecycle.MOVES, lambda state, command: LIFECYCLE.decide_move(None, state, command)),
}

#: What is decided and folded where the activity is at home, though it names a member.
_AT_HOME = frozenset((contract.ClaimRank, contract.RankTaken, contract.RankRefused))

#: What is about the member as such, whoever that is counted under.
_OF_THE_LINK = frozenset((contract.LinkMember, contract.MemberLinked))


class SignIns:
    """Sign-in activities: pure, so that the same log always has the same outcomes (fairground_decider.Service)."""

    name = contract.SERVICE
    commands: Mapping[str, type[CommandMessage]] = contract.COMMANDS
    events: Mapping[str, type[Message]] = contract.EVENTS

    def key(self, command: CommandMessage) -> str:
        """The person, or the member of whom no person is known; of an activity's own commands the activity or place."""
        if isinstance(command, contract.LinkMember):
            return command.member_id
        if isinstance(command, contract.MemberCommand):
            return command.person_id or command.member_id
        if isinstance(command, contract.FollowRules):
            return command.place
        assert isinstance(command, contract.ClaimRank | ActivityCommand)
        return command.activity_id

    def touches(self, message: Message) -> Touched:
        """What is followed of the activity, and the member; at home the activity itself."""
        said, kind = message.__dict__, type(message)
        activity = said["activity_id"]
        if kind in _OF_THE_LINK:
            return Touched(activity, (records.FOLLOWED, records.field_of(said["member_id"])))
        if "member_id" in said and kind not in _AT_HOME:
            return Touched(activity, (records.FOLLOWED, records.member_field(message)))
        if "member_id" in said:
            return Touched(activity, (records.STANDING, records.RULES, records.RANKS))
        if "place" in said:
            return Touched(activity, (records.STANDING, records.FOLLOWED))
        return Touched(activity, (records.STANDING, records.RULES, records.FOLLOWED))

    def decide(self, state: State, command: Command[Any]) -> Iterable[Message]:
        """The command's outcome: at least one event."""
        asked = command.data
        own = _OF_MEMBERS.get(type(asked))
        if own is not None:
            return identities.decide(state, command, asked.person_id or asked.member_id, own)
        if isinstance(asked, contract.LinkMember):
            known = identities.linked_to(state, asked.activity_id, asked.member_id)
            return (identities.decide_known if known else identities.decide_link)(state, command)
        return _OF_ACTIVITIES[type(asked)](state, command)

    def evolve(self, state: State, event: Event[Any]) -> None:
        """Fold one event into the state."""
        fold = _EVOLVES.get(type(event.data))
        if fold is not None:
            fold(state, event)

    def effects(self, event: Event[Any]) -> Iterable[Outgoing]:
        """Rewards, fundings, what other partitions have to know, and the activity's row in the table of activities."""
        return effects_of(event)

    def encode(self, record: Any) -> bytes:
        """A state record for the store."""
        return records.encode(record)

    def decode(self, field: str, stored: bytes) -> Any:
        """A state record from the store."""
        return records.decode(field, stored)
