"""What goes wrong in a way that somebody at a terminal can do something about."""


class Trouble(Exception):
    """Ends a command: the text is one sentence, cause and remedy included; `status` is the exit status."""

    def __init__(self, sentence: str, status: int = 1) -> None:
        super().__init__(sentence)
        self.status = status
