"""Trainings in every drawing: their list, their curves over each other, and one that is attached to."""

from typing import Any

import pytest
from textual.pilot import Pilot

from genai_tui.project import Project
from genai_tui.screens.main import GenaiApp
from genai_tui.screens.pictured import with_trainings
from genai_tui.screens.pictures import settled, steady
from tests.snapshots.playground import keys
from tests.support.panes import a_terminal

COMPARED = ("4", "b", "j", "j", "t", "k", "tab", "left")
WALKS = {
    "running": ("4", "b"), "done": ("4", "b", "G"), "compared": COMPARED, "attached": ("J", "enter"), "jobs": ("J",),
}  # fmt: skip
DRAWINGS = {
    "ascii": {"LANG": "C"}, "sixteen colours": {"TERM": "linux"}, "no colour": {"NO_COLOR": "1"},
    "plain": {"ACCESSIBLE": "1"},
}  # fmt: skip


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("walk", WALKS)
def test_trainings(snap_compare: Any, small: Project, walk: str, size: tuple[int, int]) -> None:
    assert snap_compare(app_on(small), run_before=walked(WALKS[walk]), terminal_size=size)


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_curves_over_each_other(snap_compare: Any, small: Project, drawing: str) -> None:
    app = app_on(small, **DRAWINGS[drawing])
    assert snap_compare(app, run_before=walked(COMPARED), terminal_size=(80, 24))


def app_on(project: Project, **environ: str) -> GenaiApp:
    with_trainings(project)
    return GenaiApp(a_terminal(**environ), project, board=steady(project))


def walked(names: tuple[str, ...]) -> Any:
    async def walk(pilot: Pilot[Any]) -> None:
        for name in names:
            await keys(pilot, name)
            await settled(pilot)

    return walk
