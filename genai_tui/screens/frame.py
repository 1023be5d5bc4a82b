"""What frames a page: the top line and the rail, the last line, columns of parts, and tabs where they do not fit."""

from collections.abc import Sequence

from textual.widget import Widget

from genai_tui.records.stages import Board
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.lines import Key, Message, draw_keys, draw_rail, draw_top
from genai_tui.widgets.look import Role
from genai_tui.widgets.painted import Painted


class Head(Painted):
    """The two lines at the top: where one is and what it costs, and the stage rail."""

    DEFAULT_CSS = "Head { height: 2; dock: top; }"
    GROUND: Role = "bar"

    def __init__(self, stage: int = 0, where: str = "") -> None:
        super().__init__()
        self.board: Board | None = None
        self.stage, self.where = stage, where

    def paint(self, canvas: Canvas) -> None:
        """Top line and rail."""
        draw_top(canvas, 0, self.board, self.where)
        if self.board is not None:
            draw_rail(canvas, 1, self.board, self.stage)


class Foot(Painted):
    """The last line: keys, or a message."""

    DEFAULT_CSS = "Foot { height: 1; dock: bottom; }"

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self.keys = tuple(keys)
        self.message: Message | None = None

    def paint(self, canvas: Canvas) -> None:
        """Keys or message."""
        draw_keys(canvas, 0, self.keys, self.message)


class Column(Widget):
    """Widgets side by side or one under the other, as the screen's style sheet says."""

    DEFAULT_CSS = "Column { width: 1fr; height: 1fr; }"


class Tabs(Painted):
    """The names of what is side by side on a wide screen."""

    DEFAULT_CSS = "Tabs { height: 1; }"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names, self.current = tuple(names), 0

    def show(self, names: Sequence[str], current: int) -> None:
        """Show other names, or another one lit."""
        self.names, self.current = tuple(names), current
        self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """One after the other, the current one lit."""
        x = 1
        for number, name in enumerate(self.names):
            x = canvas.put(x, 0, f" {name} ", "railnow" if number == self.current else "head") + 1
        if canvas.width - x > 16:
            canvas.right(canvas.width - 1, 0, "tab: next part", "soft")
