"""A run into a file: in which format, and where; over a file that is there after a yes."""

import asyncio
import shlex
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.datasets.exporting import Lost
from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.asking_first import AskingFirst
from genai_tui.screens.base import FramedPage
from genai_tui.stages.evaluate.exporting import write_export
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part

if TYPE_CHECKING:
    from genai_tui.project import Project

NAMES = 12


class Form(NamedTuple):
    """A format, the ending of its files, and who reads it."""

    name: str
    ending: str
    says: str


FORMS = (
    Form("html", "html", "one page by itself: scores, what went wrong"),
    Form("markdown", "md", "scores and what went wrong, for a pull request"),
    Form("jsonl", "jsonl", "a line an answer, with its scores and labels"),
    Form("csv", "csv", "a row an answer, for a spreadsheet"),
    Form("junit", "xml", "a test case an answer, for CI"),
    Form("promptfoo", "json", "as promptfoo writes its results"),
    Form("inspect", "json", "as Inspect writes its log"),
)


class ExportPage(FramedPage):
    """Choose a format, then a file; one that is there is written over after a yes alone."""

    WHERE = "export"
    STAGE = 6
    KEYS: ClassVar[tuple[Key, ...]] = (Key("↑↓", "format"), Key("enter", "file"), Key("esc", "back"))

    def __init__(self, project: "Project", run: Run) -> None:
        super().__init__()
        self.project, self.run = project, run
        self._names: dict[str, str] = {}  # by the format: a name that was typed

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

    @property
    def file(self) -> str:
        """The name that stands in the box for this format."""
        return self._names.get(self.form.name) or f"run-{self.run.id}.{self.form.ending}"

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Where to."""
        self.box.set_value(self.file, picked=self.form.name not in self._names)
        self.box.display = True
        self.before_box = self.table
        self.set_focus(self.box)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Write it."""
        self.set_focus(self.table)
        file = Path(event.value.strip()).expanduser()
        write = partial(begin, self, partial(self._write, self.form, file), "export")
        if event.value.strip() and file.is_file():
            self.app.push_screen(WritingOver(file, self.command(), write))
        elif event.value.strip():
            write()

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes; what was typed stands there again."""
        self.box.display = False
        self._names[self.form.name] = event.value.strip()

    async def _write(self, form: Form, file: Path) -> None:
        from genai_tui.store.looks import look_at

        self.say(f"Writing {file} …", "wait")
        lost = Lost()
        try:
            await self.project.writer.put(look_at([self.run]))
            size = await asyncio.to_thread(write_export, self.project.reader, [self.run], form.name, file, lost)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        told = [
            " " + each["text"] + (f" ({each['rows']:,} times)" if each["rows"] > 1 else "") for each in lost.as_json()
        ]
        self.say(f"{file.absolute()} is written: {size:,} bytes.{''.join(told)}", "warn" if told else "good")

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, form: Form) -> None:
        canvas.put(x, y, form.name, "strong", NAMES)
        canvas.put(x + NAMES, y, form.says, "soft", width - NAMES)

    def command(self) -> str:
        """The same on the command line."""
        return f"genai-tui eval export {self.run.id} --format {self.form.name} --output {shlex.quote(self.file)}"


class WritingOver(AskingFirst):
    """Says that the file is there; `then` writes over it, which no word types."""

    WHERE = "write over"
    STAGE = 6
    ACTS: ClassVar[tuple[Act, ...]] = (Act("over.yes", "Y", "yes", "write over the file"),)
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (Key("Y", "write over it"), Key("n or esc", "back; the file stays"))

    def __init__(self, file: Path, said: str, then: Callable[[], object]) -> None:
        super().__init__(then)
        self.file, self.said = file, said

    def heading(self) -> str:
        """What is asked."""
        return "Write over a file?"

    def parts(self) -> Sequence[Part]:
        """Which file, and what the keys do."""
        return (
            Part(f"{self.file.absolute()} is there already.", "strong"),
            Part(""),
            Part("Y writes the run in its place: what stands in it is gone then.", "text", "▸ ", "key"),
            Part("n or esc goes back; the file stays as it is.", "text", "▸ ", "key"),
        )

    def command(self) -> str:
        """The same on the command line, which asks nothing."""
        return self.said
