"""Writes what follows from the messages: JSON Schemas, first drafts of goldens, and docs/events.md.

python -m fairground_contracts.generate            write; a breaking change is refused
python -m fairground_contracts.generate --check    only say what is stale, missing or broken; exit status 1
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from fairground_contracts import cloudevent
from fairground_contracts.catalogue import Contract, contracts
from fairground_contracts.compatibility import breaking
from fairground_contracts.drafts import draft_of
from fairground_contracts.message import Message
from fairground_contracts.reference import reference
from fairground_contracts.schemas import schema_of


class File(NamedTuple):
    """A file as it ought to be."""

    path: Path
    text: str


def to_json(document: Any) -> str:
    """JSON as it is committed: readable, and with one line end at its end."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def problems(found: Sequence[Contract]) -> Iterator[str]:
    """What cannot be mended by writing: breaking changes, goldens no longer readable, schemas without a message."""
    for contract in found:
        known = {contract.schema(message) for message in contract.messages}
        for path in sorted((contract.folder / "schemas").glob("*.json")):
            if path not in known:
                yield f"{path.name}: the message is gone, but its records stay in the topics; it has to be readable"
        for message in contract.messages:
            yield from _breaks(contract, message)
            yield from _unreadable(contract, message)


def stale(found: Sequence[Contract]) -> Iterator[File]:
    """The files that are missing or differ from what follows from the messages. Goldens only ever gain new fields."""
    for contract in found:
        for message in contract.messages:
            yield from _differing(File(contract.schema(message), to_json(schema_of(message))))
            yield from _differing(File(contract.golden(message), to_json(_golden(contract, message))))
    root = found[0].folder.parent.parent
    if all(contract.golden(message).exists() for contract in found for message in contract.messages):
        yield from _differing(File(root / "docs" / "events.md", reference(found, root)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 all is as it should be, 1 it is not."""
    parser = argparse.ArgumentParser(prog="python -m fairground_contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args(arguments).check
    found = contracts()
    if wrong := list(problems(found)):
        print(*wrong, sep="\n", file=sys.stderr)
        return 1
    written = [file for _ in range(1 if check else 2) for file in _settle(found, check)]
    for file in written:
        print("stale or missing:" if check else "written:", file.path)
    return 1 if check and written else 0


def _settle(found: Sequence[Contract], check: bool) -> list[File]:
    """One round of writing. The reference needs goldens, so that a new message takes two."""
    files = list(stale(found))
    for file in () if check else files:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_text(file.text, encoding="utf-8")
    return files


def _breaks(contract: Contract, message: type[Message]) -> Iterator[str]:
    path = contract.schema(message)
    if path.exists():
        committed = orjson.loads(path.read_bytes())
        for difference in breaking(committed, schema_of(message)):
            yield f"{message.type}: {difference}; readers and old records need it as it was: make a new version"


def _golden(contract: Contract, message: type[Message]) -> Mapping[str, Any]:
    """The golden as it is, with the defaults of fields that were added since; a first draft where there is none."""
    path = contract.golden(message)
    if not path.exists():
        return cloudevent.structured(draft_of(message, contract.service))
    golden: dict[str, Any] = orjson.loads(path.read_bytes())
    return golden | {"data": message.model_validate(golden["data"]).model_dump(mode="json")}


def _unreadable(contract: Contract, message: type[Message]) -> Iterator[str]:
    if contract.golden(message).exists():
        try:
            _golden(contract, message)
        except (ValueError, LookupError) as error:
            why = " ".join(str(error).split())
            yield f"{message.type}: its golden cannot be read any more, and so cannot old records: {why}"


def _differing(file: File) -> Iterator[File]:
    if not file.path.exists() or file.path.read_text(encoding="utf-8") != file.text:
        yield file


if __name__ == "__main__":
    sys.exit(main())
