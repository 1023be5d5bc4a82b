"""The decoding parameters of the sheet, and the JSON schema that its answers shall keep to."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

from textual.binding import BindingType
from textual.events import Resize
from textual.widget import Widget

from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage
from genai_tui.stages.prompt.sheet import Sheet
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_edit import TextEdit

LOW = 16  # rows below which the list and the schema are not both shown


class Parameter(NamedTuple):
    """One parameter: its name in a request, and what it does."""

    name: str
    does: str


PARAMETERS = (
    Parameter("temperature", "chance: 0 always takes the likeliest token"),
    Parameter("top_p", "only the likeliest tokens of this probability"),
    Parameter("max_tokens", "the most tokens; a longer answer is cut off"),
    Parameter("seed", "repeats an answer, where the endpoint can"),
    Parameter("stop", 'texts at which an answer ends, as ["\\n"]'),
)
OTHER = Parameter("", "another one: type name=value, as top_k=40")
OUR_OWN = ("model", "messages", "stream", "n", "response_format")  # what the sheet says in another place


class SettingsPage(FramedPage):
    """A list of parameters over the schema. What is typed counts at once; `then` gets the sheet."""

    WHERE = "parameters"
    STAGE = 3
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("settings.remove", "delete,backspace", "remove", "leave this parameter to the endpoint", "del"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS = (Key("↑↓", "move"), Key("enter", "type"), Key("del", "not sent"), Key("tab", "schema"), Key("esc", "back"))
    BOX_KEYS = (Key("esc", "leave; the text stays"),)

    def __init__(self, sheet: Sheet, then: Callable[[Sheet], None]) -> None:
        super().__init__()
        self.sheet, self.then = sheet, then

    def body(self) -> Sequence[Widget]:
        """List, schema, and the box, hidden until it is needed."""
        self.table: LineTable[Parameter] = LineTable(
            "Parameters", ListPages(self._rows()), self._draw, spoken=lambda row: f"{row.name} {self._said(row)}"
        )
        text = "" if self.sheet.output is None else json.dumps(self.sheet.output, indent=2, ensure_ascii=False)
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
        """From the list into the schema, and back."""
        into = self.schema if self.part is self.table else self.table
        into.display = True
        self.set_focus(into)
        self._fold(self.size.height)

    def help_lines(self) -> Sequence[str]:
        """What is sent."""
        return (
            "Parameters are sent as they stand here; what is not set is the endpoint's own choice. A number, true, "
            "false, a list or an object is read as JSON, everything else as text.",
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
        self.box.set_value(self._said(row))
        self.box.display = True
        self.before_box = self.table
        self.set_focus(self.box)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Take the value; an empty one is not sent."""
        row, value = self.table.row or OTHER, event.value.strip()
        name = row.name
        if not name:
            name, _, value = (part.strip() for part in value.partition("="))
        if name in OUR_OWN:
            self.say(f"{name} cannot be set here: the playground says it in another place.", "warn")
            return
        if name:
            self._set(name, value)
        self.set_focus(self.table)

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes."""
        self.box.display = False

    def action_remove(self) -> None:
        """Leave the chosen parameter to the endpoint."""
        if self.table.row is not None:
            self._set(self.table.row.name, "")

    def _set(self, name: str, value: str) -> None:
        parameters = {key: kept for key, kept in self.sheet.parameters.items() if key != name or value}
        if value:
            parameters[name] = value_of(value)
        self._take(replace(self.sheet, parameters=parameters))
        self.table.replace(ListPages(self._rows()))
        self._fold(self.size.height)

    def _take(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.then(sheet)

    def on_text_edit_changed(self, event: TextEdit.Changed) -> None:
        """A schema counts as soon as it can be read."""
        fault = ""
        try:
            output = schema_of(self.schema.value)
        except ValueError as error:
            fault = str(error)
        else:
            if output != self.sheet.output:
                self._take(replace(self.sheet, output=output))
        self._tell(fault)

    def _tell(self, fault: str = "") -> None:
        said = fault or ("free text" if self.sheet.output is None else "JSON schema")
        self.schema.set_note(said, "bad" if fault else "head")


def value_of(typed: str) -> Any:
    """A value as it was typed: JSON where it is some, else the text itself."""
    from genai_tui.datasets.jsons import plain_json

    try:
        return plain_json(typed)
    except ValueError:
        return typed


def written(value: Any) -> str:
    """A value as it is typed."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


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
