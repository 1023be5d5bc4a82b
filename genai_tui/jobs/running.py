"""Running a job in this process: waiting for its turn, working, writing down how far it is, ending in a clear state."""

import asyncio
import errno
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from genai_tui.errors import GenaiError, StorageFault, UsageFault
from genai_tui.jobs.contract import Finder, Report, Stop, Told
from genai_tui.jobs.folders import job_folder
from genai_tui.records.jobs import Job, JobState
from genai_tui.store.beside import last_told
from genai_tui.store.jobs import beat_job, begin_job, drop_points, end_job, find_job, keep_checkpoint, take_job
from genai_tui.store.jobs_at_slurm import begin_given
from genai_tui.store.processes import this_process
from genai_tui.store.reader import Reader
from genai_tui.store.writer import Write, Writer

LOOK_S = 0.25  # how often a wish is looked for, and what is new is written down
BEAT_S = 5.0
GRACE_S = 8.0  # what was cancelled and does not end is broken off then
STEP_S = 300.0  # what was interrupted may finish its step, so that none is done twice; who is impatient kills it
STORED_S = 600.0  # how long its end is tried to be stored, on a full disk or while another program holds the database
AGAIN_S = 1.0
FULL = {
    errno.ENOSPC: "The disk is full.",
    errno.EDQUOT: "The quota of the disk is used up.",
    errno.EFBIG: "A file may grow no more.",
}


class Opened(Protocol):
    """The project, as far as a job's frame needs it."""

    database: Path

    @property
    def reader(self) -> Reader:
        """Reads."""

    @property
    def writer(self) -> Writer:
        """Writes."""


class Ended(NamedTuple):
    """How a job ended."""

    state: JobState
    reason: str
    result: dict[str, Any]
    fault: GenaiError | None = None


async def run_job(project: Opened, number: int, find: Finder) -> Job:
    """Work on a queued job to its end; gives it as it then is. `find` gives the function of a dotted name.

    SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 interrupt it: it keeps a checkpoint and can be resumed; SIGHUP is not heard.
    Raises UsageFault where it is not queued, or another process has it, and the GenaiError that made it fail, once
    that is stored.
    """
    me = this_process()
    [taken] = await stored(project, take_job(number, me))
    if not taken:
        raise UsageFault(
            f"Job {number} does not wait for a process.",
            f"It is {find_job(project.reader, number).state}.",
            f"genai-tui job resume {number} goes on with one that was interrupted.",
        )
    stop = Stop()
    with _signals(stop):
        if not await _turn(project, number, stop):
            state: JobState = "cancelled" if stop.asked == "cancel" else "interrupted"
            reason = "It was cancelled while it waited." if state == "cancelled" else "It was ended while it waited."
            await stored(project, end_job(number, state, reason, result={}, measured={}))
            return find_job(project.reader, number)
        await _Running(project, find_job(project.reader, number), stop).to_the_end(find)
        return find_job(project.reader, number)


def check_ours(job: Job) -> None:
    """Raises UsageFault where a job was given to Slurm, and is not to be worked on by hand."""
    if job.slurm is not None:
        raise UsageFault(
            f"Job {job.id} was given to Slurm.",
            "There its process writes beside the database, and Slurm starts it.",
            f"genai-tui job resume {job.id} gives it to Slurm again.",
        )


async def run_given(project: Opened, number: int, find: Finder, by: str) -> Ended:
    """Work, on a node, on a job that Slurm started as its job `by`; else as `run_job`.

    Slurm is its queue, and its cancelling is a signal. Where it starts the job again (preempted, out of time, a node
    lost) the work goes on from its last checkpoint.
    """
    told, state = last_told(job_folder(project.database, number), by)
    if state == "done":
        return Ended("done", "", {})  # Slurm started it again when it was over
    known = {name: told[name] for name in ("progress", "metrics", "worked_s") if told.get(name) is not None}
    job = replace(find_job(project.reader, number), **known)
    stop = Stop()
    with _signals(stop):
        await stored(project, begin_given(number, this_process()))
        return await _Running(project, job, stop).to_the_end(find)


async def stored(project: Opened, *writes: Write[Any]) -> list[Any]:
    """Store what must be: while the disk is full or another program holds the database it is tried again, for minutes.

    Raises what `put` raises, at once where the project is no longer there.
    """
    until = time.monotonic() + STORED_S
    while True:
        try:
            return await project.writer.put(*writes)
        except StorageFault:
            if time.monotonic() > until or not project.database.exists():
                raise
        await asyncio.sleep(AGAIN_S)


async def _turn(project: Opened, number: int, stop: Stop) -> bool:
    """Wait until the device is free; False where it was told to end meanwhile."""
    me = this_process()
    while not stop.asked:
        [begun] = await stored(project, begin_job(number, me))
        if begun:
            return True
        if find_job(project.reader, number).wish == "cancel":
            stop.ask("cancel")
            return False
        await asyncio.sleep(1.0)
    return False


class _Running:
    """One job while this process works on it."""

    def __init__(self, project: Opened, job: Job, stop: Stop) -> None:
        self._project = project
        self._job = job
        self._stop = stop
        folder = job_folder(project.database, job.id)
        folder.mkdir(parents=True, exist_ok=True)
        self._report = Report(job, folder)
        self._began = time.monotonic()
        self._cpu = _cpu_s()
        self._told = Told()

    async def to_the_end(self, find: Finder) -> Ended:
        work = asyncio.ensure_future(self._work(find))
        asked: float | None = None
        beaten = self._began
        while not work.done():
            await asyncio.wait((work,), timeout=LOOK_S)
            now = time.monotonic()
            self._look()
            if self._stop.asked and asked is None:
                asked = now
            if asked is not None and now - asked > (GRACE_S if self._stop.asked == "cancel" else STEP_S):
                work.cancel()
            beaten = await self._keep(now, beaten)
        ended = self._how(work)
        await self._keep(time.monotonic(), -BEAT_S)
        measured = {
            "wall_s": self._worked(),
            "cpu_s": _cpu_s() - self._cpu + self._job.measured.get("cpu_s", 0.0),
            "peak_memory_bytes": max(peak_bytes(), self._job.measured.get("peak_memory_bytes", 0)),
            **self._told.measured,
        }
        if ended.reason and ended.fault is None:
            self._report.note(f"{ended.state}: {ended.reason}")
        end = end_job(self._job.id, ended.state, ended.reason, result=ended.result, measured=measured)
        await stored(self._project, end)
        if ended.fault is not None:
            raise ended.fault
        return ended

    async def _work(self, find: Finder) -> dict[str, Any]:
        function = find(self._job.function)
        return await function(self._project, self._job.args, self._report, self._stop)

    def _look(self) -> None:
        try:
            wish = find_job(self._project.reader, self._job.id).wish
        except StorageFault:
            return  # locked or full for a moment; it is asked again
        if wish == "cancel":
            self._stop.ask("cancel")

    async def _keep(self, now: float, beaten: float) -> float:
        """Write down what was told; gives when that was last done."""
        told = self._report.take()
        new = told.points or told.checkpoint or told.back_to is not None or told.metrics != self._told.metrics
        if not new and told.share == self._told.share and now - beaten < BEAT_S:
            self._told = told
            return beaten
        number = self._job.id
        writes: list[Write[Any]] = []
        if told.back_to is not None:
            writes.append(drop_points(number, told.back_to))
        writes.append(beat_job(number, told.share, told.metrics, told.points, self._worked()))
        if told.checkpoint:
            writes.append(keep_checkpoint(number, told.checkpoint))
        try:
            await self._project.writer.put(*writes)
        except StorageFault as fault:
            self._report.put_back(told)
            self._report.note(f"What it measured is not stored yet: {fault}")
            return now
        self._told = told
        return now

    def _worked(self) -> float:
        return self._job.worked_s + time.monotonic() - self._began

    def _how(self, work: "asyncio.Future[dict[str, Any]]") -> Ended:
        state: JobState = {"cancel": "cancelled", "interrupt": "interrupted", "": "done"}[self._stop.asked]  # type: ignore[assignment]
        try:
            result = work.result()
        except asyncio.CancelledError:
            return Ended(state if self._stop.asked else "interrupted", "It was told to end and did not in time.", {})
        except GenaiError as fault:
            return _failed(fault)
        except Exception as error:  # noqa: BLE001 - whatever it was, the job has an end state with a reason
            traceback.print_exception(error, file=sys.stderr)
            return _failed(_fault(error))
        reason = (
            "It was cancelled." if state == "cancelled" else "It was ended from outside." if self._stop.asked else ""
        )
        return Ended(state, reason, result)


def _failed(fault: GenaiError) -> Ended:
    return Ended("failed", str(fault), {}, fault)


def _fault(error: Exception) -> GenaiError:
    number = error.errno if isinstance(error, OSError) else 0
    if number in FULL:
        return StorageFault(FULL[number], f"{error}.", "Make room, and resume the job.")
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return GenaiError("Memory ran out.", "", "Free some, or ask for less at once, and resume the job.")
    text = str(error).strip().splitlines()
    return GenaiError(f"The work failed: {type(error).__name__}.", text[0][:300] if text else "")


@contextmanager
def _signals(stop: Stop) -> Iterator[None]:
    """Let signals that end a process interrupt the work instead; a hangup is none of a job's business."""
    loop = asyncio.get_running_loop()

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)
    for number in numbers:
        loop.add_signal_handler(number, stop.ask, "interrupt")
    hangup = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, hangup)
        for number in numbers:
            loop.remove_signal_handler(number)


def _cpu_s() -> float:
    """CPU seconds of this process and of those it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_bytes() -> int:
    """The most memory that this process, or one it waited for, held: the resident set, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) * unit
