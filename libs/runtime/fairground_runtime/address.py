"""Where Kafka is and how its clients make themselves known: said once, for every client that there is."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import SecretStr

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """The brokers, who connects to them, and what a broker's certificate is checked against. It can be pickled."""

    servers: str  # host:port, separated by commas
    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = ""
    username: str = ""
    password: SecretStr | None = None
    cafile: str = ""  # PEM; without one the system's authorities are believed
    certfile: str = ""  # PEM, of this client; its key may lie in the same file
    keyfile: str = ""

    @property
    def encrypted(self) -> bool:
        """Whether connections use TLS."""
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def has_user(self) -> bool:
        """Whether connections begin with a user and a password."""
        return self.protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What a broker's certificate is checked with, its host name too; None without TLS. Raises OSError."""
        return _tls(self.cafile, self.certfile, self.keyfile) if self.encrypted else None

    @property
    def secret(self) -> str:
        """The password itself, for a client."""
        return self.password.get_secret_value() if self.password else ""

    def options(self) -> dict[str, Any]:
        """What consumers, producers and admin clients of aiokafka are all told."""
        return {"bootstrap_servers": self.servers, **self.credentials()}

    def credentials(self) -> dict[str, Any]:
        """The same without the servers: what a single connection is told."""
        told: dict[str, Any] = {"security_protocol": self.protocol, "ssl_context": self.tls}
        if self.has_user:
            told |= {
                "sasl_mechanism": self.mechanism, "sasl_plain_username": self.username,
                "sasl_plain_password": self.secret,
            }  # fmt: skip
        return told


@cache
def _tls(cafile: str, certfile: str, keyfile: str) -> ssl.SSLContext:
    """One for all connections: reading the system's authorities takes longer than connecting."""
    context = ssl.create_default_context(cafile=cafile or None)
    if certfile:
        context.load_cert_chain(certfile, keyfile or None, _no_password)
    return context


def _no_password() -> bytes:
    """OpenSSL would ask the terminal for the password of an encrypted key."""
    return b""


def contradictions(kafka: KafkaAddress) -> Iterator[str]:
    """What does not go together or cannot be read, in sentences that name variables, and never what they hold."""
    protocol = f"KAFKA_SECURITY_PROTOCOL={kafka.protocol}"
    user = {
        "KAFKA_SASL_MECHANISM": bool(kafka.mechanism), "KAFKA_SASL_USERNAME": bool(kafka.username),
        "KAFKA_SASL_PASSWORD": bool(kafka.secret),
    }  # fmt: skip
    files = {
        "KAFKA_SSL_CAFILE": bool(kafka.cafile), "KAFKA_SSL_CERTFILE": bool(kafka.certfile),
        "KAFKA_SSL_KEYFILE": bool(kafka.keyfile),
    }  # fmt: skip
    for variable, is_set in user.items():
        if kafka.has_user and not is_set:
            yield f"{variable}: must be set, for {protocol} asks for a mechanism, a user and a password"
        if is_set and not kafka.has_user:
            yield f"{variable}: is set, but {protocol} sends no user; SASL_SSL and SASL_PLAINTEXT do"
    for variable, is_set in files.items():
        if is_set and not kafka.encrypted:
            yield f"{variable}: is set, but {protocol} does not encrypt; SSL and SASL_SSL do"
    if kafka.keyfile and not kafka.certfile:
        yield "KAFKA_SSL_CERTFILE: must be set, for KAFKA_SSL_KEYFILE is the key of that certificate"
    elif kafka.encrypted:
        yield from _unreadable(kafka)


def _unreadable(kafka: KafkaAddress) -> Iterator[str]:
    try:
        _tls(kafka.cafile, "", "")
    except OSError as error:
        yield f"KAFKA_SSL_CAFILE: {_reason(error, 'it holds no certificate in PEM')}"
        return
    try:
        _tls(kafka.cafile, kafka.certfile, kafka.keyfile)
    except OSError as error:
        variables = "KAFKA_SSL_CERTFILE and KAFKA_SSL_KEYFILE" if kafka.keyfile else "KAFKA_SSL_CERTFILE"
        yield f"{variables}: {_reason(error, 'no certificate in PEM with its key, unencrypted')}"


def _reason(error: OSError, otherwise: str) -> str:
    """What the system says of a file that it cannot open; of its content OpenSSL says nothing that helps."""
    return otherwise if isinstance(error, ssl.SSLError) else f"the file cannot be read: {error.strerror}"
