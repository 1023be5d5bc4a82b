"""Text in rows: it is held once, of its rows only where each begins. Where it grows only its end is wrapped again."""

import re
import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from rich.cells import get_character_cell_size

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import LAST_SKIN_TONE, SELECTORS, ZWJ
from genai_tui.widgets.look import Role, ascii_width

TAB = 4  # cells
LONGEST_ROW = 2048  # characters after which a row ends, whatever they are: a million marks fit in no cell
LOOK_AT_CLOCK, LOOK_AFTER = 64, 4096  # rows, and characters, after which one looks at the clock
_BLANKS = re.compile("[ \t]*")


class Mark(NamedTuple):
    """A piece of the text that stands out: where it begins and ends, and in which role."""

    start: int
    end: int
    role: Role


class Flow:
    """A text as rows. `spans`: where a role begins; `hangs`, by where a line begins: what precedes its further rows."""

    def __init__(
        self, text: str = "", spans: Sequence[tuple[int, Role]] = (), hangs: Mapping[int, str] | None = None
    ) -> None:
        self.text = text
        self._spans, self._hangs = tuple(spans), hangs or {}
        self._starts = array("I", [0])
        self._width, self._ascii = 0, False
        self._line = 0  # where the line of the last row begins
        self.laid = not text  # whether every row is known

    def append(self, text: str) -> None:
        """Let it grow; `lay` wraps what came."""
        if text:
            self.text += text
            self.laid = False

    def lay(self, width: int, *, ascii_only: bool = False, seconds: float | None = None) -> bool:
        """Wrap for this width, for so long at most; returns whether all of it is."""
        if width != self._width or ascii_only != self._ascii:
            self._width, self._ascii = width, ascii_only
            self._starts, self._line, self.laid = array("I", [0]), 0, not self.text
        if not self.laid:
            until = None if seconds is None else time.perf_counter() + seconds
            self.laid = self._lay_on(until)
        return self.laid

    def _lay_on(self, until: float | None) -> bool:
        text, starts, width = self.text, self._starts, self._width
        at, line, size = starts[-1], self._line, len(text)
        hang = len(self._hang(line))
        end = _line_end(text, at, size)
        whole, looked = True, at
        while True:
            following = next_start(text, at, end, width - hang if at != line else width, self._ascii)
            if following >= end:
                if end == size:
                    break
                following = line = end + 1
                end = _line_end(text, following, size)
                hang = len(self._hang(line))
            starts.append(following)
            at = following
            if until is not None and (not len(starts) % LOOK_AT_CLOCK or at - looked >= LOOK_AFTER):
                looked = at
                if time.perf_counter() > until:
                    whole = False
                    break
        self._line = line
        return whole

    @property
    def count(self) -> int:
        """How many rows are known; an empty line at the end is none yet."""
        return len(self._starts) - (self._starts[-1] == len(self.text))

    @property
    def open_row(self) -> bool:
        """Whether the last row may still change when the text grows."""
        return bool(self.text) and self._starts[-1] < len(self.text)

    def start_of(self, row: int) -> int:
        """Where a row begins in the text."""
        return self._starts[max(0, min(row, len(self._starts) - 1))]

    def row_at(self, offset: int) -> int:
        """The row that has this place of the text."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def bounds(self, row: int) -> tuple[int, int]:
        """Where a row begins, and where it ends without the blanks at its end."""
        start = self._starts[row]
        end = self._starts[row + 1] if row + 1 < len(self._starts) else len(self.text)
        return start, start + len(self.text[start:end].rstrip(" \t\n"))

    def row(self, row: int) -> str:
        """The text of a row, its tabs as they are."""
        start, end = self.bounds(row)
        return self.text[start:end]

    def draw(  # noqa: PLR0913 - where, what, and what stands out
        self, canvas: Canvas, x: int, y: int, width: int, row: int, role: Role, marks: Iterable[Mark] = ()
    ) -> None:
        """Draw a row."""
        left, right = x, x + width
        start, end = self.bounds(row)
        if self._hangs and start and self.text[start - 1] != "\n":
            x = canvas.put(x, y, self._hang(self.text.rfind("\n", 0, start) + 1), "soft", width)
        marks = [mark for mark in marks if mark.start < end and mark.end > start]
        edges = {start, end}
        edges.update(max(start, mark.start) for mark in marks)
        edges.update(min(end, mark.end) for mark in marks)
        if self._spans:
            first = bisect_left(self._spans, start, key=_offset)
            edges.update(at for at, _ in self._spans[first : bisect_left(self._spans, end, key=_offset)])
        for one, other in pairwise(sorted(edges)):
            of = next((mark.role for mark in marks if mark.start <= one < mark.end), None) or self._role(one, role)
            for number, piece in enumerate(self.text[one:other].split("\t")):
                if number:
                    x += TAB - (x - left) % TAB
                if piece and x < right:
                    x = canvas.put(x, y, piece, of, right - x)

    def _hang(self, line: int) -> str:
        """What stands before the further rows of a line; nothing where it would take half of them."""
        hang = self._hangs.get(line, "")
        return hang if 2 * len(hang) <= self._width else ""

    def _role(self, offset: int, otherwise: Role) -> Role:
        found = bisect_right(self._spans, offset, key=_offset)
        return self._spans[found - 1][1] if found else otherwise


def _offset(span: tuple[int, Role]) -> int:
    return span[0]


def _line_end(text: str, at: int, size: int) -> int:
    found = text.find("\n", at)
    return size if found < 0 else found


def next_start(text: str, at: int, end: int, width: int, ascii_only: bool = False) -> int:
    """Where the row ends that begins at `at` of a line which ends at `end`: there the next one begins.

    It breaks after blanks where there are any, never within a cluster; blanks at the end of a row take no room.
    """
    head = text[at : min(end, at + width + 1)]
    if not head.isascii() or "\t" in head:
        return _next_start_by_cells(text, at, end, width, ascii_only)
    if len(head) <= width:
        return end
    if head[width] == " ":
        blanks = _BLANKS.match(text, at + width, min(end, at + LONGEST_ROW))
        return blanks.end() if blanks is not None else end
    cut = head.rfind(" ", 0, width)
    return at + width if cut < 0 or not head[:cut].strip(" ") else at + cut + 1


def _next_start_by_cells(text: str, at: int, end: int, width: int, ascii_only: bool) -> int:
    used = last = 0
    blank = -1  # after the last blanks
    joined = begun = False
    last_one = min(end, at + LONGEST_ROW)
    for place in range(at, last_one):
        char = text[place]
        if char in " \t":
            used += 1 if char == " " else TAB - used % TAB
            last, joined = 1, False
            if begun:
                blank = place + 1
            continue
        if ascii_only:
            size = ascii_width(char)
        else:
            size = 0 if joined and last == 2 else _width(char)
            joined = char == ZWJ
        if used + size > width and place > at:
            return blank if blank > at else place
        used, begun = used + size, True
        last = size or last
    return last_one


def _width(char: str) -> int:
    """How many cells a character takes where `cells` shows it."""
    code = ord(char)
    if code < 0x300:
        return 1
    if char == ZWJ or char in SELECTORS or 0x1F3FB <= code <= LAST_SKIN_TONE:
        return 0
    return 1 if 0x1F1E6 <= code <= 0x1F1FF else get_character_cell_size(char)
