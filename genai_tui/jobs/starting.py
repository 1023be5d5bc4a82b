"""Starting a job: a process of its own, which goes on when terminal, connection and app end, or one of Slurm's."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from genai_tui.errors import GenaiError, StorageFault, UsageFault
from genai_tui.jobs import slurm
from genai_tui.jobs.attending import attend
from genai_tui.jobs.folders import job_folder, log_file
from genai_tui.jobs.running import Opened
from genai_tui.jobs.submitting import check_slurm, submit
from genai_tui.records.asked import Asked
from genai_tui.records.jobs import Job, OnSlurm
from genai_tui.settings import Settings, secrets_of
from genai_tui.store.jobs import check_resumable, end_job, find_job, queue_job, requeue_job
from genai_tui.store.jobs_at_slurm import given_to_slurm


class Startable(Opened, Protocol):
    """The project, as far as starting a process for it needs it."""

    folder: Path
    environ: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        """The user's."""


def start_process(folder: Path, database: Path, number: int, environ: Mapping[str, str]) -> int:
    """Start `genai-tui job run` for a queued job of the project in `folder`; gives the process's number.

    What it writes goes to the job's log. Raises StorageFault where that cannot be made, GenaiError where no process
    can be started.
    """
    command = [sys.executable, "-m", "genai_tui", "job", "run", str(number), "--project", str(folder)]
    try:
        job_folder(database, number).mkdir(parents=True, exist_ok=True)
        descriptor = os.open(log_file(database, number), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError as error:
        what = f"The log of job {number} cannot be written."
        raise StorageFault(what, f"{error.strerror}.", "Make room, or let the project be written to.") from error
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    except OSError as error:
        raise GenaiError(f"The process of job {number} cannot be started.", f"{error.strerror}.") from error
    finally:
        os.close(descriptor)
    threading.Thread(target=process.wait, daemon=True, name=f"job-{number}").start()  # else it ends as a zombie
    return process.pid


async def start_job(
    project: Startable,
    kind: str,
    function: str,
    args: Mapping[str, Any],
    *,
    estimate: Mapping[str, Any],
    device: str = "",
    asked: Asked | None = None,
) -> Job:
    """Queue a job and start its process, which waits until `device` is free; gives it as it then is.

    With `asked` it is given to Slurm instead, which starts it on a node: its work may write only what can be written
    beside the database. `function` is the dotted name of a `Work`, `estimate` what it should take (seconds, bytes, US
    dollars). Raises what `check_slurm`, `start_process` and `submit` raise; a job that did not start is then failed,
    with that reason.
    """
    given = OnSlurm(asked._asdict()) if asked is not None else None
    if given is not None:
        await asyncio.to_thread(check_slurm, project.environ)
    [number] = await project.writer.put(queue_job(kind, function, args, estimate=estimate, device=device, slurm=given))
    return await _started(project, number)


async def resume_job(project: Startable, number: int) -> Job:
    """Start a process for an interrupted, cancelled or failed job, or give it to Slurm again, as it was started.

    Raises UsageFault where it is none of these, or Slurm still has it; NoAnswer where Slurm cannot be asked that.
    """
    job = find_job(project.reader, number)
    check_resumable(job)
    if job.slurm is not None:
        await asyncio.to_thread(_check_gone, project, job)
    [queued] = await project.writer.put(requeue_job(number))
    if not queued:
        check_resumable(find_job(project.reader, number))
    return await _started(project, number)


def _check_gone(project: Startable, job: Job) -> None:
    """Raises UsageFault where Slurm still has a job: two processes would write its checkpoints."""
    check_slurm(project.environ)
    if job.slurm is None or not job.slurm.number:
        return
    word = slurm.words_of([job.slurm.number], project.environ)[job.slurm.number]
    if word.stands != "ended":
        do = f"Wait for it, or end it: genai-tui job cancel {job.id}"
        raise UsageFault(f"Job {job.id} cannot be resumed: Slurm still has it.", str(word), do)
    attend(project, ask=False)


async def _started(project: Startable, number: int) -> Job:
    job = find_job(project.reader, number)
    try:
        if job.slurm is None:
            await asyncio.to_thread(start_process, project.folder, project.database, number, project.environ)
        else:
            words = (project.folder, project.database, number, Asked(**job.slurm.asked), secrets_of(project.settings))
            await project.writer.put(given_to_slurm(number, await asyncio.to_thread(submit, *words)))
    except GenaiError as fault:
        await project.writer.put(end_job(number, "failed", str(fault), result={}, measured={}))
        raise
    return find_job(project.reader, number)
