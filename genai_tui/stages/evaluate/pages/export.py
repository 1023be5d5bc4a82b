"""A run into a file: in which format, and where."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.screens.base import FramedPage
from genai_tui.stages.evaluate.exporting import write_export
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages

if TYPE_CHECKING:
    from genai_tui.project import Project

NAMES = 12


class Form(NamedTuple):
    """A format, the ending of its files, and who reads it."""

    name: str
    ending: str
    says: str


FORMS = (
    Form("html", "html", "one page that needs nothing else: scores, and what went wrong"),
    Form("markdown", "md", "scores and what went wrong, for a pull request"),
    Form("jsonl", "jsonl", "every answer with its scores and labels, a line each"),
    Form("csv", "csv", "every answer with its scores, for a spreadsheet"),
    Form("junit", "xml", "a test case each answer, for CI"),
    Form("promptfoo", "json", "as promptfoo writes its results"),
    Form("inspect", "json", "as Inspect writes its log"),
)


class ExportPage(FramedPage):
    """Choose a format, then a file; one that is there is never written over."""

    WHERE = "export"
    STAGE = 6
    KEYS: ClassVar[tuple[Key, ...]] = (Key("↑↓", "format"), Key("enter", "file"), Key("esc", "back"))

    def __init__(self, project: "Project", run: Run) -> None:
        super().__init__()
        self.project, self.run = project, run

    def body(self) -> Sequence[Widget]:
        """List and box."""
        self.table: LineTable[Form] = LineTable(
            f"Run {self.run.id} as a file", ListPages(list(FORMS)), self._draw, always_lit=True, id="formats",
            spoken=lambda form: f"{form.name}: {form.says}",
        )  # fmt: skip
        self.box = LineEdit(" into file ▸ ", id="file")
        self.box.display = False
        return (self.table, self.box)

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self.table.focus()

    @property
    def form(self) -> Form:
        """The one under the cursor."""
        return self.table.row or FORMS[0]

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Where to."""
        self.box.set_value(f"run-{self.run.id}.{self.form.ending}")
        self.box.display = True
        self.before_box = self.table
        self.set_focus(self.box)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Write it."""
        self.set_focus(self.table)
        if event.value.strip():
            begin(self, partial(self._write, self.form, Path(event.value.strip()).expanduser()), "export")

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        self.box.display = False

    async def _write(self, form: Form, file: Path) -> None:
        from genai_tui.store.looks import look_at

        self.say(f"Writing {file} …", "wait")
        try:
            await self.project.writer.put(look_at([self.run]))
            answers = await asyncio.to_thread(write_export, self.project.reader, [self.run], form.name, file)
        except GenaiError as error:
            self.say(str(error), "warn")
            return
        self.say(f"{file.absolute()} is written: {answers:,} bytes.", "good")

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, form: Form) -> None:
        canvas.put(x, y, form.name, "strong", NAMES)
        canvas.put(x + NAMES, y, form.says, "soft", width - NAMES)

    def command(self) -> str:
        """The same on the command line."""
        file = f"run-{self.run.id}.{self.form.ending}"
        return f"genai-tui eval export {self.run.id} --format {self.form.name} --output {file}"
