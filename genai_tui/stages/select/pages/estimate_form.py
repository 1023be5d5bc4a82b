"""A form in rows of short fields: each has a value that is changed among known ones or typed where it stands."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.message import Message

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.look import Role
from genai_tui.widgets.painted import Painted

GAP = 2  # columns between two fields


class Cell(NamedTuple):
    """A field as it stands: `given` is what was typed or chosen, `shown` what counts; a `fault` is a sentence."""

    key: str
    name: str
    width: int
    given: str
    shown: str
    hint: str
    fault: str = ""


class EstimateForm(Painted, can_focus=True):
    """Fields one after the other in as many rows as they need, and a line under them for the chosen one."""

    title = "fields"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "the field before", show=False),
        Binding("down,j", "move(1)", "the next field", show=False),
        Binding("left", "step(-1)", "the known value before", show=False),
        Binding("right", "step(1)", "the next known value", show=False),
        Binding("enter", "type", "type into the field", show=False),
        Binding("backspace,delete", "clear", "as it was before anything was typed", show=False),
    ]

    class Changed(Message):
        """A field has another text; empty: what counts without one."""

        def __init__(self, key: str, text: str) -> None:
            super().__init__()
            self.key, self.text = key, text

    class Stepped(Message):
        """The known value after or before the present one is asked for."""

        def __init__(self, key: str, by: int) -> None:
            super().__init__()
            self.key, self.by = key, by

    class Opened(Message):
        """A box was opened in it: leaving that leads back here."""

    class Left(Message):
        """A move beyond the last field."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__(id="fields")
        self.cells, self.chosen = tuple(cells), 0
        self.box = LineEdit(id="field")
        self.box.display = False
        self.box.styles.position = "absolute"

    def compose(self) -> ComposeResult:
        """The box in which a value is typed lies over it, hidden until then."""
        yield self.box

    @property
    def cell(self) -> Cell:
        """The chosen field."""
        return self.cells[self.chosen]

    @property
    def typing(self) -> bool:
        """Whether a value is being typed."""
        return bool(self.box.display)

    def show(self, cells: Sequence[Cell]) -> None:
        """The same fields with other values."""
        self.cells = tuple(cells)
        self.repaint()

    def rows(self, width: int) -> int:
        """How many rows it needs, with the line under the fields."""
        return self._places(width)[-1][1] + 2

    def _places(self, width: int) -> list[tuple[int, int]]:
        """Column and row of each field."""
        places, x, y = [], 1, 0
        for cell in self.cells:
            size = len(cell.name) + 1 + cell.width
            if x > 1 and x + size > width - 1:
                x, y = 1, y + 1
            places.append((x, y))
            x += size + GAP
        return places

    def paint(self, canvas: Canvas) -> None:
        """The fields; under them what is wrong, or what the chosen one is."""
        places = self._places(canvas.width)
        for number, (cell, (x, y)) in enumerate(zip(self.cells, places, strict=True)):
            lit = number == self.chosen and (self.has_focus or self.typing)
            x = canvas.put(x, y, cell.name, "bad" if cell.fault else "key" if lit else "soft") + 1
            role: Role = "pick" if lit else "field"
            canvas.fill(x, y, cell.width, " ", role)
            canvas.put(x, y, cell.shown, role, cell.width)
        under = places[-1][1] + 1
        wrong = self.cell if self.cell.fault else next((cell for cell in self.cells if cell.fault), None)
        if wrong is not None:
            x = canvas.put(1, under, f"{canvas.look.signs['failed']} {wrong.name}: ", "bad")
            canvas.put(x, under, wrong.fault, "text")
        elif self.has_focus or self.typing:
            canvas.put(1, under, self.cell.hint, "soft")

    def action_move(self, by: int) -> None:
        """Another field; beyond the last one the part under it."""
        self._close()
        there = self.chosen + by
        if there >= len(self.cells):
            self.post_message(self.Left())
            return
        self.chosen = max(0, there)
        self.repaint()
        self._speak()

    def action_step(self, by: int) -> None:
        """Another known value."""
        self.post_message(self.Stepped(self.cell.key, by))

    def action_clear(self) -> None:
        """What counts without anything typed."""
        self.post_message(self.Changed(self.cell.key, ""))

    def action_type(self) -> None:
        """Type where the value stands."""
        self._place_box()
        self.post_message(self.Opened())
        self.box.set_value(self.cell.given or self.cell.shown, picked=True)
        self.box.display = True
        self.box.focus()
        self.repaint()

    def _place_box(self) -> None:
        x, y = self._places(self.size.width)[self.chosen]
        self.box.styles.offset = (x + len(self.cell.name) + 1, y)
        self.box.styles.width = max(self.cell.width, 4)

    def _close(self) -> None:
        if self.typing:
            self.focus()
            self.box.display = False

    def _speak(self) -> None:
        """Say the field in the last line, where a screen reader follows."""
        say = getattr(self.screen, "say", None)
        if self.look.plain and say is not None:
            say(f"{self.cell.name}: {self.cell.shown}. {self.cell.hint}")

    def on_resize(self, event: Resize) -> None:
        """The box stays over its field."""
        if self.typing:
            self._place_box()

    def on_click(self, event: Click) -> None:
        """The field that is clicked on."""
        for number, (cell, (x, y)) in enumerate(zip(self.cells, self._places(self.size.width), strict=True)):
            if event.y == y and x <= event.x < x + len(cell.name) + 1 + cell.width:
                self.chosen = number
                self.repaint()

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """What is typed counts at once."""
        event.stop()
        self.post_message(self.Changed(self.cell.key, event.value))

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Back to the fields."""
        event.stop()
        self._close()

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes; its text counts."""
        event.stop()
        self.box.display = False
        self.repaint()
