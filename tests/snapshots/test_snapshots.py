"""A picture of every screen, at 80×24 and 120×36, in every theme of Home, without colour, in ASCII and plain."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from genai_tui.project import Project
from genai_tui.screens.main import GenaiApp
from genai_tui.screens.pictures import settled, steady
from genai_tui.terminal.environment import Terminal
from genai_tui.widgets.look import THEMES
from tests.snapshots.playground import keys
from tests.support.boards import NOTHING, SAMPLE
from tests.support.panes import a_terminal

SIZES = [(80, 24), (120, 36)]
SCREENS = {
    "home": [], "scope": ["1", "down", "space"], "scope-edit": ["1", "enter"], "prompt": ["3"],
    "select": ["2", "slash", *"embedded", "enter"],
    "prompt-gauge": ["3", "shift+tab", "shift+tab"], "finetune": ["4", "b"], "align": ["5"], "evaluate": ["6"],
    "deploy": ["7"],
    "augment": ["8"], "help": ["question_mark"], "palette": ["colon", "t", "h"], "jobs": ["J"], "message": ["ctrl+c"],
}  # fmt: skip


def app_on(project: Project, terminal: Terminal | None = None) -> GenaiApp:
    return GenaiApp(terminal or a_terminal(), project, board=steady(project))


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x36"])
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(snap_compare: Any, small: Project, screen: str, size: tuple[int, int]) -> None:
    async def walk(pilot: Pilot[Any]) -> None:
        await keys(pilot, *SCREENS[screen])
        await settled(pilot)

    assert snap_compare(app_on(small), run_before=walk, terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x36"])
def test_welcome(snap_compare: Any, home: Path, size: tuple[int, int]) -> None:
    assert snap_compare(GenaiApp(a_terminal(), folder=Path("/home/ada/new-project")), terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x36"])
def test_home_when_everything_is_there(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(GenaiApp(a_terminal(), board=SAMPLE), terminal_size=size)


@pytest.mark.parametrize("theme", THEMES)
def test_theme(snap_compare: Any, theme: Any) -> None:
    assert snap_compare(GenaiApp(a_terminal(), board=SAMPLE, theme=theme), terminal_size=(110, 30))


@pytest.mark.parametrize(
    ("kind", "environ"),
    [
        ("sixteen colours", {"TERM": "linux"}),
        ("no colour", {"NO_COLOR": "1"}),
        ("ascii", {"LANG": "C"}),
        ("plain", {"ACCESSIBLE": "1"}),
        ("zellij", {"ZELLIJ": "0"}),
    ],
)
def test_terminal(snap_compare: Any, kind: str, environ: dict[str, str]) -> None:
    assert snap_compare(GenaiApp(a_terminal(**environ), board=SAMPLE), terminal_size=(80, 24))


@pytest.mark.parametrize("size", [(18, 4), (40, 12), (60, 20)], ids=["18x4", "40x12", "60x20"])
def test_small(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(GenaiApp(a_terminal(), board=NOTHING), terminal_size=size)
