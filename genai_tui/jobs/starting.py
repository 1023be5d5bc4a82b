"""Starting a job's own process, in a session of its own: it goes on when terminal, connection and app end."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from genai_tui.errors import GenaiError, StorageFault
from genai_tui.jobs.folders import job_folder, log_file
from genai_tui.jobs.running import Opened
from genai_tui.records.jobs import Job
from genai_tui.store.jobs import check_resumable, end_job, find_job, queue_job, requeue_job


class Startable(Opened, Protocol):
    """The project, as far as starting a process for it needs it."""

    folder: Path
    environ: Mapping[str, str]


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
) -> Job:
    """Queue a job and start its process, which waits until `device` is free; gives it as it then is.

    `function` is the dotted name of a `Work`, `estimate` what it should take (seconds, bytes, US dollars). Raises
    what `start_process` raises; the job is then failed, with that reason.
    """
    [number] = await project.writer.put(queue_job(kind, function, args, estimate=estimate, device=device))
    return await _started(project, number)


async def resume_job(project: Startable, number: int) -> Job:
    """Start a process for an interrupted, cancelled or failed job. Raises UsageFault where it is none of these."""
    job = find_job(project.reader, number)
    check_resumable(job)
    [queued] = await project.writer.put(requeue_job(number))
    if not queued:
        check_resumable(find_job(project.reader, number))
    return await _started(project, number)


async def _started(project: Startable, number: int) -> Job:
    try:
        await asyncio.to_thread(start_process, project.folder, project.database, number, project.environ)
    except GenaiError as fault:
        await project.writer.put(end_job(number, "failed", str(fault), result={}, measured={}))
        raise
    return find_job(project.reader, number)
