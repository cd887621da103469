"""From raw runs to medians, ratios and what became of the goals; all of it can be computed again from the runs."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

Runs = Mapping[str, Any]

MIB = 2**20


class Figure(NamedTuple):
    """One number that people ask for, with its goal if it has one."""

    name: str
    says: str  # what it is, for the page
    value: Callable[[Runs], float]
    goal: float | None = None
    at_most: bool = False  # else: at least
    digits: int = 2
    since: str = ""  # the runs it needs, where older measurements lack them; such a measurement does not have it

    def met(self, value: float) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is None:
            return None
        return value <= self.goal if self.at_most else value >= self.goal


def rate(run: Mapping[str, float]) -> float:
    """How many a second."""
    return run["number"] / run["seconds"]


def cpu_us(run: Mapping[str, float]) -> float:
    """CPU time of each, in microseconds."""
    return run["cpu_s"] / run["number"] * 1e6


def _of(name: str, measure: Callable[[Any], float]) -> Callable[[Runs], float]:
    return lambda runs: median(measure(run) for run in runs[name])


def _ratio(above: str, below: str) -> Callable[[Runs], float]:
    """The median of the ratios of each round, whose two runs lie side by side."""
    return lambda runs: median(rate(a) / rate(b) for a, b in zip(runs[above], runs[below], strict=True))


def _hops(name: str, percentile: str) -> Callable[[Runs], float]:
    return lambda runs: median(run[percentile] for run in runs[name]) / median(hop["p50_ms"] for hop in runs["hop"])


def _beside(runs: Runs) -> float:
    return median(
        rate(beside["worker"]) / rate(alone)
        for beside, alone in zip(runs["beside_record"], runs["end_to_end"], strict=True)
    )


def _growth(runs: Runs) -> float:
    return float(runs["resident"]["after_bytes"] / runs["resident"]["before_bytes"])


def _bytes_beside_ids(runs: Runs) -> float:
    members = runs["members"]["main"]
    return float(members["bytes_each"] - members["remembered_bytes_each"])


FIGURES: Sequence[Figure] = (
    Figure("worker_cpu_us", "worker's CPU a command, us", _of("end_to_end", cpu_us), 22, True, 1),
    Figure("to_copy_loop", "commands/s ÷ the client alone copying the same records", _ratio("end_to_end", "copy"), 0.3),
    Figure("to_plain_message", "commands/s ÷ plain FastStream, message by message",
           _ratio("end_to_end", "plain_message"), 20, digits=1),
    Figure("to_plain_batch", "commands/s ÷ plain FastStream, `batch=True`", _ratio("end_to_end", "plain_batch"), 2),
    Figure("beside_record", "commands/s with the record on the same cores ÷ without", _beside, 0.6),
    Figure("resident_growth", "worker's memory at the end ÷ after the first round", _growth, 1.05, True, 3),
    Figure("many_wheels", "commands/s with 1,000 wheels ÷ with 64", _ratio("wheels_1000", "wheels_64"), 0.9),
    Figure("many_members", "commands/s with 100,000 members ÷ with 1,000", _ratio("members_100k", "members_1k"), 0.9),
    Figure("member_bytes", "bytes in Redis a member, beside remembered request ids", _bytes_beside_ids, 100, True, 0),
    Figure("simulated_million_s", "CPU seconds that a million simulated draws take on one core",
           _of("simulate", cpu_us), 20, True, 1, "simulate"),
    Figure("simulated_per_second", "simulated draws/s on one core, by its CPU time",
           _of("simulate", lambda run: 1e6 / cpu_us(run)), digits=0, since="simulate"),
    Figure("timer_drift_p99_ms", "an idle timer service: a command after it was due, p99, ms",
           _of("timers_idle", lambda run: float(run["p99_ms"])), 200, True, 1, "timers_idle"),
    Figure("timer_drift_p50_ms", "an idle timer service: a command after it was due, p50, ms",
           _of("timers_idle", lambda run: float(run["p50_ms"])), digits=1, since="timers_idle"),
    Figure("timers_read_per_second", "requests/s that one timer service reads", _of("timers_read", rate), digits=0,
           since="timers_idle"),
    Figure("timers_given_per_second", "due commands/s that one timer service gives", _of("timers_given", rate),
           digits=0, since="timers_idle"),
    Figure("timer_cpu_us", "timer service's CPU a request and its command, us",
           lambda runs: _of("timers_read", cpu_us)(runs) + _of("timers_given", cpu_us)(runs), digits=1,
           since="timers_idle"),
    Figure("commands_per_second", "commands/s, end to end", _of("end_to_end", rate), digits=0),
    Figure("copies_per_second", "records/s of the copy loop", _of("copy", rate), digits=0),
    Figure("copy_cpu_us", "copy loop's CPU a record, us", _of("copy", cpu_us), digits=1),
    Figure("plain_message_per_second", "messages/s of the plain service", _of("plain_message", rate), digits=0),
    Figure("plain_batch_per_second", "messages/s of the plain service in batches", _of("plain_batch", rate), digits=0),
    Figure("beside_record_per_second", "commands/s with the record on the same cores",
           _of("beside_record", lambda run: rate(run["worker"])), digits=0),
    Figure("rows_per_second", "rows/s of the record alone", _of("record_alone", rate), digits=0),
    Figure("record_cpu_us", "record's CPU a row, us", _of("record_alone", cpu_us), digits=1),
    Figure("to_bare_copy", "rows/s of the record ÷ COPY of the same rows", _ratio("record_alone", "bare_copy")),
    Figure("applies_per_second", "commands/s of the bare batch apply", _of("bare_apply", rate), digits=0),
    Figure("hop_ms", "one bare produce → consume hop, p50, ms", _of("hop", lambda run: float(run["p50_ms"]))),
    *(
        Figure(f"{name}_{percentile}_hops", f"command → reward {said}, {percentile}, hops",
               _hops(name, f"{percentile}_ms"), digits=1)
        for name, said in (("idle", "after idle"), ("load_10", "at 10 % of capacity"), ("load_50", "at 50 %"),
                           ("load_80", "at 80 %"))
        for percentile in ("p50", "p99")
    ),
    Figure("resident_mib", "worker's memory, MiB", lambda runs: runs["resident"]["after_bytes"] / MIB, digits=0),
    Figure("member_bytes_all", "bytes in Redis a member, request ids too",
           lambda runs: float(runs["members"]["main"]["bytes_each"]), digits=0),
)  # fmt: skip


def _beside_lottery(runs: Runs) -> Sequence[Figure]:
    """For each activity that was measured beside the lottery: how its commands/s compare."""
    names = [name.removeprefix("traffic_") for name in runs if name.startswith("traffic_")]
    return [
        Figure(f"{name}_to_lottery", f"commands/s of {name} ÷ of the lottery, each on its own traffic",
               _ratio(f"traffic_{name}", "traffic_lottery"), 0.8)
        for name in names
        if name != "lottery"
    ]  # fmt: skip


def all_figures(runs: Runs) -> Sequence[Figure]:
    """Those that every measurement has, and those of the activities that it found."""
    return (*FIGURES, *_beside_lottery(runs))


def figures(runs: Runs) -> dict[str, dict[str, float | bool | None]]:
    """Every figure by its name: value, goal, and whether that is met."""
    found: dict[str, dict[str, float | bool | None]] = {}
    for figure in all_figures(runs):
        if figure.since and figure.since not in runs:
            continue
        value = round(figure.value(runs), 3)
        found[figure.name] = {"value": value, "goal": figure.goal, "met": figure.met(value)}
    return found


def missed(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The goals that are not met."""
    return [name for name, each in found.items() if each["met"] is False]
