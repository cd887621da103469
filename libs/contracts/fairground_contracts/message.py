"""What every message on the wire has in common."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

#: Ids of members, activities, orders, prizes: short enough to be keys and to be read in a log line.
Id = Annotated[str, Field(min_length=1, max_length=128)]

#: A number of fen (1/100 yuan). Money is never a float.
Fen = Annotated[int, Field(ge=0, le=10**13, strict=True)]


class Message(BaseModel):
    """The data of one CloudEvent. Readers ignore unknown fields; writers never send them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    #: CloudEvents type, `<domain>.<noun>.<past participle>.v<n>` for events, imperative for commands.
    type: ClassVar[str]

    #: Whether this is a command or an event; the generated reference sorts by it.
    kind: ClassVar[str] = "event"


class CommandMessage(Message):
    """A command: it asks; what became of it is an event that names its id as `causationid`."""

    kind: ClassVar[str] = "command"
