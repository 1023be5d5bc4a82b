"""The welcome, where a folder holds no project: a new one, the sample, another, a recent one."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.project import FOLDER, Project
from genai_tui.screens.acts import Act
from genai_tui.screens.base import FramedPage
from genai_tui.settings import recent_projects, remember_project
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView, error_parts

SAMPLE = "genai-sample"
INTRODUCTION = (
    Part(""),
    Part("From “what exactly should it do” to “it is served, measured and handed over”,", "text"),
    Part("without leaving the terminal. A project is a folder with .genai in it.", "soft"),
)


class Way(NamedTuple):
    """One way in: what is done, what it is called, and more about it."""

    kind: str
    title: str
    about: str
    folder: Path | None = None


class Welcome(FramedPage):
    """Four ways to a project."""

    WHERE = "welcome"
    ACTS: ClassVar[tuple[Act, ...]] = ()

    def body(self) -> Sequence[Widget]:
        """What this is, the ways, a box for a path, and an error, if there is one."""
        self.about = TextView("", INTRODUCTION)
        self.about.styles.height = 5
        self.about.can_focus = False
        self.table = LineTable("Begin", ListPages(self.ways()), _draw, spoken=lambda way: f"{way.title}. {way.about}")
        self.box = LineEdit(" folder ▸ ", hint="a path", id="folder")
        self.box.display = False
        self.error = TextView("Not opened")
        self.error.styles.height = 6
        self.error.display = False
        return (self.about, self.table, self.error, self.box)

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self.table.focus()
        self.show_keys((Key("↑↓", "move"), Key("enter", "choose"), Key("esc", "back")))

    def ways(self) -> list[Way]:
        """What can be chosen here."""
        here = self.host.folder
        ways = []
        if not (here / FOLDER).is_dir():
            ways.append(Way("new", "Make a project in this folder", str(here), here))
        ways += [
            Way("sample", "Make the sample project", f"support-ticket triage, in {here / SAMPLE}", here / SAMPLE),
            Way("other", "Open or make one in another folder", "type its path"),
        ]
        return ways + [Way("recent", f"Open {folder.name}", str(folder), folder) for folder in recent_projects()]

    def help_lines(self) -> tuple[str, ...]:
        """What a project is."""
        return (
            "A project is a folder with .genai in it: one LLM application and everything known about it. It can be "
            "copied and moved, and two terminals may have it open at once.",
        )

    def command(self) -> str:
        """The command of the chosen way."""
        way = self.table.row
        if way is None or way.kind == "other":
            return "genai-tui init PATH"
        return {"new": "genai-tui init ", "sample": "genai-tui sample "}.get(way.kind, "genai-tui ") + str(way.folder)

    def copy_text(self) -> str:
        """The error, while one is shown."""
        return self.error.plain_text() if self.error.display else ""

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Go that way."""
        way: Way = event.row
        if way.kind == "other":
            self.box.display = True
            self.before_box = self.table
            self.box.focus()
        elif way.folder is not None:
            self.run_worker(self._open(way.kind, way.folder), group="open", exclusive=True, exit_on_error=False)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Open what was typed; a folder without a project becomes one."""
        if event.value.strip():
            folder = Path(event.value.strip()).expanduser().absolute()
            kind = "recent" if (folder / FOLDER).is_dir() else "new"
            self.run_worker(self._open(kind, folder), group="open", exclusive=True, exit_on_error=False)

    async def _open(self, kind: str, folder: Path) -> None:
        try:
            await asyncio.to_thread(_make, kind, folder)
        except GenaiError as error:
            self.error.display = True
            self.error.show(error_parts(error))
            return
        if kind == "sample" and not await asyncio.to_thread(_weights_are_here):
            from genai_tui.screens.fetching import Fetching

            def go_on() -> None:
                self.host.open_project(folder)

            self.app.push_screen(Fetching(go_on, skip=go_on))
            return
        self.host.open_project(folder)


def _weights_are_here() -> bool:
    from genai_tui.inference.embedded.weights import present

    return present()


def _make(kind: str, folder: Path) -> None:
    """Make what is missing; opening it once tells whether it can be opened."""
    if (folder / FOLDER).is_dir():
        Project.open(folder).close()
    elif kind == "sample":
        from genai_tui.sample import make_sample

        make_sample(folder, environ=os.environ).close()
    else:
        Project.create(folder).close()
    remember_project(folder)


def _draw(canvas: Canvas, x: int, y: int, width: int, way: Way) -> None:
    end = canvas.put(x, y, way.title, "text", min(38, width))
    canvas.put(max(end + 2, x + 38), y, way.about, "soft", max(0, width - max(end + 2 - x, 38)))
