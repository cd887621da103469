"""What brokers do not allow, in sentences: aiokafka says only that it could not connect, or an error's number."""

import ssl
from contextlib import suppress
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from fairground_runtime.address import KafkaAddress
from fairground_runtime.protocol.ports import Stopped, Unavailable

#: What a client raises that may not read, or may not take part in a group.
DENIED = (TopicAuthorizationFailedError, GroupAuthorizationFailedError)

_PATIENCE_MS = 5_000

#: What brokers say of a client's certificate, in OpenSSL's words: one is missing, or of a strange authority.
_WANTS_A_CERTIFICATE = ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_CERTIFICATE_UNKNOWN")


async def connect(client: Any, kafka: KafkaAddress) -> None:
    """Start a client of aiokafka. Raises Stopped when the brokers refuse it, Unavailable when none answers."""
    try:
        await client.start()
    except (KafkaError, OSError) as error:
        if sentence := await refusal(kafka):
            raise Stopped(sentence) from error
        raise Unavailable(no_answer(kafka)) from error


def no_answer(kafka: KafkaAddress) -> str:
    """What may be wrong when nobody says: a broker that is spoken to in the wrong protocol only hangs up."""
    named = "KAFKA_BOOTSTRAP_SERVERS, KAFKA_SECURITY_PROTOCOL"
    return f"no broker at {kafka.servers} answers to {kafka.protocol} ({named})"


async def refusal(kafka: KafkaAddress) -> str:
    """Why the brokers do not want this client, in a sentence; empty when none says so. Waiting would not help."""
    for server in kafka.servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            connection = await create_conn(host, int(port), request_timeout_ms=_PATIENCE_MS, **kafka.credentials())
        except (KafkaError, OSError, TimeoutError) as error:
            if sentence := _sentence(kafka, error):
                return f"Kafka at {server.strip()} refuses this client: {sentence}"
        else:
            with suppress(OSError):
                connection.close()
    return ""


def _sentence(kafka: KafkaAddress, error: Exception) -> str:
    if isinstance(error, SaslAuthenticationFailed):
        return f"user {kafka.username} or its password is wrong (KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD)"
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"it does not take {kafka.mechanism} (KAFKA_SASL_MECHANISM)"
    if isinstance(error, IllegalSaslStateError):
        return f"it takes no user there (KAFKA_SECURITY_PROTOCOL is {kafka.protocol})"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not believed, {error.verify_message} (KAFKA_SSL_CAFILE)"
    if isinstance(error.__cause__, ssl.SSLError) and error.__cause__.reason in _WANTS_A_CERTIFICATE:
        return "it asks for a certificate that it believes (KAFKA_SSL_CERTFILE, KAFKA_SSL_KEYFILE)"
    return ""  # it is away, or hung up as one does that is being started


def because(error: Exception) -> str:
    """Why a client's call failed, in words."""
    match error:
        case TopicAuthorizationFailedError():
            return f"Kafka: this user has no right to do that with topic {_named(error)} ({_RIGHTS})"
        case GroupAuthorizationFailedError():
            return f"Kafka: this user has no right to read as group {_named(error)} ({_RIGHTS})"
    return f"Kafka: {type(error).__name__} {error}"


_RIGHTS = "docs/operations.md, Access control"


def _named(error: KafkaError) -> str:
    """aiokafka gives a name, or several."""
    named = error.args[0] if error.args else "?"
    return named if isinstance(named, str) else ", ".join(sorted(map(str, named)))
