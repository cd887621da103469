"""The command's entrance: language, commands, and one sentence for whatever goes wrong."""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version

from cyclopts import App, CycloptsError, Group
from pydantic import ValidationError

from fairground_cli.trouble import Trouble, wrong_in
from fairground_cli.words import language, language_of, languages, say, speak

_COMMANDS = {
    "up": "fairground_cli.up:up",
    "demo": "fairground_cli.demo.command:demo",
    "simulate": "fairground_cli.simulate.command:simulate",
    "activities": "fairground_cli.activities:app",
    "draw": "fairground_cli.asking:draw",
    "grant": "fairground_cli.asking:grant",
    "play": "fairground_cli.asking:play",
    "ask": "fairground_cli.asking:app",
    "orders": "fairground_cli.orders:app",
    "dead": "fairground_cli.dead:app",
    "timers": "fairground_cli.timers:app",
    "audit": "fairground_cli.audit:audit",
    "winners": "fairground_cli.answers:winners",
    "member": "fairground_cli.answers:member",
    "stock": "fairground_cli.answers:stock",
    "packet": "fairground_cli.answers:packet",
    "ledger": "fairground_cli.answers:ledger",
    "odds": "fairground_cli.answers:odds",
    "calendar": "fairground_cli.calendars:calendar",
    "statistics": "fairground_cli.answers:statistics",
    "explain": "fairground_cli.answers:explain",
    "reconcile": "fairground_cli.answers:reconcile",
    "report": "fairground_cli.report.command:report",
    "verify": "fairground_cli.verify:verify",
    "new-service": "fairground_cli.newservice:new_service",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line asks for, and exit: 0 done, 1 it went wrong, 2 it was not understood."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """The same, returning the exit status."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it would say is said by our own sentences
    try:
        arguments = _choose_language(arguments)
        done = command_line()(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except Trouble as trouble:
        return _end(str(trouble), trouble.status)
    except CycloptsError as error:
        cause = error.__cause__
        why = f"{wrong_in(cause)}." if isinstance(cause, ValidationError) else " ".join(str(error).split())
        return _end(say("main-not-understood", why=why), 2)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has seen enough
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if sentence := _expected(error):
            return _end(sentence, 1)
        raise
    return done if isinstance(done, int) else 0


def command_line() -> App:
    """All commands. A command's module is imported when it is called."""
    app = App(
        name="fairground", help=say("main-help"), version=version("fairground-cli"), help_format="plaintext",
        help_epilogue=say("main-epilogue"), group_commands=Group(say("main-commands"), sort_key=0),
        group_parameters=Group(say("main-options")), group_arguments=Group(say("main-arguments")),
    )  # fmt: skip
    for name, place in _COMMANDS.items():
        app.command(place, name=name, help=say(f"{name}-help"))
    return app


def _choose_language(arguments: list[str]) -> list[str]:
    """Take `--lang zh` or `--lang=zh` out of the arguments, wherever it stands: it is needed before they are read."""
    speak(language_of(os.environ))
    left, rest = list[str](), iter(arguments)
    for argument in rest:
        name, equals, given = argument.partition("=")
        if name != "--lang":
            left.append(argument)
            continue
        chosen = given if equals else next(rest, "")
        if chosen not in languages():
            raise Trouble(say("main-language", given=chosen), 2)
        speak("zh" if chosen == "zh" else "en")
    return left


def _expected(error: Exception) -> str:
    """What to say of an error of a server or the system; empty: it is a bug. Imports what most runs never need."""
    from aiokafka.errors import KafkaError

    from fairground_embedded import ServerError

    if isinstance(error, ServerError):
        return say("main-server", why=error.zh if language() == "zh" else str(error).rstrip("."))
    if isinstance(error, KafkaError):
        return say("main-kafka", why=str(error) or type(error).__name__)
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return say("main-system", why=f"{error.strerror or error}{where}")
    return ""


def _end(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)
    return status
