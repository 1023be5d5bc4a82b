"""What every text that is read has in common: the keys and the wheel that scroll it, and its end."""

from abc import abstractmethod
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import MouseScrollDown, MouseScrollUp, Resize

from genai_tui.widgets.painted import Painted

WHEEL = 3  # rows


class Scrolling(Painted, can_focus=True):
    """Rows under a heading, from `top` on; there is none where the title is empty."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_lines(-1)", "up", show=False),
        Binding("down,j", "scroll_lines(1)", "down", show=False),
        Binding("pageup", "scroll_pages(-1)", "page up", show=False),
        Binding("pagedown", "scroll_pages(1)", "page down", show=False),
        Binding("home,g", "scroll_lines(-1000000)", "top", show=False),
        Binding("end,G", "scroll_lines(1000000)", "end", show=False),
    ]
    title = ""
    top = 0

    @abstractmethod
    def row_count(self) -> int:
        """How many rows there are at the width it has now."""

    @property
    def room(self) -> int:
        """Rows that are seen at once."""
        return self.size.height - (1 if self.title else 0)

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll, as far as there is text."""
        self.top = max(0, min(self.top + lines, self.row_count() - self.room))
        self.repaint()

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by what is seen at once, but for a row."""
        self.action_scroll_lines(pages * max(1, self.room - 1))

    def on_resize(self, event: Resize) -> None:
        """Stay within the text."""
        self.action_scroll_lines(0)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel scrolls."""
        self.action_scroll_lines(WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel scrolls."""
        self.action_scroll_lines(-WHEEL)
