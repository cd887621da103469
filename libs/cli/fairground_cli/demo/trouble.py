"""What can go wrong in a demo, in one sentence."""

from fairground_cli.demo.words import say
from fairground_cli.trouble import Trouble


def lost(error: BaseException) -> Trouble:
    """Kafka did not take a record."""
    return Trouble(say("kafka-lost", why=str(error) or type(error).__name__))
