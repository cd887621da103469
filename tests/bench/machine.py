"""Where and with what was measured, so that runs on different machines compare."""

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import psutil

from fairground_embedded.jars import KAFKA_VERSION
from tests.bench.stage import Stage

_PACKAGES = ("faststream", "aiokafka", "redis", "hiredis", "pydantic", "msgspec", "orjson", "uvloop", "asyncpg")
_LOOPS = 1_000_000


def calibration() -> float:
    """Million rounds a second of a fixed loop in pure Python: how fast one core is for such programs just now."""
    return round(median(_LOOPS / _fixed_loop() for _ in range(5)) / 1e6, 2)


def _fixed_loop() -> float:
    began_s, total, places = time.perf_counter(), 0, dict[int, int]()
    for number in range(_LOOPS):
        places[number & 1023] = total
        total += number * 3 % 7
    return time.perf_counter() - began_s


def machine() -> dict[str, Any]:
    """The hardware, and how busy it was before anything was measured."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load_average_before": round(os.getloadavg()[0], 2),
        "busy_before_percent": psutil.cpu_percent(interval=2),
        "calibration": calibration(),
    }


def _cpu_model() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


async def versions(stage: Stage) -> dict[str, str]:
    """Of the servers, of Python, and of the packages on the way of a command."""
    about = await stage.redis.info("server")
    connection = await asyncpg.connect(stage.addresses.database)
    database = str(await connection.fetchval("SHOW server_version"))
    await connection.close()
    return {
        "kafka": KAFKA_VERSION,
        "valkey": str(about.get("valkey_version") or about["redis_version"]),
        "postgresql": database.split()[0],
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
    }
