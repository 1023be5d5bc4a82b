"""What a job's work is given: a report that it tells how far it is, and a stop that it looks at."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from genai_tui.records.jobs import Job, Point

T = TypeVar("T")


class Stop:
    """Whether work is to end: cancelled, or only interrupted (its process is asked to go, and it is resumed later).

    `asked` may be read from any thread; `ask` and `wait` belong to the loop.
    """

    def __init__(self) -> None:
        self.asked: Literal["", "cancel", "interrupt"] = ""
        self._event = asyncio.Event()

    def ask(self, how: Literal["cancel", "interrupt"]) -> None:
        """Ask the work to end; what was asked to be cancelled stays so."""
        if self.asked != "cancel":
            self.asked = how
        self._event.set()

    async def wait(self) -> None:
        """Wait until it is asked to end."""
        await self._event.wait()


class Report:
    """Told by the work, from any thread, how far it is; kept for whoever writes it down.

    `job` is the job as it was when it began, `folder` where its log and checkpoints lie.
    """

    def __init__(self, job: Job, folder: Path) -> None:
        self.job = job
        self.folder = folder
        self._lock = threading.Lock()
        self._told = Told(metrics=dict(job.metrics))

    def progress(
        self, done: float, total: float, metrics: Mapping[str, float | None] | None = None, step: int | None = None
    ) -> None:
        """`done` of `total`; `metrics` are the latest values and, with a `step`, points of their curves."""
        with self._lock:
            self._told.share = min(done / total, 1.0) if total > 0 else None
            for name, value in (metrics or {}).items():
                self._told.metrics[name] = value
                if step is not None:
                    self._told.points.append(Point(name, step, value))

    def measured(self, figures: Mapping[str, float]) -> None:
        """What it took so far (seconds, bytes), beside what is measured of every job."""
        with self._lock:
            self._told.measured.update(figures)

    def checkpoint(self, path: str) -> None:
        """The last complete checkpoint, a path within the job's folder; work that is resumed begins there."""
        with self._lock:
            self._told.checkpoint = path

    def back_to(self, step: int) -> None:
        """Work goes on from `step`: what was measured after it is dropped, and measured again."""
        with self._lock:
            self._told.back_to = step
            self._told.points = [point for point in self._told.points if point.step <= step]

    def note(self, text: str) -> None:
        """A line of the log; where that cannot be written (a full disk), the work goes on without it."""
        with suppress(OSError):
            print(text, file=sys.stderr, flush=True)  # noqa: T201 - what a job's own process says is its log

    def take(self) -> "Told":
        """What was told since it was last taken."""
        with self._lock:
            told = self._told
            self._told = Told(share=told.share, metrics=dict(told.metrics), measured=dict(told.measured))
            return told

    def put_back(self, told: "Told") -> None:
        """What was taken could not be kept: it is told again, before what came meanwhile."""
        with self._lock:
            now = self._told
            now.points = told.points + now.points
            now.checkpoint = now.checkpoint or told.checkpoint
            now.back_to = told.back_to if now.back_to is None else now.back_to


@dataclass
class Told:
    """What work told: the share that is done, latest values, points of curves, what it took, its last checkpoint."""

    share: float | None = None
    metrics: dict[str, float | None] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)
    checkpoint: str = ""
    back_to: int | None = None


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Long work that cannot be broken off, in a thread that ends with its process: cancelled, nobody waits for it."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[T] = loop.create_future()

    def tell(how: Callable[[Any], None], value: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if ended.done() else how(value))

    def run() -> None:
        try:
            result = work(*args)
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            tell(ended.set_exception, error)
        else:
            tell(ended.set_result, result)

    threading.Thread(target=run, daemon=True, name="work").start()
    return await ended


class Work(Protocol):
    """A job's function. Gives what it made; raises GenaiError for what a user can mend.

    Asked to stop, it ends within seconds and keeps what it had; what it gives is then kept, too.
    """

    def __call__(self, project: Any, args: dict[str, Any], report: Report, stop: Stop) -> Awaitable[dict[str, Any]]:
        """Do the work."""


Finder = Callable[[str], Work]
