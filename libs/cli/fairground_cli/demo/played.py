"""What a demo came to, as figures."""

from collections.abc import Mapping
from dataclasses import dataclass

from fairground_cli.demo import figures
from fairground_cli.demo.course import Course
from fairground_cli.demo.figures import LawFigures, OrderFigures, Report, Seconds
from fairground_cli.words import language


@dataclass(frozen=True, slots=True)
class Played:
    """A year that was replayed and audited."""

    course: Course
    orders: int
    answered_s: float  # how long the replay took, until everything was answered
    laws: tuple[LawFigures, ...]
    seed: int

    @property
    def unaccounted(self) -> int:
        """Order events, commands and draws that nothing was heard of."""
        replay = self.course.replay
        assert replay is not None
        return self.course.pace.unanswered_total + self.course.watch.unanswered_total + self.orders - replay.orders

    @property
    def good(self) -> bool:
        """Whether every law holds and everything is accounted for."""
        return not self.unaccounted and not any(law.broken for law in self.laws)

    def report(self, seconds: Mapping[str, float]) -> Report:
        """All figures. `seconds` by phase."""
        tally, watch, replay = self.course.tally, self.course.watch, self.course.replay
        assert replay is not None
        said = {kind: replay.said[kind] for kind in ("created", "paid", "cancelled", "refunded", "repeated")}
        return Report(
            orders=replay.orders,
            order_events=OrderFigures(events=sum(said.values()), **said),
            commands=tally.commands,
            events=tally.events,
            voids=tally.voids,
            draws=tally.draws,
            draw_requests=watch.requests,
            rewards=tally.wins,
            rewards_by_kind=figures.rewards(tally),
            refusals=dict(tally.refusals.most_common()),
            wheels=figures.wheels(self.course.wheels, tally.wheels, language()),
            prizes=figures.prizes(self.course.wheels, tally.wheels, language()),
            weeks=figures.weeks(tally),
            laws=list(self.laws),
            unaccounted=self.unaccounted,
            commands_per_second=round(tally.commands / max(self.answered_s, 1e-3), 1),
            latency_ms=figures.latency(tally),
            seconds=Seconds(**{name: round(value, 2) for name, value in seconds.items()}),
            seed=self.seed,
        )
