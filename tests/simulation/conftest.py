"""`--sim-seed N` tells one history step by step; without it there is nothing to replay."""

import pytest

from fairground_runtime.protocol import align


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Replaying is a tool: it is run only when asked for."""
    if config.getoption("--sim-seed") is None:
        replays = [item for item in items if "sim_seed" in getattr(item, "fixturenames", ())]
        items[:] = [item for item in items if item not in replays]
        config.hook.pytest_deselected(items=replays)


@pytest.fixture
def sim_seed(request: pytest.FixtureRequest) -> int:
    """The history to replay."""
    seed: int = request.config.getoption("--sim-seed")
    return seed


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What services that draw need, the same in every run."""
    monkeypatch.setenv("FAIRGROUND_SECRET", "5e" * 32)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories are short: an align that folds two outcomes at a time folds several times, as a long one would."""
    monkeypatch.setattr(align, "CHUNK", 2)
