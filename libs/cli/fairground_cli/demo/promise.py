"""One activity as an operator would treat it: simulated before it opens, compared and recomputed after its end."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from fairground_cli import activityfile, installed, verify
from fairground_cli.demo.baskets import Baskets
from fairground_cli.demo.commandline import fairground
from fairground_cli.demo.figures import PromisedPrize, PromiseFigures
from fairground_cli.demo.tally import WheelTally
from fairground_cli.demo.words import say
from fairground_cli.simulate.figures import Report as Simulated
from fairground_cli.trouble import Trouble

#: Few, as a demo is short: `fairground simulate` goes on until its answer is precise.
REPETITIONS = 3


def first_to_end(files: Iterable[Path], service: str, baskets: Baskets) -> Path | None:
    """Of a service's activities the file of the one that ends first, if the baskets go beyond its end."""
    ending = {}
    for file in files:
        text = activityfile.read(file)
        activity = activityfile.service_of(text, file)
        if activity.name == service:
            ends_ms = installed.simulation(activity).plan(activityfile.content(text)).ends_ms
            if ends_ms <= baskets.times_ms[-1]:
                ending[file] = ends_ms
    return min(ending, key=ending.__getitem__, default=None)


async def forecast(file: Path, seed: int, report: Path) -> Simulated:
    """What it will cost, as `fairground simulate` says it, in a process of its own. Raises Trouble."""
    options = {"--repetitions": REPETITIONS, "--seed": seed, "--cores": 1, "--report": report}
    words = [str(word) for option in options.items() for word in option]
    ran = await fairground("simulate", str(file), "--demo-orders", *words)
    if ran.status:
        raise Trouble(say("forecast-failed", file=file, why=ran.why))
    return Simulated.model_validate_json(await asyncio.to_thread(report.read_bytes))


async def kept(promised: Simulated, tally: WheelTally, database_url: str) -> PromiseFigures:
    """The forecast beside what happened, and whether every draw is what the disclosed seed makes of it.

    Raises Trouble: it has not ended, or the record cannot be read.
    """
    verdict = await verify.verdict(promised.activity, database_url)
    return PromiseFigures(
        activity=promised.activity, name=promised.name, repetitions=promised.repetitions,
        forecast_fen=promised.granted or promised.cost, forecast_draws=promised.plays,
        value_fen=tally.value_fen.total(),
        draws=tally.draws,
        prizes=[
            PromisedPrize(id=prize.id, name=prize.name, forecast=prize.wins, won=tally.won[prize.id])
            for prize in promised.prizes
        ],
        recomputed=verdict.outcomes, differing=verdict.differing, seed_sha256=verdict.seed_sha256,
    )  # fmt: skip
