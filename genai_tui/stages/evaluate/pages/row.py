"""One row of a dataset: its inputs, its expected answer, its tags; saved as a new version."""

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.binding import BindingType
from textual.widget import Widget

from genai_tui.answering.render import answer_text
from genai_tui.errors import GenaiError
from genai_tui.records.datasets import Dataset, Example, Split
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.evaluate.pages.expected import is_stored_test, stored_said
from genai_tui.stages.evaluate.pages.working import begin
from genai_tui.store.datasets import find_example
from genai_tui.untrusted import one_line
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_edit import TextEdit

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.pages.datasets import Numbered

NAMES = 18
EXPECTED, TAGS = "expected", "tags"


class Field(NamedTuple):
    """One thing of a row: an input by its name, the expected answer, or the tags."""

    name: str
    kind: str  # input, expected, tags


class RowPage(FramedPage):
    """Fields above, the chosen one's text below. `then` is given the row's place once it is saved."""

    WHERE = "row"
    STAGE = 6
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("row.save", "ctrl+s,s", "save", "save the row, as a new version of the dataset", "s or ^s"),
        Act("row.done", "enter", "done", "tags stand on one line: back to the fields", priority=True),
        Act("row.editor", "e", "editor", "this text in $EDITOR"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("↑↓", "field"), Key("enter", "type"), Key("s", "save"), Key("e", "$EDITOR"), Key("esc", "back"),
    )  # fmt: skip

    def __init__(
        self, project: "Project", dataset: Dataset, split: Split, row: "Numbered | None", then: Callable[[int], None]
    ) -> None:
        super().__init__()
        self.project, self.dataset, self.split, self.row, self.then = project, dataset, split, row, then
        self.before = row.example if row is not None else None
        names = self._names()
        self.fields = [*(Field(name, "input") for name in names), Field(EXPECTED, "expected"), Field(TAGS, "tags")]
        self.values: dict[str, str] = {field.name: self._text(field) for field in self.fields}
        self._warned = False

    def _names(self) -> list[str]:
        """The inputs that the dataset's rows have."""
        if self.before is not None:
            return list(self.before.inputs)
        split = next((split for split, count in self.dataset.splits.items() if count), None)
        if split is None:
            return ["input"]
        return list(find_example(self.project.reader, self.dataset, split, 1).inputs)  # type: ignore[arg-type]

    def _text(self, field: Field) -> str:
        if self.before is None:
            return ""
        if field.kind == "tags":
            return ", ".join(self.before.tags)
        value = self.before.expected if field.kind == "expected" else self.before.inputs.get(field.name)
        return "" if value is None else answer_text(value)

    def body(self) -> Sequence[Widget]:
        """List and box."""
        place = f"{self.split}:{self.row.position}" if self.row is not None else f"new row of {self.split}"
        self.table: LineTable[Field] = LineTable(
            f"{self.dataset.name} {place}", ListPages(self.fields), self._draw, always_lit=True, id="fields",
            spoken=lambda field: f"{field.name}: {self.values[field.name]}",
        )  # fmt: skip
        self.text = TextEdit(self.fields[0].name, self.values[self.fields[0].name], id="text")
        return (self.table, self.text)

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self.table.styles.height = min(len(self.fields) + 1, 8)
        self.table.focus()

    @property
    def field(self) -> Field:
        """The one under the cursor."""
        return self.table.row or self.fields[0]

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another field's text."""
        self.text.set_title(event.row.name)
        self.text.set_value(self.values[event.row.name])

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Type."""
        self.before_box = self.table
        self.set_focus(self.text)

    def keys_here(self, *, typing: bool) -> Sequence[Key]:
        """In a text enter makes a line, tags are one."""
        if not typing:
            return self.KEYS
        enter = Key("enter", "done" if self.field.kind == "tags" else "new line")
        return (Key("^s", "save"), enter, Key("esc", "leave; the text stays"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter is the page's own only where tags are typed."""
        return action != "done" or (self.focused is self.text and self.field.kind == "tags")

    def action_done(self) -> None:
        """Back to the fields; what was typed stays."""
        self.set_focus(self.table)

    def on_text_edit_changed(self, event: TextEdit.Changed) -> None:
        """What is typed counts at once."""
        self.values[self.field.name] = event.value
        self._warned = False
        self.table.repaint()

    async def action_editor(self) -> None:
        """The text in the user's editor."""
        from genai_tui.screens.editing import edit_in_editor

        await edit_in_editor(self, self.text)

    def holds_esc(self) -> bool:
        """The first esc over a row that is not saved says so; the next lets it go."""
        if self._warned:
            return False
        if super().holds_esc():
            return True
        self._warned = self.values != {field.name: self._text(field) for field in self.fields}
        if self._warned:
            self.say("This is not saved: s saves it; esc again lets it go.", "warn")
        return self._warned

    def action_save(self) -> None:
        """A new version of the dataset."""
        self.values[self.field.name] = self.text.value
        begin(self, partial(self._save, self.made()), "save")

    def made(self) -> Example:
        """The row as it stands in the fields."""
        known: dict[str, Any] = dict(self.before.inputs) if self.before is not None else {}
        inputs = {
            field.name: _value(self.values[field.name], known.get(field.name))
            for field in self.fields
            if field.kind == "input"
        }
        typed = self.values[EXPECTED]
        expected = _value(typed.strip(), self.before.expected if self.before is not None else None) if typed else None
        tags = tuple(tag.strip() for tag in self.values[TAGS].split(",") if tag.strip())
        return Example(inputs, expected, tags)

    async def _save(self, example: Example) -> None:
        from genai_tui.stages.evaluate.handing import save_row

        if self.before is not None and (example.inputs, example.expected, example.tags) == (
            self.before.inputs, self.before.expected, self.before.tags,
        ):  # fmt: skip
            self.say("Nothing was changed.")
            return
        position = self.row.position if self.row is not None else None
        try:
            place = await asyncio.to_thread(
                save_row, self.project, self.dataset, self.split, position, self.before, example
            )
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        if self.app.screen is self:
            self.app.pop_screen()
        self.then(place)

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, field: Field) -> None:
        canvas.put(x, y, field.name, "strong" if field.kind == "input" else "text", NAMES)
        value = self.values[field.name]
        said = one_line(stored_said(value) if is_stored_test(value) else value[:600])
        canvas.put(x + NAMES + 1, y, said or "–", "text" if said else "soft", width - NAMES - 1)

    def command(self) -> str:
        """The row on the command line."""
        if self.row is None:
            return f"genai-tui data add --dataset {self.dataset.name}"
        return f"genai-tui data show {self.split}:{self.row.position} --dataset {self.dataset.name}"


def _value(typed: str, before: Any) -> Any:
    """A text as it was typed; where something else than text stood there, what JSON it is."""
    if before is None or isinstance(before, str):
        return typed
    try:
        return json.loads(typed)
    except ValueError:
        return typed
