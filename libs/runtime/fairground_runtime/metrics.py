"""Every metric's name, declared once with its meaning."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_STEP_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)

registry = CollectorRegistry(auto_describe=True)


COMMANDS = Counter("fairground_commands", "Commands decided, refused and dead ones too", ["service"], registry=registry)
EVENTS = Counter("fairground_events", "Events published that count", ["service"], registry=registry)
PAYMENTS = Counter("fairground_payments", "Rewards, dead letters and other effects published", ["service"],
                   registry=registry)  # fmt: skip
REFUSALS = Counter("fairground_refusals", "Commands refused, and dead ones by cause", ["service", "reason"],
                   registry=registry)  # fmt: skip
DEAD_LETTERS = Counter("fairground_dead_letters", "Records that became dead letters", ["topic", "cause"],
                       registry=registry)  # fmt: skip
ALIGNMENTS = Counter("fairground_alignments", "Alignments by what caused them", ["service", "cause"],
                     registry=registry)  # fmt: skip
ALIGN_SECONDS = Histogram("fairground_align_seconds", "How long alignments took", ["service"], buckets=_STEP_BUCKETS,
                          registry=registry)  # fmt: skip
STEP_SECONDS = Histogram("fairground_step_seconds", "How long each step of a batch took", ["service", "step"],
                         buckets=_STEP_BUCKETS, registry=registry)  # fmt: skip
BATCH_COMMANDS = Histogram("fairground_batch_commands", "Commands a batch", ["service"], buckets=_BATCH_BUCKETS,
                           registry=registry)  # fmt: skip
LAG = Gauge("fairground_lag_records", "Records that wait in a partition", ["topic", "partition"], registry=registry)
POSITION = Gauge("fairground_position", "Next offset to be read of a partition", ["topic", "partition"],
                 registry=registry)  # fmt: skip
STOPPED = Gauge("fairground_stopped_partitions", "Partitions that wait for a person", ["service"], registry=registry)
ROWS = Counter("fairground_recorded_rows", "Records written to PostgreSQL", ["topic"], registry=registry)
TRANSLATED = Counter("fairground_translated_records", "Records of the shop's streams read by an intake",
                     ["service", "type"], registry=registry)  # fmt: skip
PASSED_OVER = Counter("fairground_passed_over_records", "Records of the shop's streams that concerned no activity, not "
                      "read by its intake", ["service", "topic"], registry=registry)  # fmt: skip
TIMERS_ASKED = Counter("fairground_timers_asked", "Requests and cancellations of timers, repeated ones too", ["what"],
                       registry=registry)  # fmt: skip
TIMERS_GIVEN = Counter("fairground_timers_given", "Due commands that were given", ["service"], registry=registry)
TIMERS_PARKED = Counter("fairground_timers_parked", "Due commands that could not be given, each time it was tried",
                        registry=registry)  # fmt: skip
TIMERS_DUE = Gauge("fairground_timers_due", "Commands that are due and not given, counted up to 1,000 a shard",
                   registry=registry)  # fmt: skip
TIMERS_LATE = Gauge("fairground_timers_late_seconds", "How long the oldest of them is due, by the timers' clock",
                    registry=registry)  # fmt: skip
TIMER_DRIFT = Histogram("fairground_timer_drift_seconds", "From when commands were due to when Kafka had them, by the "
                        "wall's clock", buckets=_STEP_BUCKETS, registry=registry)  # fmt: skip
