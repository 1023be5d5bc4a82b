"""The commands that make a project: `init` and `sample`."""

import os
from pathlib import Path

import click

from genai_tui.commands.frame import Command, Frame, pass_frame, run
from genai_tui.errors import MissingPiece, ProjectFault, StorageFault
from genai_tui.project import FOLDER


@click.command(cls=Command)
@click.argument("path", required=False, metavar="[PATH]")
@click.option("--name", default="", metavar="N", help="The project's name (default: the folder's).")
@click.option("--shared", is_flag=True, help="Open to the folder's group, for colleagues on one server.")
@pass_frame
def init(frame: Frame, path: str | None, name: str, shared: bool) -> None:
    """Make an empty project in PATH (default: here)."""
    from genai_tui.project import Project
    from genai_tui.settings import remember_project

    folder = Path(path or frame.path or ".").absolute()
    with Project.create(folder, name=name, shared=shared) as project:
        remember_project(project.folder)
        if frame.say.json:
            frame.say.document({"project": project.name, "path": str(project.folder)})
        else:
            frame.say.note(f"The project {project.name} is in {project.folder / FOLDER}.")


@click.command(cls=Command)
@click.argument("path", required=False, metavar="[PATH]")
@click.option("--no-open", is_flag=True, help="Make it, and do not open the app.")
@pass_frame
def sample(frame: Frame, path: str | None, no_open: bool) -> int:
    """Make the sample project in PATH (default: ./genai-sample) and open it; what is there is only opened."""
    from genai_tui.commands.board import open_folder
    from genai_tui.commands.weights import fetch_with_progress
    from genai_tui.inference.embedded.weights import present
    from genai_tui.project import Project
    from genai_tui.sample import FOLDER as SAMPLE
    from genai_tui.sample import make_sample

    folder = Path(path or frame.path or SAMPLE).absolute()
    if not os.path.isdir(folder / FOLDER):
        if not present():
            try:
                run(lambda: fetch_with_progress(frame.say))
            except (MissingPiece, StorageFault) as error:
                frame.say.note(f"{error.what} {error.why} The project is made all the same. {error.do}")
        try:
            make_sample(folder, environ=os.environ).close()
        except ProjectFault:
            if not os.path.isdir(folder / FOLDER):
                raise  # else somebody was quicker: it is there, and only opened
        frame.say.note(f"The sample project is in {folder}.")
    if not no_open:
        return open_folder(frame, folder)
    with Project.open(folder) as project:
        if frame.say.json:
            frame.say.document({"project": project.name, "path": str(folder)})
    return 0
