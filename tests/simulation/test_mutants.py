"""Every rule is needed, and the simulation notices when it is broken: the real code with one rule less at a time."""

import pytest

from tests.simulation import scenes
from tests.simulation.history import histories
from tests.simulation.mutants import MUTANTS, UNNEEDED, Mutant
from tests.simulation.oracle import Broken

#: Within so many histories each of them must be caught; most need fewer than ten.
_PATIENCE = 600


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_rule_is_noticed(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.install(monkeypatch)
    with pytest.raises(Broken):
        histories(range(_PATIENCE), scenes.rivals if mutant.among_rivals else scenes.toy)


def test_the_committed_offset_only_saves_work(monkeypatch: pytest.MonkeyPatch) -> None:
    UNNEEDED.install(monkeypatch)
    assert len(histories(range(100))) == 100
