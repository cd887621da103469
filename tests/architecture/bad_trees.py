"""A small workspace that breaks no rule, and for each rule what breaks it."""

from pathlib import Path

from tests.architecture.source import ROOMS, Source

#: Files by path; None: the file is not there.
Files = dict[str, str | None]

#: The name of a rule, what is put into the good tree, and what the rule says of it.
Case = tuple[str, Files, str]

_PROJECT = """[project]
name = "fairground-{name}"
[project.entry-points."fairground.services"]
{name} = "fairground_{name}.app:MANIFEST"
[project.entry-points."fairground.processes"]
{name} = "fairground_{name}.app:main"
"""
_LONG = "def long() -> None:\n" + "    print()\n" * 60


def _service(name: str) -> Files:
    package = f"services/{name}/fairground_{name}"
    return {
        f"services/{name}/pyproject.toml": _PROJECT.format(name=name),
        f"services/{name}/README.md": "# Rules\n",
        f"{package}/__init__.py": "",
        f"{package}/py.typed": "",
        **{f"{package}/{room}.py": '"""A room."""\n' for room in ROOMS if room != "domain"},
        f"{package}/domain/__init__.py": f"from fairground_{name}.contract import Draw\n",
    }


def _library(name: str, **modules: str) -> Files:
    package = f"libs/{name}/fairground_{name}"
    return {
        f"libs/{name}/pyproject.toml": "[project]\n",
        f"{package}/__init__.py": "",
        f"{package}/py.typed": "",
        **{f"{package}/{module.replace('__', '/')}.py": text for module, text in modules.items()},
    }


_METRICS = """from prometheus_client import Counter

DRAWS = Counter("draws", "Draws that were made")
"""

GOOD: Files = {
    **_service("wheel"),
    **_service("packet"),
    **_library("contracts", message="from pydantic import BaseModel\nimport inspect\n"),
    **_library("activities", files="import yaml\n"),
    **_library("decider", state="from fairground_contracts.message import Message\n"),
    **_library(
        "runtime",
        metrics=_METRICS,
        protocol__step="from fairground_decider.state import State\n",
        worker="import asyncio\nfrom fairground_runtime.metrics import DRAWS\n",
    ),
    "requirements.lock": "redis==8.1 \\\n    --hash=sha256:00\n",
    "tests/test_it.py": "def test_it() -> None: ...\n",
}

_DOMAIN = "services/wheel/fairground_wheel/domain/draws.py"
_APP = "services/wheel/fairground_wheel/app.py"
_STEP = "libs/runtime/fairground_runtime/protocol/step.py"
_WORKER = "libs/runtime/fairground_runtime/worker.py"
_USES = "from fairground_runtime.metrics import DRAWS\n"


def _each(rule: str, path: str, text: str, *names: str) -> list[Case]:
    """One case a name: `text` with the name in it is blamed by its name."""
    return [(rule, {path: text.format(name)}, name) for name in names]


BAD: list[Case] = [
    ("rooms_of_an_activity", {"services/wheel/fairground_wheel/traffic.py": None}, "no room traffic"),
    ("rooms_of_an_activity", {"services/wheel/README.md": None}, "README.md"),
    ("names_of_rooms", {"services/wheel/fairground_wheel/schemas.py": ""}, "'contract'"),
    ("one_package_a_member", {"libs/decider/fairground_decider/py.typed": None}, "py.typed"),
    ("one_package_a_member", {"libs/decider/fairground_decider/__init__.py": None}, "no package"),
    (
        "one_package_a_member",
        {"services/wheel/pyproject.toml": _PROJECT.format(name="wheel").replace("processes", "programs")},
        "nothing would start it",
    ),
    *_each(
        "pure_rooms", _DOMAIN, "import {}\n", "redis", "faststream", "aiokafka", "asyncio", "time", "random",
        "structlog", "logging", "os", "subprocess", "secrets", "uuid", "socket", "fairground_runtime",
        "fairground_wheel.settings", "fairground_packet.contract",
    ),
    ("pure_rooms", {_DOMAIN: "def late() -> None:\n    from time import monotonic\n"}, "imports time.monotonic"),
    ("pure_rooms", {"services/wheel/fairground_wheel/contract.py": "import orjson\n"}, "contract of wheel"),
    ("pure_rooms", {"services/wheel/fairground_wheel/intake.py": "import aiokafka\n"}, "intake of wheel"),
    ("clocks_and_worlds", {_DOMAIN: "from datetime import datetime\nnow = datetime.now()\n"}, "datetime.now"),
    ("clocks_and_worlds", {_DOMAIN: "rules = open('rules')\n"}, "calls open"),
    ("contracts_for_everybody", {"libs/contracts/fairground_contracts/it.py": "import msgspec\n"}, "imports msgspec"),
    ("what_activities_share", {"libs/activities/fairground_activities/it.py": "import random\n"}, "imports random"),
    ("vocabulary_of_domains", {"libs/decider/fairground_decider/it.py": "import time\n"}, "imports time"),
    *_each(
        "protocol_without_servers", _STEP, "import {}\n", "faststream", "redis", "aiokafka", "asyncio", "time",
        "fairground_runtime.metrics",
    ),
    ("services_apart", {_APP: "from fairground_packet.contract import Claim\n"}, "imports fairground_packet"),
    ("libraries_below_services", {_WORKER: _USES + "import fairground_wheel.domain\n"}, "imports fairground_wheel"),
    ("libraries_below_services", {_WORKER: _USES + "if name == 'wheel': ...\n"}, "names the service 'wheel'"),
    (
        "libraries_in_one_direction",
        {"libs/contracts/fairground_contracts/it.py": "import fairground_decider\n"},
        "import each other",
    ),
    ("functions_of_one_screen", {_APP: _LONG}, "long has 61 lines"),
    ("functions_of_one_screen", {"tests/test_it.py": _LONG}, "long has 61 lines"),
    ("files_of_one_sitting", {_APP: "X = 1\n" * 401}, "401 lines"),
    *_each(
        "names_that_say_something", _APP, "class {}: ...\n", "WheelManager", "DrawHelper", "Utils", "BaseWheel",
        "CommonRules", "WheelImpl", "_Util",
    ),
    ("names_that_say_something", {"services/wheel/fairground_wheel/utils.py": ""}, "utils.py"),
    *_each(
        "names_that_say_something", _APP, "def {}() -> None: ...\n", "get_wheel", "_handle_draw", "process_batch"
    ),
    ("no_error_in_silence", {_APP: "try: ...\nexcept Exception: pass\n"}, "says nothing"),
    ("no_error_in_silence", {_APP: "try: ...\nexcept: done = False\n"}, "says nothing"),
    ("no_error_in_silence", {_APP: "try: ...\nexcept (OSError, Exception) as error: pass\n"}, "says nothing"),
    ("no_error_in_silence", {_APP: "with contextlib.suppress(Exception): ...\n"}, "suppresses everything"),
    ("queries_in_their_rooms", {_APP: "Q = 'SELECT id\\n FROM draws'\n"}, "is SQL"),
    ("queries_in_their_rooms", {_APP: "Q = f'INSERT INTO {table} VALUES (1)'\n"}, "is SQL"),
    ("queries_in_their_rooms", {_APP: 'Q = "return redis.call(1)"\n'}, "is Lua"),
    ("metrics_in_one_place", {_APP: _METRICS.replace('"draws"', '"wins"')}, "declares wins"),
    (
        "metrics_in_one_place",
        {"libs/runtime/fairground_runtime/metrics.py": _METRICS + 'DRAWN = DRAWS = Counter("draws", "The same")\n',
         _WORKER: _USES + "from fairground_runtime.metrics import DRAWN\n"},
        "again",
    ),
    ("metrics_in_use", {_WORKER: "import asyncio\n"}, "nobody sets DRAWS"),
    (
        "metrics_in_one_place",
        {"libs/runtime/fairground_runtime/metrics.py": _METRICS.replace("Draws that were made", "")},
        "does not say what",
    ),
    ("no_place_of_one_machine", {"docs/index.md": "See " + "/home" + "/li/wheel.yaml\n"}, "docs/index.md:1"),
    ("nothing_unfinished", {_APP: "# " + "TO" + "DO: pause\n"}, "app.py:1"),
    ("lock_without_hosts", {"requirements.lock": "--index-url https://mirror.example/simple\n"}, "names a place"),
]  # fmt: skip


def plant(root: Path, files: Files) -> Source:
    """The files as a workspace below `root`."""
    for name, text in files.items():
        if text is not None:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return Source(root)
