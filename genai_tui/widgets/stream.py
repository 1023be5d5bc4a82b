"""An answer while it comes: only the lines that changed are sent, at most twelve times a second."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.timer import Timer

from genai_tui.untrusted import harmless
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.look import Role
from genai_tui.widgets.painted import Painted

PAINT_EVERY = 1 / 12  # seconds between two paints while text comes
EMPTY_WIDTH = 60  # columns below which what an empty view says is wrapped anew
TITLE_FROM = 3  # rows from which the title has one of them
LONGEST_TAIL = 4000  # characters of an unfinished line that are wrapped again for each piece


class StreamView(Painted, can_focus=True):
    """Text that grows. It follows only while it stands at its end; scrolled up it keeps its row and counts what is new.

    When the end leaves the screen the text moves up by a third of it at once: a line that scrolls sends the whole
    screen, and standing text is easier to read.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_lines(-1)", "up", show=False),
        Binding("down,j", "scroll_lines(1)", "down", show=False),
        Binding("pageup", "scroll_lines(-20)", "page up", show=False),
        Binding("pagedown,space", "scroll_lines(20)", "page down", show=False),
        Binding("home,g", "scroll_lines(-1000000)", "top", show=False),
        Binding("end,G", "follow", "follow the end", show=False),
    ]

    def __init__(self, title: str = "", *, empty: tuple[str, ...] = (), id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.title, self.empty = title, empty
        self.status: tuple[str, Role] = ("", "soft")
        self._finished: list[str] = []  # whole lines as they came
        self._rows: list[str] = []  # the same, wrapped
        self._tail = ""  # the line that is still coming
        self._held = ""  # a carriage return whose line feed may still come
        self._width = 0
        self.top = 0
        self.following = True
        self._seen = 0  # rows there were when the view was scrolled up
        self._streaming = False
        self._timer: Timer | None = None

    def clear(self, title: str | None = None) -> None:
        """Begin anew."""
        self.title = self.title if title is None else title
        self._finished, self._rows, self._tail, self._held = [], [], "", ""
        self.top, self.following, self.status = 0, True, ("", "soft")
        self.repaint()

    def begin(self) -> None:
        """An answer is coming: plain screens show no partial line of it."""
        self._streaming = True

    def feed(self, text: str) -> None:
        """Take in what came; it is painted at the next tick."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        text = self._tail + harmless(text[:-1] if self._held else text)
        *whole, self._tail = text.split("\n")
        if len(self._tail) > LONGEST_TAIL and self._width:
            *full, self._tail = wrap(self._tail, self._width)
            whole += full
        self._finished += whole
        if self._width:
            for line in whole:
                self._rows += wrap(line, self._width)
        if self._timer is None and self.is_attached:
            self._timer = self.set_timer(PAINT_EVERY, self._tick)

    def show_status(self, text: str, role: Role = "soft") -> None:
        """Say in the last line how it stands; painted at once."""
        self.status = (text, role)
        self.repaint()

    def finish(self) -> None:
        """All has come: paint it now."""
        self._streaming = False
        if self._held:
            self._held = ""
            self.feed("\n")
        self._tick()

    @property
    def text(self) -> str:
        """All of it, harmless."""
        return "\n".join([*self._finished, self._tail])

    def _tick(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.repaint()

    def _all_rows(self, width: int) -> int:
        """Wrap for this width, if it is another; returns how many rows there are, with the unfinished line."""
        if width != self._width:
            self._width = width
            self._rows = [row for line in self._finished for row in wrap(line, width)]
        return len(self._rows) + (len(wrap(self._tail, width)) if self._tail else 0)

    def _room(self, height: int) -> int:
        return max(1, height - int(self._titled(height)) - len(self._status_lines(self.size.width, height)))

    def _titled(self, height: int) -> bool:
        return bool(self.title) and height >= TITLE_FROM

    def _status_lines(self, width: int, height: int) -> list[str]:
        """How it stands, in two lines; in one, or none, where the text would have no room else."""
        lines = wrap(self.look.text(self.status[0]), max(4, width - 2)) if self.status[0] else []
        most = 2 if height >= 2 * TITLE_FROM else 1 if height > 1 else 0
        return (
            [*lines[: most - 1], lines[most - 1] + self.look.signs["ellipsis"]]
            if len(lines) > most > 0
            else lines[:most]
        )

    def paint(self, canvas: Canvas) -> None:
        """Heading, the rows in view, and how it stands."""
        start = int(self._titled(canvas.height))
        if start:
            heading(canvas, self.title, self.has_focus)
        width, room = max(4, canvas.width - 2), self._room(canvas.height)
        total = self._all_rows(width)
        if self.following and total > self.top + room:
            self.top = total - room + (room // 3 if not self.look.plain else 0)
        self.top = max(0, min(self.top, total - 1))
        if not total and not self.status[0]:
            said = " ".join(self.empty) if canvas.width < EMPTY_WIDTH else "\n".join(self.empty)
            for y, line in enumerate(wrap(said, max(4, canvas.width - 3)), start):
                canvas.put(2, y, line, "soft")
        rows = self._rows[self.top : self.top + room]
        if len(rows) < room and self._tail and not (self._streaming and self.look.plain):
            rows = [*rows, *wrap(self._tail, width)[max(0, self.top - len(self._rows)) :]]
        for y, row in enumerate(rows[:room], start):
            canvas.put(1, y, row, "text", width)
        status = self._status_lines(canvas.width, canvas.height)
        for y, line in enumerate(status, canvas.height - len(status)):
            canvas.put(1, y, line, self.status[1], width)
        new = total - self._seen
        if not self.following and new > 0:
            canvas.right(canvas.width - 1, canvas.height - 1, f" {canvas.look.signs['down']} {new} new ", "strong")

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll; away from the end the view stands still, at the end it follows again."""
        total, room = self._all_rows(max(4, self.size.width - 2)), self._room(self.size.height)
        last = max(0, total - room)
        self.top = max(0, min(last, self.top + lines))
        following = self.top >= last
        if self.following and not following:
            self._seen = total
        self.following = following
        self.repaint()

    def action_follow(self) -> None:
        """To the end, and follow it."""
        self.following = True
        self.repaint()

    def on_resize(self, event: Resize) -> None:
        """Wrap for the new width."""
        self._all_rows(max(4, event.size.width - 2))
