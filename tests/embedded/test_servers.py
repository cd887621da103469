"""The embedded servers keep what they acknowledged, come back where they were, and never outlive us."""

import asyncio
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeout

from fairground_embedded import Addresses, Kafka, Postgres, Server, ServerError, Servers, Valkey, ports
from fairground_embedded import kafka as kafka_server
from fairground_embedded.server import Command


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def test_kafka_keeps_acknowledged_records_through_a_crash(kafka: Kafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    await admin.create_topics([NewTopic("embedded-crash", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all", enable_idempotence=True) as producer:
        for number in range(100):
            await producer.send_and_wait("embedded-crash", str(number).encode())
    address, crashed = kafka.address, kafka.pid

    await kafka.kill()
    assert not psutil.pid_exists(crashed)
    await kafka.start()

    assert kafka.address == address
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.address, auto_offset_reset="earliest")
    consumer.assign([TopicPartition("embedded-crash", 0)])
    async with consumer:
        found = [(await consumer.getone()).value for _ in range(100)]
    assert found == [str(number).encode() for number in range(100)]


async def test_kafka_makes_no_topic_by_accident(addresses: Addresses) -> None:
    async with AIOKafkaProducer(bootstrap_servers=addresses.kafka, request_timeout_ms=1000) as producer:
        with pytest.raises(Exception, match="UnknownTopic"):
            await producer.partitions_for("embedded-nobody-declared-me")


async def test_valkey_keeps_acknowledged_writes_through_a_crash(valkey: Valkey) -> None:
    async with Redis.from_url(valkey.address) as client:
        await client.set("embedded:crash", "kept")
    await valkey.kill()
    await valkey.start()
    async with Redis.from_url(valkey.address, decode_responses=True) as client:
        assert await client.get("embedded:crash") == "kept"
        assert (await client.config_get("maxmemory-policy"))["maxmemory-policy"] == "noeviction"


async def test_valkey_goes_back_in_time(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path / "valkey", settings={"appendfsync": "always"})
    await valkey.start()
    try:
        async with Redis.from_url(valkey.address, decode_responses=True) as client:
            assert (await client.config_get("appendfsync"))["appendfsync"] == "always"
            await client.set("clock", "early")
            await valkey.snapshot(tmp_path / "copy")
            await client.set("clock", "late")
        await valkey.restore(tmp_path / "copy")
        async with Redis.from_url(valkey.address, decode_responses=True) as client:
            assert await client.get("clock") == "early"
        await valkey.wipe()
        async with Redis.from_url(valkey.address) as client:
            assert await client.dbsize() == 0
    finally:
        await valkey.stop()


async def test_postgres_keeps_committed_rows_through_a_crash(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.address)
    await connection.execute("CREATE TABLE IF NOT EXISTS embedded_crash (word text)")
    await connection.execute("INSERT INTO embedded_crash VALUES ('kept')")
    await postgres.kill()
    await postgres.start()
    connection = await asyncpg.connect(postgres.address)
    assert await connection.fetchval("SELECT word FROM embedded_crash") == "kept"
    await connection.execute("DROP TABLE embedded_crash")
    await connection.close()


async def test_a_frozen_server_answers_nobody_and_then_goes_on(valkey: Valkey) -> None:
    async with Redis.from_url(valkey.address, socket_timeout=0.3, retry=None) as client:
        await client.ping()
        valkey.pause()
        with pytest.raises(RedisTimeout):
            await client.ping()
        valkey.resume()
        assert await client.ping()


async def test_a_taken_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server((ports.HOST, 0)) as stranger:
        port = stranger.getsockname()[1]
        server = Valkey(tmp_path, port=port)
        with pytest.raises(ServerError) as refusal:
            await server.start()
    assert str(refusal.value) == (
        f"Valkey needs port {port} on 127.0.0.1, and another program listens there: "
        "end that program, or choose another port"
    )
    assert refusal.value.zh == (
        f"Valkey 需要 127.0.0.1 的端口 {port}，但另一个程序占用了它：请结束那个程序，或换一个端口"
    )
    assert not server.running


async def test_a_taken_port_of_old_is_kept_until_somebody_deletes_it(tmp_path: Path) -> None:
    """Whoever was told the address would look for the server there."""
    server = Valkey(tmp_path)
    await server.start()
    await server.stop()
    with socket.create_server((ports.HOST, server.port)):
        with pytest.raises(ServerError) as refusal:
            await Valkey(tmp_path).start()
        remedy = str(refusal.value).rpartition("end that program, or ")[2]
        assert remedy == f"delete {tmp_path}/port, and another port is found"
        (tmp_path / "port").unlink()
        other = Valkey(tmp_path)
        await other.start()
        await other.stop()
    assert other.port == Valkey(tmp_path).port != server.port


def _overtaken(kind: type[Server], times: int, monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """Somebody else takes the last of the ports that were found free, so often, before the server listens there."""
    strangers: list[socket.socket] = []
    spawn = kind._spawn

    def overtaken(server: Server, command: Command, lock: int) -> None:
        if len(strangers) < times:
            strangers.append(socket.create_server((ports.HOST, server.port + server.ports - 1)))
        spawn(server, command, lock)

    monkeypatch.setattr(kind, "_spawn", overtaken)
    return strangers


@pytest.mark.parametrize("kind", [Kafka, Valkey, Postgres])
async def test_a_port_that_is_taken_before_the_server_listens_there_is_exchanged(
    kind: type[Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka ended with "Unable to start acceptor": somebody had found the same ports free, and was quicker."""
    strangers = _overtaken(kind, 1, monkeypatch)
    server = kind(tmp_path)
    await server.start()
    try:
        assert len(strangers) == 1
        assert strangers[0].getsockname()[1] not in range(server.port, server.port + server.ports)
        address = server.address
        await server.kill()
        await server.start()
        assert server.address == address == kind(tmp_path).address
    finally:
        await server.stop()
        for stranger in strangers:
            stranger.close()


@pytest.fixture(params=["kafka", "valkey", "postgres"])
def quicker(request: pytest.FixtureRequest) -> Server:
    """Each of the servers that run."""
    server: Server = request.getfixturevalue(request.param)
    return server


async def test_another_one_that_was_quicker_is_not_taken_for_this_one(
    quicker: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that start at once may find the same port free; the quicker one answers both who started them."""
    kind = type(quicker)
    server = kind(tmp_path)
    server.port = quicker.port
    monkeypatch.setattr(kind, "_check_ports", lambda _: None)  # it was free when they looked
    await server.start()
    try:
        assert server.address != quicker.address
        assert await server._answers()
    finally:
        await server.stop()
    assert quicker.running


async def test_ports_are_exchanged_so_often_and_then_a_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strangers = _overtaken(Valkey, 99, monkeypatch)
    server = Valkey(tmp_path)
    with pytest.raises(ServerError) as refusal:
        await server.start()
    for stranger in strangers:
        stranger.close()
    assert len(strangers) == 5
    assert str(refusal.value) == (
        "Valkey found a free port on 127.0.0.1 5 times, and each was taken before it listened there: "
        "end the program that takes ports, or wait until it is done, and start again"
    )
    assert refusal.value.zh == (
        "Valkey 5 次在 127.0.0.1 上找到空闲端口，但每次都在监听之前被占用：请结束占用端口的程序，或等它结束后重新启动"
    )
    assert not server.running
    assert not (tmp_path / "port").exists()


async def test_a_port_that_was_named_is_not_exchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Valkey(tmp_path, port=ports.free())
    strangers = _overtaken(Valkey, 1, monkeypatch)
    with pytest.raises(
        ServerError, match=f"Valkey needs port {server.port} on .*: end that program, or choose another"
    ):
        await server.start()
    strangers[0].close()


async def test_two_cannot_serve_one_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Server, "lock_timeout_s", 0.1)
    first, second = Valkey(tmp_path), Valkey(tmp_path)
    await first.start()
    try:
        with pytest.raises(ServerError, match=r"Valkey already runs with the data in .*: end that one first"):
            await second.start()
        assert first.running
    finally:
        await first.stop()


async def test_a_server_that_ends_while_it_starts_says_why(tmp_path: Path) -> None:
    server = Postgres(tmp_path, settings={"shared_buffers": "a lot"})
    with pytest.raises(ServerError, match=r'PostgreSQL ended while it started: .*invalid value .*"shared_buffers"'):
        await server.start()


async def test_a_server_of_a_stranger_is_used_and_left_alone(valkey: Valkey, tmp_path: Path) -> None:
    closed = f"postgresql://me:secret@{ports.HOST}:1/shop"
    named = {"REDIS_URL": valkey.address, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DATABASE_URL": closed}
    servers = Servers(tmp_path, environment=named, patience_s=0.1)
    assert servers.embedded == []
    assert servers.addresses == Addresses("127.0.0.1:1", valkey.address, closed)
    with pytest.raises(ServerError, match=r"nothing answers at (127.0.0.1:1|postgresql://127.0.0.1:1/shop), which"):
        await servers.start()
    with pytest.raises(ServerError, match="the one REDIS_URL names, so it is not ours"):
        _ = servers.valkey


async def test_servers_die_with_the_process_that_started_them(tmp_path: Path) -> None:
    script = Path(__file__).with_name("victim.py")
    victim = await asyncio.create_subprocess_exec(sys.executable, script, tmp_path, stdout=asyncio.subprocess.PIPE)
    assert victim.stdout is not None
    children = [int(pid) for pid in (await victim.stdout.readline()).split()]
    assert all(psutil.pid_exists(pid) for pid in children)

    started_at = time.monotonic()
    victim.kill()
    await victim.wait()
    await eventually(lambda: not any(_alive(pid) for pid in children))
    assert time.monotonic() - started_at < 5

    again = Postgres(tmp_path / "postgres")
    await again.start()  # its predecessor's processes have let go of the data
    await again.stop()


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE  # where nobody inherits orphans, they stay so
    except psutil.NoSuchProcess:
        return False


def test_no_cluster_is_called_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """One first run in 64 ended with "--cluster-id/-t: expected one argument"."""
    ids = iter([UUID(bytes=b"\xf8" * 16), UUID(bytes=b"\x00" * 16)])  # the first one begins with a dash
    monkeypatch.setattr("uuid.uuid4", lambda: next(ids))
    assert kafka_server._identity() == "A" * 22
