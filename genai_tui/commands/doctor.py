"""`doctor`: what this machine has and lacks."""

from pathlib import Path

import click

from genai_tui.commands.frame import Command, Frame, pass_frame
from genai_tui.errors import GenaiError, NoProject

EXIT_CANNOT_RUN = 5


@click.command(cls=Command)
@pass_frame
def doctor(frame: Frame) -> int:
    """Say what this machine has and lacks; exits 5 if the embedded model cannot run."""
    from genai_tui.doctor import examine
    from genai_tui.project import Project, find_project

    project: Project | GenaiError | None = None
    try:
        folder = find_project(Path(frame.path or "."), upwards=frame.path is None)
    except NoProject:
        if frame.path is not None:
            raise
    else:
        try:
            project = Project.open(folder)
        except GenaiError as error:
            project = error
    findings = list(examine(project))
    if isinstance(project, Project):
        project.close()
    runs = not any(finding.needed and finding.state == "missing" for finding in findings)
    if frame.say.json:
        keys = ("name", "state", "text", "command")
        rows = [{key: getattr(finding, key) for key in keys} for finding in findings]
        frame.say.document({"findings": rows, "embedded_runs": runs})
        return 0 if runs else EXIT_CANNOT_RUN
    signs = (
        {"ok": "✔", "missing": "✘", "note": "!"} if frame.terminal.utf8 else {"ok": "+", "missing": "x", "note": "!"}
    )
    for finding in findings:
        frame.say.text(f"{signs[finding.state]} {finding.name:<12} {finding.text}")
        if finding.command:
            frame.say.text(f"  {'':<12} {finding.command}")
    return 0 if runs else EXIT_CANNOT_RUN
