"""Which process is meant: a number alone may be a later one's."""

import os
import sys
from pathlib import Path


def started(pid: int) -> int:
    """When process `pid` began, in clock ticks since boot (elsewhere than Linux: hundredths of a second since 1970).

    0 where it is gone, or only waits to be collected.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0 if sys.platform == "linux" else _started_elsewhere(pid)
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything, brackets and blanks too
    return 0 if fields[0] in ("Z", "X") else int(fields[19])


def boot() -> str:
    """The kernel's name for this boot; empty where it has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def cores() -> int:
    """How many cores this process may use: its affinity, and a container's quota where there is one."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(count, round(_quota() or count)))


def _quota() -> float | None:
    for quota_file, period_file in (
        ("/sys/fs/cgroup/cpu.max", None),
        ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
    ):
        try:
            words = Path(quota_file).read_text(encoding="ascii").split()
            if period_file:
                words += Path(period_file).read_text(encoding="ascii").split()
            quota, period = float(words[0]), float(words[1])
        except (OSError, ValueError, IndexError):  # no such file, or "max": no quota
            continue
        if quota > 0 and period > 0:
            return quota / period
    return None


def _started_elsewhere(pid: int) -> int:
    import psutil

    try:
        process = psutil.Process(pid)
        return 0 if process.status() == psutil.STATUS_ZOMBIE else int(process.create_time() * 100)
    except psutil.Error:
        return 0
