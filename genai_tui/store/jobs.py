"""Jobs, as lists and the board show them. What was killed is shown as interrupted, never as running."""

from datetime import UTC, datetime
from typing import Any

from genai_tui.records.jobs import Job, JobState, ProcessId
from genai_tui.store.processes import alive
from genai_tui.store.reader import Reader
from genai_tui.store.values import unpack_json, unpack_text

_COLUMNS = (
    "id, kind, function, state, reason, progress, pid, started_ticks, host, boot, heartbeat, started, ended, args, "
    "metrics, estimate, measured"
)
SILENT_S = 120.0  # a job on another host that has not written for so long is not believed to run


def page_jobs(reader: Reader, after: int | None = None, limit: int = 200) -> list[Job]:
    """Jobs, the newest first; `after` is the number of the last one that was shown."""
    where, args = ("WHERE id < ?", (after, limit)) if after is not None else ("", (limit,))
    return [_job(row) for row in reader.rows(f"SELECT {_COLUMNS} FROM job {where} ORDER BY id DESC LIMIT ?", args)]


def running_jobs(reader: Reader) -> list[Job]:
    """Jobs whose process is there now."""
    rows = reader.rows(f"SELECT {_COLUMNS} FROM job WHERE state = 'running' ORDER BY id")
    return [job for job in map(_job, rows) if job.state == "running"]


def running(reader: Reader) -> int:
    """How many jobs are running now."""
    return len(running_jobs(reader))


def _job(row: tuple[Any, ...]) -> Job:
    number, kind, function, state, reason, progress, pid, ticks, host, boot, heartbeat, started, ended = row[:13]
    process = None if pid is None else ProcessId(pid, ticks, host, boot)
    return Job(
        id=number,
        kind=kind,
        function=function,
        state=_state(state, process, heartbeat),
        args=unpack_json(row[13]),
        progress=progress,
        reason=unpack_text(reason),
        process=process,
        started=started,
        ended=ended,
        metrics=unpack_json(row[14]),
        estimate=unpack_json(row[15]),
        measured=unpack_json(row[16]),
    )


def _state(state: JobState, process: ProcessId | None, heartbeat: str | None) -> JobState:
    if state != "running":
        return state
    silent = (datetime.now(UTC) - datetime.fromisoformat(heartbeat)).total_seconds() if heartbeat else float("inf")
    running_now = process is not None and alive(process, silent_s=silent, patience_s=SILENT_S)
    return "running" if running_now else "interrupted"
