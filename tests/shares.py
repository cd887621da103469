"""A whole run in three processes for two cores, each with servers of its own: while some wait, another one works.

A choice of tests runs in this process, with nothing between a person and what is printed. `ARGS=-n0` asks for the same
for all of them.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from fairground_embedded import Addresses

_PROCESSES = 3
_TOGETHER = ("tests/cli",)  # these share a house that takes ten seconds to build

#: What is long comes first, so that nobody waits for it at the end.
_FIRST = (
    "tests/contracts/test_kafka.py",  # its example reads every reward there is: before others have granted theirs
    "tests/cli/", "tests/record/", "tests/crash/", "tests/timer/", "tests/demo/", "tests/newservice/",
    "tests/behaviour/", "tests/worker/", "tests/embedded/", "tests/simulation/", "tests/lottery/test_verification.py",
)  # fmt: skip


class Shares(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships without types
    """Hands out test files, long ones first; what shares a house stays together.

    The last process begins at the other end, with what only computes: it uses what the others leave over.
    """

    def _split_scope(self, nodeid: str) -> str:
        """The name of what is handed out as one, by xdist's own way to say it."""
        file = nodeid.partition("::")[0]
        return next((folder for folder in _TOGETHER if file.startswith(f"{folder}/")), file)

    def _assign_work_unit(self, node: Any) -> None:
        """The next file for this process."""
        if node is self.nodes[-1]:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)


def processes(config: pytest.Config, environment: dict[str, str]) -> int:
    """How many share this run; 0: it is run here. Tests on servers that somebody named would meet each other there."""
    named = any(environment.get(name) for name in Addresses("", "", "").environment())
    chosen = config.args_source is not config.ArgsSource.TESTPATHS or config.option.keyword or config.option.markexpr
    return 0 if named or chosen or config.option.usepdb or config.option.capture == "no" else _PROCESSES


def long_ones_first(items: list[pytest.Item]) -> None:
    """The order in which they are handed out, the same in every process."""
    items.sort(
        key=lambda item: next((at for at, path in enumerate(_FIRST) if item.nodeid.startswith(path)), len(_FIRST))
    )
