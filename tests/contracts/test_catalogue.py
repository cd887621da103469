"""What is declared is found, and what is found is complete: topics, meanings, schemas, goldens, the page."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest
from aiokafka.partitioner import murmur2

import fairground_contracts
from fairground_contracts import topics
from fairground_contracts.catalogue import (
    GROUP,
    Contract,
    by_type,
    contracts,
    messages_of,
    messages_on,
    parts_of,
    topics_of,
)
from fairground_contracts.generate import stale
from fairground_contracts.meanings import meaning, models_in, purpose
from fairground_contracts.message import CommandMessage, Message
from fairground_contracts.orders import OrderItem, OrderPaid

ROOT = Path(__file__).resolve().parents[2]
FOUND = contracts()
MESSAGES = [message for contract in FOUND for message in contract.messages]
ALL = sorted({model for message in MESSAGES for model in models_in(message).values()}, key=lambda model: model.__name__)
PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")


class _Ground(Message):
    """What others are derived from."""


class Dug(_Ground):
    """Somebody dug."""

    type: ClassVar[str] = "garden.ground.dug.v1"


class Dig(CommandMessage):
    """Dig."""

    type: ClassVar[str] = "garden.ground.dig.v1"


class Deeper(Dig):
    """Without a type of its own."""


class Spade(Message):
    """With which one digs."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"


class TestWhatIsFound:
    def test_classes_with_a_type_that_the_module_itself_declares(self) -> None:
        module = sys.modules[__name__]
        assert messages_of(module) == (Dig, Dug)  # neither bases nor parts, nor OrderPaid, which is only imported
        assert parts_of(module) == (Spade,)

    def test_a_package_with_all_its_modules(self) -> None:
        assert OrderPaid in messages_of(fairground_contracts)
        assert OrderItem in parts_of(fairground_contracts)

    def test_every_service_that_has_a_contract_names_it(self) -> None:
        """A forgotten entry point would leave its messages without schemas, goldens and reference, in silence."""
        found = {contract.service for contract in FOUND}
        for project in ROOT.glob("services/*/pyproject.toml"):
            points = (
                tomllib.loads(project.read_text(encoding="utf-8"))["project"].get("entry-points", {}).get(GROUP, {})
            )
            has_contract = any(project.parent.glob("fairground_*/contract*"))
            assert set(points) == ({project.parent.name} if has_contract else set()), project
            assert set(points) <= found, f"{project.parent.name} is not installed as it stands here: make setup"

    def test_services_say_what_their_commands_are_keyed_by(self) -> None:
        assert [contract.service for contract in FOUND if contract.service and not contract.key] == []


class TestEachMessage:
    @pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.type)
    def test_its_type_says_domain_noun_verb_and_version(self, message: type[Message]) -> None:
        assert re.fullmatch(r"[a-z]+\.[a-z_]+\.[a-z_]+\.v[1-9]\d*", message.type)
        assert message.kind == ("command" if issubclass(message, CommandMessage) else "event")

    def test_no_type_is_given_twice(self) -> None:
        assert len(by_type()) == len(MESSAGES)

    @pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
    def test_it_and_its_fields_say_what_they_mean(self, model: type[Message]) -> None:
        assert purpose(model).endswith(".")
        assert not purpose(model).startswith(purpose(Message))
        assert [field for field in model.model_fields if not meaning(model, field)] == []

    @pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.type)
    def test_readers_ignore_unknown_fields_and_nobody_changes_a_message(self, message: type[Message]) -> None:
        assert message.model_config["extra"] == "ignore"
        assert message.model_config["frozen"]


class TestTopics:
    def test_every_message_stands_on_a_topic(self) -> None:
        carried = {message for topic in topics_of(FOUND) for message in messages_on(topic, FOUND)}
        assert set(MESSAGES) - carried == set()

    def test_every_type_that_a_topic_names_exists(self) -> None:
        named = {type for topic in topics_of(FOUND) for type in topic.messages}
        assert named - set(by_type()) == set()

    def test_no_topic_is_empty_or_declared_twice(self) -> None:
        names = [topic.name for topic in topics_of(FOUND)]
        assert len(set(names)) == len(names)
        assert [topic.name for topic in topics_of(FOUND) if not messages_on(topic, FOUND)] == []

    def test_commands_and_events_of_a_service_never_mix(self) -> None:
        for contract in FOUND[1:]:
            asked = messages_on(topics.commands(contract.service), FOUND)
            happened = messages_on(topics.events(contract.service), FOUND)
            assert {message.kind for message in asked} == {"command"}
            assert {message.kind for message in happened} == {"event"}
            assert set(contract.messages) <= {*asked, *happened}


class TestGenerated:
    def test_schemas_goldens_and_the_page_are_as_the_messages_say(self) -> None:
        """Stale? `python -m fairground_contracts.generate` writes them."""
        assert [str(file.path.relative_to(ROOT)) for file in stale(FOUND)] == []

    def test_nothing_lies_about_that_no_message_needs(self) -> None:
        wanted = {path for each in FOUND for made in each.messages for path in (each.schema(made), each.golden(made))}
        lying = {path for folder in ("schemas", "goldens") for path in ROOT.glob(f"*/*/{folder}/*")}
        assert lying - wanted == set()

    def test_the_command_itself(self) -> None:
        run = subprocess.run(
            [sys.executable, "-m", "fairground_contracts.generate", "--check"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")

    def test_a_changed_message_is_stale_until_it_is_written(self, tmp_path: Path) -> None:
        module = ModuleType(__name__)
        module.Dug = Dug  # type: ignore[attr-defined]
        garden = Contract("garden", "the ground", tmp_path, messages_of(module))
        for file in stale((FOUND[0], garden)):
            if file.path.is_relative_to(tmp_path):
                file.path.parent.mkdir(exist_ok=True)
                file.path.write_text(file.text, encoding="utf-8")
        assert [file.path.name for file in stale((FOUND[0], garden))] == ["events.md"]  # the real page has no garden
        (tmp_path / "schemas" / "garden.ground.dug.v1.json").write_text("{}\n")
        (tmp_path / "goldens" / "garden.ground.dug.v1.json").unlink()
        assert [str(file.path.relative_to(tmp_path)) for file in stale((FOUND[0], garden))] == [
            "schemas/garden.ground.dug.v1.json",
            "goldens/garden.ground.dug.v1.json",
        ]


class TestThePage:
    def test_no_placeholder_is_left(self) -> None:
        assert "{{" not in PAGE

    def test_every_link_within_it_leads_somewhere(self) -> None:
        headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL), flags=re.MULTILINE)
        anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert set(re.findall(r"\]\(#([^)]*)\)", PAGE)) - anchors == set()

    def test_the_consumer_stands_in_it_as_it_is_tested(self) -> None:
        for example in ("consumers/rewards.py", "producers/exposures.py"):
            assert (ROOT / "examples" / example).read_text(encoding="utf-8").strip() in PAGE

    def test_its_examples_of_partitions_are_right(self) -> None:
        import zlib

        rows = re.findall(r"^   \| `(.+)` \| (\d) \| (\d) \|$", PAGE, flags=re.MULTILINE)
        assert len(rows) == topics.PARTITIONS
        for key, partition, misrouted in rows:
            assert (murmur2(key.encode()) & 0x7FFFFFFF) % topics.PARTITIONS == int(partition)
            assert zlib.crc32(key.encode()) % topics.PARTITIONS == int(misrouted) != int(partition)
