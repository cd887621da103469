"""The real code with one rule broken at a time, to see that the simulation would notice.

A mutant is a piece of the rule's own source and what stands in its place: when the code changes so that the piece is
not there any more, its test fails and has to be thought about.
"""

import inspect
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from fairground_runtime.protocol import align, outcome, partition, reader, step
from tests.simulation import memory

_MODULES = (align, outcome, partition, reader, step)


@dataclass(frozen=True)
class Mutant:
    """`of` is a function or method of `module`; in it `replaced` (pairs of old and new text) breaks the rule."""

    name: str
    module: ModuleType
    of: str
    replaced: Sequence[tuple[str, str]]
    among_rivals: bool = False  # only two versions that disagree bring it to light soon

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Break the rule everywhere it is used, until the patch is undone."""
        owner: Any = self.module
        *path, name = self.of.split(".")
        for part in path:
            owner = getattr(owner, part)
        original = getattr(owner, name)
        source = textwrap.dedent(inspect.getsource(original))
        for old, new in self.replaced:
            assert source.count(old) == 1, f"{self.of} does not contain {old!r} once"
            source = source.replace(old, new)
        made: dict[str, Any] = {}
        exec(compile(source, f"<mutant {self.name}>", "exec"), vars(self.module), made)
        patch.setattr(owner, name, made[name])
        for module in () if path else _MODULES:  # imported by name
            if getattr(module, name, None) is original:
                patch.setattr(module, name, made[name])


_PUBLISH = "    end = await publish(ports.log, outcomes, at.end, see)\n"
_PAY = "    await pay(ports.payments, outcomes, see)\n"
_APPLY = "    await apply(ports.store, packed, at.next, to)\n"
_COMMIT = "    ports.commands.commit(to.next)\n"
_TO = "    to = Position(records[-1].offset + 1, end)\n"

_STAMPED_ANEW = (
    "[each._replace(headers=[(name, b'%d' % each.offset if name == 'ce_stamp' else content) "
    "for name, content in each.headers]) for each in [*cut_off, *records]]"
)
_GOES_ON = (
    "        try:\n            offset = await log.append(batch)\n"
    "        except Exception as error:\n            offset, lost = expected, error\n"
)

MUTANTS = [
    Mutant("no_stamp", reader, "counts", [('content == b"%d" % record.offset', "True")]),
    Mutant("align_ignores_stamps", align, "found_in", [("[*cut_off, *records]", _STAMPED_ANEW)]),
    Mutant("no_offset_check", step, "publish", [("offset != expected", "False")]),
    Mutant(
        "no_wait", step, "publish",
        [
            ("    for batch in cut", "    lost = None\n    for batch in cut"),
            ("        offset = await log.append(batch)\n", _GOES_ON),
            ("    return expected", "    if lost:\n        raise lost\n    return expected"),
        ],
        among_rivals=True,
    ),
    Mutant(
        "split_command", step, "cut",
        [("batch.extend(outcome.records)", "yield from ([record] for record in outcome.records)")],
    ),
    Mutant("load_without_next", step, "load", [("found.next != at.next", "False")]),
    Mutant("fold_without_next", align, "fold", [("position.next != at.next", "False")]),
    Mutant("no_fence", memory, "Write.refused", [("saved.position.next != self.start", "False")]),
    Mutant(
        "end_apart", memory, "Servers.lose_store",
        [("self.store = self.writes[back_to]", "end = self.store.position.end\n    "
          "self.store = self.writes[back_to]\n    "
          "self.store = self.store._replace(position=Position(self.store.position.next, end))")],
    ),
    Mutant("pay_before_publish", step, "step", [(_PUBLISH + _PAY, _PAY + _PUBLISH)]),
    Mutant("apply_before_pay", step, "step", [(_PAY, ""), (_APPLY, _APPLY + _PAY)]),
    Mutant("commit_before_pay", step, "step", [(_PAY + _TO, _TO + _COMMIT + _PAY)]),
    Mutant("align_does_not_pay", align, "fold", [("if due:", "if False:")]),
    Mutant("align_does_not_fold", align, "fold", [("service.evolve(state, event)", "pass")]),
    Mutant("align_forgets_the_cut_off", align, "found_in", [("cut_off = [record", "cut_off = [] and [record")]),
    Mutant("align_expects_the_last_outcome", align, "align", [("return Position(at.next, log.end)", "return at")]),
    Mutant(
        "dead_leaves_traces", outcome, "Outcomes.decide",
        [("except Exception as error:\n        self._state.take_back()", "except Exception as error:")],
    ),
    Mutant("goes_on_without_align", partition, "Partition._take", [("at, self._at = self._at, None", "at = self._at")]),
]  # fmt: skip

#: It only saves work.
UNNEEDED = Mutant("without_committed", align, "fold", [("if found.offset >= committed:", "if True:")])
