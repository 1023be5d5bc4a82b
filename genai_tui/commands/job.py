"""`job`: long work."""

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame


@click.group(cls=Group)
def job() -> None:
    """Long work in processes of its own."""


@job.command("list", cls=Command)
@pass_frame
def list_(frame: Frame) -> None:
    """List the jobs of the project, the latest first."""
    from genai_tui.store.jobs import page_jobs

    with frame.project() as project:
        jobs = page_jobs(project.reader)
    if frame.say.json:
        rows = [{"job": j.id, "kind": j.kind, "state": j.state, "progress": j.progress} for j in jobs]
        frame.say.document({"jobs": rows})
    elif jobs:
        frame.say.table(("job", "kind", "state", "reason"), ((j.id, j.kind, j.state, j.reason) for j in jobs))
    else:
        frame.say.note("No job yet.")
