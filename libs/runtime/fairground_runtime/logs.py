"""Structured logs: JSON lines in production, readable ones in a terminal."""

import logging
import sys
from typing import Literal

import structlog


def configure(process: str, log_format: Literal["auto", "json", "console"] = "auto", level: str = "info") -> None:
    """Send everything that is logged to standard error, each line with the process's name."""
    readable = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info if not readable else structlog.processors.StackInfoRenderer(),
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("aiokafka", "uvicorn", "asyncio"):  # leader elections after topics were created are no news
        logging.getLogger(noisy).setLevel(max(logging.ERROR, logging.getLogger().level))
    structlog.contextvars.bind_contextvars(process=process)
