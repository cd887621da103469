"""What shared streams mean to sign-in: links, cards won elsewhere, rewards that go wrong, answers to make-ups. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from fairground_activities.funding import answered
from fairground_activities.lifecycle import OPEN
from fairground_activities.rows import KEPT, rows
from fairground_contracts.activities import ActivityListed
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.funding import FundingConfirmed, FundingRefused
from fairground_contracts.members import MemberIdentityLinked
from fairground_contracts.message import Message
from fairground_contracts.reward_results import RewardRejected
from fairground_contracts.rewards import LONGEST_ANSWERED, Reward, RewardGranted, RewardRevoked
from fairground_decider import Translated
from fairground_signin.contract import SERVICE, GiveTokens, LinkMember, RejectReward, SettleMakeUp, TakeTokens
from fairground_signin.contract.commands import Token
from fairground_signin.domain.tokens import REWARD

#: What is understood of the shared streams.
UNDERSTOOD: tuple[type[Message], ...] = (
    MemberIdentityLinked, RewardGranted, RewardRevoked, RewardRejected, FundingConfirmed, FundingRefused,
)  # fmt: skip

#: The kind of reward that is meant, as it stands in the data of each: most rewards are of another one, and not parsed.
ONLY_WITH: Mapping[type[Message], bytes] = dict.fromkeys((RewardGranted, RewardRevoked), b'"custom"')

#: A reward of kind custom whose `ref` is <activity>/<token> is one of these.
_TOKENS: Mapping[str, Token] = {"make_up_card": "make_up_card", "freeze": "freeze"}


def concerns(kind: type[Message], activities: Mapping[str, ActivityListed]) -> bool:
    """Whether such a message can mean anything: rewards are many, and only those that give cards or freezes do."""
    known = list(rows(SERVICE, activities, KEPT))
    if kind in (RewardGranted, RewardRevoked):
        return any("make_up" in row.rules or "freeze" in row.rules for row in known)
    return bool(known)


def translate(event: CloudEvent, message: Message, activities: Mapping[str, ActivityListed]) -> Iterable[Translated]:
    """The commands that a record leads to, keyed by the member.

    Ids come from the link, the reward or the funding, so that a repeated record makes the same command.
    """
    if isinstance(message, MemberIdentityLinked):
        return _linked(event, message, activities)
    if isinstance(message, RewardGranted):
        return _won(event, message, activities)
    if isinstance(message, RewardRevoked):
        return _lost(event, message, activities)
    if isinstance(message, RewardRejected):
        return _rejected(event, message, activities)
    if isinstance(message, FundingConfirmed | FundingRefused):
        return answered(SERVICE, SettleMakeUp, message.member_id, event, message)
    return ()


def _linked(
    event: CloudEvent, said: MemberIdentityLinked, activities: Mapping[str, ActivityListed]
) -> Iterator[Translated]:
    """A link for each open activity: nobody here knows at which of them the member takes part, or will.

    That a link was taken back concerns none: who was one person stays one, or would sign in twice a day.
    """
    member, person = said.member_id, said.person_id
    for row in rows(SERVICE, activities, OPEN):
        if member != person:
            link = LinkMember(activity_id=row.activity_id, member_id=member, person_id=person)
            yield Translated(member, f"linked:{member}:{person}:{row.activity_id}", event.time, link)


def _won(event: CloudEvent, said: RewardGranted, activities: Mapping[str, ActivityListed]) -> Iterator[Translated]:
    """Make-up cards and freezes that were won, wherever that was."""
    for activity, token in _tokens(event.id, said.reward, activities):
        grant = GiveTokens(
            activity_id=activity, member_id=said.member_id, token=token, count=said.reward.amount,
            cause=_cause(event.id), why=f"won at {said.activity_id}", granted_by=said.activity_id,
        )  # fmt: skip
        yield Translated(said.member_id, f"won:{event.id}", event.time, grant)


def _lost(event: CloudEvent, said: RewardRevoked, activities: Mapping[str, ActivityListed]) -> Iterator[Translated]:
    """Those that were won and are taken back."""
    reward = said.reward
    if reward is None:
        return
    for activity, token in _tokens(said.reward_id, reward, activities):
        take = TakeTokens(
            activity_id=activity, member_id=said.member_id, token=token, count=reward.amount,
            cause=_cause(said.reward_id), why=said.reason,
        )  # fmt: skip
        yield Translated(said.member_id, f"lost:{said.reward_id}", event.time, take)


def _tokens(id: str, reward: Reward, activities: Mapping[str, ActivityListed]) -> Iterator[tuple[str, Token]]:
    """Of which sign-in, and which ones, if it is a reward of these."""
    activity, slash, name = reward.ref.rpartition("/")
    token, row = _TOKENS.get(name), activities.get(activity)
    if reward.reward != "custom" or not slash or len(id) > LONGEST_ANSWERED:
        return
    if token is not None and row is not None and row.service == SERVICE:
        yield activity, token


def _cause(reward_id: str) -> str:
    return f"{REWARD}{reward_id}"


def _rejected(
    event: CloudEvent, said: RewardRejected, activities: Mapping[str, ActivityListed]
) -> Iterator[Translated]:
    """For the activity that the answer names; where it names none, for the only one there is."""
    if not said.reward_id.startswith(f"{SERVICE}-"):
        return
    known = [row for row in rows(SERVICE, activities, KEPT) if said.activity_id in ("", row.activity_id)]
    if len(known) == 1:
        reject = RejectReward(
            activity_id=known[0].activity_id, member_id=said.member_id, reward_id=said.reward_id, rejected=said.reason
        )
        yield Translated(said.member_id, f"rejected:{said.reward_id}", event.time, reject)
