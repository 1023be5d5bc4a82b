"""A page to choose by typing: a box, and a list of what fits what was typed."""

from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType

from genai_tui.screens.base import FramedPage
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import LineTable

Row = TypeVar("Row")


class Choosing(FramedPage, Generic[Row]):
    """The box has the keys all the time; those that go up and down move in the list."""

    ESC_CLOSES = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("pageup", "move(-10)", show=False),
    ]
    box: LineEdit
    table: LineTable[Row]

    def on_mount(self) -> None:
        """Type at once."""
        self.box.focus()

    def action_move(self, rows: int) -> None:
        """Move in the list while the box keeps the keys."""
        self.table.action_move(rows)
