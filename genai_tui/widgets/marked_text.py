"""Text in which words are marked, as a difference or special tokens. It wraps, scrolls, and is copied whole."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from genai_tui.untrusted import harmless
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import cells, width_of, wrap
from genai_tui.widgets.line_table import heading
from genai_tui.widgets.look import Look, Role
from genai_tui.widgets.scrolling import Scrolling

NARROWEST = 4  # cells that a line has at least


class Words(NamedTuple):
    """Some words of a line, in one role."""

    text: str
    role: Role = "text"


class Marked(NamedTuple):
    """One line with a sign before it; where it is wrapped, the other rows are indented as far."""

    words: tuple[Words, ...]
    lead: str = ""
    lead_role: Role = "soft"

    @property
    def text(self) -> str:
        """The line as it is copied."""
        return self.lead + "".join(words.text for words in self.words)


def plain_lines(text: str, role: Role = "text", lead: str = "") -> Iterator[Marked]:
    """The lines of a text, all in one role."""
    for line in text.split("\n"):
        yield Marked((Words(line, role),), lead)


class MarkedText(Scrolling):
    """Lines under a heading. What cannot be seen is counted there."""

    def __init__(self, title: str = "", *, empty: Sequence[str] = (), id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.title, self.note, self.empty = title, "", tuple(empty)
        self.lines: tuple[Marked, ...] = ()
        self.sought = ""  # words that are marked where they stand
        self._found = -1  # the row that was found last
        self._wrapped: tuple[tuple[Marked, ...], int, Look, list[Marked], list[int]] | None = None

    def show(self, lines: Iterable[Marked], title: str | None = None, *, note: str = "") -> None:
        """Show other text, from its beginning; the same text stays where it is."""
        lines = tuple(lines)
        if lines != self.lines:
            self.lines, self.top, self._found = lines, 0, -1
        self.title, self.note = self.title if title is None else title, note
        self.repaint()

    def plain_text(self) -> str:
        """All of it, for copying."""
        return "\n".join(harmless(line.text) for line in self.lines)

    def rows(self, width: int) -> tuple[list[Marked], list[int]]:
        """The wrapped rows, and the row at which each line begins."""
        known = self._wrapped
        if known is None or known[0] is not self.lines or known[1] != width or known[2] is not self.look:
            rows: list[Marked] = []
            starts: list[int] = []
            for line in self.lines:
                starts.append(len(rows))
                rows += _wrapped(line, width, self.look)
            known = self._wrapped = (self.lines, width, self.look, rows, starts)
        return known[3], known[4]

    def row_count(self) -> int:
        """How many rows there are at the width it has now."""
        return len(self.rows(self._width)[0])

    def find(self, words: str, step: int = 0) -> str:
        """Mark these words, upper and lower case alike, and go to a row that has them; says which of how many.

        It is the first one from the top on, with `step` 1 the next one after that, with -1 the one before.
        """
        self.sought = words.lower()
        rows = [number for number, row in enumerate(self.rows(self._width)[0]) if self.sought in row.text.lower()]
        said = ""
        if self.sought and rows:
            here = bisect_left(rows, self._found if self._found >= 0 else self.top)
            at_it = here < len(rows) and rows[here] == self._found
            here = (here + (step if at_it or step < 0 else 0)) % len(rows)
            self._found = rows[here]
            if not self.top <= self._found < self.top + self.room:
                self.action_scroll_lines(self._found - self.room // 3 - self.top)
            said = f"{here + 1:,} of {len(rows):,}"
        elif self.sought:
            said = "none"
        self.repaint()
        return said

    @property
    def _width(self) -> int:
        return max(NARROWEST, self.size.width - 2)

    def paint(self, canvas: Canvas) -> None:
        """The rows that fit, and how many are below."""
        start = 1 if self.title else 0
        if start:
            heading(canvas, self.title, self.has_focus)
        rows, _ = self.rows(max(NARROWEST, canvas.width - 2))
        room = canvas.height - start
        if not rows:
            for y, line in enumerate(wrap(" ".join(self.empty), max(NARROWEST, canvas.width - 3)), start):
                canvas.put(1, y, line, "soft")
        top = max(0, min(self.top, len(rows) - room))
        for y, row in enumerate(rows[top : top + room], start):
            x = canvas.put(1, y, row.lead, row.lead_role)
            for words in row.words:
                x = canvas.put(x, y, words.text, words.role)
            self._mark(canvas, y, row, here=top + y - start == self._found)
        below = len(rows) - top - room
        said = [self.note] if self.note else []
        said += [f"{canvas.look.signs['down']} {below:,} more"] if below > 0 else []
        while said and len(self.title) + sum(map(len, said)) + 10 > canvas.width:
            said.pop(0)
        if start and said:
            canvas.right(canvas.width - 1, 0, f" {' · '.join(said)} ", "head")

    def _mark(self, canvas: Canvas, y: int, row: Marked, *, here: bool) -> None:
        """Mark what is sought in a row."""
        text = row.text
        at = text.lower().find(self.sought) if self.sought else -1
        while at >= 0:
            end = at + len(self.sought)
            canvas.put(1 + width_of(text[:at]), y, text[at:end], "pick" if here else "field")
            at = text.lower().find(self.sought, end)


def _wrapped(line: Marked, width: int, look: Look) -> Iterator[Marked]:
    lead = look.text(line.lead)
    indent = width_of(lead)
    room = max(NARROWEST, width - indent)
    words = [Words(look.text(each.text).expandtabs(4), each.role) for each in line.words if each.text]
    for number, row in enumerate(_rows(words, room)):
        yield Marked(row, lead if number == 0 else " " * indent, line.lead_role)


def _rows(words: Sequence[Words], room: int) -> Iterator[tuple[Words, ...]]:
    """The words in rows of at most `room` cells, broken at blanks where there are any."""
    if len(words) == 1:
        yield from ((Words(row, words[0].role),) for row in wrap(words[0].text, room))
        return
    if sum(width_of(each.text) for each in words) <= room:
        yield tuple(words)
        return
    row: list[tuple[str, int, Role]] = []
    used = blank = 0
    for char, size, role in ((char, size, each.role) for each in words for char, size in cells(each.text)):
        if used + size > room and row:
            cut = blank or len(row)
            yield _joined(row[:cut])
            row = row[cut:]
            used, blank = sum(size for _, size, _ in row), 0
        row.append((char, size, role))
        used += size
        blank = len(row) if char == " " else blank
    yield _joined(row)


def _joined(row: Sequence[tuple[str, int, Role]]) -> tuple[Words, ...]:
    joined: list[Words] = []
    for char, _, role in row:
        if joined and joined[-1].role == role:
            joined[-1] = Words(joined[-1].text + char, role)
        else:
            joined.append(Words(char, role))
    return tuple(joined)
