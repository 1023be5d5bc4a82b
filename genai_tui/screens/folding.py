"""Two columns of parts: side by side where there is room, else tabs; on a low screen one part at a time."""

from collections.abc import Sequence
from typing import ClassVar

from textual.events import Resize
from textual.geometry import Size
from textual.widget import Widget

from genai_tui.screens.base import Column, StageScreen, Tabs
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.painted import Painted

SIDE_BY_SIDE = 100  # columns below which the two columns become tabs
LOW = 18  # rows below which a column shows one of its parts
TABS_FROM = 10  # rows below which the tabs have no line of their own


class Divider(Painted):
    """The line between the columns: it has the theme's ground, which a margin has not."""

    DEFAULT_CSS = "Divider { width: 1; height: 1fr; }"

    def paint(self, canvas: Canvas) -> None:
        """A line from top to bottom."""
        for y in range(0 if canvas.look.plain else canvas.height):
            canvas.put(0, y, "│", "frame")


class Folding(StageScreen):
    """`columns` are the parts that tab walks, `beside` what shares the place of another part while it is shown."""

    TAB_NAMES: ClassVar[tuple[str, str]] = ("", "")
    columns: tuple[tuple[Painted, ...], tuple[Painted, ...]]

    def fold_into(self, left: Sequence[Painted], right: Sequence[Painted], *more: Painted) -> Sequence[Widget]:
        """The body: tabs and columns. `more` belong to the right column too, without being walked to."""
        self.columns = (tuple(left), tuple(right))
        self.extra = more
        self._current = [left[0], right[0]]
        self.tabs = Tabs(self.TAB_NAMES)
        self.left, self.right = Column(*left, id="left"), Column(right[0], *more, *right[1:], id="right")
        self.divider = Divider()
        return (self.tabs, Column(self.left, self.divider, self.right, id="panes"))

    def on_resize(self, event: Resize) -> None:
        """Side by side where there is room, else tabs."""
        if self.zoomed:
            self.zoom()
        self.fold(event.size)

    def show_part(self, part: Painted) -> None:
        """Bring a part to the front, wherever it has been folded."""
        column = 0 if part in self.columns[0] else 1
        self._current[column] = part
        self.tabs.current = column
        self.fold(self.size or self.app.size)

    def fold(self, size: Size) -> None:
        """Show what there is room for; the focus does not stay on what is hidden."""
        narrow, low, tab = size.width < SIDE_BY_SIDE, size.height < LOW, self.tabs.current
        self.tabs.display = narrow and size.height >= TABS_FROM
        self.divider.display = not narrow
        self.set_class(narrow, "-narrow")
        for number, (column, parts) in enumerate(zip((self.left, self.right), self.columns, strict=True)):
            column.display = not narrow or tab == number
            for part in parts:
                part.display = not low or part is self._current[number]
        self.folded(low)
        focused = self.focused
        if any(focused in parts for parts in self.columns) and not self._seen(focused):
            self._current[tab].focus()
        self.tabs.repaint()

    def folded(self, low: bool) -> None:
        """What a screen does besides, once its parts have been folded."""

    def _seen(self, part: Widget | None) -> bool:
        return part is not None and all(node.display for node in (part, *part.ancestors) if isinstance(node, Widget))

    def action_next_part(self, step: int) -> None:
        """Go round all parts, in both tabs."""
        if self.zoomed:
            self.zoom()
        parts = [*self.columns[0], *self.columns[1]]
        here = next((number for number, part in enumerate(parts) if part is self.focused), -1)
        there = parts[(here + step) % len(parts)]
        self.show_part(there)
        there.focus()
