"""A text box of many lines. Letters are text in it, and nothing else; the terminal's cursor stands at the caret."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.events import Click, Key, MouseScrollDown, MouseScrollUp, Paste, Resize
from textual.message import Message

from genai_tui.errors import GenaiError
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.look import Role
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.text_rows import Row, TextRows
from genai_tui.widgets.typed_text import Place, TypedText

LARGE = 256 * 1024  # characters from which the box says how much it holds
MOST_SAID = 3  # rows for what is wrong
MOST_WANTED = 60  # rows that are counted when a box says how high it should be
MARGIN = (
    2  # cells before the text, for the mark of a fault; as many are behind it, for the caret and what there is more
)
NARROW = 12  # columns below which there is no margin before the text


class TextEdit(Painted, can_focus=True):
    """Lines of text under a heading. It holds the whole of what is typed or pasted, however long; a paste runs nothing.

    The keys are those of shells and editors; tab and esc are the page's. What is shown is harmless, what is held is
    what was typed.
    """

    TEXT_BOX = True
    BINDINGS: ClassVar[list[BindingType]] = []
    _cut: ClassVar[str] = ""  # what was cut or copied last, in any box

    class Changed(Message):
        """Something was typed."""

        def __init__(self, box: "TextEdit", value: str) -> None:
            super().__init__()
            self.box, self.value = box, value

    class Left(Changed):
        """The focus has gone."""

    def __init__(self, title: str, value: str = "", *, hint: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.title, self.hint = title, hint
        self.note: tuple[str, Role] = ("", "head")
        self.fault: tuple[int | None, str] = (None, "")
        self._typed = TypedText(value)
        self._typed.at = Place(0, 0)
        self._top = Place(0, 0)  # in the first row shown
        self._goal: int | None = None  # the column in cells that up and down keep to
        self._kept_rows: TextRows | None = None

    # What it is told

    @property
    def value(self) -> str:
        """The whole text."""
        return self._typed.value

    def set_value(self, value: str) -> None:
        """Put a text into the box without telling anybody; the caret stands before it, and undo begins anew."""
        if value == self.value:
            return
        self._typed.set_value(value)
        self._typed.at = self._top = Place(0, 0)
        self._goal = None
        self.repaint()

    def replace_value(self, value: str) -> None:
        """Put a text that comes from elsewhere in the place of all: one step of undo."""
        at = self._typed.at
        self._change(self._typed.replace(Place(0, 0), self._typed.end, value))
        line = min(at.line, self._typed.end.line)
        self._typed.at = Place(line, min(at.column, len(self._typed.lines[line])))
        self._show_caret()

    def set_title(self, title: str) -> None:
        """Name the box anew."""
        self.title = title
        self.repaint()

    def set_note(self, text: str, role: Role = "head") -> None:
        """Say something at the right of the heading, as `18 tok`."""
        self.note = (text, role)
        self.repaint()

    def set_fault(self, line: int | None, sentence: str = "") -> None:
        """Mark a line (the first is 1) and say what is wrong in the last row; empty takes it away."""
        if self.fault != (line, sentence):
            self.fault = (line, sentence)
            self._show_caret()

    def wanted(self, width: int) -> int:
        """How many rows it needs at that width to show all: heading, text, what is wrong; of a long text some."""
        left = MARGIN if width >= NARROW else 0
        rows = TextRows(self._typed.lines, max(1, width - left - 2), self.look)
        row, count = rows.at(Place(0, 0)), 1
        while count < MOST_WANTED and (following := rows.after(row)) is not None:
            row, count = following, count + 1
        return 1 + count + len(self._said_rows(width))

    # What is seen

    def paint(self, canvas: Canvas) -> None:
        """Heading, the rows around the caret, and what is wrong in the last one."""
        text, role = self.note
        heading(canvas, self.title, self.has_focus or getattr(self.screen, "left_box", None) is self)
        if text and canvas.width > len(text) + len(self.title) + 6:
            canvas.right(canvas.width - 1, 0, f" {text} ", role)
        said = self._said()
        for y, line in enumerate(self._said_shown(), canvas.height - len(self._said_shown())):
            canvas.put(self._left, y, line, said[1] if said is not None else "bad")
        if not self._typed.size and self.hint:
            for y, line in enumerate(wrap(self.hint, self._rows.width)[: self._room], 1):
                canvas.put(self._left, y, line, "soft")
        rows, row = self._rows, self._first_row()
        if rows.before(row) is not None:
            canvas.put(canvas.width - 1, 1, canvas.look.signs["up"], "soft")
        place = self.caret() if self.has_focus else None
        marked = (self.fault[0] or 0) - 1
        for y in range(1, self._room + 1):
            if row.line == marked and row.start == 0 and self._left:
                canvas.put(0, y, canvas.look.signs["failed"], "bad")
            self._draw_row(canvas, y, row, marked)
            following = rows.after(row)
            if following is None:
                break
            row = following
        else:
            canvas.put(canvas.width - 1, self._room, canvas.look.signs["down"], "soft")
        if place is not None:
            canvas.roles[place[1]][place[0]] = "caret"
            if canvas.chars[place[1]][place[0] + 1 : place[0] + 2] == [""]:
                canvas.roles[place[1]][place[0] + 1] = "caret"

    def _draw_row(self, canvas: Canvas, y: int, row: Row, marked: int) -> None:
        text, role = self._rows.text(row), "bad" if row.line == marked else "text"
        selection = self._typed.selection
        cuts = [row.start, row.end]
        if selection is not None:
            start, end = selection
            first = row.start if start < (row.line, row.start) else start.column if start.line == row.line else row.end
            last = row.end if end.line > row.line else end.column if end.line == row.line else row.start
            first, last = min(max(first, row.start), row.end), min(max(last, row.start), row.end)
            if first < last:
                cuts = [row.start, first, last, row.end]
            elif row.start == row.end and start <= (row.line, row.end) < end:
                canvas.put(self._left, y, " ", "pick")  # an empty line that is selected
        x = self._left
        for number, (start_at, end_at) in enumerate(pairwise(cuts)):
            piece = text[start_at - row.start : end_at - row.start]
            if not (piece.isascii() and piece.isprintable()):
                piece = "".join(cluster.shown for cluster in self._rows.clusters(piece))
            x = canvas.put(x, y, piece, "pick" if number == 1 else role) if piece else x  # type: ignore[arg-type]

    def caret(self) -> tuple[int, int] | None:
        """The cell of the caret."""
        rows, at, row = self._rows, self._typed.at, self._first_row()
        here = rows.at(at)
        for y in range(1, self._room + 1):
            if row == here:
                return (min(self._left + rows.x_of(row, at.column), max(0, self.size.width - 1)), y)
            following = rows.after(row)
            if following is None:
                break
            row = following
        return None

    @property
    def _left(self) -> int:
        return MARGIN if self.size.width >= NARROW else 0

    @property
    def _room(self) -> int:
        """Rows for text."""
        height = self.size.height
        return max(1, height - 1 - len(self._said_shown())) if height > 1 else 0

    def _said_rows(self, width: int) -> list[str]:
        """What is said, over as many rows as it needs and may have."""
        said = self._said()
        return wrap(self.look.text(said[0]), max(1, width - 2 * MARGIN))[:MOST_SAID] if said is not None else []

    def _said_shown(self) -> list[str]:
        """As many of these rows as there are left beside one of the text; the last holds all that is left."""
        rows, room = self._said_rows(self.size.width), max(0, self.size.height - 2)
        return rows if len(rows) <= room else [*rows[: room - 1], " ".join(rows[room - 1 :])] if room else []

    def _said(self) -> tuple[str, Role] | None:
        """What the last row says."""
        if self.fault[1]:
            return self.fault[1], "bad"
        if self._typed.size > LARGE:
            lines = len(self._typed.lines)
            count = "1 line" if lines == 1 else f"{lines:,} lines"
            return f"{self._typed.size / 1_000_000:.1f} MB in {count}, all of it kept; $EDITOR is made for that", "warn"
        return None

    @property
    def _rows(self) -> TextRows:
        width, look = max(1, self.size.width - self._left - 2), self.look
        rows = self._kept_rows
        if rows is None or rows.width != width or rows.look is not look or rows.lines is not self._typed.lines:
            rows = self._kept_rows = TextRows(self._typed.lines, width, look)
        return rows

    def _first_row(self) -> Row:
        """The first row shown, whatever has become of the text since."""
        line = min(self._top.line, self._typed.end.line)
        return self._rows.at(Place(line, min(self._top.column, len(self._typed.lines[line]))))

    def _show_caret(self) -> None:
        """Move what is shown by as little as will do, so that the caret is seen; then paint."""
        if self.is_attached and self.size.height:
            rows, room = self._rows, max(1, self._room)
            here, first = rows.at(self._typed.at), self._first_row()
            if here < first:
                first = here
            elif rows.moved(first, room - 1) < here:
                first = rows.moved(here, 1 - room)
            elif rows.after(rows.moved(first, room - 1)) is None:  # no empty rows below while there are some above
                first = min(first, rows.moved(rows.at(self._typed.end), 1 - room))
            self._top = Place(first.line, first.start)
        self.repaint()

    # What is typed

    def on_key(self, event: Key) -> None:
        """Letters, and the editing keys of shells and editors."""
        if event.is_printable and event.character is not None:
            self._take(event)
            self._change(self._typed.insert(event.character, "typed"))
        elif (edit := self._EDITS.get(event.key)) is not None:
            self._take(event)
            edit(self)
        elif (move := self._MOVES.get(event.key.replace("shift+", ""))) is not None:
            self._take(event)
            self._go(move(self._typed), select="shift+" in event.key)
        elif (rows := self._VERTICAL.get(event.key.removeprefix("shift+"))) is not None:
            self._take(event)
            self._move_rows(rows(self), select="shift+" in event.key)
        elif event.key == "ctrl+c" and self._typed.selection is not None:
            self._take(event)
            self._copy()

    def _take(self, event: Key | Paste) -> None:
        event.stop()
        event.prevent_default()

    def on_paste(self, event: Paste) -> None:
        """One insert and one step of undo, however long."""
        self._take(event)
        self._change(self._typed.insert(event.text.replace("\r\n", "\n").replace("\r", "\n")))

    def on_click(self, event: Click) -> None:
        """The mouse puts the caret."""
        if event.y >= 1:
            row = self._rows.moved(self._first_row(), min(event.y, self._room) - 1)
            self._go(self._rows.place_at(row, max(0, event.x - self._left)))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel moves the caret."""
        self._move_rows(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel moves the caret."""
        self._move_rows(-3)

    def on_resize(self, event: Resize) -> None:
        """Keep the caret in view."""
        self._show_caret()

    def on_blur(self) -> None:
        """Tell that the box was left."""
        self.post_message(self.Left(self, self.value))

    def _change(self, changed: bool) -> None:
        self._goal = None
        if changed:
            self.post_message(self.Changed(self, self.value))
        self._show_caret()

    def _go(self, place: Place, *, select: bool = False) -> None:
        self._goal = None
        self._typed.go(place, select=select)
        self._show_caret()

    def _move_rows(self, count: int, *, select: bool = False) -> None:
        """Up or down by rows; the column is kept through shorter ones. Past the first and the last row to the end."""
        rows, at = self._rows, self._typed.at
        here = rows.at(at)
        goal = rows.x_of(here, at.column) if self._goal is None else self._goal
        there = rows.moved(here, count)
        ends = Place(0, 0) if count < 0 else self._typed.end
        self._go(ends if there == here else rows.place_at(there, goal), select=select)
        self._goal = goal

    def _row_start(self) -> Place:
        row = self._rows.at(self._typed.at)
        return Place(row.line, row.start)

    def _row_end(self) -> Place:
        return self._rows.last_place(self._rows.at(self._typed.at))

    def _erase_line_end(self) -> None:
        """To the end of the line; at its end the line end itself."""
        end = self._typed.line_end()
        self._change(self._typed.erase_to(self._typed.right() if self._typed.at == end else end))

    def _copy(self) -> None:
        TextEdit._cut = text = self._typed.selected()
        send: Callable[[str], Any] | None = getattr(self.app, "send_to_clipboard", None)
        if send is not None:
            self.run_worker(self._send(send, text), group="clipboard", exit_on_error=False)

    async def _send(self, send: Callable[[str], Any], text: str) -> None:
        try:
            said, tone = await send(text), "note"
        except GenaiError as error:
            said, tone = str(error), "bad"
        say = getattr(self.screen, "say", None)
        if say is not None:
            say(said, tone)

    def _cut_selected(self) -> None:
        if self._typed.selection is not None:
            self._copy()
            self._change(self._typed.insert(""))

    _MOVES: ClassVar[dict[str, Callable[[TypedText], Place]]] = {
        "left": TypedText.left,
        "right": TypedText.right,
        "ctrl+left": TypedText.word_left,
        "ctrl+right": TypedText.word_right,
        "ctrl+a": TypedText.line_start,
        "ctrl+e": TypedText.line_end,
        "ctrl+home": lambda typed: Place(0, 0),
        "ctrl+end": lambda typed: typed.end,
    }
    _VERTICAL: ClassVar[dict[str, Callable[["TextEdit"], int]]] = {
        "up": lambda self: -1,
        "down": lambda self: 1,
        "pageup": lambda self: 1 - max(2, self._room),
        "pagedown": lambda self: max(2, self._room) - 1,
    }
    _EDITS: ClassVar[dict[str, Callable[["TextEdit"], Any]]] = {
        "enter": lambda self: self._change(self._typed.insert("\n")),
        "home": lambda self: self._go(self._row_start()),
        "end": lambda self: self._go(self._row_end()),
        "shift+home": lambda self: self._go(self._row_start(), select=True),
        "shift+end": lambda self: self._go(self._row_end(), select=True),
        "backspace": lambda self: self._change(self._typed.erase_to(self._typed.left(), "erased")),
        "ctrl+h": lambda self: self._change(self._typed.erase_to(self._typed.left(), "erased")),
        "delete": lambda self: self._change(self._typed.erase_to(self._typed.right())),
        "ctrl+d": lambda self: self._change(self._typed.erase_to(self._typed.right())),
        "ctrl+w": lambda self: self._change(self._typed.erase_to(self._typed.word_left())),
        "ctrl+u": lambda self: self._change(self._typed.erase_to(self._typed.line_start())),
        "ctrl+k": _erase_line_end,
        "ctrl+z": lambda self: self._change(self._typed.undo()),
        "ctrl+y": lambda self: self._change(self._typed.redo()),
        "ctrl+x": _cut_selected,
        "ctrl+v": lambda self: self._change(self._typed.insert(TextEdit._cut)),
    }
