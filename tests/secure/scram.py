"""How a broker is told a SCRAM user: aiokafka has no words for it."""

import hashlib
import secrets
from typing import Any, ClassVar

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

MECHANISMS = {"SCRAM-SHA-256": (1, "sha256"), "SCRAM-SHA-512": (2, "sha512")}

_ITERATIONS = 4096


class _Answer(Response):  # type: ignore[misc]
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("results", CompactArray(
            ("user", CompactString("utf-8")), ("error_code", Int16), ("error_message", CompactString("utf-8")),
            ("tags", TaggedFields),
        )),
        ("tags", TaggedFields),
    )  # fmt: skip


class _Question(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields))),
        ("upsertions", CompactArray(
            ("name", CompactString("utf-8")), ("mechanism", Int8), ("iterations", Int32), ("salt", CompactBytes),
            ("salted_password", CompactBytes), ("tags", TaggedFields),
        )),
        ("tags", TaggedFields),
    )  # fmt: skip


class AlterScramUser(Request[_Question]):  # type: ignore[misc]
    """Make the user known with one of the `MECHANISMS`, or give it another password there."""

    API_KEY: ClassVar[int] = 51

    def __init__(self, user: str, password: str, mechanism: str) -> None:
        self._user = user
        self._password = password
        self._number, self._digest = MECHANISMS[mechanism]

    def build(self, request_struct_class: Any) -> Any:
        """The request on the wire."""
        salt = secrets.token_bytes(16)
        salted = hashlib.pbkdf2_hmac(self._digest, self._password.encode(), salt, _ITERATIONS)
        return request_struct_class([], [(self._user, self._number, _ITERATIONS, salt, salted, {})], {})
