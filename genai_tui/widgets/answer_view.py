"""The view of one answer as it is read: heading, rows, how it stands; scrolling, and finding in it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import MouseScrollDown, MouseScrollUp, Resize

from genai_tui.widgets.answer_heading import draw_answer_heading
from genai_tui.widgets.answer_signs import SIGNS_OF, AnswerState
from genai_tui.widgets.answer_text import AnswerText
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import wrap
from genai_tui.widgets.finding import Finding
from genai_tui.widgets.flow import Flow, Mark
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.look import Role
from genai_tui.widgets.painted import Painted

LAY_S = 0.008  # spent on wrapping in one step
LAY_NOW_S = 0.1  # and after a change of width, before the first paint
EMPTY_WIDTH = 60  # columns below which what an empty view says is wrapped anew
TITLE_FROM = 3  # rows from which the title has one of them
EVERY_ROW = 2**31  # more than there are
FINDING_ROOM = 18  # cells of "3 of 17"


class AnswerView(Painted, can_focus=True):
    """Texts as rows. It follows only while it stands at their end; scrolled up it keeps its row and counts what is new.

    When the end leaves the screen the text moves up by a third of it at once: a line that scrolls sends the whole
    screen, and standing text is easier to read. On a plain screen rows appear once, when they are whole, page by page.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "up", show=False),
        Binding("down,j", "step(1)", "down", show=False),
        Binding("pageup", "scroll_pages(-1)", "page up", show=False),
        Binding("pagedown,space", "scroll_pages(1)", "page down", show=False),
        Binding("home,g", "scroll_lines(-100000000)", "top", show=False),
        Binding("end,G", "follow", "follow the end", show=False),
        Binding("slash", "find", "find", show=False),
        Binding("escape", "leave_find", "leave finding", show=False),
    ]
    DEFAULT_CSS = "AnswerView { layout: vertical; }"

    def __init__(self, title: str = "", *, empty: tuple[str, ...] = (), id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.title, self.empty = title, empty
        self.letter = self.model = self.what = ""
        self.finding = Finding()
        self._find_open = False
        self._width = 0  # for which the rows are
        self._start_anew()

    def _start_anew(self) -> None:
        self.state: AnswerState = "empty"
        self.status: tuple[str, Role] = ("", "soft")
        self.details = ""
        self.faded = False  # whether it is of something else than what stands beside it
        self.texts = AnswerText()
        self.pointed: int | None = None  # the character of the answer where something is wrong
        self.top, self.following = 0, True
        self._seen = 0  # rows there were when the view was scrolled up
        self._released = 0  # rows that a plain screen shows by now, each of them once
        self._behind = False  # whether there are more

    @property
    def coming(self) -> bool:
        """Whether more of the answer may come."""
        return self.state in ("waiting", "streaming")

    @property
    def settled(self) -> bool:
        """Whether all that came is in rows."""
        return not self.texts.waiting and (self.texts.laid or not self.size.width)

    @property
    def sign(self) -> tuple[str, Role]:
        """The sign of how it stands, for a tab."""
        name, role, _ = SIGNS_OF[self.state]
        return self.look.signs[name], role

    # Standing where one reads

    def _settle(self, width: int, height: int, seconds: float) -> int:
        """Wrap for this size, and stand where the view should; returns how many rows there are."""
        if not width:
            return 0
        width, room = max(4, width - 2), self._room(height)
        other, before = width != self._width, self._width
        anchor = self.texts.at(self.top) if other and before and not self.following else None
        self._width = width
        total = self.texts.lay(width, ascii_only=self.look.ascii, seconds=LAY_NOW_S if other else seconds)
        if anchor is not None:
            self.top, self._seen = max(0, self.texts.row_of(*anchor)), total
        total -= self._hidden_rows()
        if self.look.plain and self.following:
            self._behind = total > self._released
            total = min(total, self._released)
            while total > self.top + room:
                self.top += room
        else:
            self._behind = False
            if self.following and total > self.top + room:
                self.top = total - room + room // 3
        self.top = max(0, min(self.top, total - 1))
        return total

    def _hidden_rows(self) -> int:
        """On a plain screen the row that may still change is not shown."""
        return int(self.look.plain and self.coming and self.texts.answer.flow.open_row)

    # Drawing

    def _room(self, height: int) -> int:
        taken = int(self._titled(height)) + len(self._status_lines(self.size.width, height)) + int(self._find_open)
        return max(1, height - taken)

    def _titled(self, height: int) -> bool:
        return bool(self.title or self.model) and height >= TITLE_FROM

    def _status_lines(self, width: int, height: int) -> list[tuple[str, Role]]:
        """How it stands, in up to four lines; in one, or none, where the text would have no room else."""
        said: tuple[tuple[str, Role], ...] = (self.status, (self.details, "soft"))
        wide = max(4, width - 2)
        lines = [(line, role) for text, role in said if text for line in wrap(self.look.text(text), wide)]
        most = 4 if height >= 6 * TITLE_FROM else 2 if height >= 2 * TITLE_FROM else 1 if height > 1 else 0
        return (
            [*lines[: most - 1], (lines[most - 1][0] + self.look.signs["ellipsis"], lines[most - 1][1])]
            if len(lines) > most > 0
            else lines[:most]
        )

    def paint(self, canvas: Canvas) -> None:
        """Heading, the rows in view, and how it stands."""
        total = self._settle(canvas.width, canvas.height, LAY_S)
        y = int(self._titled(canvas.height))
        if y and self.model:
            draw_answer_heading(
                canvas, self.letter, self.model, self.what, self.state, self.has_focus, faded=self.faded
            )
        elif y:
            heading(canvas, self.title, self.has_focus)
        if not total and not self.status[0]:
            said = " ".join(self.empty) if canvas.width < EMPTY_WIDTH else "\n".join(self.empty)
            for row, line in enumerate(wrap(said, max(4, canvas.width - 3)), y):
                canvas.put(2, row, line, "soft")
        room, width = self._room(canvas.height), max(4, canvas.width - 2)
        first, last = self.top, min(total, self.top + room)
        above = 0
        for flow, own in self.texts.flows():
            role: Role = "soft" if self.faded else own
            for row in range(max(first, above), min(last, above + flow.count)):
                flow.draw(canvas, 1, y + row - first, width, row - above, role, self._marks(flow, row - above))
            above += flow.count
        status = self._status_lines(canvas.width, canvas.height)
        bottom = canvas.height - int(self._find_open)
        for row, (line, role) in enumerate(status, bottom - len(status)):
            canvas.put(1, row, line, role, width)
        if not self.following:
            new, below = total - self._seen, total - last
            said = f"{new:,} new" if new > 0 else f"{below:,} more" if below > 0 else ""
            if said:
                canvas.right(canvas.width - 1, bottom - 1, f" {canvas.look.signs['down']} {said} ", "strong")
        if self._find_open:
            canvas.right(canvas.width - 1, canvas.height - 1, self.finding.said(), "strong")

    def _marks(self, flow: Flow, row: int) -> list[Mark]:
        start, end = flow.bounds(row)
        marks = list(self.finding.marks(flow, start, end)) if self._find_open else []
        if self.pointed is not None and flow is self.texts.answer.flow:
            marks.append(Mark(self.pointed, self.pointed + 1, "caret"))
        return marks

    # Scrolling

    def action_step(self, rows: int) -> None:
        """A row up or down; while one looks for something, the place before or the next."""
        if self._find_open:
            self._find_step(rows)
        else:
            self.action_scroll_lines(rows)

    def action_scroll_pages(self, pages: int) -> None:
        """A screenful up or down, one row of which stays."""
        self.action_scroll_lines(pages * max(1, self._room(self.size.height) - 1))

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll; away from the end the view stands still, at the end it follows again."""
        self._stand_at(self.top + lines)
        self.repaint()

    def _stand_at(self, row: int) -> None:
        if not self.size.width:
            return
        total = self._settle(*self.size, LAY_NOW_S)
        last = max(0, total - self._room(self.size.height))
        self.top = max(0, min(last, row))
        following = self.top >= last
        if self.following and not following:
            self._seen = total if self.coming or self.settled else EVERY_ROW
        self.following = following

    def show_start(self) -> None:
        """Stand at the beginning, as what was recorded is read."""
        self.top, self.following, self._seen = 0, False, EVERY_ROW
        self._stand_at(0)
        self.repaint()

    def action_follow(self) -> None:
        """To the end, and follow it."""
        total = self._settle(*self.size, LAY_NOW_S)
        self.following, self._released = True, total
        self.top = max(self.top, total - self._room(self.size.height))
        self.repaint()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel scrolls."""
        self.action_scroll_lines(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel scrolls."""
        self.action_scroll_lines(-3)

    def on_resize(self, event: Resize) -> None:
        """Wrap for the new width."""
        self._settle(*event.size, LAY_NOW_S)
        self._lay_box()

    # Finding

    def compose(self) -> ComposeResult:
        """The box for finding lies over the last row, hidden until it is asked for."""
        self.box = LineEdit("/ ")
        self.box.display = False
        self.box.styles.position = "absolute"
        yield self.box

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Esc is ours while the box is open."""
        return self._find_open if action == "leave_find" else True

    def action_find(self) -> None:
        """Open the box: enter and the down arrow go to the next place, the up arrow to the one before."""
        if self._find_open:
            return
        self._find_open = True
        self._lay_box()
        self.box.set_value(self.box.value, picked=True)
        self.box.display = True
        self.box.focus()
        self._search()
        self.repaint()

    def action_leave_find(self) -> None:
        """Back to the text, where it was found."""
        self.focus()

    def _lay_box(self) -> None:
        self.box.styles.width = max(4, self.size.width - FINDING_ROOM)
        self.box.styles.offset = (0, max(0, self.size.height - 1))

    def _search(self) -> None:
        if self._find_open:
            self.finding.search(self.texts.searched())

    def _find_step(self, steps: int) -> None:
        self._search()
        self.finding.step(steps)
        self._show_place()

    def _show_place(self) -> None:
        place = self.finding.place()
        if place is not None:
            row = self.texts.row_of(*place)
            room = self._room(self.size.height)
            if not self.top <= row < self.top + room:
                self._stand_at(row - room // 3)
            elif self.following:
                self.following = False
                self._seen = self._settle(*self.size, LAY_S)
        self.repaint()

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """Find while one types, from the row at the top on."""
        event.stop()
        flow, offset = self.texts.at(self.top)
        self.finding.look_for(event.value)
        self._search()
        self.finding.begin_at(flow, offset)
        self._show_place()

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """The next place."""
        event.stop()
        self._find_step(1)

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes when the focus does."""
        event.stop()
        self._find_open = False
        self.box.display = False
        self.repaint()
