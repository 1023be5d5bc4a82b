"""What a training uses as it goes on: tokens a second, memory, and how busy a GPU is where that can be asked."""

import os
import time
from contextlib import suppress
from pathlib import Path

GB = 1e9
STATUS = Path("/proc/self/statm")


class Usage:
    """Asked at every step by the training itself, in its own process."""

    def __init__(self) -> None:
        self._before: tuple[float, float] | None = None

    def of(self, tokens: float | None) -> dict[str, float | None]:
        """Figures by their names; `tokens` are all that it has seen (they begin again where it goes on)."""
        import torch

        now = time.monotonic()
        found: dict[str, float | None] = {}
        if tokens is not None:
            if self._before is not None and tokens > self._before[1]:
                found["tokens a second"] = (tokens - self._before[1]) / max(now - self._before[0], 1e-9)
            self._before = (now, tokens)
        if (resident := resident_bytes()) is not None:
            found["memory (GB)/cpu"] = resident / GB
        if torch.cuda.is_available():
            found["memory (GB)/gpu"] = torch.cuda.memory_allocated() / GB
            with suppress(ModuleNotFoundError, RuntimeError):  # where NVML is not there, nobody can say
                found["gpu use (%)"] = float(torch.cuda.utilization())
        return found


def resident_bytes() -> int | None:
    """The memory that this process holds now; None where the system does not say."""
    try:
        pages = int(STATUS.read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
