"""Columns of parts: side by side where there is room, else tabs; a column that is too low shows one part."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from textual.events import Resize
from textual.geometry import Size
from textual.widget import Widget

from genai_tui.screens.base import RAIL_FROM, StageScreen
from genai_tui.screens.frame import Column, Tabs
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.painted import Painted

SIDE_BY_SIDE = 100  # columns below which the columns become tabs
TABS_FROM = 10  # rows below which the tabs have no line of their own


class Want(NamedTuple):
    """Rows that a part of a column needs: at least, to be at ease, and its share of what is left over."""

    least: int
    ease: int
    share: int = 1


def rows_of(room: int, wants: Sequence[Want]) -> list[int] | None:
    """How many of `room` rows each part gets, the ease of the earlier ones first; None where the least do not fit."""
    rows = [want.least for want in wants]
    left = room - sum(rows)
    if left < 0:
        return None
    growing = True
    while left and growing:  # a row each, so that none is at ease while another is starved
        growing = False
        for number, want in enumerate(wants):
            if left and rows[number] < want.ease:
                rows[number] += 1
                left -= 1
                growing = True
    shares = sum(want.share for want in wants)
    spare = left
    for number, want in enumerate(wants):
        given = spare * want.share // shares if shares else 0
        rows[number] += given
        left -= given
    for number in sorted(range(len(wants)), key=lambda number: -wants[number].share)[:1]:
        rows[number] += left
    return rows


class Divider(Painted):
    """The line between two columns: it has the theme's ground, which a margin has not."""

    DEFAULT_CSS = "Divider { width: 1; height: 1fr; }"

    def paint(self, canvas: Canvas) -> None:
        """A line from top to bottom."""
        for y in range(0 if canvas.look.plain else canvas.height):
            canvas.put(0, y, "│", "frame")


@dataclass
class Stack:
    """One column: its parts one under the other in `holder` (or one part, which holds itself), and what they need.

    `fixed` parts are in the holder, are never walked to, and are left out where only one part has room.
    """

    holder: Widget
    parts: tuple[Painted, ...]
    wants: Callable[[], Sequence[Want]]
    fixed: tuple[Painted, ...] = ()
    divider: Divider = field(default_factory=Divider)
    shown: bool = True
    current: Painted | None = None  # the part that is shown where only one is

    @property
    def all(self) -> tuple[Painted, ...]:
        """Everything in it, from top to bottom."""
        return (*self.parts, *self.fixed)


class Folding(StageScreen):
    """`stacks` from left to right. `tab` walks their parts, through all tabs."""

    stacks: list[Stack]

    def fold_into(self, stacks: Sequence[Stack]) -> Sequence[Widget]:
        """The body: tabs and columns."""
        self.stacks = list(stacks)
        self.tabs = Tabs(())
        held: list[Widget] = []
        for number, stack in enumerate(self.stacks):
            held += [stack.divider, stack.holder] if number else [stack.holder]
        self.panes = Column(*held, id="panes")
        return (self.tabs, self.panes)

    @abstractmethod
    def names(self) -> Sequence[str]:
        """What the tabs are called, one a shown column."""

    def widths(self, total: int, count: int) -> Sequence[int]:
        """How many cells each of `count` columns takes, side by side."""
        return [total // count + (1 if number < total % count else 0) for number in range(count)]

    @property
    def shown(self) -> list[Stack]:
        """The columns that are there now."""
        return [stack for stack in self.stacks if stack.shown]

    @property
    def left_width(self) -> int:
        """How many cells the first column has, or will have."""
        size, count = self.size or self.app.size, len(self.shown)
        return size.width if size.width < SIDE_BY_SIDE else self.widths(size.width - count + 1, count)[0]

    @property
    def narrow(self) -> bool:
        """Whether the columns are tabs."""
        return (self.size.width or self.app.size.width) < SIDE_BY_SIDE

    def on_resize(self, event: Resize) -> None:
        """Side by side where there is room, else tabs."""
        self.fold(event.size)

    def zoom(self) -> None:
        """Fold again afterwards: the screen may have another size by now."""
        super().zoom()
        if not self.zoomed:
            self.fold()

    def show_tabs(self) -> None:
        """Name the tabs again."""
        self.tabs.show(self.names(), self._tab)

    _tab = 0

    def show_part(self, part: Painted) -> None:
        """Bring a part to the front, wherever it has been folded."""
        for number, stack in enumerate(self.shown):
            if part in stack.parts and (self._tab != number or stack.current is not part):
                self._tab, stack.current = number, part
                self.fold()

    def fold(self, size: Size | None = None) -> None:
        """Show what there is room for; the focus does not stay on what is hidden."""
        if self.zoomed:
            return
        size = size or self.size or self.app.size
        shown, narrow = self.shown, size.width < SIDE_BY_SIDE
        self._tab = min(self._tab, len(shown) - 1)
        tabbed = narrow and size.height >= TABS_FROM
        self.tabs.display = tabbed
        room = size.height - (1 if size.height < RAIL_FROM else 2) - 1 - tabbed
        widths = self.widths(size.width - len(shown) + 1, len(shown))
        for stack in self.stacks:
            place = shown.index(stack) if stack.shown else -1
            seen = place >= 0 and (not narrow or place == self._tab)
            stack.holder.display = seen
            stack.divider.display = place > 0 and not narrow
            stack.holder.styles.width = "100%" if narrow or place < 0 else widths[place]
            if stack.holder is not stack.all[0]:
                self._stack(stack, room)
        focused = self.focused
        if any(focused in stack.parts for stack in self.stacks) and not self._seen(focused):
            self.set_focus(shown[self._tab].current or shown[self._tab].parts[0])
        self.show_tabs()

    def _stack(self, stack: Stack, room: int) -> None:
        rows = rows_of(room, stack.wants())
        for number, part in enumerate(stack.all):
            part.display = rows is not None or part is (stack.current or stack.parts[0])
            part.styles.height = rows[number] if rows is not None else "1fr"

    def _seen(self, part: Widget | None) -> bool:
        return part is not None and all(node.display for node in (part, *part.ancestors) if isinstance(node, Widget))

    def go_into(self, box: Widget) -> None:
        """Go back into a text box, which may be in another tab."""
        if isinstance(box, Painted):
            self.show_part(box)
        super().go_into(box)

    def walk(self) -> Sequence[Painted]:
        """The parts that tab walks, in their order."""
        return [part for stack in self.shown for part in stack.parts]

    def action_next_part(self, step: int) -> None:
        """Go round all parts, in all tabs."""
        if self.zoomed:
            self.zoom()
        parts = self.walk()
        here = next((number for number, part in enumerate(parts) if part is self.part), -1 if step > 0 else 0)
        there = parts[(here + step) % len(parts)]
        self._go_to(there)

    def action_next_tab(self, step: int) -> None:
        """Go to the next column, or the one before."""
        shown = self.shown
        here = next((number for number, stack in enumerate(shown) if self.part in stack.parts), self._tab)
        stack = shown[(here + step) % len(shown)]
        there = stack.current or stack.parts[0]
        self._go_to(there)

    def _go_to(self, part: Painted) -> None:
        """Go to a part; a text box of another column is only chosen, so that letters stay keys: enter goes into it."""
        beside = any(part in stack.parts and self.part in stack.parts for stack in self.shown)
        chosen = self.part is not None and not beside and getattr(part, "TEXT_BOX", False)
        self.show_part(part)
        self.set_focus(None if chosen else part)
        if chosen:
            self.left_box = part
            part.repaint()
            self.draw_keys()
