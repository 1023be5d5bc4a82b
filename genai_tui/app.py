"""Starts the app. Nothing of Textual is imported before the environment is right for it, for it reads it on import."""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from genai_tui.errors import NoProject

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.widgets.look import Theme


def run_app(folder: Path | None = None, *, plain: bool = False, environ: MutableMapping[str, str] = os.environ) -> int:
    """Open the app on a folder, or its welcome where that holds no project; returns the exit code.

    Raises the errors of opening (ProjectFault, StorageFault, SettingsFault) before the terminal is touched.
    """
    from genai_tui.settings import load_settings
    from genai_tui.terminal.environment import prepare_environment, this_terminal

    settings = load_settings(environ)
    terminal = this_terminal(
        drawing=settings.drawing, keyboard=settings.keyboard, mouse=settings.mouse, bell=settings.bell, plain=plain
    )
    prepare_environment(environ, terminal)
    from genai_tui.screens.main import GenaiApp
    from genai_tui.terminal import lifetime

    here: Path | None = (folder or Path.cwd()).absolute()
    code = 0
    while here is not None:
        project = _open(here, environ)
        try:
            app = GenaiApp(terminal, project, theme=cast("Theme | None", settings.theme), folder=here)
            code = lifetime.run(app, terminal=terminal, save_now=app.save_now)
        finally:
            if project is not None:
                project.close()
        here = app.open_next if code == 0 else None
    return code


def _open(folder: Path, environ: Mapping[str, str]) -> "Project | None":
    from genai_tui.project import Project
    from genai_tui.settings import remember_project

    try:
        project = Project.open(folder, environ=environ)
    except NoProject:
        return None
    remember_project(project.folder)
    return project
