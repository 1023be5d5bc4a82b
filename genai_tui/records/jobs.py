"""Jobs: long work in a process of its own."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

JobState = Literal["queued", "running", "interrupted", "cancelled", "failed", "done"]


class ProcessId(NamedTuple):
    """A process that cannot be mistaken for a later one with the same number.

    `started` is in clock ticks since boot, as /proc says (0 where there is no /proc).
    """

    pid: int
    started: int
    host: str
    boot: str


@dataclass(frozen=True)
class Job:
    """One piece of long work; `function` is its dotted name, `progress` a fraction, times are UTC."""

    id: int
    kind: str
    function: str
    state: JobState
    args: dict[str, Any] = field(default_factory=dict)
    progress: float | None = None
    reason: str = ""
    process: ProcessId | None = None
    started: str | None = None
    ended: str | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    estimate: dict[str, Any] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)
