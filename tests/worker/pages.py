"""A worker's health pages, as its supervisor reads them."""

import asyncio
import urllib.error
import urllib.request
from pathlib import Path

_PATIENCE_S = 30.0


class Pages:
    """The pages of one worker, which is told to write their port to `port_file`."""

    def __init__(self, directory: Path, instance: str = "one") -> None:
        self.port_file = str(directory / f"{instance}.port")

    async def read(self, path: str) -> tuple[int, str]:
        """Status and text; status 0 while there is no page."""
        return await asyncio.to_thread(self._read, path)

    def _read(self, path: str) -> tuple[int, str]:
        try:
            port = Path(self.port_file).read_text()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, ValueError) as error:
            return 0, str(error)

    async def until(self, path: str, status: int, saying: str = "") -> str:
        """Wait until the page answers so, and return what it says."""
        found = (0, "")
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while found[0] != status or saying not in found[1]:
                    await asyncio.sleep(0.05)
                    found = await self.read(path)
        except TimeoutError:
            raise AssertionError(f"{path} does not come to {status} {saying!r}, but says {found}") from None
        return found[1]

    async def metric(self, name: str) -> dict[str, float]:
        """The samples of a metric, by their labels as they are written."""
        _, text = await self.read("/metrics")
        samples = (line.rpartition(" ") for line in text.splitlines() if line.startswith(f"{name}{{"))
        return {labels.removeprefix(name): float(value) for labels, _, value in samples}
