"""What a demo came to, as figures."""

from collections.abc import Mapping
from dataclasses import dataclass

from fairground_cli.demo import figures
from fairground_cli.demo.course import Course
from fairground_cli.demo.figures import LawFigures, OrderFigures, PromiseFigures, Report, Seconds
from fairground_cli.demo.packets import Packets
from fairground_cli.demo.signins import SignIns
from fairground_cli.demo.wheelplay import WheelPlay
from fairground_cli.words import language


@dataclass(frozen=True, slots=True)
class Played:
    """A year that was replayed and audited."""

    course: Course
    orders: int
    origin_ms: int  # the simulated time of the first order
    answered_s: float  # how long the replay took, until everything was answered
    laws: tuple[LawFigures, ...]
    accounts: Mapping[str, int]  # the books at the end, in fen, by kind of account
    promise: PromiseFigures | None  # of the wheel that has ended first
    seed: int

    @property
    def unaccounted(self) -> int:
        """Order events, commands and draws that nothing was heard of."""
        replay = self.course.replay
        assert replay is not None
        return self.course.unanswered_total + self.orders - replay.orders

    @property
    def good(self) -> bool:
        """Whether every law holds, what was recomputed is as it was drawn, and everything is accounted for."""
        recomputed = self.promise is None or not self.promise.differing
        return recomputed and not self.unaccounted and not any(law.broken for law in self.laws)

    def report(self, seconds: Mapping[str, float]) -> Report:
        """All figures. `seconds` by phase."""
        heard, replay = self.course.heard, self.course.replay
        assert replay is not None
        wheels = self.course.act(WheelPlay)
        tally, signed, packets = wheels.tally, self.course.act(SignIns).tally, self.course.act(Packets).tally
        given = tally.rewards.together(signed.given, packets.given)
        said = {kind: replay.said[kind] for kind in ("created", "paid", "cancelled", "refunded", "repeated")}
        return Report(
            orders=replay.orders,
            order_events=OrderFigures(events=sum(said.values()), **said),
            commands=heard.commands,
            events=heard.events,
            voids=heard.voids,
            draws=tally.draws,
            draw_requests=self.course.watches[wheels.service].requests,
            rewards=given.count,
            rewards_by_kind=figures.rewards(given),
            refusals=dict(heard.refusals.most_common()),
            wheels=figures.wheels(wheels.wheels, tally.wheels, language()),
            prizes=figures.prizes(wheels.wheels, tally.wheels, language()),
            sign_in=figures.sign_in(signed),
            red_packets=figures.red_packets(packets, self.accounts),
            promise=self.promise,
            weeks=figures.weeks(tally),
            laws=list(self.laws),
            unaccounted=self.unaccounted,
            commands_per_second=round(heard.commands / max(self.answered_s, 1e-3), 1),
            latency_ms=figures.latency(heard),
            seconds=Seconds(**{name: round(value, 2) for name, value in seconds.items()}),
            seed=self.seed,
        )
