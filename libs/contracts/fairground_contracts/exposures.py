"""Exposures: who saw an activity, as frontends say on `fairground.exposures`. When it was is the event's `ce_time`.

They are counted and nothing is decided by them, so frontends may say the same as often as they like: whoever sees an
activity counts once, and once a day. A lost or repeated one harms nobody.
"""

from typing import ClassVar

from pydantic import Field

from fairground_contracts.message import Id, Message


class ActivityExposed(Message):
    """Somebody saw it: its entrance or its page was on their screen."""

    type: ClassVar[str] = "fairground.activity.exposed.v1"
    activity_id: Id
    viewer_id: Id  # the member who saw it; of who is not logged in, a number that names nobody
    visitor: bool = Field(default=False, strict=True)  # not logged in: viewer_id is no member's
