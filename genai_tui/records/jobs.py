"""Jobs: long work in a process of its own."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

JobState = Literal["queued", "running", "interrupted", "cancelled", "failed", "done"]
GOES_ON: tuple[JobState, ...] = ("interrupted", "cancelled", "failed")  # what can be resumed


class ProcessId(NamedTuple):
    """A process that cannot be mistaken for a later one with the same number.

    `started` is in clock ticks since boot, as /proc says (0 where there is no /proc).
    """

    pid: int
    started: int
    host: str
    boot: str


class Point(NamedTuple):
    """One measured value of a job at a step; not finite ones are kept as None."""

    name: str
    step: int
    value: float | None


class OnSlurm(NamedTuple):
    """That a job was given to Slurm: what was asked for it, its number there ("" until it has one).

    `over` says that Slurm has nothing more to do with it.
    """

    asked: dict[str, Any]
    number: str = ""
    over: bool = False


@dataclass(frozen=True)
class Job:
    """One piece of long work; `function` is its dotted name, `progress` a fraction, times are UTC.

    `device` is what it has to itself ("cpu", "cuda:0"; empty: nothing), `metrics` what was measured last, `estimate`
    what it should take and `measured` what it took (seconds, bytes), `result` what it made, `worked_s` the seconds
    that were worked on it. `checkpoint` is the last one, a path within its folder. `state` is what was found when it
    was read: running means that its process is there. `slurm` is None where it was not given to Slurm (its `device`
    is "slurm" then).
    """

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
    result: dict[str, Any] = field(default_factory=dict)
    device: str = ""
    wish: str = ""
    worked_s: float = 0.0
    checkpoint: str = ""
    created: str = ""
    heartbeat: str | None = None
    slurm: OnSlurm | None = None

    @property
    def unfinished(self) -> bool:
        """Whether it goes on by itself: it waits or runs, or Slurm, which still has it, may start it again."""
        given = self.slurm is not None and bool(self.slurm.number) and not self.slurm.over
        return self.state in ("queued", "running") or (self.state == "interrupted" and given)

    @property
    def ending(self) -> bool:
        """Whether it was asked to end and its process has not yet done so."""
        return self.state in ("queued", "running") and self.wish == "cancel"
