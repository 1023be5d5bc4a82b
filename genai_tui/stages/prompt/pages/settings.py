"""The decoding parameters of the sheet, and the JSON schema that its answers shall keep to."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.events import Resize
from textual.widget import Widget

from genai_tui.errors import UsageFault
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.prompt.parameters import PARAMETERS, Parameter, parameter_of, written
from genai_tui.stages.prompt.sheet import Sheet
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_edit import TextEdit

BOXES = "parameter boxes"  # the name that drafts of its boxes are stored by
RESTS_S = 0.2  # seconds without a key after which a schema is looked at
LOW = 16  # rows below which the list and the schema are not both shown


OTHER = Parameter("", "another one: type name=value, as top_k=40")


class SettingsPage(FramedPage):
    """A list of parameters over the schema. What is typed counts at once; `then` gets the sheet."""

    WHERE = "parameters"
    STAGE = 3
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("settings.remove", "delete,backspace", "remove", "leave this parameter to the endpoint", "del"),
        Act("settings.undo", "u", "undo", "bring back what was taken away"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS = (Key("↑↓", "move"), Key("enter", "type"), Key("del", "not sent"), Key("tab", "schema"), Key("esc", "back"))
    BOX_KEYS = (Key("esc", "leave; the text stays"),)

    def __init__(
        self,
        sheet: Sheet,
        then: Callable[[Sheet], None],
        removed: Callable[[str, dict[str, Any]], None],
        undo: Callable[[], None],
    ) -> None:
        super().__init__()
        self.sheet, self.then, self.removed, self.undo = sheet, then, removed, undo

    def body(self) -> Sequence[Widget]:
        """List, schema, and the box, hidden until it is needed."""
        self.table: LineTable[Parameter] = LineTable(
            "Parameters", ListPages(self._rows()), self._draw, spoken=lambda row: f"{row.name} {self._said(row)}"
        )
        output = self.sheet.output
        text = "" if output is None else json.dumps(output, indent=2, ensure_ascii=False)
        text = self.sheet.schema_text or text
        self.schema = TextEdit("Output", text, hint="Free text. A JSON schema here asks for JSON that keeps to it.")
        self.box = LineEdit(id="value")
        self.box.display = False
        return (self.table, self.schema, self.box)

    def on_mount(self) -> None:
        """The arrow keys move at once."""
        self._fold(self.app.size.height)
        self.set_focus(self.table)
        self._tell()

    def on_resize(self, event: Resize) -> None:
        """Fold for another size."""
        super().on_resize(event)
        self._fold(event.size.height)

    def _fold(self, rows: int) -> None:
        """On a low screen one of both."""
        low = rows < LOW
        in_schema = low and self.part is self.schema
        self.table.display, self.schema.display = not in_schema, not low or in_schema
        self.table.styles.height = "1fr" if low else len(self._rows()) + 1

    def action_next_part(self, step: int) -> None:
        """From the list into the schema, and back; a value that is typed is taken first, and the next one chosen."""
        if self.focused is self.box:
            if self._take_value():
                self.table.action_move(step)
            return
        into = self.schema if self.part is self.table else self.table
        into.display = True
        self.set_focus(into)
        self._fold(self.size.height)

    def help_lines(self) -> Sequence[str]:
        """What is sent."""
        return (
            "Parameters are sent as they stand here; what is not set is the endpoint's own choice. A number, true, "
            "false, a list or an object is read as JSON, everything else as text. enter takes a value, tab takes it "
            "and goes to the next parameter.",
            "With a JSON schema the answer is asked for as JSON that keeps to it, and checked when it has come.",
        )

    def _rows(self) -> list[Parameter]:
        known = {parameter.name for parameter in PARAMETERS}
        more = [Parameter(name, "") for name in self.sheet.parameters if name not in known]
        return [*PARAMETERS, *more, OTHER]

    def _said(self, row: Parameter) -> str:
        return written(self.sheet.parameters[row.name]) if row.name in self.sheet.parameters else ""

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, row: Parameter) -> None:
        there = row.name in self.sheet.parameters
        canvas.put(x, y, row.name or "+", "strong" if there else "soft", 18)
        canvas.put(x + 19, y, self._said(row) if there else "–" if row.name else "", "text" if there else "soft", 12)
        canvas.put(x + 32, y, row.does, "soft", width - 32)

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Type a value."""
        row: Parameter = event.row
        self.box.label = f" {row.name} ▸ " if row.name else " name=value ▸ "
        left = self.host.typed.of(BOXES).get(self.box.label, "")
        self.box.set_value(left or self._said(row), picked=not left)
        self.box.display = True
        self.before_box = self.table
        self.set_focus(self.box)

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """What stands in the box is kept like every other text."""
        self.host.typed.keep(BOXES, self.box.label, event.value)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Take the value."""
        self._take_value()

    def _take_value(self) -> bool:
        """Take what is typed, an empty value is not sent; after a mistake the box stays open."""
        row, value = self.table.row or OTHER, self.box.value.strip()
        name = row.name
        if not name:
            name, _, value = (part.strip() for part in value.partition("="))
        try:
            if value:
                self._set(name, parameter_of(name, value))
            else:
                self._unset(name)
        except UsageFault as fault:
            self.say(str(fault), "warn")
            return False
        self.host.typed.keep(BOXES, self.box.label, "")
        self.set_focus(self.table)
        return True

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        self.box.display = False

    def action_remove(self) -> None:
        """Leave the chosen parameter to the endpoint; u brings it back."""
        row = self.table.row
        if row is not None and row.name in self.sheet.parameters:
            self._unset(row.name)
            self.say(f"{row.name} is not sent now; u brings it back.")

    def action_undo(self) -> None:
        """Bring back the parameter that was taken away last, on this page or after it in the playground."""
        self.undo()

    def show(self, sheet: Sheet) -> None:
        """Show another sheet: what was taken away is back."""
        self.sheet = sheet
        self._show_rows()

    def _unset(self, name: str) -> None:
        if name in self.sheet.parameters:
            before = self.sheet.parameters
            self._take(replace(self.sheet, parameters={key: kept for key, kept in before.items() if key != name}))
            self.removed(name, before)
            self._show_rows()

    def _set(self, name: str, value: Any) -> None:
        self._take(replace(self.sheet, parameters={**self.sheet.parameters, name: value}))
        self._show_rows()

    def _show_rows(self) -> None:
        self.table.replace(ListPages(self._rows()))
        self._fold(self.size.height)

    def _take(self, sheet: Sheet) -> None:
        if sheet != self.sheet:
            self.sheet = sheet
            self.then(sheet)

    def on_text_edit_changed(self, event: TextEdit.Changed) -> None:
        """A schema counts as soon as it can be read; what cannot be is kept, and nothing is asked with it."""
        text = self.schema.value
        try:
            output = schema_of(text)
        except ValueError as fault:
            self._take(replace(self.sheet, schema_text=text, schema_fault=str(fault)))
        else:
            self._take(replace(self.sheet, output=output, schema_text="", schema_fault=""))
            if output is not None:
                self.app.run_worker(self._check(text), group="schema", exclusive=True, exit_on_error=False)
        self._tell()

    async def _check(self, text: str) -> None:
        """Whether it is a schema too, and not JSON alone; the page may be left meanwhile."""
        from genai_tui.answering.breaks import schema_fault

        await asyncio.sleep(RESTS_S)
        found = await asyncio.to_thread(schema_fault, text)
        if found is not None and self.schema.value == text:
            said = f"no schema: line {found.line}: {found.sentence}"
            self._take(replace(self.sheet, schema_text=text, schema_fault=said))
            if self.is_attached:
                self.schema.set_fault(found.line, found.sentence)
                self._tell()

    def _tell(self) -> None:
        fault = self.sheet.schema_fault
        if not fault:
            self.schema.set_fault(None)
        said = fault.partition(":")[0] or ("free text" if self.sheet.output is None else "JSON schema")
        self.schema.set_note(said, "bad" if fault else "head")
        if fault and not self.schema.fault[1]:
            self.schema.set_fault(None, fault)


def schema_of(text: str) -> dict[str, Any] | None:
    """A JSON schema as it was typed, None for an empty text. Raises ValueError with where and why in a few words."""
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON yet: line {error.lineno}, {error.msg[:1].lower()}{error.msg[1:]}") from error
    if not isinstance(found, dict):
        raise ValueError("a schema is an object: {…}")
    return found
