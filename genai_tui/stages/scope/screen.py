"""1 Scope: what it must do and when it is good enough, one field a line; every change is a new version."""

import shlex
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.binding import BindingType
from textual.events import Resize
from textual.widget import Widget

from genai_tui.errors import GenaiError
from genai_tui.records.scopes import Scope
from genai_tui.records.stages import Board
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import StageScreen
from genai_tui.stages.scope.setting import METRICS, TASKS, changed
from genai_tui.store.scopes import current_scope, page_scopes, save_scope
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.lines import Key
from genai_tui.widgets.pages import ListPages
from genai_tui.widgets.text_view import Part, TextView, error_parts

LOW, VERY_LOW = 18, 9  # rows of the screen below which what is said of a field has fewer, or none
DRAFT = "typed, not saved"
NAME = 20  # columns for the names of fields


class Field(NamedTuple):
    """One field of the scope: its key, as the command has it, its name for people, and what to write there."""

    key: str
    name: str
    hint: str
    needed: bool = False


FIELDS = (
    Field("problem", "problem", "What goes in, what must come out, and for whom: one or two sentences.", True),
    Field("tasks", "tasks", f"With commas between: {', '.join(TASKS)}. One narrow task is the easiest to meet."),
    Field("metric", "metric", f"How an answer is judged: {', '.join(METRICS)}, or your own as file.py:function.", True),
    Field(
        "target", "target", "When it is good enough, from 0 to 1: met once the whole 95 % interval is past it.", True
    ),
    Field("latency_p95_s", "latency, p95", "Seconds within which 95 of 100 answers must have come."),
    Field("budget_usd", "budget", "US dollars this project may spend; nothing is asked that would pass it."),
    Field("requests_a_month", "requests a month", "How often it will be asked; decides whether to rent or to own."),
    Field("input_tokens", "tokens in", "Tokens of a typical request."),
    Field("output_tokens", "tokens out", "Tokens of a typical answer."),
    Field("languages", "languages", "With commas between."),
    Field("data_rules", "data rules", "What may leave this machine, and what may not."),
    Field("harms", "harms", "What would hurt somebody, and must be measured."),
    Field("today", "today", "How it is done now: what the application must beat."),
)


ABOUT = (
    Part("What the application must do, and when it is good enough: every later stage measures against it."),
    Part(""),
    Part("space tells what belongs in a field, enter writes it. Every change is a new version; u goes back.", "soft"),
)


class ScopeScreen(StageScreen):
    """Fields, what to write into the chosen one, and a box to write it."""

    CSS_PATH = "screen.tcss"
    STAGE = 1
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("scope.edit", "enter", "edit", "write into the chosen field"),
        Act("scope.undo", "u", "undo", "go back to the version before"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("↑↓", "field"),
        Key("space", "tell"),
        Key("enter", "edit"),
        Key("u", "undo"),
        Key("esc", "home"),
    )

    BOX_KEYS: ClassVar[tuple[Key, ...]] = (Key("enter", "save"), Key("esc", "leave; the text stays"))

    def body(self) -> Sequence[Widget]:
        """The fields over the text of the chosen one, and the box, hidden until enter."""
        self.scope = self._read()
        self.table = LineTable("Scope", ListPages(FIELDS), self._draw, spoken=self._spoken)
        self.about = TextView("About", ABOUT)
        self.box = LineEdit(id="value")
        self.box.display = False
        self.fault: GenaiError | None = None
        return (self.table, self.about, self.box)

    async def on_mount(self) -> None:
        """The arrow keys move at once; what was typed before a crash is back."""
        self.table.focus()
        self.before_box = self.table
        await self.host.typed.take_up()
        self.table.repaint()

    def on_resize(self, event: Resize) -> None:
        """On a low screen the fields have most of it; on a very low one all, and space says in the last line."""
        rows = event.size.height
        self.about.display = rows >= VERY_LOW
        self.about.styles.height = 7 if rows >= LOW else max(3, (rows - 3) // 2)

    def _read(self) -> Scope:
        return current_scope(self.host.project.reader) if self.host.project is not None else Scope()

    def show_board(self, board: Board | None) -> None:
        """Another terminal may have changed the scope."""
        super().show_board(board)
        if self.is_mounted:
            self.scope = self._read()
            self.table.repaint()

    def command(self) -> str:
        """The command that writes the chosen field."""
        field = self.table.row
        if field is None:
            return "genai-tui scope show"
        value = self.box.value if self.box.display else _typed(getattr(self.scope, field.key))
        return f"genai-tui scope set {shlex.quote(f'{field.key}={value}')}"

    def copy_text(self) -> str:
        """The error, while one is shown."""
        return self.about.plain_text() if self.fault is not None else ""

    def on_line_table_shown(self, event: LineTable.Shown) -> None:
        """Say what belongs there."""
        self._tell(event.row)

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Write there."""
        self.action_edit()

    def action_edit(self) -> None:
        """Open the box on the chosen field, with what was typed there and not saved, else with its value."""
        field: Field | None = self.table.row
        if field is None:
            return
        unsaved = self.host.typed.of("scope").get(field.key)
        self._tell(field)
        self.box.label = f" {field.name} ▸ "
        self.box.set_value(_typed(getattr(self.scope, field.key)) if unsaved is None else str(unsaved))
        self.box.display = True
        self.box.focus()

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """Keep it as a draft."""
        if self.table.row is not None:
            self.host.typed.keep("scope", self.table.row.key, event.value)

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes; what was typed and not saved stays a draft of its field."""
        self.box.display = False
        self.table.repaint()

    async def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Save a new version, or say what is wrong and let it be corrected."""
        field: Field | None = self.table.row
        if field is None:
            return
        try:
            await self._save(changed(self.scope, {field.key: event.value}))
        except GenaiError as error:
            self.fault = error
            if not self.about.display:
                self.say(str(error), "bad")
            self.about.show(error_parts(error), "Not saved")
            return
        self.host.typed.forget("scope")
        self.table.focus()
        self.say(f"Saved: the scope is now version {self.scope.version}.", "good")

    async def action_undo(self) -> None:
        """Save the version before the present one again; nothing is lost by it."""
        project = self.host.project
        versions = page_scopes(project.reader, self.scope.version or None, 1) if project is not None else []
        if not versions:
            self.say("There is no version before this one.", "warn")
            return
        try:
            await self._save(versions[0])
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self.say(f"As it was in version {versions[0].version}; it is now version {self.scope.version}.", "good")

    async def _save(self, scope: Scope) -> None:
        project = self.host.project
        if project is not None:
            [self.scope] = await project.writer.put(save_scope(scope))
            self.host.look_again()
        if self.table.row is not None:
            self._tell(self.table.row)

    def _tell(self, field: Field) -> None:
        self.fault = None
        self.about.show(self._about(field), field.name)
        if not self.about.display and not self.box.display:
            self.say(field.hint)

    def _about(self, field: Field) -> Sequence[Part]:
        value = getattr(self.scope, field.key)
        return (
            Part(_written(field, value), "text" if value not in (None, "", ()) else "soft"),
            Part(""),
            Part(field.hint, "soft"),
        )

    def _draw(self, canvas: Canvas, x: int, y: int, width: int, field: Field) -> None:
        value = getattr(self.scope, field.key)
        there = value not in (None, "", ())
        sign = "done" if there else "empty"
        if field.key in self.host.typed.of("scope"):
            canvas.right(x + width - 1, y, DRAFT, "warn")
            width -= len(DRAFT) + 2
        canvas.put(x, y, canvas.look.signs[sign], "good" if there else "soft")
        canvas.put(x + 2, y, field.name, "strong" if field.needed else "text", NAME - 2)
        canvas.put(x + NAME + 1, y, _written(field, value) if there else "needed" if field.needed else "–",
                   "text" if there else "warn" if field.needed else "soft", width - NAME - 1)  # fmt: skip

    def _spoken(self, field: Field) -> str:
        draft = f"; {DRAFT}" if field.key in self.host.typed.of("scope") else ""
        return f"{field.name}: {_written(field, getattr(self.scope, field.key))}{draft}"


def _written(field: Field, value: object) -> str:
    """A value as people read it, with its unit."""
    text = _typed(value) or "–"
    if not isinstance(value, (int, float)):
        return text
    if field.key in ("target", "budget_usd"):
        return f"{'$' if field.key == 'budget_usd' else ''}{value:,.2f}" if round(value, 2) == value else text
    return f"{value:g} s" if field.key == "latency_p95_s" else f"{value:,}"


def _typed(value: object) -> str:
    """A value as it is typed."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


SCREEN = ScopeScreen
