"""A list and what is chosen in it: side by side where there is room, else one under the other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from textual.events import Resize
from textual.geometry import Size
from textual.widget import Widget

from genai_tui.screens.base import RAIL_FROM, FramedPage
from genai_tui.screens.folding import SIDE_BY_SIDE, Divider
from genai_tui.screens.frame import Column
from genai_tui.widgets.line_table import LineTable
from genai_tui.widgets.marked_text import MarkedText

Row = TypeVar("Row")
RESTS_S = 0.08  # seconds without another move after which a row is shown: who holds a key down sends nothing else
LIST_SHARE = 0.4  # of the columns, or of the rows, that the list has
FEWEST_ROWS = 4  # rows of the list with its heading


class Beside(FramedPage, Generic[Row]):
    """`lay` gives the body; `table` has the keys at first."""

    table: LineTable[Row]
    detail: MarkedText

    def lay(self, table: LineTable[Row], detail: MarkedText, *above: Widget) -> Sequence[Widget]:
        """The body: what stands above both, then the list, a line, and the chosen one."""
        self.table, self.detail, self.above = table, detail, above
        self.divider = Divider()
        self.panes = Column(table, self.divider, detail)
        return (*above, self.panes)

    def on_mount(self) -> None:
        """The arrow keys move in the list at once."""
        self.fold(self.app.size)
        self.table.focus()

    def copy_text(self) -> str:
        """What is chosen in the list, where the keys go to it."""
        return self.detail.plain_text() if self.focused is self.detail else ""

    def when_rested(self, show: Callable[[], Awaitable[None]], *, rest: bool = True) -> None:
        """Show the chosen row once the cursor rests; another call takes the place of one that waits or works."""

        async def rested() -> None:
            await asyncio.sleep(RESTS_S)
            await show()

        self.run_worker(rested if rest else show, group="detail", exclusive=True, exit_on_error=False)

    def on_resize(self, event: Resize) -> None:
        """Fold for another size."""
        super().on_resize(event)
        self.fold(event.size)

    def zoom(self) -> None:
        """Fold again afterwards: the page may have another size by now."""
        super().zoom()
        if not self.zoomed:
            self.fold(self.size or self.app.size)

    def fold(self, size: Size) -> None:
        """Side by side, or the list above what is chosen in it, as low as it may be."""
        if self.zoomed:
            return
        wide = size.width >= SIDE_BY_SIDE
        self.panes.styles.layout = "horizontal" if wide else "vertical"
        self.divider.display = wide
        room = size.height - (1 if size.height < RAIL_FROM else 2) - 1 - len(self.above)
        rows = min(1 + max(self.table.count, FEWEST_ROWS), max(FEWEST_ROWS, round(room * LIST_SHARE)))
        self.table.styles.width = round(size.width * LIST_SHARE) if wide else "1fr"
        self.table.styles.height = "1fr" if wide else rows
