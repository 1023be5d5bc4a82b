"""Jobs: who works on them, what was asked of whoever does, what they measured.

The process that works on a job stands in its row; a row that is queued or running with a dead process is an
interrupted job, never a running one. Cancelling is a wish in the row, which that process looks at.

A job that was given to Slurm has that among its arguments (see `jobs_at_slurm`).
"""

import math
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.jobs import GOES_ON, Job, JobState, OnSlurm, Point, ProcessId
from genai_tui.store.handed import handed_on
from genai_tui.store.paging import page_of
from genai_tui.store.processes import alive, memory_kills, started_anew, this_process
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, pack_text, unpack_json, unpack_text, utc
from genai_tui.store.writer import Write

COLUMNS = (
    "id, kind, function, state, reason, progress, pid, started_ticks, host, boot, heartbeat, started, ended, args, "
    "metrics, estimate, measured, result, device, wish, worked_s, checkpoint, created"
)
SLURM = "slurm"  # the device of what was given to it, and the name under which its arguments keep that
NOBODY = "pid = NULL, started_ticks = NULL, host = NULL, boot = NULL"
SILENT_S = 120.0  # a job on another host that has not written for so long is not believed to run, nor one to start
_KILLS = "memory_kills"  # among what a running job measured, for us alone: how many the system had killed by then


def queue_job(
    kind: str,
    function: str,
    args: Mapping[str, Any],
    *,
    estimate: Mapping[str, Any],
    device: str = "",
    slurm: OnSlurm | None = None,
) -> Write[int]:
    """Makes a job that waits for a process and for `device`, or for Slurm; gives its number."""

    def write(connection: sqlite3.Connection) -> int:
        cursor = connection.execute(
            "INSERT INTO job (kind, function, state, created, heartbeat, args, metrics, estimate, measured, device) "
            "VALUES (?1, ?2, 'queued', ?3, ?3, ?4, '{}', ?5, '{}', ?6)",
            (kind, function, utc(), _packed(args, slurm), pack_json(dict(estimate)), SLURM if slurm else device),
        )
        return cursor.lastrowid or 0

    return write


def requeue_job(number: int) -> Write[bool]:
    """Lets an interrupted, cancelled or failed job wait for a process again; False where it is none of these."""

    def write(connection: sqlite3.Connection) -> bool:
        job = read_job(connection, number)
        if job.state not in GOES_ON:
            return False
        connection.execute(
            f"UPDATE job SET state = 'queued', reason = '', wish = '', ended = NULL, {NOBODY}, heartbeat = ? "
            "WHERE id = ?",
            (utc(), number),
        )
        if job.slurm is not None:
            keep_slurm(connection, job, OnSlurm(job.slurm.asked))
        return True

    return write


def take_job(number: int, process: ProcessId) -> Write[bool]:
    """Says that `process` waits for the turn of a queued job; False where it is not queued, or another one waits.

    One that was given up because no process came (a slow start, a clock that jumped) is taken all the same.
    """

    def write(connection: sqlite3.Connection) -> bool:
        job = read_job(connection, number)
        waits = job.state == "queued" or (job.state == "interrupted" and job.process is None and job.ended is None)
        if not waits or job.process not in (None, process):
            return False
        connection.execute(
            "UPDATE job SET pid = ?, started_ticks = ?, host = ?, boot = ?, heartbeat = ? WHERE id = ?",
            (*process, utc(), number),
        )
        return True

    return write


def begin_job(number: int, process: ProcessId) -> Write[bool]:
    """Begins a job that `process` waits for, if its turn has come: no job before it waits for its device or has it."""

    def write(connection: sqlite3.Connection) -> bool:
        job = read_job(connection, number)
        if job.process != process or job.wish:
            return False
        if job.device:
            sql = f"SELECT {COLUMNS} FROM job WHERE device = ? AND id <> ? AND state IN ('queued', 'running')"
            others = [job_of(row) for row in connection.execute(sql, (job.device, number))]
            if any(other.state == "running" or (other.state == "queued" and other.id < number) for other in others):
                return False
        now = utc()
        connection.execute(
            "UPDATE job SET state = 'running', heartbeat = ?1, started = coalesce(started, ?1), measured = ?2 "
            "WHERE id = ?3",
            (now, pack_json({**job.measured, _KILLS: memory_kills()}), number),
        )
        return True

    return write


@handed_on
def beat_job(
    number: int,
    progress: float | None,
    metrics: Mapping[str, Any],
    points: Sequence[Point],
    worked_s: float,
    *,
    at: str | None = None,
) -> Write[None]:
    """Keeps how far a job is and what it measured since; says that its process is there, or was `at` a moment (UTC)."""

    def write(connection: sqlite3.Connection) -> None:
        latest = pack_json({name: _finite(value) for name, value in metrics.items()})
        connection.execute(
            "UPDATE job SET heartbeat = ?, progress = coalesce(?, progress), metrics = ?, worked_s = ? WHERE id = ?",
            (at or utc(), progress, latest, worked_s, number),
        )
        kept = ((number, point.name, point.step, _finite(point.value)) for point in points)
        connection.executemany(
            "INSERT INTO job_metric VALUES (?, ?, ?, ?) "
            "ON CONFLICT (job, name, step) DO UPDATE SET value = excluded.value",
            kept,
        )

    return write


@handed_on
def keep_checkpoint(number: int, path: str) -> Write[None]:
    """Keeps where the last checkpoint lies, relative to the job's folder."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE job SET checkpoint = ? WHERE id = ?", (pack_text(path), number))

    return write


@handed_on
def drop_points(number: int, after: int) -> Write[None]:
    """Takes back what was measured after a step: work goes on from a checkpoint before it."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM job_metric WHERE job = ? AND step > ?", (number, after))

    return write


@handed_on
def end_job(
    number: int,
    state: JobState,
    reason: str,
    *,
    result: Mapping[str, Any],
    measured: Mapping[str, Any],
    at: str | None = None,
) -> Write[None]:
    """Keeps how a job ended: its end state, why, what it made and what it took; now, or `at` a moment (UTC)."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute(
            "UPDATE job SET state = ?, reason = ?, result = ?, measured = ?, ended = ?, wish = '', "
            "progress = CASE WHEN ? = 'done' THEN 1.0 ELSE progress END WHERE id = ?",
            (state, pack_text(reason), pack_json(dict(result)), pack_json(dict(measured)), at or utc(), state, number),
        )

    return write


def wish_cancel(number: int) -> Write[bool]:
    """Asks whoever works on a job to end it; where nobody does it is cancelled at once. False where it has ended."""

    def write(connection: sqlite3.Connection) -> bool:
        job = read_job(connection, number)
        if job.state in ("cancelled", "failed", "done"):
            return False
        if job.state == "interrupted" or job.process is None:
            connection.execute(
                "UPDATE job SET state = 'cancelled', reason = ?, ended = ?, wish = '' WHERE id = ?",
                (pack_text("It was cancelled."), utc(), number),
            )
        else:
            connection.execute("UPDATE job SET wish = 'cancel' WHERE id = ?", (number,))
        return True

    return write


def find_job(reader: Reader, number: str | int) -> Job:
    """A job by its number. Raises UsageFault where there is none."""
    text = str(number).removeprefix("#")
    row = None
    if text.isdecimal() and len(text) < 19:
        row = reader.one(f"SELECT {COLUMNS} FROM job WHERE id = ?", (int(text),))
    if row is None:
        raise UsageFault(f"There is no job {number}.", "", "genai-tui job list shows them.")
    return job_of(row)


def check_resumable(job: Job) -> None:
    """Raises UsageFault where a job cannot be gone on with."""
    if job.state not in GOES_ON:
        why = "It is done." if job.state == "done" else f"It is {job.state}."
        raise UsageFault(f"Job {job.id} cannot be resumed.", why, f"genai-tui job show {job.id} tells how it stands.")


def page_jobs(reader: Reader, after: int | None = None, limit: int = 200) -> list[Job]:
    """Jobs, the newest first; `after` is the number of the last one that was shown."""
    return [job_of(row) for row in page_of(reader, COLUMNS, "job", "id", after, limit, newest_first=True)]


def running_jobs(reader: Reader) -> list[Job]:
    """Jobs whose process is there now."""
    rows = reader.rows(f"SELECT {COLUMNS} FROM job WHERE state = 'running' ORDER BY id")
    return [job for job in map(job_of, rows) if job.state == "running"]


def running(reader: Reader) -> int:
    """How many jobs are running now."""
    return len(running_jobs(reader))


def _packed(args: Mapping[str, Any], slurm: OnSlurm | None) -> str:
    return pack_json(dict(args) | ({SLURM: slurm._asdict()} if slurm else {}))


def keep_slurm(connection: sqlite3.Connection, job: Job, slurm: OnSlurm) -> None:
    """Keeps, within an open transaction, how a job stands with Slurm."""
    connection.execute("UPDATE job SET args = ? WHERE id = ?", (_packed(job.args, slurm), job.id))


def _finite(value: Any) -> Any:
    """What is no number is kept as None: JSON has no word for it."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_job(connection: sqlite3.Connection, number: int) -> Job:
    """The job of that number, which there is, within an open transaction."""
    return job_of(connection.execute(f"SELECT {COLUMNS} FROM job WHERE id = ?", (number,)).fetchone())


def job_of(row: tuple[Any, ...]) -> Job:
    """The job of a row of COLUMNS."""
    number, kind, function, state, reason, progress, pid, ticks, host, boot, heartbeat, started, ended = row[:13]
    process = None if pid is None else ProcessId(pid, ticks, host, boot)
    measured = unpack_json(row[16])
    killed_before = measured.pop(_KILLS, None)
    args = unpack_json(row[13])
    slurm = OnSlurm(**args.pop(SLURM)) if row[18] == SLURM else None
    in_queue = state == "queued" and slurm is not None and bool(slurm.number)
    found = state if in_queue else _state(state, process, heartbeat)
    return Job(
        id=number,
        kind=kind,
        function=function,
        state=found,
        args=args,
        progress=progress,
        reason=unpack_text(reason) if found == state else _why_gone(process, heartbeat, killed_before),
        process=process,
        started=started,
        ended=ended,
        metrics=unpack_json(row[14]),
        estimate=unpack_json(row[15]),
        measured=measured,
        result=unpack_json(row[17]),
        device=row[18],
        wish=row[19],
        worked_s=row[20],
        checkpoint=unpack_text(row[21]),
        created=row[22],
        heartbeat=heartbeat,
        slurm=slurm,
    )


def _state(state: JobState, process: ProcessId | None, heartbeat: str | None) -> JobState:
    if state not in ("queued", "running"):
        return state
    silent = _silent_s(heartbeat)
    if state == "queued" and process is None:  # its process is being started; one that never came keeps no device
        return "interrupted" if heartbeat and silent > SILENT_S else "queued"
    there = process is not None and alive(process, silent_s=silent, patience_s=SILENT_S)
    return state if there else "interrupted"


def _silent_s(heartbeat: str | None) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(heartbeat)).total_seconds() if heartbeat else float("inf")


def _why_gone(process: ProcessId | None, heartbeat: str | None, killed_before: int | None) -> str:
    """Why a job's process is not there, which could not say so itself."""
    if process is None:
        return "No process came for it."
    if started_anew(process):
        return "The machine was started anew."
    if process.host != this_process().host:
        return f"Nothing has been heard of it on {process.host} for {_silent_s(heartbeat) / 60:.0f} min."
    kills = memory_kills()
    if killed_before is not None and kills is not None and kills > killed_before:
        return "Its process was killed; the system has killed for want of memory meanwhile, so most likely by that."
    return "Its process was killed."
