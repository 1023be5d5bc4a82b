"""A list whose heading names its columns."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.look import Role

Row = TypeVar("Row")


class Col(NamedTuple):
    """A column: its name and how many cells it has."""

    name: str
    width: int


class Cell(NamedTuple):
    """What stands in a column of one row."""

    text: str
    role: Role = "text"


class ColumnTable(LineTable[Row]):
    """`cols` stand at the right, each to the right of its column; what is before them is drawn by `draw`."""

    cols: Sequence[Col] = ()

    @property
    def named_width(self) -> int:
        """The columns that are named."""
        return sum(col.width for col in self.cols) if self.count else 0

    def change(self, changed: Callable[[Row], Row]) -> None:
        """Replace the rows that are held by what they have become, where they stand."""
        self._rows = [changed(row) for row in self._rows]
        self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """The list, and the names of the columns in its heading."""
        super().paint(canvas)
        end = canvas.width - 1
        if not self.count or not self.cols:
            return
        canvas.fill(end, 0, 1, " " if canvas.look.plain else "─", "frame")
        for col in reversed(self.cols):
            canvas.fill(end - col.width, 0, col.width, " " if canvas.look.plain else "─", "frame")
            if col.name:
                canvas.right(end + 1, 0, f" {col.name} ", "head")
            end -= col.width


def put_cells(canvas: Canvas, y: int, end: int, cols: Sequence[Col], cells: Sequence[Cell]) -> int:
    """Draw the cells of a row to the right of each column, ending before `end`; returns where the first begins."""
    for col, cell in zip(reversed(cols), reversed(cells), strict=True):
        room = col.width - 1
        text = canvas.look.text(cell.text)
        start = end - min(width_of(text), room)
        canvas.put(start, y, text, cell.role, room)
        end -= col.width
    return end
