"""What the process ends with: the checks are for people and for machines."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from fairground_cli.demo import run
from fairground_cli.demo.command import Options


@asynccontextmanager
async def _no_stage(*_: Any) -> AsyncIterator[None]:
    yield


class _Judged:
    def __init__(self, good: bool) -> None:
        self.good = good


@pytest.mark.parametrize(("good", "status"), [(True, 0), (False, 1)])
async def test_it_ends_with_1_when_something_is_wrong_and_leaves_its_logs(
    good: bool, status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The run itself is left out here: whether laws hold is judged elsewhere, on real servers."""

    async def done(*_: Any) -> _Judged:
        return _Judged(good)

    for name in ("_setup", "_play"):
        monkeypatch.setattr(run, name, done)
    for name in ("_tell", "next_steps", "_calm_collector"):
        monkeypatch.setattr(run, name, lambda *_: None)
    monkeypatch.setattr(run, "_stage", _no_stage)
    data = tmp_path / "data"
    options = Options(orders=1, keep=False, report=None, data=data, examples=Path("examples"), seed=1)
    assert await run.perform(options) == status
    assert data.exists() != good
