"""Attending to jobs that Slurm has: what they wrote beside the database is taken in, and the queue is asked of them."""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from genai_tui.errors import GenaiError, StorageFault
from genai_tui.jobs import slurm
from genai_tui.jobs.folders import job_folder
from genai_tui.jobs.running import Opened
from genai_tui.records.jobs import Job
from genai_tui.store.beside import take_in
from genai_tui.store.excerpt import FILE
from genai_tui.store.jobs import find_job
from genai_tui.store.jobs_at_slurm import given_jobs, heard_of

UNSEEN = "Its node wrote nothing: it may not see this folder, or this Python. The log may have more."
LOOK_S = 0.5
ASK_S = 10.0  # how often the queue is asked while somebody watches; clusters take it amiss oftener


class Attended(Opened, Protocol):
    """The project, as far as attending to its jobs needs it."""

    environ: Mapping[str, str]


def attend(project: Attended, *, ask: bool = True) -> None:
    """Take in what jobs on nodes wrote; with `ask` hear of Slurm, which may take seconds, how they stand.

    Where the project cannot be written, or Slurm does not answer, what is known stays. Call it in a thread where a
    loop runs.
    """
    with suppress(StorageFault):
        jobs = given_jobs(project.reader)
        words: dict[str, slurm.Word] = {}
        if ask and jobs:
            with suppress(GenaiError):
                words = slurm.words_of([job.slurm.number for job in jobs if job.slurm], project.environ)
        for job in jobs:
            take_in(project.reader, lambda: project.writer, job_folder(project.database, job.id), job.id)
            if job.slurm is not None and job.slurm.number in words:
                _hear(project, job.id, words[job.slurm.number])
            if not find_job(project.reader, job.id).unfinished:
                tidy(project, job.id)


def tidy(project: Opened, number: int) -> None:
    """Remove what a job that is over was given to read; it is made anew where the job is gone on with."""
    with suppress(OSError):
        (job_folder(project.database, number) / FILE).unlink()


class Attending:
    """Attending again and again, as often as each may be asked."""

    def __init__(self, project: Attended) -> None:
        self._project = project
        self._looked = self._asked = float("-inf")
        self._busy = False

    def look(self) -> None:
        """Attend, unless that was done just now. Blocks as `attend` does."""
        now = time.monotonic()
        if now - self._looked < LOOK_S:
            return
        ask = now - self._asked >= ASK_S
        attend(self._project, ask=ask)
        self._looked = time.monotonic()
        if ask:
            self._asked = self._looked

    def look_behind(self) -> None:
        """Attend in a thread of its own, where Slurm has jobs; Slurm may take its time to answer."""
        if time.monotonic() - self._looked < LOOK_S or self._busy or not given_jobs(self._project.reader):
            return
        self._busy = True
        threading.Thread(target=self._look_once, daemon=True, name="attending").start()

    def _look_once(self) -> None:
        try:
            with suppress(GenaiError):  # the project was closed, or outgrew this program: that is said elsewhere
                self.look()
        finally:
            self._busy = False


def _hear(project: Attended, number: int, word: slurm.Word) -> None:
    """Keep what the queue says of a job, where that is news."""
    job = find_job(project.reader, number)
    said = f"{word} {UNSEEN}" if job.state == "queued" and word.state in ("FAILED", "COMPLETED") else str(word)
    if word.stands == "ended" or (job.reason != said and not _ends(job, word)):
        project.writer.put_now(heard_of(number, word.number, word.stands, said))


def _ends(job: Job, word: slurm.Word) -> bool:
    """Whether its process said that it was interrupted, and Slurm has not yet seen it go."""
    return job.state == "interrupted" and word.stands == "runs"
