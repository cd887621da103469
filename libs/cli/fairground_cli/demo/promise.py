"""One activity as an operator would treat it: simulated before its launch, compared and recomputed after its end."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from fairground_cli import activityfile, installed, verify
from fairground_cli.demo.baskets import ZONE, Baskets
from fairground_cli.demo.figures import PromisedPrize, PromiseFigures
from fairground_cli.demo.tally import WheelTally
from fairground_cli.ordertable import Reading
from fairground_cli.simulate import figures
from fairground_cli.simulate.figures import Report as Simulated
from fairground_cli.simulate.past import Asked, gathered
from fairground_cli.simulate.runs import Limits, Runs, Setting
from fairground_decider.simulation import Plan

#: Few, as a demo is short: `fairground simulate` goes on until its answer is precise.
REPETITIONS = 3


class Chosen(NamedTuple):
    """The activity that is looked at closely."""

    file: Path
    plan: Plan


def first_to_end(files: Iterable[Path], service: str, baskets: Baskets) -> Chosen | None:
    """Of a service's activities the one that ends first, if the baskets go beyond its end."""
    plans = []
    for file in files:
        text = activityfile.read(file)
        activity = activityfile.service_of(text, file)
        if activity.name == service:
            plans.append(Chosen(file, installed.simulation(activity).plan(activityfile.content(text))))
    ending = [each for each in plans if each.plan.ends_ms <= baskets.times_ms[-1]]
    return min(ending, key=lambda each: each.plan.ends_ms, default=None)


async def forecast(chosen: Chosen, seed: int) -> Simulated:
    """What it will cost, as `fairground simulate FILE --demo-orders` says it. Raises Trouble."""
    return await asyncio.to_thread(_simulated, chosen, seed)


def _simulated(chosen: Chosen, seed: int) -> Simulated:
    file, plan = chosen
    text = activityfile.read(file)
    crowd = gathered(Asked(None, True, None, 0, {}, Reading(ZONE, "yuan")), plan)
    setting = Setting(activityfile.service_of(text, file).name, activityfile.content(text), crowd.crowd, seed)
    runs = Runs(setting, Limits(REPETITIONS, None), cores=1)
    runs.run(lambda: None)
    return figures.report(plan, crowd.figures, runs.outcomes, seed, runs.stopped_by)


async def kept(promised: Simulated, tally: WheelTally, database_url: str) -> PromiseFigures:
    """The forecast beside what happened, and whether every draw is what the disclosed seed makes of it.

    Raises Trouble: it has not ended, or the record cannot be read.
    """
    verifier, found = await verify.gather(promised.activity, database_url)
    verdict = await asyncio.to_thread(verifier.verify, found.export, found.differences)
    return PromiseFigures(
        activity=promised.activity, name=promised.name, repetitions=promised.repetitions,
        forecast_fen=promised.cost, forecast_draws=promised.plays, value_fen=tally.value_fen.total(),
        draws=tally.draws,
        prizes=[
            PromisedPrize(id=prize.id, name=prize.name, forecast=prize.wins, won=tally.won[prize.id])
            for prize in promised.prizes
        ],
        recomputed=verdict.outcomes, differing=verdict.differing, seed_sha256=verdict.seed_sha256,
    )  # fmt: skip
