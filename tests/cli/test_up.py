"""Everything up and down again, and the bad circumstances that can be arranged on purpose."""

import errno
import os
import re
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import psutil
import pytest

from fairground_cli import main
from fairground_cli import up as up_module
from tests.cli.conftest import COMMAND, Run, Up, process


def test_the_addresses_can_be_sourced_by_a_shell(up: Up) -> None:
    script = f'. "{up.data}/env" && echo "$KAFKA_BOOTSTRAP_SERVERS $REDIS_URL $DATABASE_URL"'
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert said == [up.addresses.kafka, up.addresses.redis, up.addresses.database]


def test_addresses_and_services_are_printed(up: Up) -> None:
    assert f"KAFKA_BOOTSTRAP_SERVERS={up.addresses.kafka}" in up.said
    assert [line for line in up.said if line.startswith("lottery: http://127.0.0.1:")]
    assert [line for line in up.said if line.startswith("record: http://127.0.0.1:")]


def test_secrets_are_their_owners_only(up: Up) -> None:
    for name in ("env", "secret"):
        assert stat.S_IMODE((up.data / name).stat().st_mode) == 0o600, name
    secret = (up.data / "secret").read_text().strip()
    logs = "".join(log.read_text(errors="replace") for log in (up.data / "logs").iterdir())
    assert secret not in logs + "".join(up.said)


def test_a_second_one_on_the_same_data_says_one_sentence(run: Run, up: Up) -> None:
    status, out, err = run("up", "--data", up.data)
    assert (status, out) == (1, "")
    assert err == (
        f"Servers and services run already with the data in {up.data} (process {up.process.pid}): end that one first, "
        "or choose another directory with --data.\n"
    )


def test_a_service_that_is_killed_comes_back(up: Up, ask: Run) -> None:
    up.service("lottery").kill()
    up.wait_until_it_says("lottery has ended: it was killed by SIGKILL. It is started again in 0.5 s.")
    up.wait_until_it_says("lottery runs again.")
    assert ask("draw", "spring", "survivor").status == 0


def test_it_ends_cleanly_and_goes_on_from_its_data(up: Up, ask: Run) -> None:
    """Nothing is left running, and the activity, the drawn chance and the addresses are there again."""
    assert ask("draw", "spring", "returning").status == 0
    before, secret = up.addresses, (up.data / "secret").read_text()
    children = psutil.Process(up.process.pid).children(recursive=True)
    assert len(children) >= 5
    assert up.end() == 0
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert up.said[-1].startswith("Everything has ended")
    up.start()
    up.wait_until_it_says("Ready.")
    assert (up.addresses, (up.data / "secret").read_text()) == (before, secret)
    assert "Refused (no_chances)" in ask("draw", "spring", "returning").out


# ---- bad circumstances -----------------------------------------------------------------------------


def _others(up: Up, *own: str) -> dict[str, str]:
    """The environment in which only these servers are embedded; the others are the house's, so this starts quickly."""
    named = up.addresses.environment()
    return {name: "" if name in own else address for name, address in named.items()}


def test_a_port_in_use(up: Up, tmp_path: Path) -> None:
    (tmp_path / "valkey").mkdir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "valkey" / "port").write_text(str(port))
        status, _, err = process("up", "--data", tmp_path, **_others(up, "REDIS_URL"))
    assert status == 1
    assert f"Valkey needs port {port} on 127.0.0.1, and another program listens there" in err.splitlines()[-1]


def test_a_registry_that_cannot_be_reached(up: Up, tmp_path: Path) -> None:
    nowhere = {"FAIRGROUND_CACHE": str(tmp_path / "cache"), "FAIRGROUND_MAVEN_URL": "http://127.0.0.1:1"}
    status, _, err = process("up", "--data", tmp_path, **_others(up, "KAFKA_BOOTSTRAP_SERVERS"), **nowhere)
    assert status == 1
    assert "Apache Kafka cannot be downloaded" in err.splitlines()[-1]
    assert "Traceback" not in err


#: A mount namespace of one's own: root has one by itself, everybody else within a user namespace.
_NAMESPACE = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else []), "sh", "-c"]


@pytest.mark.parametrize(
    ("size", "lang", "words"),
    [("8k", "en", "the disk is full"), ("16k", "zh", "磁盘已满"), ("32k", "en", "the disk is full")],
)
def test_a_full_disk(up: Up, tmp_path: Path, size: str, lang: str, words: str) -> None:
    """While files are copied, while the server starts, and where there is no room even for what the server says."""
    mount = f"mount -t tmpfs -o size={size} tmpfs {tmp_path}"
    if not shutil.which("unshare") or subprocess.run([*_NAMESPACE, mount], check=False).returncode:
        pytest.skip("this system lets this user make no small file system: no unshare, or no namespaces")
    environment = " ".join(f"{name}={address}" for name, address in _others(up, "KAFKA_BOOTSTRAP_SERVERS").items())
    script = f"{mount} && env {environment} {COMMAND} --lang {lang} up --data {tmp_path}/data"
    ran = subprocess.run([*_NAMESPACE, script], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert words in ran.stderr.splitlines()[-1]


def test_what_the_system_refuses_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "somewhere")

    monkeypatch.setattr(up_module, "Supervisor", full)
    assert run("up", "--data", tmp_path) == (
        1, "", "The system refused: No space left on device (somewhere).\n",
    )  # fmt: skip


def test_a_directory_that_cannot_be_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert run("up", "--data", tmp_path / "file").err == (
        f"Nothing can be kept in {tmp_path}/file: File exists; choose another directory with --data.\n"
    )


def test_a_service_that_cannot_run_is_said_with_its_own_words(up: Up, tmp_path: Path) -> None:
    status, _, err = process("up", "--data", tmp_path, **_others(up), FAIRGROUND_SECRET="short")
    assert status == 1
    last = err.splitlines()[-1]
    assert re.search(
        r"^(\w+: )?(lottery|redpacket) ended while it started: ", last
    )  # whichever of those that draw was first
    assert "at least 32 hex digits" in last
    assert "short" not in last


def test_a_server_that_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    status, _, err = run("draw", "spring", "m")
    assert (status, len(err.splitlines())) == (1, 1)
    assert err.startswith("Kafka does not answer at 127.0.0.1:1: start it with `fairground up`")


def test_an_address_that_is_none(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "nowhere")
    status, _, err = run("activities", "list")
    assert (status, len(err.splitlines())) == (1, 1)
    assert err.startswith("That is no address: KAFKA_BOOTSTRAP_SERVERS: ")


def test_no_servers_are_known(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    assert run("activities", "list") == (
        1, "", "No servers are known here: start them with `fairground up`, or set KAFKA_BOOTSTRAP_SERVERS.\n",
    )  # fmt: skip


def test_what_is_not_understood_is_one_sentence_and_status_2(run: Run) -> None:
    for arguments in (["nosuch"], ["draw", "spring"], ["draw", "spring", "m", "--draws", "many"]):
        status, out, err = run(*arguments)
        assert (status, out) == (2, "")
        assert err.endswith("See `fairground --help`.\n")


def test_help_names_every_command(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for command in ("up", "demo", "activities", "draw", "grant", "ask", "orders", "dead", "audit"):
        assert f"│ {command} " in out


def test_it_exits_with_the_status_of_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "run", lambda _: 3)
    with pytest.raises(SystemExit) as ended:
        main.main([])
    assert ended.value.code == 3
