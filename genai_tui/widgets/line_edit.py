"""A text box of one line. Letters are text in it; the terminal's cursor stands at the caret, for input methods."""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from textual.binding import BindingType
from textual.events import Click, Key, Paste
from textual.message import Message

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import cells, width_of
from genai_tui.widgets.painted import Painted

MOST_UNDONE = 200


class Typed(NamedTuple):
    """What stood in the box at one moment, and where the caret was."""

    value: str
    at: int


class LineEdit(Painted, can_focus=True):
    """One line of text with a label before it. Nothing is sent or run by a paste; line ends in it become blanks."""

    TEXT_BOX = True
    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = "LineEdit { height: 1; }"

    class Changed(Message):
        """Something was typed."""

        def __init__(self, box: "LineEdit", value: str) -> None:
            super().__init__()
            self.box, self.value = box, value

    class Submitted(Changed):
        """Enter was pressed."""

    class Left(Changed):
        """The focus has gone."""

    def __init__(self, label: str = "", value: str = "", *, hint: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.label, self.hint = label, hint
        self.value, self.at = value, len(value)
        self.picked = False  # what was put there is selected: typing takes its place, moving keeps it
        self._undo: list[Typed] = []
        self._first = 0  # the first character shown

    def set_value(self, value: str, *, picked: bool = False) -> None:
        """Put a text into the box without telling anybody; `picked`: the next letter takes its place."""
        self.value, self.at, self._undo, self.picked = value, len(value), [], picked and bool(value)
        self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """Label, then as much of the text as fits around the caret."""
        x = canvas.put(0, 0, self.label, "key" if self.has_focus else "soft")
        room = max(1, canvas.width - x)
        canvas.fill(x, 0, room, " ", "field")
        if not self.value and self.hint and not self.has_focus:
            canvas.put(x, 0, self.hint, "soft", room)
            return
        first, end = self._window(room), x + room
        for character in self.value[first : first + room]:
            size = width_of(canvas.look.text(character))
            if size > end - x:
                break
            x = canvas.put(x, 0, character, "pick" if self.picked else "field", max(size, 1)) if size else x
            first += 1
        ellipsis = canvas.look.signs["ellipsis"]
        if first < len(self.value):
            canvas.put(end - 1, 0, ellipsis, "field", 1)
        if self._first:
            canvas.put(end - room, 0, ellipsis, "field", 1)
        if self.has_focus and (place := self.caret()) is not None:
            under = self.value[self.at : self.at + 1] or " "
            canvas.put(place[0], 0, under if width_of(under) else " ", "caret")

    def _window(self, room: int) -> int:
        """The first character shown, moved so that the caret is seen, beside an ellipsis where text is left out."""
        first = min(self._first, max(0, self.at - 1), max(0, len(self.value) - 1))
        first = max(first, self.at - room)  # no character is wider than a box: of a long text only the end is measured
        while first < self.at and width_of(self.look.text(self.value[first : self.at])) > room - 2:
            first += 1
        self._first = first
        return first

    def caret(self) -> tuple[int, int] | None:
        """The cell of the caret."""
        x = width_of(self.look.text(self.label)) + width_of(self.look.text(self.value[self._first : self.at]))
        return (min(x, max(0, self.size.width - 1)), 0)

    def on_key(self, event: Key) -> None:
        """Letters, and the few editing keys that every shell has."""
        if event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self._type(event.character)
            return
        edit = self._EDITS.get(event.key)
        if edit is not None:
            event.stop()
            event.prevent_default()
            erases, self.picked = self.picked and event.key in self._ERASING, False
            if erases:
                self._set("", 0)
            else:
                edit(self)

    def on_paste(self, event: Paste) -> None:
        """One insert and one step of undo, however long."""
        event.stop()
        event.prevent_default()
        self._type(" ".join(event.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")))

    def on_click(self, event: Click) -> None:
        """The mouse puts the caret."""
        x = event.x - width_of(self.look.text(self.label))
        position, used = self._first, 0
        for character in self.value[self._first :]:
            used += width_of(character)
            if used > x:
                break
            position += 1
        self.at, self.picked = position, False
        self.repaint()

    def on_blur(self) -> None:
        """Tell that the box was left."""
        self.post_message(self.Left(self, self.value))

    def _set(self, value: str, at: int) -> None:
        if value != self.value:
            self._undo = [*self._undo[-MOST_UNDONE:], Typed(self.value, self.at)]
            self.value, self.at = value, at
            self.post_message(self.Changed(self, value))
        else:
            self.at = at
        self.repaint()

    def _type(self, text: str) -> None:
        """Insert it, or put it in the place of what is selected."""
        picked, self.picked = self.picked, False
        if picked:
            self._set(text, len(text))
        else:
            self._insert(text)

    def _insert(self, text: str) -> None:
        self._set(self.value[: self.at] + text + self.value[self.at :], self.at + len(text))

    def _previous(self) -> int:
        """Where the cluster before the caret begins: a letter with its marks is one."""
        at = self.at - 1
        while at > 0 and not cells(self.value[at]):
            at -= 1
        return max(0, at)

    def _following(self) -> int:
        at = min(len(self.value), self.at + 1)
        while at < len(self.value) and not cells(self.value[at]):
            at += 1
        return at

    def _word_start(self) -> int:
        head = self.value[: self.at].rstrip()
        return head.rfind(" ") + 1

    def _word_end(self) -> int:
        end = self.value.find(" ", self.at + 1)
        return len(self.value) if end < 0 else end

    def _backspace(self) -> None:
        start = self._previous()
        self._set(self.value[:start] + self.value[self.at :], start)

    def _delete(self) -> None:
        self._set(self.value[: self.at] + self.value[self._following() :], self.at)

    def _delete_word(self) -> None:
        start = self._word_start()
        self._set(self.value[:start] + self.value[self.at :], start)

    def _undo_one(self) -> None:
        if self._undo:
            before = self._undo.pop()
            self.value, self.at = before
            self.post_message(self.Changed(self, self.value))
            self.repaint()

    def _go(self, at: int) -> None:
        self.at = max(0, min(len(self.value), at))
        self.repaint()

    _ERASING: ClassVar[frozenset[str]] = frozenset(("backspace", "delete", "ctrl+d", "ctrl+w", "ctrl+u", "ctrl+k"))
    _EDITS: ClassVar[dict[str, Callable[["LineEdit"], Any]]] = {
        "left": lambda self: self._go(self._previous()),
        "right": lambda self: self._go(self._following()),
        "home": lambda self: self._go(0),
        "ctrl+a": lambda self: self._go(0),
        "end": lambda self: self._go(len(self.value)),
        "ctrl+e": lambda self: self._go(len(self.value)),
        "ctrl+left": lambda self: self._go(self._word_start()),
        "ctrl+right": lambda self: self._go(self._word_end()),
        "backspace": _backspace,
        "delete": _delete,
        "ctrl+d": _delete,
        "ctrl+w": _delete_word,
        "ctrl+u": lambda self: self._set(self.value[self.at :], 0),
        "ctrl+k": lambda self: self._set(self.value[: self.at], self.at),
        "ctrl+z": _undo_one,
        "enter": lambda self: self.post_message(self.Submitted(self, self.value)),
    }
