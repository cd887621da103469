"""A worker process: FastStream hands it records, `Assigned` takes each partition through the protocol."""

from fairground_runtime.worker.manifest import Activity, Intake
from fairground_runtime.worker.process import Worker, run

__all__ = ["Activity", "Intake", "Worker", "run"]
