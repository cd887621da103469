"""Decide, evolve and effects of red packets: pure, and complete in themselves."""

from fairground_redpacket.domain.redpacket import RedPacket

__all__ = ["RedPacket"]
