"""A picture of every state of the playground at 80×24 and 120×36: dark, light, with sixteen colours, without colour."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.screens.main import GenaiApp
from genai_tui.screens.pictures import steady
from tests.snapshots.playground import STATES
from tests.support.panes import a_terminal

LOOKS = {
    "dark": ("dark", {}),
    "light": ("light", {}),
    "16": ("dark", {"TERM": "linux"}),
    "none": ("dark", {"NO_COLOR": "1"}),
}


@pytest.fixture
def nothing(tmp_path: Path, home: Path) -> Iterator[Project]:
    """A project with nothing in it."""
    with Project.create(tmp_path / "tickets") as project:
        yield project


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("state", STATES)
def test_playground(
    snap_compare: Any, request: pytest.FixtureRequest, state: str, look: str, size: tuple[int, int]
) -> None:
    project = request.getfixturevalue("nothing" if state == "empty" else "small")
    theme, environ = LOOKS[look]
    app = GenaiApp(a_terminal(**environ), project, board=steady(project), theme=theme)  # type: ignore[arg-type]
    assert snap_compare(app, run_before=STATES[state], terminal_size=size)
