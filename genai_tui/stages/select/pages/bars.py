"""What a figure is made of: a line for each part, with a bar in eighths of a cell, its value and its formula."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.look import Role
from genai_tui.widgets.painted import Painted

EIGHTHS = " ▏▎▍▌▋▊▉"
LEAST = 10  # columns of bars


class Bar(NamedTuple):
    """A part: `share` is how much of the whole track it fills, None: it has no bar. `whole` stands out."""

    name: str
    value: str
    share: float | None
    formula: str
    whole: bool = False


class Bars(Painted, can_focus=True):
    """Parts one under the other; the chosen one is told of elsewhere, enter asks how it comes about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "the part before", show=False),
        Binding("down,j", "move(1)", "the next part", show=False),
        Binding("home,g", "move(-1000)", "the first part", show=False),
        Binding("end,G", "move(1000)", "the last part", show=False),
        Binding("enter", "choose", "how it comes about", show=False),
    ]

    class Moved(Message):
        """Another part is chosen."""

    class Chosen(Message):
        """How the chosen part comes about is asked for."""

    class Left(Message):
        """A move beyond the first part."""

    def __init__(self, empty: str) -> None:
        super().__init__(id="bars")
        self.title, self.empty, self.note = "Parts", empty, ""
        self.bars: tuple[Bar, ...] = ()
        self.mark: float | None = None
        self.stale = False  # the values that it was made of are others now, and cannot be read
        self.chosen = self._top = 0

    def show(self, title: str, bars: Sequence[Bar], note: str = "", mark: float | None = None) -> None:
        """Other parts; `mark` is where on the track what there is ends."""
        self.title, self.bars, self.note, self.mark = title, tuple(bars), note, mark
        self.stale = False
        self.chosen = max(0, min(self.chosen, len(self.bars) - 1))
        self.repaint()

    def set_stale(self, stale: bool) -> None:
        """Whether they are of the values before."""
        if stale != self.stale:
            self.stale = stale
            self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """Heading and parts; without any, what would be here."""
        heading(canvas, self.title, self.has_focus, room=canvas.width - 4)
        note = "as before" if self.stale else self.note
        if note and self.bars and len(self.title) + len(note) + 8 < canvas.width:
            canvas.right(canvas.width - 1, 0, f" {note} ", "warn" if self.stale else "head")
        if not self.bars:
            canvas.put(2, 1, self.empty, "soft")
            return
        names = min(max(width_of(canvas.look.text(bar.name)) for bar in self.bars), canvas.width // 3)
        values = min(max(width_of(canvas.look.text(bar.value)) for bar in self.bars), canvas.width // 4)
        barred = any(bar.share is not None for bar in self.bars) and not canvas.look.plain
        room = canvas.width - 6 - names - values
        track = max(LEAST, room * 45 // 100) if barred and room >= 2 * LEAST else 0
        rows = canvas.height - 1
        top = self._first(rows)
        for y, (number, bar) in enumerate(list(enumerate(self.bars))[top : top + rows], 1):
            self._line(canvas, y, number, bar, (names, track, values))
        if below := len(self.bars) - top - rows:
            canvas.put(0, rows, canvas.look.signs["down"], "soft") if below > 0 else None

    def _line(self, canvas: Canvas, y: int, number: int, bar: Bar, columns: tuple[int, int, int]) -> None:
        names, track, values = columns
        lit = number == self.chosen
        if lit and not self.has_focus:
            canvas.put(0, y, canvas.look.signs["here"], "soft")
        role: Role = "strong" if bar.whole else "text"
        canvas.put(2, y, bar.name, role, names)
        x = 3 + names
        if track:
            if bar.share is not None:
                self._bar(canvas, x, y, track, bar)
            x += track + 1
        start = x + values - min(values, width_of(canvas.look.text(bar.value)))
        canvas.put(start, y, bar.value, "strong", values)
        canvas.put(x + values + 2, y, bar.formula, "soft")
        if lit and self.has_focus:
            canvas.row_role(y, "pick")

    def _bar(self, canvas: Canvas, x: int, y: int, track: int, bar: Bar) -> None:
        """The filled part of the track, in eighths of a cell or whole ones, and where what there is ends."""
        over = self.mark is not None and bar.whole and (bar.share or 0) > self.mark + 1e-9
        role: Role = "bad" if over else "good" if bar.whole and self.mark is not None else "key"
        share = max(0.0, min(1.0, bar.share or 0.0))
        canvas.fill(x, y, track, "." if canvas.look.ascii else "░", "track")
        eighths = max(round(share * track * 8), 1 if share > 0 else 0)
        full, rest = divmod(eighths, 8)
        if canvas.look.ascii:
            canvas.fill(x, y, max(full, 1) if share > 0 else 0, "#", role)
        else:
            canvas.fill(x, y, full, "█", role)
            if rest:
                canvas.put(x + full, y, EIGHTHS[rest], role, 1)
        if self.mark is not None and self.mark < 1:
            canvas.put(x + min(track - 1, round(self.mark * track)), y, canvas.look.signs["target"], "strong", 1)

    def _first(self, rows: int) -> int:
        top = max(0, min(self._top, len(self.bars) - rows))
        return max(min(top, self.chosen), self.chosen - rows + 1, 0)

    def action_move(self, by: int) -> None:
        """Another part; beyond the first one what stands over it."""
        if by == -1 and not self.chosen:
            self.post_message(self.Left())
            return
        self._go(self.chosen + by)

    def _go(self, place: int) -> None:
        chosen = max(0, min(place, len(self.bars) - 1))
        if chosen != self.chosen:
            self.chosen = chosen
            self._top = self._first(max(1, self.size.height - 1))
            self.repaint()
            self.post_message(self.Moved())
            self._speak()

    def _speak(self) -> None:
        """Say the part in the last line, where a screen reader follows."""
        say, bar = getattr(self.screen, "say", None), self.bars[self.chosen]
        if self.look.plain and say is not None:
            say(f"{self.chosen + 1} of {len(self.bars)}: {bar.name}: {bar.value}, {bar.formula}")

    def action_choose(self) -> None:
        """How it comes about."""
        if self.bars:
            self.post_message(self.Chosen())

    def on_click(self, event: Click) -> None:
        """The part that is clicked on; a second click asks."""
        place = self._first(max(1, self.size.height - 1)) + event.y - 1
        if event.y and 0 <= place < len(self.bars):
            if place == self.chosen:
                self.action_choose()
            else:
                self._go(place)
