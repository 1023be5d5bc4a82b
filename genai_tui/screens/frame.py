"""What frames a page: the top line and the rail, the last line, columns of parts, and tabs where they do not fit."""

from collections.abc import Sequence

from textual.widget import Widget

from genai_tui.records.stages import Board
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.lines import TONES, Key, Message, draw_keys, draw_rail, draw_top, margin_of
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


class Said(Painted):
    """A message that is too long for the last line: it lies over the lowest rows of the page, and moves nothing."""

    DEFAULT_CSS = "Said { dock: bottom; layer: over; display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self.message = Message("")

    def show(self, message: Message | None, width: int, height: int) -> None:
        """Say it here if it needs more than one row; of a very long one as much as a third of the page holds."""
        rows = len(self._wrapped(message.text, width)) if message is not None else 0
        self.display = min(rows, height // 3) > 1
        if message is not None and self.display:
            self.message = message
            self.styles.height = min(rows, height // 3)
            self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """The sentence, broken at blanks; what finds no room is left out with an ellipsis."""
        rows = self._wrapped(self.message.text, canvas.width)
        if len(rows) > canvas.height:
            rows = [*rows[: canvas.height - 1], " ".join(rows[canvas.height - 1 :])]
        for y, row in enumerate(rows):
            canvas.put(
                margin_of(canvas.width), y, row, TONES[self.message.tone], canvas.width - margin_of(canvas.width)
            )

    def _wrapped(self, text: str, width: int) -> list[str]:
        return wrap(self.look.text(" ".join(text.split())), max(1, width - 2 * margin_of(width)))


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
