"""Members, as the shop says them on `shop.members`. When something happened is the event's `ce_time`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from fairground_contracts.message import Id, Message

#: A member's level, 0 for those who have none. What a level is called and worth is the shop's business.
Level = Annotated[int, Field(ge=0, le=1000, strict=True)]

Tags = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=64)], ...], Field(max_length=1000)]

#: By what the shop knows that two members are one person.
Link = Literal["phone", "email", "wechat", "alipay", "card", "device", "manual"]


class _Member(Message):
    member_id: Id  # whom it is about


class MemberRegistered(_Member):
    """A member joined."""

    type: ClassVar[str] = "shop.member.registered.v1"
    level: Level = 0  # the level it starts with
    tags: Tags = ()  # the tags it starts with
    channel: str = Field(default="", max_length=64)  # where it joined: app, mini_program, web, store
    inviter_id: str = Field(default="", max_length=128)  # the member who brought this one; empty for none


class MemberLevelChanged(_Member):
    """A member rose or fell to another level."""

    type: ClassVar[str] = "shop.member.level_changed.v1"
    level: Level  # from now on
    level_before: Level  # up to now


class MemberTagged(_Member):
    """A member gained or lost tags; the others stay."""

    type: ClassVar[str] = "shop.member.tagged.v1"
    added: Tags = ()  # tags it has from now on
    removed: Tags = ()  # tags it has no longer


class _Identity(_Member):
    person_id: Id  # the person: all members that are linked to it count as one
    link: Link  # by what the shop knows; the phone number or account itself is never sent


class MemberIdentityLinked(_Identity):
    """A member turned out to be a person's: limits count for the person from now on."""

    type: ClassVar[str] = "shop.member.identity_linked.v1"


class MemberIdentityUnlinked(_Identity):
    """A link was wrong or was taken back: the member counts by itself again."""

    type: ClassVar[str] = "shop.member.identity_unlinked.v1"
