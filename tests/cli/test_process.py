"""One process of ours, whatever it runs: here little programs that stand in for a service."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from fairground_cli.process import ServiceProcess, command_of, services
from fairground_cli.trouble import Trouble

_PAGE = """
import http.server, json, os, signal, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if PROBLEMS else 200); self.end_headers()
        self.wfile.write(json.dumps({"ok": not PROBLEMS, "problems": PROBLEMS}).encode())
    def log_message(self, *_): pass
PROBLEMS = json.loads(os.environ.get("PROBLEMS", "[]"))
if os.environ.get("DEAF"): signal.signal(signal.SIGTERM, signal.SIG_IGN)
page = http.server.HTTPServer(("127.0.0.1", 0), Page)
open(os.environ["FAIRGROUND_HEALTH_PORT_FILE"], "w").write(str(page.server_port))
page.serve_forever()
"""


def _process(tmp_path: Path, program: str) -> ServiceProcess:
    return ServiceProcess("stand-in", [sys.executable, "-c", program], dict(os.environ), tmp_path)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[ServiceProcess]:
    process = _process(tmp_path, _PAGE)
    yield process
    asyncio.run(process.kill())


async def test_it_is_ready_when_its_page_says_so(page: ServiceProcess) -> None:
    page.start()
    await page.ready(30)
    assert page.running
    assert page.health_port


async def test_it_is_not_ready_while_its_page_names_a_problem(page: ServiceProcess) -> None:
    page.start(PROBLEMS='["the moon is missing"]')
    with pytest.raises(
        Trouble, match=r"stand-in is not ready after 3 s: the moon is missing \(all of it: .*stand-in.log"
    ):
        await page.ready(3)


async def test_what_ended_while_it_started_is_said_in_its_own_words(tmp_path: Path) -> None:
    said = '{"event": "cannot run", "why": "no oil", "level": "error"}'
    process = _process(tmp_path, f"import sys; sys.stderr.write('{said}\\n{{}}\\n'); sys.exit(4)")
    process.start()
    with pytest.raises(Trouble, match="stand-in ended while it started: cannot run: no oil"):
        await process.ready(30)
    assert process.status == 4


async def test_what_an_earlier_run_said_is_not_what_this_one_says(tmp_path: Path) -> None:
    process = _process(tmp_path, "import os; print(os.environ.get('WORDS', ''))")
    for words in ("first", ""):
        process.start(WORDS=words)
        while process.running:
            await asyncio.sleep(0.01)
        assert process.last_words() == words


async def test_one_that_does_not_listen_is_killed_in_the_end(page: ServiceProcess) -> None:
    page.start(DEAF="1")
    await page.ready(30)
    await page.stop(timeout_s=0.3)
    assert not page.running
    assert page.status == -9


async def test_a_frozen_one_still_ends(page: ServiceProcess) -> None:
    page.start()
    await page.ready(30)
    page.pause()
    await page.stop(timeout_s=10)
    assert page.status == -15


def test_it_dies_with_whoever_started_it(tmp_path: Path) -> None:
    """Even when that is killed: nothing is left running on anybody's machine."""
    program = (
        "import sys, time, pathlib, os; from fairground_cli.process import ServiceProcess\n"
        "sleeper = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        f"process = ServiceProcess('sleeper', sleeper, dict(os.environ), pathlib.Path({str(tmp_path)!r}))\n"
        "process.start(); print(process.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    patience = time.monotonic() + 30
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < patience
        time.sleep(0.02)


def test_an_unknown_service_is_said_with_those_there_are() -> None:
    with pytest.raises(Trouble) as said:
        command_of("circus")
    assert str(said.value) == f"There is no service 'circus'; installed are: {', '.join(services())}."
