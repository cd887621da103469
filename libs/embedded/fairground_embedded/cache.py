"""Where downloaded and derived files are kept between runs, for all checkouts of one user."""

import os
from pathlib import Path


def cache_directory() -> Path:
    """`FAIRGROUND_CACHE`, or `fairground` in the user's cache directory. Deleting it costs one download."""
    if named := os.environ.get("FAIRGROUND_CACHE"):
        return Path(named).resolve()
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "fairground"
