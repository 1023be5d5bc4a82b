"""A list of any length: it holds the rows near the ones on screen, and a move sends two lines."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.message import Message

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.pages import Pages
from genai_tui.widgets.painted import Painted

Row = TypeVar("Row")
PAGE = 200  # rows read at once
MOST_KEPT = 1000  # rows held; those far from the screen are forgotten


class LineTable(Painted, Generic[Row], can_focus=True):
    """Rows under a heading. `draw(canvas, x, y, width, row)` draws one, `filtered(text)` gives those of a filter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("space", "show", "show more of it", show=False),
        Binding("home,g", "first", "first", show=False),
        Binding("end,G", "last", "last", show=False),
        Binding("enter", "choose", "choose", show=False),
        Binding("slash", "filter", "filter", show=False),
    ]
    DEFAULT_CSS = "LineTable { layout: vertical; }"

    class Moved(Message):
        """Another row is under the cursor."""

        def __init__(self, table: "LineTable[Any]", row: Any) -> None:
            super().__init__()
            self.table, self.row = table, row

        @property
        def control(self) -> "LineTable[Any]":
            """The table."""
            return self.table

    class Shown(Moved):
        """More of the row is asked for, with space: what shows it is not sent again for every move."""

    class Chosen(Moved):
        """A row was chosen with enter, or a second click."""

    def __init__(
        self,
        title: str,
        pages: Pages[Row],
        draw: Callable[[Canvas, int, int, int, Row], None],
        *,
        empty: Sequence[str] = (),
        filtered: Callable[[str], Pages[Row]] | None = None,
        spoken: Callable[[Row], str] | None = None,
        always_lit: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self.title, self.empty, self._always_lit = title, tuple(empty), always_lit
        self._pages, self._draw_row, self._filtered, self._spoken = pages, draw, filtered, spoken
        self._rows: list[Row] = []
        self._base = 0  # the position of the first row held
        self.count = 0
        self.position = 0
        self._top = 0
        self.filter_text = ""
        self.box: LineEdit | None = None
        self._load_start()

    def compose(self) -> ComposeResult:
        """The filter box lies over the heading, hidden until it is asked for."""
        if self._filtered is not None:
            self.box = LineEdit("/ ", id="filter")
            self.box.display = False
            self.box.styles.position = "absolute"
            yield self.box

    @property
    def named_width(self) -> int:
        """How many cells at the right of the heading name columns."""
        return 0

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        index = self.position - self._base
        return self._rows[index] if 0 <= index < len(self._rows) else None

    def near(self, rows: int) -> Sequence[Row]:
        """The rows held, at most so many above and below the cursor."""
        here = self.position - self._base
        return self._rows[max(0, here - rows) : here + rows + 1]

    def replace(self, pages: Pages[Row], position: int | None = None) -> None:
        """Show other rows; the cursor stays where it was, as far as it can, and on its line of the screen."""
        before, line = self.position if position is None else position, self.position - self._top
        self._pages = pages
        self._load_start()
        self._top = max(0, before - line)
        self._move_to(before)
        self.repaint()

    def _load_start(self) -> None:
        self.count = self._pages.count()
        self._rows, self._base, self.position, self._top = list(self._pages.after(None, PAGE)), 0, 0, 0

    def _ensure(self, first: int, last: int) -> None:
        """Hold the rows from `first` up to `last`, reading pages on whichever side they lack."""
        while self._base > first and self._rows:
            page = list(self._pages.before(self._pages.key_of(self._rows[0]), PAGE))
            if not page:
                self._base = 0
                break
            self._rows = (page + self._rows)[:MOST_KEPT]
            self._base = max(0, self._base - len(page))
        while self._base + len(self._rows) <= last and self._rows:
            page = list(self._pages.after(self._pages.key_of(self._rows[-1]), PAGE))
            if not page:
                self.count = self._base + len(self._rows)
                break
            self._rows += page
            dropped = max(0, len(self._rows) - MOST_KEPT)
            self._rows, self._base = self._rows[dropped:], self._base + dropped

    def _move_to(self, position: int) -> bool:
        position = max(0, min(self.count - 1, position))
        # before it is laid out it holds no more than a page: there may be a million rows
        room = self.size.height - 1 if self.size.height > 1 else min(self.count, PAGE)
        self._top = max(0, min(self._top, self.count - room))
        if position < self._top:
            self._top = position
        elif position >= self._top + room:
            self._top = position - room + 1
        self._ensure(self._top, min(self.count, self._top + room) - 1)
        position = max(0, min(self.count - 1, position))
        moved, self.position = position != self.position, position
        return moved

    def go_to(self, position: int) -> None:
        """Put the cursor on a row by its position."""
        if self._move_to(position):
            self.repaint()
            if self.row is not None:
                self.post_message(self.Moved(self, self.row))
                if self.look.plain:
                    self.speak()
        else:
            self.repaint()

    def speak(self) -> None:
        """Say the row in the last line, where a screen reader follows."""
        say = getattr(self.screen, "say", None)
        if say is not None and self.row is not None and self._spoken is not None:
            say(f"{self.position + 1} of {self.count}: {self._spoken(self.row)}")

    def paint(self, canvas: Canvas) -> None:
        """The heading, and the rows that fit; where there is none, what would be here."""
        title = self.title + (f" /{self.filter_text}" if self.filter_text else "")
        heading(canvas, title, self.has_focus, self.count, room=canvas.width - 2 - self.named_width)
        if not self.count:
            lines = self.empty if not self.filter_text else ("Nothing matches.",)
            room = max(1, canvas.width - 3)
            for y, row in enumerate((row for line in lines for row in wrap(canvas.look.text(line), room) or ("",)), 1):
                canvas.put(2, y, row, "soft")
            return
        room = canvas.height - 1
        first = max(0, min(self._top, self.count - 1))
        for y in range(1, min(room, self.count - first) + 1):
            index = first + y - 1 - self._base
            if not 0 <= index < len(self._rows):
                continue
            here = first + y - 1 == self.position
            self._draw_row(canvas, 2, y, canvas.width - 2, self._rows[index])
            if here:
                canvas.put(0, y, canvas.look.signs["here"], "key")
                if self.has_focus or self._always_lit:
                    canvas.row_role(y, "pick")

    def caret(self) -> tuple[int, int] | None:
        """On the chosen row."""
        return (0, 1 + self.position - self._top)

    def action_move(self, rows: int) -> None:
        """Up or down."""
        self.go_to(self.position + rows)

    def action_page(self, pages: int) -> None:
        """A screenful up or down."""
        self.go_to(self.position + pages * max(1, self.size.height - 2))

    def action_first(self) -> None:
        """To the first row."""
        if self._base:
            before = self.position
            self._load_start()
            self.position = before  # else it would not be seen that the cursor moves
        self.go_to(0)

    def action_last(self) -> None:
        """To the last row, read from the end."""
        if self._base + len(self._rows) < self.count:
            self._rows = list(self._pages.before(None, PAGE))
            self._base = max(0, self.count - len(self._rows))
            self._top = self._base
        self.go_to(self.count - 1)

    def action_choose(self) -> None:
        """Choose the row."""
        if self.row is not None:
            self.post_message(self.Chosen(self, self.row))

    def action_show(self) -> None:
        """Ask for more of the row."""
        if self.row is not None:
            self.post_message(self.Shown(self, self.row))

    def action_filter(self) -> None:
        """Open the filter box; a list without one leaves the key to its page."""
        if self.box is None:
            raise SkipAction
        self.box.styles.width = self.size.width
        self.box.set_value(self.filter_text, picked=True)
        self.box.display = True
        self.box.focus()

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """Filter while typing."""
        if event.box is self.box and self._filtered is not None:
            event.stop()
            self.filter_text = event.value
            self.replace(self._filtered(event.value), 0)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Back to the rows that match."""
        if event.box is self.box:
            event.stop()
            self.focus()

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes when the focus does; the filter stays, and the heading says so."""
        if event.box is self.box and self.box is not None:
            event.stop()
            self.box.display = False

    def on_resize(self, event: Resize) -> None:
        """Keep the cursor in view, and no empty rows below while there are some above."""
        self._move_to(self.position)

    def on_click(self, event: Click) -> None:
        """The mouse moves the cursor, a second click chooses."""
        position = self._top + event.y - 1
        if event.y < 1 or position >= self.count:
            return
        if position == self.position:
            self.action_choose()
        self.go_to(position)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        self.action_move(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        self.action_move(-3)


def heading(
    canvas: Canvas, title: str, lit: bool, count: int | None = None, y: int = 0, *, room: int | None = None
) -> None:
    """The first line of a part of a screen: its title on a rule, lit where the keys go."""
    if not canvas.look.plain:
        canvas.fill(0, y, canvas.width, "─", "frame")
    end = canvas.put(0 if canvas.look.plain else 1, y, f" {title} ", "key" if lit else "head", room or canvas.width - 2)
    if count is not None and count > 1 and end + 8 < canvas.width:
        canvas.right(canvas.width - 1, y, f" {count:,} ", "head")
