"""A stage in tabs: a line of their names, and under it the parts of the one that is shown."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from textual.geometry import Size

from genai_tui.screens.base import RAIL_FROM, StageScreen
from genai_tui.screens.folding import SIDE_BY_SIDE, Divider, Want, rows_of
from genai_tui.screens.frame import Column
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.lines import Key
from genai_tui.widgets.painted import Painted

if TYPE_CHECKING:
    from genai_tui.project import Project


class TabName(NamedTuple):
    """A tab and the letter that leads to it."""

    name: str
    letter: str


class TabLine(Painted):
    """The names of the tabs, the current one lit; the letter that leads to each is lit in it."""

    DEFAULT_CSS = "TabLine { height: 1; }"

    def __init__(self, tabs: Sequence[TabName]) -> None:
        super().__init__()
        self.tabs, self.current = tuple(tabs), 0

    def show(self, current: int) -> None:
        """Light another one."""
        self.current = current
        self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """One after the other, whole; where they do not all fit, those around the current one."""
        between = 0 if canvas.width < 64 else 1
        first = self._first(canvas.width, between)
        ellipsis = canvas.look.signs["ellipsis"]
        x = canvas.put(0, 0, ellipsis, "soft") if first else 1 if canvas.width >= 60 else 0
        for place, tab in enumerate(self.tabs[first:], first):
            last = place == len(self.tabs) - 1
            if place > self.current and x + len(tab.name) + 2 + (not last) > canvas.width:
                canvas.put(min(x, canvas.width - 1), 0, ellipsis, "soft")
                return
            lit = place == self.current
            start, x = x, canvas.put(x, 0, f" {tab.name} ", "railnow" if lit else "head")
            at = tab.name.lower().find(tab.letter)
            if at >= 0 and not lit:
                canvas.put(start + 1 + at, 0, tab.name[at], "key")
            x += between
        if canvas.width - x > 12:
            canvas.right(canvas.width - 1, 0, "← → tab", "soft")

    def _first(self, width: int, between: int) -> int:
        """The first name that is shown, so that the current one is."""
        first, room = 0, width - 2 - (self.current < len(self.tabs) - 1)
        while first < self.current:
            taken = sum(len(tab.name) + 2 + between for tab in self.tabs[first : self.current + 1]) - between
            if taken <= room:
                break
            first += 1
        return first


class TabPane(Column):
    """One tab: its parts one under the other, those that have no room left out; or two side by side where it is wide.

    Rows are read when it is shown, and again when something was written.
    """

    DEFAULT_CSS = "TabPane { height: 1fr; width: 1fr; layout: vertical; }"
    BESIDE: ClassVar[float] = 0.0  # the share of a wide screen that the first part has; 0: never side by side
    KEYS: ClassVar[tuple[Key, ...]] = ()

    def __init__(self, *parts: Painted, id: str) -> None:  # noqa: A002 - Textual's name
        self.divider = Divider()
        super().__init__(parts[0], self.divider, *parts[1:], id=id)
        self.all_parts = parts
        self._page: StageScreen | None = None
        self.display = False

    def on_mount(self) -> None:
        """It stands on its screen."""
        self._page = cast(StageScreen, self.screen)

    @property
    def page(self) -> StageScreen:
        """The screen: remembered, for what was begun here may end when this stands on no screen any more."""
        if self._page is None:
            self._page = cast(StageScreen, self.screen)
        return self._page

    @property
    def project(self) -> "Project":
        """The project that is open."""
        project = self.page.host.project
        assert project is not None  # without one there is no stage
        return project

    @abstractmethod
    def wants(self) -> Sequence[Want]:
        """Rows that each part needs where they are one under the other; the last ones are left out first."""

    @abstractmethod
    def show_rows(self) -> None:
        """Read what it shows again."""

    def entry(self) -> Sequence[Painted]:
        """The parts in the order in which the keys go to them when it is shown: to the first that takes them."""
        return self.all_parts

    def keys(self) -> Sequence[Key]:
        """What can be done here now."""
        return self.KEYS

    def command(self) -> str:
        """The command that does what is shown."""
        return ""

    def copied(self) -> str:
        """What is copied instead."""
        return ""

    def fold(self, size: Size) -> None:
        """Show the parts that there is room for."""
        wide = bool(self.BESIDE) and size.width >= SIDE_BY_SIDE
        self.styles.layout = "horizontal" if wide else "vertical"
        self.divider.display = wide
        room = size.height - (1 if size.height < RAIL_FROM else 2) - 1 - 1
        wants = list(self.wants())
        rows: list[int] | None = None
        while not wide and wants and (rows := rows_of(room, wants)) is None:
            wants.pop()
        for place, part in enumerate(self.all_parts):
            if wide:
                part.display = place < 2
                part.styles.width = round(size.width * self.BESIDE) if place == 0 else "1fr"
                part.styles.height = "1fr"
            else:
                shown = place < len(rows) if rows is not None else place == 0
                part.display = shown
                part.styles.width = "1fr"
                part.styles.height = rows[place] if rows is not None and shown else "1fr"
