"""Home as one widget: the lifecycle, the next step, and every measured candidate, drawn line by line."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.app import ComposeResult
from textual.events import Click, Resize
from textual.message import Message as Event
from textual.reactive import reactive

from genai_tui.lifecycle import BY_KEY, STAGES, Stage
from genai_tui.records.intervals import interval_said
from genai_tui.records.stages import Board, StageStatus
from genai_tui.widgets import diagram, intervals
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of, wrap
from genai_tui.widgets.lines import Key, Message, draw_keys, draw_top
from genai_tui.widgets.look import SIGN_ROLES, Look, Role
from genai_tui.widgets.painted import Painted

NARROW = 50  # columns below which intervals are written in figures
NOTHING_MEASURED = "Every measured candidate will stand here: its score and its 95 % interval, against the target."


class Layout(NamedTuple):
    """One way to lay out the part between the top and the last line: its rows, and the rows of the chosen box."""

    canvas: Canvas
    chosen_rows: tuple[int, int]
    diagram: diagram.Diagram | None
    first: int


class Title(Painted):
    """The title of one box, lit while the box is chosen.

    A widget of its own, because Textual repaints a line from the left edge of its widget: so a move sends two titles.
    """

    DEFAULT_CSS = "Title { position: absolute; height: 1; }"

    def __init__(self, view: "BoardView", stage: Stage) -> None:
        super().__init__()
        self.view, self.stage = view, stage

    def paint(self, canvas: Canvas) -> None:
        """The title as it stands in the border."""
        lit = self.stage.number == self.view.chosen
        canvas.put(0, 0, diagram.title_of(self.stage), "pick" if lit else diagram.PHASE_ROLES[self.stage.phase])

    def place(self, x: int, y: int, width: int, shown: bool) -> None:
        """Stand there, or nowhere; a place that is the same costs no layout."""
        there = (x, y, width, shown)
        if there != getattr(self, "_there", None):
            self._there = there
            self.display = shown
            self.styles.offset = (x, y)
            self.styles.width = width


class BoardView(Painted):
    """The whole of Home. `chosen` is the number of the stage whose box is lit."""

    CARET_ALWAYS = True
    chosen: reactive[int] = reactive(1, repaint=False)

    class StageOpened(Event):
        """A box was opened with the mouse."""

        def __init__(self, stage: int) -> None:
            super().__init__()
            self.stage = stage

    def __init__(self, board: Board, keys: Sequence[Key] = ()) -> None:
        super().__init__()
        self.board, self.keys = board, tuple(keys)
        self.message: Message | None = None
        self.set_reactive(BoardView.chosen, BY_KEY[board.advice.stage].number if board.advice.stage in BY_KEY else 1)
        self._came_from = 0
        self._scrolled: int | None = None
        self._laid_out: tuple[tuple[object, ...], Board, Look, Layout] | None = None

    def compose(self) -> ComposeResult:
        """The titles, where they will stand, so that no second layout is needed."""
        self.titles = [Title(self, stage) for stage in STAGES]
        self._place_titles(*self.app.size)
        yield from self.titles

    def on_resize(self, event: Resize) -> None:
        """Put the titles where the boxes are at this size."""
        self._place_titles(*event.size)

    def repaint(self) -> int:
        """Titles are repainted by themselves."""
        sent = super().repaint()
        if self.is_attached and self.size:
            self._place_titles(*self.size)
            sent += sum(title.repaint() for title in self.titles)
        return sent

    def _place_titles(self, width: int, height: int) -> None:
        layout, room = self._lay_out(width, height), self._room(height)
        first = self._first(layout, room)
        for number, title in enumerate(self.titles):
            if layout.diagram is None:
                title.place(0, 0, 1, False)
                continue
            box = layout.diagram.boxes[number]
            row = layout.first + box.y - first
            wide = min(width_of(diagram.title_of(title.stage)), box.width - 2)
            title.place(box.x + 1, row + 1, wide, 0 <= row < room)

    def show(self, board: Board) -> None:
        """Show another state of the project; what is the same is not sent again."""
        if board != self.board:
            self.board = board
            self.repaint()

    def say(self, message: Message | None) -> None:
        """Put a sentence into the last line, or take it away."""
        if message != self.message:
            self.message = message
            self.repaint()

    def watch_chosen(self, before: int, after: int) -> None:
        """Send what lights up and what goes out."""
        self._came_from, self._scrolled = before, None
        self.repaint()

    def go(self, direction: diagram.Direction) -> None:
        """Move with an arrow key."""
        plan = self._lay_out(*self.size).diagram
        if plan is not None:
            self.chosen = diagram.move(plan, self.chosen, direction, self._came_from)
        else:
            step = 1 if direction in ("down", "right") else -1
            self.chosen = max(1, min(len(STAGES), self.chosen + step))

    def scroll_by(self, rows: int) -> None:
        """Scroll what lies between the top and the last line, where it is higher than the screen."""
        layout, height = self._lay_out(*self.size), self._room(self.size.height)
        first = self._first(layout, height)
        self._scrolled = max(0, min(layout.canvas.height - height, first + rows))
        self.repaint()

    def paint(self, canvas: Canvas) -> None:
        """The top line, as much of the rest as fits, the keys."""
        layout, room = self._lay_out(canvas.width, canvas.height), self._room(canvas.height)
        draw_top(canvas, 0, self.board)
        first = self._first(layout, room)
        canvas.paste(layout.canvas, 1, first, room)
        below = layout.canvas.height - first - room
        keys: list[Key] = list(self.keys)
        if below > 0 or first:
            signs = canvas.look.signs
            keys.insert(0, Key(signs["down"] if below > 0 else signs["up"], f"{max(below, first)} more"))
        if canvas.height > 1:
            draw_keys(canvas, canvas.height - 1, keys, self.message)

    def caret(self) -> tuple[int, int] | None:
        """The terminal's cursor follows the chosen box."""
        layout, room = self._lay_out(*self.size), self._room(self.size.height)
        row = layout.chosen_rows[0] - self._first(layout, room)
        x = layout.diagram.boxes[self.chosen - 1].x + 2 if layout.diagram else 0
        return (x, row + 1) if 0 <= row < room else None

    def on_click(self, event: Click) -> None:
        """The mouse chooses a box, and opens it when it was chosen already."""
        layout, room = self._lay_out(*self.size), self._room(self.size.height)
        row = event.y - 1 + self._first(layout, room) - layout.first
        stage = (
            diagram.at(layout.diagram, event.x, row) if layout.diagram else row + 1 if 0 <= row < len(STAGES) else None
        )
        if stage is None or not 1 <= event.y <= room:
            return
        if stage == self.chosen:
            self.post_message(self.StageOpened(stage))
        self.chosen = stage

    def spoken(self) -> str:
        """The chosen stage in one sentence, for plain screens."""
        return self._said(STAGES[self.chosen - 1], self.board.stages[self.chosen - 1])

    def _said(self, stage: Stage, status: StageStatus) -> str:
        return f"{stage.number} {stage.title}: {status.state}. {status.summary}"

    def _boxed(self, width: int) -> bool:
        return width >= diagram.SMALLEST and not self.look.plain

    def _room(self, height: int) -> int:
        return max(1, height - 2)

    def _first(self, layout: Layout, room: int) -> int:
        if layout.canvas.height <= room:
            return 0
        if self._scrolled is not None:
            return min(self._scrolled, layout.canvas.height - room)
        top, bottom = layout.chosen_rows
        return max(0, min(top - 1 if bottom >= room else 0, layout.canvas.height - room))

    def _lay_out(self, width: int, height: int) -> Layout:
        """Laid out once for what is shown: titles, cells and cursor all ask for it."""
        key = (width, height, self.chosen, id(self.board), id(self.look))
        if self._laid_out is None or self._laid_out[0] != key:
            laid_out = self._boxes(width, height) if self._boxed(width) else self._list(width)
            self._laid_out = (key, self.board, self.look, laid_out)  # held, so that their ids stay their own
        return self._laid_out[3]

    def _boxes(self, width: int, height: int) -> Layout:
        air = self._air(width, height)
        beside = 1 + self._tail_height(width, air) + air
        plan = diagram.lay_out(width, self.board.stages, self._room(height) - beside)
        top = 1 + air
        canvas = Canvas(width, beside + plan.rows, self.look)
        diagram.draw_phases(canvas, top - 1, plan)
        diagram.draw(canvas, top, plan, self.board.stages)
        self._tail(canvas, top + plan.rows, plan.width, air)
        box = plan.boxes[self.chosen - 1]
        return Layout(canvas, (top + box.y, top + box.bottom), plan, top)

    def _air(self, width: int, height: int) -> int:
        """Blank lines between the parts: one, where the screen is high enough for all of them."""
        rows = 1 + diagram.ROWS + self._tail_height(width)
        return 1 if self._room(height) >= rows + 4 and not self.look.plain else 0

    def _list(self, width: int) -> Layout:
        canvas = Canvas(width, len(STAGES) + self._tail_height(width), self.look)
        for row, (stage, status) in enumerate(zip(STAGES, self.board.stages, strict=True)):
            chosen = stage.number == self.chosen
            if self.look.plain:
                canvas.put(0, row, self._said(stage, status), "pick" if chosen else "text")
                continue
            canvas.put(0, row, canvas.look.signs[status.state], SIGN_ROLES[status.state])
            role = "pick" if chosen else diagram.PHASE_ROLES[stage.phase]
            x = canvas.put(2, row, f"{stage.number} {stage.title}", role)
            if width - 14 > 6:
                canvas.put(max(14, x + 1), row, status.summary or "not begun", "soft")
        self._tail(canvas, len(STAGES), width)
        return Layout(canvas, (self.chosen - 1, self.chosen - 1), None, 0)

    def _next_lines(self, width: int) -> list[tuple[str, Role]]:
        """The next step, and its evidence under it."""
        advice, room = self.board.advice, max(10, min(width, diagram.WIDEST) - 4)
        evidence = " ".join(each for each in advice.evidence if each not in advice.text)
        lines: list[tuple[str, Role]] = [(line, "strong") for line in wrap(self.look.text(advice.text), room)]
        return lines + [(line, "text") for line in wrap(self.look.text(evidence), room) if line]

    def _tail_height(self, width: int, air: int = 0) -> int:
        measured = max(2, len(self.board.iterations)) if self.board.iterations else len(self._nothing(width))
        return 2 + len(self._next_lines(width)) + measured + 2 * air

    def _nothing(self, width: int) -> list[str]:
        """What stands where measured candidates will."""
        return wrap(NOTHING_MEASURED, max(10, min(width, diagram.WIDEST) - 4))

    def _tail(self, canvas: Canvas, y: int, width: int, air: int = 0) -> None:
        lines = self._next_lines(canvas.width)
        y += air
        self._header(canvas, y, width, "NEXT")
        canvas.put(1, y + 1, canvas.look.signs["here"], "key")
        for row, (line, role) in enumerate(lines, y + 1):
            canvas.put(3, row, line, role)
        y += 1 + len(lines) + air
        self._header(canvas, y, width, "ITERATIONS")
        self._iterations(canvas, y, width)

    def _iterations(self, canvas: Canvas, y: int, width: int) -> None:
        found, target = self.board.iterations, self.board.target
        if width >= NARROW and not self.look.plain:
            intervals.draw_axis(canvas, y, width, found, target)
            intervals.draw_rows(canvas, y + 1, width, found, target)
        else:
            for row, each in enumerate(found, y + 1):
                text = (
                    f"{each.candidate} {each.label} {each.value:.2f}{interval_said(each.low, each.high)}, n = {each.n}"
                ) + (f", {each.doubt}" if each.doubt else "")
                canvas.put(1, row, text, "strong" if each.best else "text")
        for row, line in enumerate(() if found else self._nothing(canvas.width), y + 1):
            canvas.put(3, row, line, "soft")

    def _header(self, canvas: Canvas, y: int, width: int, title: str) -> None:
        if self.look.plain:
            canvas.put(0, y, title, "strong")
            return
        margin = 1 if canvas.width >= diagram.ROOMY else 0
        canvas.fill(margin, y, width - margin, "─", "frame")
        canvas.put(margin + 1, y, f" {title} ", "head")
