"""Cancelling a job from outside: asked first, then told, then killed; what it had is kept."""

import asyncio
import os
import signal

from genai_tui.jobs import slurm
from genai_tui.jobs.attending import Attended, attend, tidy
from genai_tui.jobs.running import GRACE_S, Opened
from genai_tui.records.jobs import Job
from genai_tui.store.jobs import end_job, find_job, wish_cancel
from genai_tui.store.processes import this_process

LOOK_S = 0.1
TOLD_S = 3.0  # how long after SIGTERM it is killed
ASK_S = 0.5  # how often Slurm is asked whether it has ended one
SLURM_S = 90.0  # how long that may take: it kills what did not hear after KillWait, 30 s by default


async def cancel_job(project: Attended, number: int) -> Job:
    """Cancel a job and wait until it has ended; a job that has ended stays as it is.

    Its process is asked by its row; where that does not help within seconds and it is a process of this machine, its
    whole session is ended (run in the foreground, it alone). What was given to Slurm is ended by it. Raises NoAnswer
    where Slurm does not answer; the wish then stays.
    """
    await project.writer.put(wish_cancel(number))
    job = find_job(project.reader, number)
    if job.slurm is not None:
        return await _ended_by_slurm(project, job)
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
    return await _told(project, job)


async def _told(project: Opened, job: Job) -> Job:
    """What was interrupted by us was cancelled."""
    if job.state == "interrupted":
        await project.writer.put(end_job(job.id, "cancelled", "It was cancelled.", result={}, measured=job.measured))
    return find_job(project.reader, job.id)


async def _ended_by_slurm(project: Attended, job: Job) -> Job:
    """Have Slurm end a job, and wait until it has; one that only waited there never begins."""
    if job.slurm is None or not job.slurm.number or job.slurm.over:
        return job
    await asyncio.to_thread(slurm.end, job.slurm.number, project.environ)
    if job.state == "cancelled":
        tidy(project, job.id)
        return job
    loop = asyncio.get_running_loop()
    until = loop.time() + SLURM_S
    while loop.time() < until:
        await asyncio.to_thread(attend, project)
        job = find_job(project.reader, job.id)
        if job.slurm is None or job.slurm.over:
            break
        await asyncio.sleep(ASK_S)
    return await _told(project, job)


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
