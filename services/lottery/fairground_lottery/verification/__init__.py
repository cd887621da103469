"""Recomputing every outcome from the public record: what docs/fairness.md describes, by the domain itself.

`gather` makes an export of an activity's events, `write` and `read` are the file, `verify` recomputes it. The export
names no member. Found by the entry point group `fairground.verifiers`.
"""

from fairground_activities.comparing import Difference, Report
from fairground_activities.exports import Malformed
from fairground_lottery.verification.export import Export, read, write
from fairground_lottery.verification.gathering import NotDisclosed, gather
from fairground_lottery.verification.recomputing import verify

__all__ = ["Difference", "Export", "Malformed", "NotDisclosed", "Report", "gather", "read", "verify", "write"]
