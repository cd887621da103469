"""A real broker that asks who one is, and lets nobody do what nobody has allowed."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from fairground_embedded import Kafka
from fairground_embedded.ports import HOST
from tests.secure.keys import PASSWORD, Keys
from tests.secure.scram import MECHANISMS, AlterScramUser

_TOPIC, _GROUP, _CLUSTER = 2, 3, 4
_READ, _WRITE, _CREATE = 3, 4, 5
_ALLOW, _LITERAL = 3, 3
_PATIENCE_S = 10

_USERS = {"SASL": "SASL_PLAINTEXT", "BOTH": "SASL_SSL", "TLS": "SSL"}
_LISTENERS = {"ADMIN": "PLAINTEXT", "CONTROLLER": "PLAINTEXT", **_USERS}
_SECRET = "hush-hush"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do: topics and groups by their names."""

    reads: Iterable[str] = ()
    writes: Iterable[str] = ()
    groups: Iterable[str] = ()
    creates: bool = False  # any topic


class AskingKafka(Kafka):
    """Five listeners: for the administrator and the controller, and with a user, with TLS, with both."""

    ports = len(_LISTENERS)

    def __init__(self, directory: Path, keys: Keys, plain_users: Iterable[str]) -> None:
        super().__init__(directory)
        self._keys = keys
        users = " ".join(f'user_{user}="{_SECRET}"' for user in plain_users)
        plain = f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        self._logins = {
            f"listener.name.{listener}.{mechanism}.sasl.jaas.config": plain if mechanism == "plain" else scram
            for listener in ("sasl", "both") for mechanism in ("plain", "scram-sha-256", "scram-sha-512")
        }  # fmt: skip

    def listener(self, protocol: str) -> str:
        """Where this protocol is spoken to users."""
        name = next(name for name, spoken in _USERS.items() if spoken == protocol)
        return self._places()[name].partition("//")[2]

    def _places(self) -> dict[str, str]:
        """Each listener by its name; the administrator's is the one that the server says of itself."""
        return {name: f"{name}://{HOST}:{self.port + number}" for number, name in enumerate(_LISTENERS)}

    def _properties_file(self, name: str, data: Path) -> Path:
        places = self._places()
        self.properties = {
            "listeners": ",".join(places.values()),
            "advertised.listeners": ",".join(place for name, place in places.items() if name != "CONTROLLER"),
            "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in _LISTENERS.items()),
            "inter.broker.listener.name": "ADMIN",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            "listener.name.both.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": "User:ANONYMOUS",
            "ssl.keystore.type": "PKCS12", "ssl.keystore.location": str(self._keys.broker),
            "ssl.keystore.password": PASSWORD, "ssl.key.password": PASSWORD,
            "ssl.truststore.type": "PEM", "ssl.truststore.location": str(self._keys.authority),
            "listener.name.tls.ssl.client.auth": "required",
            "group.min.session.timeout.ms": 500,
            **self._logins,
        }  # fmt: skip
        return super()._properties_file(name, data)


class Broker:
    """It, and what its administrator does."""

    def __init__(self, directory: Path, plain_users: Iterable[str]) -> None:
        """`plain_users` can log in with PLAIN; those of SCRAM are made by `make_user`."""
        self.keys = Keys(directory)
        self.kafka = AskingKafka(directory / "kafka", self.keys, plain_users)

    @property
    def admin(self) -> str:
        """Where everything is allowed."""
        return self.kafka.address

    def environment(self, user: str, protocol: str = "SASL_PLAINTEXT", mechanism: str = "PLAIN") -> dict[str, str]:
        """What a process of this user is told."""
        told = {"KAFKA_BOOTSTRAP_SERVERS": self.kafka.listener(protocol), "KAFKA_SECURITY_PROTOCOL": protocol}
        if protocol.startswith("SASL"):
            told |= {
                "KAFKA_SASL_MECHANISM": mechanism, "KAFKA_SASL_USERNAME": user, "KAFKA_SASL_PASSWORD": _SECRET,
            }  # fmt: skip
        return told | ({"KAFKA_SSL_CAFILE": str(self.keys.authority)} if protocol.endswith("SSL") else {})

    async def make_user(self, user: str) -> None:
        """One who logs in with SCRAM."""
        async with self._administrating() as admin:
            for mechanism in MECHANISMS:
                answer = await admin._send_to_controller(AlterScramUser(user, _SECRET, mechanism))
                assert [result[1] for result in answer.results] == [0], answer

    async def allow(self, user: str, rights: Rights) -> None:
        """Give the user these rights."""
        async with self._administrating() as admin:
            for kind, name, operation in _single(rights):
                answer = await admin._send_to_controller(
                    CreateAclsRequest(kind, name, _LITERAL, f"User:{user}", "*", operation, _ALLOW)
                )
                assert [code for code, _ in answer.creation_responses] == [0], answer
            await self._known(admin, user, rights, there=True)

    async def _known(self, admin: AIOKafkaAdminClient, user: str, rights: Rights, *, there: bool) -> None:
        """The controller has written it down; the broker hears of it a moment later, of everything in order."""
        *_, (kind, name, operation) = _single(rights)
        asked = DescribeAclsRequest(kind, name, _LITERAL, f"User:{user}", "*", operation, _ALLOW)
        async with asyncio.timeout(_PATIENCE_S):
            while bool((await admin._send_request(asked)).resources) != there:
                await asyncio.sleep(0.02)

    async def forbid(self, user: str, rights: Rights) -> None:
        """Take the rights away again."""
        async with self._administrating() as admin:
            for kind, name, operation in _single(rights):
                await admin._send_to_controller(
                    DeleteAclsRequest(kind, name, _LITERAL, f"User:{user}", "*", operation, _ALLOW)
                )
            await self._known(admin, user, rights, there=False)

    @asynccontextmanager
    async def _administrating(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.admin)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()


def _single(rights: Rights) -> Iterable[tuple[int, str, int]]:
    """Each right: kind of resource, its name, operation."""
    yield from ((_TOPIC, topic, _READ) for topic in rights.reads)
    yield from ((_TOPIC, topic, _WRITE) for topic in rights.writes)
    yield from ((_GROUP, group, _READ) for group in rights.groups)
    if rights.creates:
        yield _CLUSTER, "kafka-cluster", _CREATE
