"""What goes wrong with a server, said in one sentence."""


class ServerError(Exception):
    """A server cannot be had; the text is one sentence for the person at the terminal, cause and remedy included."""

    def __init__(self, en: str, zh: str) -> None:
        """The sentence in both languages, without its full stop."""
        super().__init__(en)
        self.zh = zh


class PortTaken(ServerError):
    """Somebody else listens on a port that the server needs, since before or since it was found free."""
