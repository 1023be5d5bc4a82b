"""Cards side by side: a name at the left, a value of each model beside it; values wrap in their columns."""

from collections.abc import Sequence

from genai_tui.stages.select.card_text import UNKNOWN
from genai_tui.stages.select.comparing import Column
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.look import Role
from genai_tui.widgets.scrolling import Scrolling

NAMES = 16


class CardTable(Scrolling):
    """Up to four columns. What differs is lit; what is the same in all, and what is unknown, is soft."""

    title = "Cards"

    def __init__(self) -> None:
        super().__init__(id="cards")
        self.columns: Sequence[Column] = ()

    def show(self, columns: Sequence[Column]) -> None:
        """Show other models, from the top."""
        self.columns, self.top = columns, 0
        self.repaint()

    def plain_text(self) -> str:
        """All of it, a line a value."""
        rows = (row for column in self.columns for row in (*column.rows(), ("", "")))
        return "\n".join(f"{name:<{NAMES}}{value}" for name, value in rows)

    def row_count(self) -> int:
        """How many rows there are at the width it has now."""
        return len(self._lines(self.size.width))

    def _lines(self, width: int) -> list[tuple[str, list[str], Role]]:
        if not self.columns:
            return []
        each = self._each(width)
        found: list[tuple[str, list[str], Role]] = []
        for place, (name, _) in enumerate(self.columns[0].rows()):
            values = [column.rows()[place][1] for column in self.columns]
            role: Role = "strong" if place == 0 else "text"
            if len(self.columns) > 1 and (len(set(values)) == 1 or set(values) == {UNKNOWN}):
                role = "soft"
            cells = [wrap(self.look.text(value), each - 2) for value in values]
            for line in range(max(map(len, cells))):
                texts = [lines[line] if line < len(lines) else "" for lines in cells]
                found.append((name if line == 0 else "", texts, role))
        return found

    def _each(self, width: int) -> int:
        return max(8, (width - NAMES - 1) // len(self.columns))

    def paint(self, canvas: Canvas) -> None:
        """The rows that fit."""
        heading(canvas, self.title, self.has_focus)
        lines, room = self._lines(canvas.width), canvas.height - 1
        if not lines:
            return
        each, top = self._each(canvas.width), max(0, min(self.top, len(lines) - room))
        for y, (name, texts, role) in enumerate(lines[top : top + room], 1):
            canvas.put(1, y, name, "soft", NAMES - 1)
            for place, text in enumerate(texts):
                canvas.put(1 + NAMES + place * each, y, text, "soft" if text == UNKNOWN else role, each - 1)
        if (below := len(lines) - top - room) > 0:
            canvas.right(canvas.width - 1, 0, f" {canvas.look.signs['down']} {below} more ", "head")
