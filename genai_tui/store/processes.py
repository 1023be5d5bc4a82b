"""Processes that cannot be mistaken for others: number, start time, host and boot.

Numbers are used again, projects lie on disks that several hosts share, and containers on one host have numbers of
their own: so the boot id carries the pid namespace where /proc tells it.
"""

import os
import signal
from functools import lru_cache
from pathlib import Path

from genai_tui.records.jobs import ProcessId

PROC = Path("/proc")
MEMORY_KILLS = "oom_kill "


def signal_name(number: int) -> str:
    """What the system calls a signal: SIGKILL for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def this_process() -> ProcessId:
    """Who we are; asked anew after a fork."""
    return _identity(os.getpid())


def alive(process: ProcessId, *, silent_s: float = 0.0, patience_s: float = 3600.0) -> bool:
    """Whether `process` may still be running.

    On this host and boot that is known. Of another host, or of another container here, it cannot be: it counts as
    alive until it has been silent for longer than `patience_s`; `silent_s` is how long ago it last wrote
    (a draft, a heartbeat), in seconds.
    """
    host, boot = _here()
    if process.host == host and _boot(process.boot) != _boot(boot):
        return False  # this host has started anew since
    if process.host != host or process.boot != boot:
        return silent_s <= patience_s
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass  # somebody else's, or no number a process can have: the start time decides
    started = _started(process.pid)
    return started is None or (started > 0 and process.started in (0, started))


def memory_kills() -> int | None:
    """How many processes the system has killed since it started for want of memory; None where it does not say."""
    try:
        lines = (PROC / "vmstat").read_text().splitlines()
    except OSError:
        return None
    return next((int(line[len(MEMORY_KILLS) :]) for line in lines if line.startswith(MEMORY_KILLS)), None)


def started_anew(process: ProcessId) -> bool:
    """Whether this is the host of `process`, and it has started anew since."""
    host, boot = _here()
    return process.host == host and _boot(process.boot) != _boot(boot)


@lru_cache(maxsize=2)
def _identity(pid: int) -> ProcessId:
    host, boot = _here()
    return ProcessId(pid, _started(pid) or 0, host, boot)


@lru_cache(maxsize=1)
def _here() -> tuple[str, str]:
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        boot += "/" + os.readlink(PROC / "self/ns/pid").strip("pid:[]")
    except OSError:
        boot = ""
    return os.uname().nodename, boot


def _boot(boot: str) -> str:
    return boot.partition("/")[0]


def _started(pid: int) -> int | None:
    """Clock ticks from boot to the start of `pid`; 0 when it has ended, None where there is no /proc to ask."""
    try:
        status = (PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except FileNotFoundError:
        return 0 if (PROC / "self/stat").exists() else None
    except OSError:
        return None
    fields = status.rpartition(")")[2].split()
    return 0 if fields[0] in "ZX" else int(fields[19])
