"""What goes wrong in a way that somebody at a terminal can do something about."""

from pydantic import ValidationError


class Trouble(Exception):
    """Ends a command: the text is one sentence, cause and remedy included; `status` is the exit status."""

    def __init__(self, sentence: str, status: int = 1) -> None:
        super().__init__(sentence)
        self.status = status


def wrong_in(error: ValidationError) -> str:
    """Everything that is wrong with a message's fields, in one line."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems)
