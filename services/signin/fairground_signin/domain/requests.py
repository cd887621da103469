"""Refusals of whatever else may be asked about a member."""

from fairground_signin.contract import MemberCommand, RequestRefused
from fairground_signin.domain.refusals import Denied, worded


def refusal(asked: MemberCommand, version: int, denied: Denied) -> RequestRefused:
    """What is said of a request that changes nothing."""
    return RequestRefused(
        activity_id=asked.activity_id, version=version, member_id=asked.member_id, person_id=asked.person_id,
        asked=asked.type, **worded(denied.reason, denied.help_said),
    )  # fmt: skip
