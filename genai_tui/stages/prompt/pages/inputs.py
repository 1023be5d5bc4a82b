"""The variables of the sheet with their values, where they come from, and the answer that is expected."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message

from genai_tui.untrusted import harmless, one_line
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.painted import Painted

EMPTY = "(empty: enter types it)"
NO_NAMES = "The texts above ask for no variable, as {{ ticket }} would."
OTHERS = "Names to use:"  # columns of the row that no text asks for
OTHER_ROWS, MOST_OTHERS = 3, 100
LONGEST = 4000  # characters of a value that are looked at: it is shown in a few rows
WIDEST_NAME = 14


class Variables(Painted, can_focus=True):
    """One row a variable at least, long values wrapped; `enter` types into the chosen one."""

    title = "Variables"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("enter", "choose", "type", show=False),
    ]

    class Chosen(Message):
        """A variable shall be typed."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.values: tuple[tuple[str, str], ...] = ()
        self.where, self.expected = "", ""
        self.others: tuple[str, ...] = ()
        self.position = 0

    def show(self, values: Sequence[tuple[str, str]], where: str, expected: str, others: Sequence[str] = ()) -> None:
        """Show other values; `others` are names of the row that the texts could ask for, too."""
        self.values, self.where, self.expected, self.others = tuple(values), where, expected, tuple(others)
        self.position = max(0, min(self.position, len(self.values) - 1))
        self.repaint()

    def wanted(self, width: int) -> int:
        """How many rows it needs at that width to show all of its values, heading and expected answer too."""
        room = max(4, width - self._name_width(width) - 5)
        rows = sum(len(wrap(self.look.text(harmless(value[:LONGEST])), room)) for _, value in self.values)
        others = len(self._others(width, OTHER_ROWS))
        return 1 + max(rows, 0 if others else 1) + bool(self.expected) + others

    def _others(self, width: int, most: int) -> list[str]:
        """The rows, so many at most, that name what else can be asked for, as it is written in a text."""
        if not self.others or most < 1:
            return []
        names = " ".join(f"{{{{\u00a0{one_line(name)}\u00a0}}}}" for name in self.others[:MOST_OTHERS])
        rows = wrap(self.look.text(f"{OTHERS} {names}"), max(4, width - 3))
        if len(rows) > most:
            rows = [*rows[: most - 1], " ".join(rows[most - 1 :])]
        return [row.replace("\u00a0", " ") for row in rows]

    def _name_width(self, width: int) -> int:
        names = [name for name, _ in self.values] + (["expected"] if self.expected else [])
        return min(WIDEST_NAME, width // 3, max((len(name) for name in names), default=0))

    def paint(self, canvas: Canvas) -> None:
        """Names at the left; the rows that are left over go to the long values; at the end what is expected."""
        heading(canvas, self.title, self.has_focus)
        if self.where and len(self.where) + len(self.title) + 8 < canvas.width:
            canvas.right(canvas.width - 1, 0, f" {self.where} ", "head")
        room = canvas.height - 1 - (1 if self.expected and canvas.height > 2 else 0)
        others = self._others(canvas.width, min(OTHER_ROWS, room - len(self.values)))
        room -= len(others)
        if not self.values and not self.others:
            canvas.put(2, 1, NO_NAMES, "soft")
        wide = self._name_width(canvas.width)
        y, ellipsis = 1, canvas.look.signs["ellipsis"]
        first = shown = max(0, self.position - room + 1)
        for number, (name, value) in list(enumerate(self.values))[first:]:
            if y > room:
                break
            shown = number + 1
            left = room - y + 1 - (len(self.values) - number - 1)
            lines = wrap(canvas.look.text(harmless(value[:LONGEST])), max(4, canvas.width - wide - 5)) if value else []
            most = max(1, left)
            if len(lines) > most:
                lines = [*lines[: most - 1], lines[most - 1][: canvas.width - wide - 6] + ellipsis]
            lit = self.has_focus and number == self.position
            canvas.put(2, y, name, "key" if lit else "soft", wide)
            if lit:
                canvas.put(0, y, canvas.look.signs["here"], "key")
            for line in lines or [EMPTY]:
                canvas.put(2 + wide + 2, y, line, "text" if lines else "soft")
                y += 1
        if first:
            canvas.put(canvas.width - 1, 1, canvas.look.signs["up"], "soft")
        if shown < len(self.values):
            canvas.put(canvas.width - 1, room, canvas.look.signs["down"], "soft")
        if self.expected and canvas.height > 2:  # right under the variables
            y = max(y, 2) if self.values or not others else y
            canvas.put(2, y, "expected", "soft", wide)
            canvas.put(2 + wide + 2, y, self.expected, "text")
            y += 1
        for number, row in enumerate(others, y):
            canvas.put(2, number, row, "soft")

    def caret(self) -> tuple[int, int] | None:
        """On the chosen one, as far as one can say."""
        return (0, min(1 + self.position, max(0, self.size.height - 1)))

    def action_move(self, rows: int) -> None:
        """Up or down."""
        self.position = max(0, min(len(self.values) - 1, self.position + rows))
        self.repaint()

    def action_choose(self) -> None:
        """Type into it."""
        if self.values:
            self.post_message(self.Chosen(self.values[self.position][0]))

    def on_click(self, event: Click) -> None:
        """A click types."""
        self.action_choose()
