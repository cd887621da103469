"""The audit: what must be true of the record, of Kafka and of Redis, checked over everything there is."""

from fairground_record.audit.report import Judged, Report
from fairground_record.audit.run import audit, installed
from fairground_record.audit.share import Audited
from fairground_record.audit.topic import Silent

__all__ = ["Audited", "Judged", "Report", "Silent", "audit", "installed"]
