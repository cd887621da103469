"""What may change within a version of a message, and what may not: by hand, by random documents, and by history."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import jsonschema_rs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, create_model

from fairground_contracts.catalogue import Contract, contracts
from fairground_contracts.compatibility import Effect, breaking, differences
from fairground_contracts.generate import main, problems, stale, to_json
from fairground_contracts.message import CommandMessage, Message
from fairground_contracts.schemas import schema_of

ROOT = Path(__file__).resolve().parents[2]
ACCEPTED = Path(__file__).with_name("accepted_breaks.json")


def part(name: str = "Part", /, **fields: Any) -> type[Message]:
    """A part of a message."""
    made: type[Message] = create_model(name, __base__=Message, **fields)
    made.kind = "part"
    return made


def schema(base: type[Message], /, **fields: Any) -> dict[str, Any]:
    """The schema of a message with these fields. An annotation alone is a required one."""
    declared: dict[str, Any] = {name: each if isinstance(each, tuple) else (each, ...) for name, each in fields.items()}
    made = create_model("Changing", __base__=base, __doc__="It changes.", **declared)
    made.type = "garden.tree.changed.v1"
    described = made.model_json_schema()
    return described | {"x-kind": base.kind}


def told(base: type[Message], old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The breaking differences, as people read them."""
    return [str(difference) for difference in breaking(schema(base, **old), schema(base, **new))]


def whole(**bounds: Any) -> Any:
    """An integer within bounds, as an annotation."""
    return Annotated[int, Field(**bounds)]


Up10: Any = whole(le=10)
Up20: Any = whole(le=20)
From1, From2 = whole(ge=1), whole(ge=2)
Short, Long = Annotated[str, Field(max_length=8)], Annotated[str, Field(max_length=9)]
Few, Many = Annotated[tuple[int, ...], Field(max_length=3)], Annotated[tuple[int, ...], Field(max_length=4)]
One, Two = Literal["a"], Literal["a", "b"]
Strict: Any = part(size=(Up10, ...))
Loose: Any = part(size=(Up20, ...))

#: What changes | before | after | does it break a command | does it break an event
CHANGES: list[tuple[str, dict[str, Any], dict[str, Any], bool, bool]] = [
    ("nothing", {"a": int}, {"a": int}, False, False),
    ("a field with a default is added", {"a": int}, {"a": int, "b": (str, "")}, False, False),
    ("a required field is added", {"a": int}, {"a": int, "b": str}, True, True),
    ("a required field is removed", {"a": int, "b": str}, {"a": int}, True, True),
    ("an optional field is removed", {"a": int, "b": (str, "")}, {"a": int}, True, True),
    ("a field is renamed", {"a": int, "b": (str, "")}, {"a": int, "c": (str, "")}, True, True),
    ("a field becomes required", {"a": (int, 1)}, {"a": int}, True, True),
    ("a field becomes optional", {"a": int}, {"a": (int, 1)}, False, True),
    ("a default changes", {"a": (int, 1)}, {"a": (int, 2)}, True, True),
    ("another type", {"a": int}, {"a": str}, True, True),
    ("integer becomes number", {"a": int}, {"a": float}, False, True),
    ("number becomes integer", {"a": float}, {"a": int}, True, True),
    ("null is allowed", {"a": int}, {"a": int | None}, False, True),
    ("null is no longer allowed", {"a": int | None}, {"a": int}, True, True),
    ("anything is allowed", {"a": int}, {"a": Any}, False, True),
    ("not anything any more", {"a": Any}, {"a": int}, True, True),
    ("another alternative", {"a": int | str}, {"a": int | str | bool}, False, True),
    ("one alternative less", {"a": int | str | bool}, {"a": int | str}, True, True),
    ("alternatives in another order", {"a": int | str}, {"a": str | int}, False, False),
    ("an alternative narrows", {"a": Up20 | None}, {"a": Up10 | None}, True, True),
    ("a higher maximum", {"a": Up10}, {"a": Up20}, False, True),
    ("a lower maximum", {"a": Up20}, {"a": Up10}, True, True),
    ("a first maximum", {"a": int}, {"a": Up10}, True, True),
    ("no maximum any more", {"a": Up10}, {"a": int}, False, True),
    ("a higher minimum", {"a": From1}, {"a": From2}, True, True),
    ("a lower minimum", {"a": From2}, {"a": From1}, False, True),
    ("longer texts", {"a": Short}, {"a": Long}, False, True),
    ("shorter texts", {"a": Long}, {"a": Short}, True, True),
    ("more items", {"a": Few}, {"a": Many}, False, True),
    ("fewer items", {"a": Many}, {"a": Few}, True, True),
    ("a pattern is added", {"a": str}, {"a": Annotated[str, Field(pattern="^a$")]}, True, True),
    ("a pattern goes", {"a": Annotated[str, Field(pattern="^a$")]}, {"a": str}, False, True),
    ("a value is added", {"a": One}, {"a": Two}, False, False),
    ("a value goes", {"a": Two}, {"a": One}, True, True),
    ("a text becomes a closed set", {"a": str}, {"a": Two}, True, True),
    ("a closed set becomes a text", {"a": Two}, {"a": str}, False, True),
    ("what a list holds", {"a": tuple[int, ...]}, {"a": tuple[str, ...]}, True, True),
    ("what a list holds, wider", {"a": tuple[Up10, ...]}, {"a": tuple[Up20, ...]}, False, True),
    ("places of a tuple", {"a": tuple[int, str]}, {"a": tuple[int, str, str]}, True, True),
    ("what a place holds", {"a": tuple[int, str]}, {"a": tuple[int, bool]}, True, True),
    ("what a map holds", {"a": dict[str, Up20]}, {"a": dict[str, Up10]}, True, True),
    ("what a map holds, wider", {"a": dict[str, Up10]}, {"a": dict[str, Up20]}, False, True),
    ("a part narrows", {"a": Loose}, {"a": Strict}, True, True),
    ("a part widens", {"a": Strict}, {"a": Loose}, False, True),
    ("a part within a list narrows", {"a": tuple[Loose, ...]}, {"a": tuple[Strict, ...]}, True, True),
    ("an optional part narrows", {"a": Loose | None}, {"a": Strict | None}, True, True),
    ("a part is renamed", {"a": Strict}, {"a": part("Other", size=(Up10, ...))}, False, False),
    ("a part gains a field", {"a": Strict}, {"a": part(size=(Up10, ...), b=(int, 0))}, False, False),
    ("a field that is called title goes", {"title": (str, "")}, {}, True, True),
]


@pytest.mark.parametrize(("what", "old", "new", "command", "event"), CHANGES, ids=[change[0] for change in CHANGES])
def test_what_breaks_whom(what: str, old: dict[str, Any], new: dict[str, Any], command: bool, event: bool) -> None:
    assert bool(told(CommandMessage, old, new)) == command
    assert bool(told(Message, old, new)) == event


def test_differences_say_where_and_what() -> None:
    old = {"reward": part(amount=(Up20, ...)), "reason": Two, "name": (str, "")}
    new = {"reward": part(amount=(Up10, ...)), "reason": One, "cause": str}
    assert told(Message, old, new) == [
        "reward.amount changed its maximum from 20 to 10",
        "reason lost the values ['b']",
        "name is removed",
        "cause is new and required",
    ]


def test_a_command_never_becomes_an_event() -> None:
    assert breaking(schema(CommandMessage, a=int), schema(Message, a=int)) != []


def test_a_recursive_part_ends() -> None:
    tree = {
        "properties": {"inner": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]}, "size": {"type": "integer"}}
    }
    old = {"x-kind": "event", "$ref": "#/$defs/Tree", "$defs": {"Tree": tree}}
    thinner = {"properties": {"inner": tree["properties"]["inner"]}}
    assert differences(old, old) == []
    assert [str(each) for each in differences(old, old | {"$defs": {"Tree": thinner}})] == ["size is removed"]


_leaves = st.one_of(
    st.tuples(st.integers(0, 2), st.integers(2, 4)).map(
        lambda bounds: {"type": "integer", "minimum": bounds[0], "maximum": bounds[1]}
    ),
    st.integers(0, 3).map(lambda high: {"type": "string", "maxLength": high}),
    st.sampled_from([{"type": "integer"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}, {}]),
    st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(lambda values: {"type": "string", "enum": values}),
)  # fmt: skip
_documents = st.sampled_from([None, True, 0, 1, 2, 3, 4, 0.5, "", "a", "b", "c", "abc"])


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Two schemas that differ in few places, and a document that has a good chance to be taken by one of them."""
    old: Any = draw(_leaves)
    new: Any = draw(_leaves)
    document: Any = draw(_documents)
    for around in draw(st.lists(st.sampled_from(["list", "field", "choice"]), max_size=3)):
        if around == "list":
            old, new, document = {"type": "array", "items": old}, {"type": "array", "items": new}, [document]
        elif around == "field":
            old, new = (_object(each, draw(st.booleans())) for each in (old, new))
            document = {"x": document} if draw(st.booleans()) else {}
        else:
            other = draw(_leaves)
            old, new = ({"anyOf": draw(st.permutations([each, other]))} for each in (old, new))
    return old, new, document


def _object(field: dict[str, Any], required: bool) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": field}, "required": ["x"] if required else []}


@given(_pairs())
@settings(max_examples=300)
def test_a_command_that_was_taken_is_taken_after_any_change_that_is_allowed(
    pair: tuple[dict[str, Any], dict[str, Any], Any],
) -> None:
    """The law behind the rules, judged by a validator that knows nothing of them."""
    old, new, document = pair
    if jsonschema_rs.is_valid(old, document) and not jsonschema_rs.is_valid(new, document):
        assert breaking({"x-kind": "command"} | old, {"x-kind": "command"} | new)


@given(_pairs())
@settings(max_examples=300)
def test_an_event_that_is_written_now_is_taken_by_readers_of_the_old_schema(
    pair: tuple[dict[str, Any], dict[str, Any], Any],
) -> None:
    """Closed sets may grow and fields may come: everything else stays as it was, in both directions."""
    old, new, document = pair
    if jsonschema_rs.is_valid(old, document) != jsonschema_rs.is_valid(new, document):
        grew = Effect.GREW in {difference.effect for difference in differences(old, new)}
        assert grew or breaking({"x-kind": "event"} | old, {"x-kind": "event"} | new)


class Grown(Message):
    """It grew."""

    type: ClassVar[str] = "garden.tree.grown.v1"
    height: int = Field(le=10)  # in metres


class GrownLater(Grown):
    """It grew, and somebody counted."""

    leaves: int = 0  # how many


class TestTheGenerator:
    def garden(self, folder: Path, committed: dict[str, Any]) -> Contract:
        """A contract of one message, with this as its committed schema."""
        garden = Contract("garden", "the tree", folder, (Grown,))
        garden.schema(Grown).parent.mkdir()
        garden.schema(Grown).write_text(json.dumps(committed))
        return garden

    def test_an_additive_change_is_written(self, tmp_path: Path) -> None:
        committed = schema_of(Grown)
        committed["description"] = "Another sentence."
        garden = self.garden(tmp_path, committed)
        assert list(problems([garden])) == []
        assert garden.schema(Grown) in [file.path for file in stale([contracts()[0], garden])]

    def test_a_breaking_change_is_refused(self, tmp_path: Path) -> None:
        committed = schema_of(Grown)
        committed["properties"]["height"]["maximum"] = 11
        (problem,) = problems([self.garden(tmp_path, committed)])
        assert problem.startswith("garden.tree.grown.v1: height changed its maximum from 11 to 10")

    def test_a_golden_gains_the_fields_that_were_added_and_keeps_the_rest(self, tmp_path: Path) -> None:
        garden = self.garden(tmp_path, schema_of(Grown))
        garden.golden(Grown).parent.mkdir()
        before = {"id": "x", "data": {"height": 7}}
        garden.golden(Grown).write_text(to_json(before))
        assert garden.golden(Grown) not in [file.path for file in stale([contracts()[0], garden])]
        later = garden._replace(messages=(GrownLater,))
        (text,) = [file.text for file in stale([contracts()[0], later]) if file.path == garden.golden(Grown)]
        assert json.loads(text) == {"id": "x", "data": {"height": 7, "leaves": 0}}

    def test_a_golden_that_cannot_be_read_any_more_is_a_broken_message(self, tmp_path: Path) -> None:
        garden = self.garden(tmp_path, schema_of(Grown))
        garden.golden(Grown).parent.mkdir()
        garden.golden(Grown).write_text(to_json({"data": {"height": 11}}))
        (problem,) = problems([garden])
        assert "its golden cannot be read any more" in problem

    def test_a_message_never_goes_away(self, tmp_path: Path) -> None:
        garden = self.garden(tmp_path, schema_of(Grown))
        (tmp_path / "schemas" / "garden.tree.felled.v1.json").write_text("{}")
        (problem,) = problems([garden])
        assert problem.startswith("garden.tree.felled.v1.json: the message is gone")

    def test_it_writes_nothing_when_something_is_broken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        committed = schema_of(Grown)
        committed["properties"]["leaves"] = {"type": "integer"}
        garden = self.garden(tmp_path, committed)
        monkeypatch.setattr("fairground_contracts.generate.contracts", lambda: (contracts()[0], garden))
        assert main([]) == 1
        assert "leaves is removed" in capsys.readouterr().err
        assert json.loads(garden.schema(Grown).read_text()) == committed
        assert not garden.golden(Grown).exists()


class TestWhatIsCommitted:
    def test_no_message_broke_with_its_committed_schema(self) -> None:
        assert list(problems(contracts())) == []

    def test_no_schema_broke_with_any_version_that_was_ever_committed(self) -> None:
        """Deleting a schema and writing it anew does not help: git remembers. A break before anybody reads the message
        is accepted by writing its blob and the reason into accepted_breaks.json."""
        current = {path.name: orjson.loads(path.read_bytes()) for path in ROOT.glob("*/*/schemas/*.json")}
        accepted = json.loads(ACCEPTED.read_text(encoding="utf-8"))
        broken = []
        for blob, name, content in committed_schemas():
            if blob not in accepted:
                if name not in current:
                    broken.append(f"{blob} {name}: the message is gone")
                else:
                    broken += [f"{blob} {name}: {each}" for each in breaking(orjson.loads(content), current[name])]
        assert broken == []


def committed_schemas() -> Iterator[tuple[str, str, bytes]]:
    """Every version of every schema that git knows: blob, file name, content."""
    listed = git("rev-list", "--objects", "HEAD", "--", "libs", "services")
    blobs = dict(
        line.split(" ", 1) for line in listed.decode().splitlines() if "/schemas/" in line and line.endswith(".json")
    )
    answer = git("cat-file", "--batch", input="".join(f"{blob}\n" for blob in blobs).encode())
    for blob, path in blobs.items():
        header, _, answer = answer.partition(b"\n")
        size = int(header.split()[2])
        yield blob, Path(path).name, answer[:size]
        answer = answer[size + 1 :]


def git(*arguments: str, input: bytes = b"") -> bytes:
    """A git command's output. Without a repository, as in an unpacked archive, there is no history to compare with."""
    run = subprocess.run(["git", "-C", str(ROOT), *arguments], input=input, capture_output=True, check=False)
    if run.returncode:
        pytest.skip(f"no history here: {run.stderr.decode().strip()}")
    return run.stdout
