"""What the store knows of jobs that were given to Slurm, whose state has two witnesses.

What their process wrote beside the database, taken in (`beside`), and what the queue says (`heard_of`).
"""

import sqlite3
from typing import Literal

from genai_tui.records.jobs import Job, ProcessId
from genai_tui.store.handed import handed_on
from genai_tui.store.jobs import COLUMNS, NOBODY, SLURM, job_of, keep_slurm, read_job
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_text, utc
from genai_tui.store.writer import Write


@handed_on
def begin_given(number: int, process: ProcessId, *, at: str | None = None) -> Write[None]:
    """Says that `process`, which Slurm started, works on a job now, or did `at` a moment (UTC)."""

    def write(connection: sqlite3.Connection) -> None:
        now = at or utc()
        connection.execute(
            "UPDATE job SET state = 'running', ended = NULL, pid = ?, started_ticks = ?, host = ?, boot = ?, "
            "heartbeat = ?, started = coalesce(started, ?) WHERE id = ?",
            (*process, now, now, number),
        )

    return write


def given_to_slurm(number: int, slurm_number: str) -> Write[None]:
    """Keeps the number that Slurm gave a job."""

    def write(connection: sqlite3.Connection) -> None:
        job = read_job(connection, number)
        assert job.slurm is not None
        keep_slurm(connection, job, job.slurm._replace(number=slurm_number))

    return write


def heard_of(number: int, slurm_number: str, stands: Literal["waits", "runs", "ended"], said: str) -> Write[None]:
    """Keeps what Slurm's queue says of a job, which is `said` as its reason: the other witness of its state.

    One that waits again was started anew by Slurm (preempted, a node lost). One that Slurm ended, and whose process
    did not say how, was interrupted. Nothing is kept of a job that has an end state, nor of an earlier start.
    """

    def write(connection: sqlite3.Connection) -> None:
        job = read_job(connection, number)
        if job.slurm is None or job.slurm.number != slurm_number:
            return
        if stands == "ended":
            keep_slurm(connection, job, job.slurm._replace(over=True))
        [state] = connection.execute("SELECT state FROM job WHERE id = ?", (number,)).fetchone()
        if state not in ("queued", "running", "interrupted"):
            return
        if stands == "waits":
            sql = f"UPDATE job SET state = 'queued', reason = ?, ended = NULL, {NOBODY} WHERE id = ?"
        elif stands == "runs":
            sql = "UPDATE job SET reason = ? WHERE id = ? AND state <> 'interrupted'"
        else:
            sql = "UPDATE job SET state = 'interrupted', reason = ?, ended = coalesce(ended, heartbeat) WHERE id = ?"
        connection.execute(sql, (pack_text(said), number))

    return write


def is_heard(connection: sqlite3.Connection, number: int, slurm_number: str, *, ends: str | None = None) -> bool:
    """Whether what Slurm's job `slurm_number` wrote of a job counts: it is the one that has it now.

    Of a cancelled job it does not count that it began or was interrupted (`ends`: the state that it says).
    """
    job = read_job(connection, number)
    if job.slurm is None or job.slurm.number != slurm_number:
        return False
    return not (job.state == "cancelled" and ends in ("running", "interrupted"))


def given_jobs(reader: Reader) -> list[Job]:
    """Jobs that Slurm has, or had when it was last heard of."""
    rows = reader.rows(
        f"SELECT {COLUMNS} FROM job WHERE state IN ('queued', 'running', 'interrupted') AND device = ? ORDER BY id",
        (SLURM,),
    )
    return [job for job in map(job_of, rows) if job.slurm is not None and job.slurm.number and not job.slurm.over]
