"""`job`: long work in processes of its own."""

import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame, run

if TYPE_CHECKING:
    from pathlib import Path

    from genai_tui.project import Project
    from genai_tui.records.jobs import Job

LOOK_S = 0.5
LISTED = ("job", "kind", "state", "progress", "created", "started", "ended", "device", "reason")
EXITS = {"done": 0, "cancelled": 130, "interrupted": 143}


@click.group(cls=Group)
def job() -> None:
    """Long work in processes of its own."""


@job.command("list", cls=Command)
@pass_frame
def list_(frame: Frame) -> None:
    """List the jobs of the project, the latest first."""
    from genai_tui.jobs.attending import attend
    from genai_tui.store.jobs import page_jobs

    with frame.project() as project:
        attend(project)
        jobs = page_jobs(project.reader)
    if frame.say.json:
        frame.say.document(
            {"jobs": [{name: value for name, value in as_json(j).items() if name in LISTED} for j in jobs]}
        )
    elif jobs:
        rows_of = ((j.id, j.kind, j.state, _share(j), j.reason) for j in jobs)
        frame.say.table(("job", "kind", "state", "done", "reason"), rows_of)
    else:
        frame.say.note("No job yet.")


@job.command(cls=Command)
@click.argument("number", metavar="J")
@pass_frame
def show(frame: Frame, number: str) -> None:
    """Show how job J stands: progress, what it measured, what it should take and took."""
    from genai_tui.jobs.attending import attend
    from genai_tui.store.jobs import find_job

    with frame.project() as project:
        attend(project)
        tell(frame, find_job(project.reader, number))


@job.command(cls=Command)
@click.argument("number", metavar="J")
@click.option("--follow", is_flag=True, help="Go on as it is written, until the job ends.")
@pass_frame
def log(frame: Frame, number: str, follow: bool) -> None:
    """Print the log of job J; first what Slurm said of it, where it was given to Slurm."""
    from genai_tui.jobs.folders import logs_of
    from genai_tui.store.jobs import find_job

    with frame.project() as project:
        found = find_job(project.reader, number)
        for text in _written(project, lambda: logs_of(project.database, found.id), found.id, follow):
            if frame.say.json:
                for line in text.splitlines():
                    frame.say.document({"job": found.id, "text": line})
            else:
                frame.say.text(text, end="")


@job.command(cls=Command)
@click.argument("number", metavar="J")
@pass_frame
def cancel(frame: Frame, number: str) -> None:
    """End job J within seconds; what it had is kept."""
    from genai_tui.jobs.cancelling import cancel_job
    from genai_tui.store.jobs import find_job

    with frame.project() as project:
        found = find_job(project.reader, number)
        tell(frame, run(lambda: cancel_job(project, found.id)))


@job.command(cls=Command)
@click.argument("number", metavar="J")
@pass_frame
def resume(frame: Frame, number: str) -> None:
    """Go on with job J from its last checkpoint, in a process of its own."""
    from genai_tui.jobs.starting import resume_job
    from genai_tui.store.jobs import find_job

    with frame.project() as project:
        found = find_job(project.reader, number)
        tell(frame, run(lambda: resume_job(project, found.id)))


@job.command("run", cls=Command)
@click.argument("number", metavar="J")
@pass_frame
def run_(frame: Frame, number: str) -> int:
    """Work on job J in the foreground: what a job's own process and a Slurm script call."""
    from genai_tui.commands.working import function_of
    from genai_tui.jobs.node import ON_NODE
    from genai_tui.jobs.running import check_ours, run_given, run_job
    from genai_tui.project import Project
    from genai_tui.records.jobs import GOES_ON
    from genai_tui.store.jobs import find_job, requeue_job

    if by := os.environ.get(ON_NODE):
        with Project.on_node(frame.folder(), int(number), by) as project:
            return EXITS.get(run(lambda: run_given(project, int(number), function_of, by)).state, 1)
    with frame.project() as project:
        found = find_job(project.reader, number)
        check_ours(found)
        if found.state in GOES_ON:
            project.writer.put_now(requeue_job(found.id))
        ended = run(lambda: run_job(project, found.id, function_of))
        tell(frame, ended)
    return EXITS.get(ended.state, 1)


def as_json(job: "Job") -> dict[str, Any]:
    """A job as `job show --json` prints it."""
    from genai_tui.jobs.ending import kept_of, next_of

    return {
        "job": job.id,
        "kind": job.kind,
        "state": job.state,
        "progress": job.progress,
        "started": job.started,
        "ended": job.ended,
        "metrics": job.metrics,
        "estimate": job.estimate,
        "measured": job.measured,
        "reason": job.reason,
        "result": job.result,
        "device": job.device,
        "checkpoint": job.checkpoint,
        "created": job.created,
        "slurm": None if job.slurm is None else {"job": job.slurm.number or None, "asked": job.slurm.asked},
        "kept": kept_of(job),
        "do": next_of(job),
    }


def tell(frame: Frame, job: "Job") -> None:
    """Print how a job stands."""
    from genai_tui.jobs.ending import kept_of, next_of
    from genai_tui.jobs.telling import figure_list

    if frame.say.json:
        frame.say.document(as_json(job))
        return
    frame.say.text(f"job {job.id}   {job.kind}   {job.state}   {_share(job)}".rstrip())
    said = {"reason": job.reason, "kept": kept_of(job), "do": next_of(job), "started": job.started, "ended": job.ended}
    for name, value in said.items():
        if value:
            frame.say.text(f"{name:<10}{value}")
    for key, value in job.metrics.items():
        frame.say.text(f"metrics   {key} {f'{value:.4g}' if isinstance(value, float) else value}")
    names = dict.fromkeys((*job.estimate, *job.measured))
    rows = [[next(iter(figure_list(each, name)), "") for each in (job.estimate, job.measured)] for name in names]
    if told := [row for row in rows if any(row)]:
        frame.say.table(("should take", "took"), told)


def _share(job: "Job") -> str:
    return "" if job.progress is None else f"{job.progress * 100:.0f} %"


def _written(project: "Project", files: "Callable[[], list[Path]]", number: int, follow: bool) -> Iterator[str]:
    """What the files hold, one after the other; with `follow` whole lines as they come, until the job has ended."""
    from genai_tui.jobs.attending import Attending
    from genai_tui.store.jobs import find_job

    attending = Attending(project)
    read: dict[Path, int] = {}
    while True:
        attending.look()
        ended = not find_job(project.reader, number).unfinished
        for path in files():
            with path.open("rb") as stream:
                stream.seek(read.get(path, 0))
                fresh = stream.read()
            whole = fresh if ended or not follow else fresh[: fresh.rfind(b"\n") + 1]
            read[path] = read.get(path, 0) + len(whole)
            if whole:
                yield whole.decode("utf-8", "replace")
        if not follow or ended:
            return
        time.sleep(LOOK_S)
