"""Cancelling a job from outside: asked first, then told, then killed; what it had is kept."""

import asyncio
import os
import signal

from genai_tui.jobs.running import GRACE_S, Opened
from genai_tui.records.jobs import Job
from genai_tui.store.jobs import end_job, find_job, wish_cancel
from genai_tui.store.processes import this_process

LOOK_S = 0.1
TOLD_S = 3.0  # how long after SIGTERM it is killed


async def cancel_job(project: Opened, number: int) -> Job:
    """Cancel a job and wait until it has ended; a job that has ended stays as it is.

    Its process is asked by its row; where that does not help within seconds and it is a process of this machine, its
    whole session is ended (run in the foreground, it alone).
    """
    await project.writer.put(wish_cancel(number))
    job = await _ended(project, number, GRACE_S + 2.0)
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if job.state not in ("running", "queued"):
            break
        if not _here(job) or job.process is None:
            return job
        try:
            _tell(job.process.pid, sign)
        except (ProcessLookupError, PermissionError):
            break
        job = await _ended(project, number, TOLD_S)
    if job.state == "interrupted":
        await project.writer.put(end_job(number, "cancelled", "It was cancelled.", result={}, measured=job.measured))
        job = find_job(project.reader, number)
    return job


def _tell(pid: int, sign: signal.Signals) -> None:
    if os.getpgid(pid) == pid:
        os.killpg(pid, sign)
    else:
        os.kill(pid, sign)


def _here(job: Job) -> bool:
    me = this_process()
    return job.process is not None and (job.process.host, job.process.boot) == (me.host, me.boot)


async def _ended(project: Opened, number: int, patience_s: float) -> Job:
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    while True:
        job = find_job(project.reader, number)
        if job.state not in ("running", "queued") or loop.time() > until:
            return job
        await asyncio.sleep(LOOK_S)
