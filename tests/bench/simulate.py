"""The simulation before launch, on one core: free draws of made-up members, one command each.

    python -m tests.bench.simulate RESULT DRAWS

It is what `fairground simulate --members` does in one repetition, without the processes around it.
"""

import gc
import json
import sys
import time
from pathlib import Path

from fairground_cli.simulate.crowd import VISITS_A_DAY, MadeUp
from fairground_cli.simulate.play import repeat
from fairground_cli.simulate.runs import FEW_CYCLES, Setting
from tests.bench.stage import SERVICE
from tests.bench.traffic import Scene

_DAYS = 30


def simulate(result: Path, draws: int) -> None:
    """Play one repetition of about so many draws, and say how long it took."""
    rules = Scene("simulated").rules("simulated")
    rules |= {"window": {"starts": "2026-01-01 00:00", "ends": f"2026-01-{_DAYS + 1} 00:00"}}
    rules |= {"chances": {"free_per_day": 1}}
    scene = Setting(SERVICE, rules, MadeUp(round(draws / _DAYS / VISITS_A_DAY)), seed=1).scene()
    gc.set_threshold(FEW_CYCLES)
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    outcome = repeat(scene, 0, lambda: False)
    seconds, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    share = sum(outcome.wins.values()) / outcome.plays
    assert 0.13 < share < 0.17, f"{share:.1%} of the draws ended in a reward, not 15 %: this measures something else"
    result.write_text(json.dumps({"number": outcome.plays, "seconds": seconds, "cpu_s": cpu_s}))


if __name__ == "__main__":
    simulate(Path(sys.argv[1]), int(sys.argv[2]))
