"""Every topic, declared once: who owns it, what its key is, who writes and who reads it."""

from dataclasses import dataclass, field

PARTITIONS = 4

#: A record key for each partition, in order: what concerns every partition of a service goes to each under its key.
EVERYWHERE = ("everywhere-4", "everywhere-0", "everywhere-13", "everywhere-2")

_FOREVER = -1
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. Its number of partitions is fixed for good: keys are tied to partitions."""

    name: str
    owner: str
    key: str
    holds: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    messages: tuple[str, ...] = ()  # CloudEvents types; empty: said by the owner's contract
    partitions: int = PARTITIONS
    retention_ms: int = _FOREVER
    compacted: bool = False
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> dict[str, str]:
        """Kafka's settings for it."""
        policy = {"cleanup.policy": "compact"} if self.compacted else {"retention.ms": str(self.retention_ms)}
        return policy | self.extra


#: Commands and events are kept for good: state is rebuilt from them. Kafka's own time is when they were written.
_LOG = {"message.timestamp.type": "LogAppendTime"}

ORDERS = Topic(
    "shop.orders", "shop", "the order's member", "what happens to orders", ("shop",),
    ("every activity's intake", "record"),
    ("shop.order.created.v1", "shop.order.paid.v1", "shop.order.cancelled.v1", "shop.order.refunded.v1",
     "shop.order.completed.v1"),
    extra=_LOG,
)  # fmt: skip
MEMBERS = Topic(
    "shop.members", "shop", "the member", "what happens to members", ("shop",),
    ("profile", "every activity's intake", "record"),
    ("shop.member.registered.v1", "shop.member.level_changed.v1", "shop.member.tagged.v1",
     "shop.member.identity_linked.v1", "shop.member.identity_unlinked.v1"),
    extra=_LOG,
)  # fmt: skip
REWARDS = Topic(
    "fairground.rewards", "fairground", "the member", "what members are owed, and what is taken back",
    ("every activity",), ("every activity's intake", "record", "other systems"),
    ("fairground.reward.granted.v1", "fairground.reward.revoked.v1", "fairground.reward.claimed.v1"), extra=_LOG,
)  # fmt: skip
REWARD_RESULTS = Topic(
    "fairground.reward-results", "fairground", "the member", "what became of a reward",
    ("other systems", "activities that take rewards up"), ("record", "every activity's intake"),
    ("fairground.reward.delivered.v1", "fairground.reward.rejected.v1", "fairground.reward.failed.v1",
     "fairground.reward.waiting.v1", "fairground.reward.expired.v1",
     "fairground.reward.shipped.v1", "fairground.reward.returned.v1", "fairground.reward.used.v1"), extra=_LOG,
)  # fmt: skip
FUNDING = Topic(
    "fairground.funding", "fairground", "the member",
    "what members are to pay out of a balance that lives elsewhere, and what goes back",
    ("every activity",), ("record", "whoever owns points and money"),
    ("fairground.funding.requested.v1", "fairground.funding.released.v1"), extra=_LOG,
)  # fmt: skip
FUNDING_RESULTS = Topic(
    "fairground.funding-results", "fairground", "the member", "whether it was paid",
    ("whoever owns points and money",), ("every activity's intake", "record"),
    ("fairground.funding.confirmed.v1", "fairground.funding.refused.v1"), extra=_LOG,
)  # fmt: skip
ACTIVITIES = Topic(
    "fairground.activities", "fairground", "the activity's id", "the published rules, as a table",
    ("every activity",), ("every activity's intake", "other systems"),
    ("fairground.activity.listed.v1",), partitions=1, compacted=True,
)  # fmt: skip

TIMERS = Topic(
    "fairground.timers", "fairground", "the timer's service and id", "commands that are to be given at a time",
    ("every activity",), ("timer", "record"),
    ("fairground.timer.requested.v1", "fairground.timer.cancelled.v1"), extra=_LOG,
)  # fmt: skip

EXPOSURES = Topic(
    "fairground.exposures", "fairground", "the activity's id", "who saw an activity",
    ("frontends",), ("record",), ("fairground.activity.exposed.v1",), extra=_LOG,
)  # fmt: skip

SHARED = (ORDERS, MEMBERS, REWARDS, REWARD_RESULTS, FUNDING, FUNDING_RESULTS, TIMERS, ACTIVITIES, EXPOSURES)

#: Shared topics that somebody here reads, and where what cannot be read goes to their dead letters.
_READ = (ORDERS, MEMBERS, REWARDS, REWARD_RESULTS, FUNDING_RESULTS, TIMERS, EXPOSURES)


def commands(service: str) -> Topic:
    """What is asked of a service."""
    return Topic(
        f"fairground.{service}.commands", service, "what must be serialised (said by the service)", "what is asked",
        ("edge", "intake", "timer", "operators"), (service,), extra=_LOG,
    )  # fmt: skip


def events(service: str) -> Topic:
    """What happened: the log of which everything else is a fold. Never compacted, never written in transactions."""
    return Topic(
        f"fairground.{service}.events", service, "as the command", "what happened, refusals included",
        (service,), ("record", "edge", "other systems"), extra=_LOG,
    )  # fmt: skip


def dead(topic: Topic) -> Topic:
    """Where a topic's dead letters go."""
    return Topic(
        f"{topic.name}.dead", topic.owner, "as the record", "dead letters", ("whoever reads the topic",),
        ("record", "operators"), ("fairground.record.dead.v1",), topic.partitions, extra=_LOG,
    )  # fmt: skip


def of_service(service: str) -> tuple[Topic, ...]:
    """The topics that a service owns."""
    asked, happened = commands(service), events(service)
    return asked, dead(asked), happened


def shared() -> tuple[Topic, ...]:
    """The topics that belong to no single service, with their dead letters."""
    return (*SHARED, *(dead(topic) for topic in _READ))
