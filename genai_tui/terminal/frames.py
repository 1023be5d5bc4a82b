"""Writes only the cells that change: Textual paints whole regions again, this compares with what is on the screen.

Measured on the board at 80×24: it is painted three times until it stands (13,900 bytes; 5,300 with this), and a change
of stage three or four times. A frame is understood if it is made of cursor moves, SGR and text; anything else is
written as it is, and what it may have touched is forgotten.
"""

import re
from functools import lru_cache

from rich.cells import cell_len

_TOKEN = re.compile("\x1b\\[(\\d+);(\\d+)H|\x1b\\[([\\d;:]*)m|(\r?\n)|([^\x00-\x1f\x7f-\x9f]+)")
_NO_PAINT = ("\x1b]", "\x1b[?", "\x1b[>", "\x1b[<", "\x07")
_NEAR = 8
"""Cells that may stay unchanged within a span that is written: a cursor move costs as much."""


class _Row:
    """One row, cell by cell: characters (the right half of a wide one is empty) and styles (None: unknown)."""

    __slots__ = ("styles", "text")

    def __init__(self, columns: int) -> None:
        self.text = [" "] * columns
        self.styles: list[str | None] = [None] * columns


class Frames:
    """What is on a screen of `columns` × `rows`, as far as it was written through `changes`."""

    def __init__(self, columns: int, rows: int) -> None:
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """Take another size; a terminal may have moved everything."""
        self._columns, self._count = columns, rows
        self.forget()

    def forget(self) -> None:
        """Know nothing any more: everything painted from now on is written."""
        self._rows = [_Row(self._columns) for _ in range(self._count)]
        self._cursor: tuple[int, int] | None = None
        self._last = ""

    def changes(self, frame: str) -> str:
        """What must be written so that the screen shows `frame`; empty if it shows it already."""
        if frame.startswith(_NO_PAINT):
            return frame
        if frame == self._last:
            return ""
        painting = _Painting(self._rows, self._columns, self._cursor)
        position = 0
        for match in _TOKEN.finditer(frame):
            if match.start() != position or not painting.take(match):
                break
            position = match.end()
        if position != len(frame):
            self.forget()
            return frame
        written = painting.finish()
        self._cursor, self._last = painting.at, frame
        return written


class _Painting:
    """One frame on its way: where it is, which style it has, and what had to be written."""

    def __init__(self, rows: list[_Row], columns: int, cursor: tuple[int, int] | None) -> None:
        self._rows, self._columns = rows, columns
        self._out: list[str] = []
        self._style = self._written_style = ""
        self.at = cursor or (0, 0)
        self._terminal_at = cursor

    def take(self, match: re.Match[str]) -> bool:
        """Take one piece of the frame; False if it leads out of the screen."""
        row, column, sgr, line_end, text = match.groups()
        if text:
            return self._text(text)
        if row:
            self.at = (int(row) - 1, int(column) - 1)
            return self.at[0] < len(self._rows) and self.at[1] < self._columns
        if line_end:
            self.at = (self.at[0] + 1, 0)  # a move follows, or nothing
            return True
        if not sgr or sgr == "0":
            self._style = ""
        else:
            self._style = f"{self._style};{sgr}" if self._style else sgr
        return True

    def finish(self) -> str:
        """All that had to be written; ends with the cursor where the frame left it, and no style."""
        if self._written_style:
            self._out.append("\x1b[0m")
        if self._terminal_at != self.at:
            self._move(*self.at)
        return "".join(self._out)

    def _text(self, text: str) -> bool:
        row, column = self.at
        if row >= len(self._rows):
            return False
        cells = _cells(text)
        if cells is None:
            return self._cluster(text)
        end = column + len(cells)
        if end > self._columns:
            return False
        there, style = self._rows[row], self._style
        styles: list[str | None] = [style] * len(cells)
        if there.text[column:end] != cells or there.styles[column:end] != styles:
            for first, last in _spans(there, column, cells, style):
                self._write(row, column + first, "".join(cells[first:last]), last - first)
            self._put(there, column, cells, styles)
        self.at = (row, end)
        return True

    def _cluster(self, text: str) -> bool:
        """Text of which terminals do not agree how wide it is: whole or not at all, and the rest of the row with it."""
        row, column = self.at
        width = cell_len(text)
        if column + width > self._columns:
            return False
        there, cells = self._rows[row], ([text] + [""] * width)[:width]
        styles: list[str | None] = [self._style] * width
        end = column + width
        if not width or there.text[column:end] != cells or there.styles[column:end] != styles:
            self._write(row, column, text, width)
            self._put(there, column, cells, styles)
            there.styles[end:] = [None] * (self._columns - end)
            self._terminal_at = None
        self.at = (row, end)
        return True

    def _put(self, there: _Row, begin: int, cells: list[str], styles: list[str | None]) -> None:
        """Know what was painted; a wide character of which one half is painted over is gone as a whole."""
        end = begin + len(cells)
        if 0 < begin < self._columns and not there.text[begin]:
            there.styles[begin - 1] = None
        if end < self._columns and not there.text[end]:
            there.styles[end] = None
        there.text[begin:end] = cells
        there.styles[begin:end] = styles

    def _write(self, row: int, column: int, text: str, width: int) -> None:
        if self._terminal_at != (row, column):
            self._move(row, column)
        if self._style != self._written_style:
            reset = "\x1b[0m" if self._written_style else ""
            self._out.append(f"{reset}\x1b[{self._style}m" if self._style else reset)
            self._written_style = self._style
        self._out.append(text)
        # At the right edge terminals do not agree where the cursor is.
        self._terminal_at = (row, column + width) if column + width < self._columns else None

    def _move(self, row: int, column: int) -> None:
        self._out.append(f"\x1b[{row + 1};{column + 1}H")
        self._terminal_at = (row, column)


@lru_cache(2048)
def _cells(text: str) -> list[str] | None:
    """`text` cell by cell, the right half of a wide character empty; None where that is not certain."""
    if text.isascii():
        return list(text)
    cells = []
    for character in text:
        width = cell_len(character)
        if width == 0 or character >= "\U0001f000":
            return None
        cells += [character, ""] if width == 2 else [character]
    return cells if len(cells) == cell_len(text) else None


def _spans(there: _Row, column: int, cells: list[str], style: str) -> list[tuple[int, int]]:
    """Where `cells` differ from what is there, near ones joined; none begins or ends within a character."""
    end = column + len(cells)
    if style not in there.styles[column:end]:
        return [(0, len(cells))]
    spans: list[list[int]] = []
    before = zip(there.text[column:end], there.styles[column:end], cells, strict=True)
    for index, (text, text_style, cell) in enumerate(before):
        if text != cell or text_style != style:
            if spans and index - spans[-1][1] <= _NEAR:
                spans[-1][1] = index + 1
            else:
                spans.append([index, index + 1])
    for span in spans:
        while span[0] and not cells[span[0]]:
            span[0] -= 1
        while span[1] < len(cells) and not cells[span[1]]:
            span[1] += 1
    return [(first, last) for first, last in spans]
