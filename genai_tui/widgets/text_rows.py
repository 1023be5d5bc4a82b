"""Lines as rows of a box: softly wrapped, and only those that are asked for, so that a megabyte costs what is seen."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from genai_tui.widgets.cells import cells
from genai_tui.widgets.look import Look
from genai_tui.widgets.typed_text import Place, attached

PIECE = 4096  # characters of a line that are wrapped at once: a longer line has a break there
TAB = 4  # cells
MOST_REMEMBERED = 500
LONGEST_ROW = 600  # characters of a text whose clusters are remembered


class Row(NamedTuple):
    """One row: the characters of a line from `start` up to `end`; `whole` if the line ends with it."""

    line: int
    start: int
    end: int
    whole: bool


class Cluster(NamedTuple):
    """A character with what belongs to it: where it begins, what is shown of it, and how many cells that takes."""

    start: int
    shown: str
    width: int


class TextRows:
    """The rows of `lines` at most `width` cells wide; a blank that ends a full row hangs over by one cell."""

    def __init__(self, lines: Sequence[str], width: int, look: Look) -> None:
        self.lines, self.width, self.look = lines, max(1, width), look
        self._starts: dict[str, tuple[int, ...]] = {}
        self._clusters: dict[str, tuple[Cluster, ...]] = {}

    def at(self, place: Place) -> Row:
        """The row of a place."""
        text = self.lines[place.line]
        piece = min(place.column, max(0, len(text) - 1)) // PIECE
        starts = self._starts_of(text[piece * PIECE : (piece + 1) * PIECE])
        return self._row(place.line, piece, bisect_right(starts, place.column - piece * PIECE) - 1)

    def after(self, row: Row) -> Row | None:
        """The row below; None below the last."""
        if not row.whole:
            return self.at(Place(row.line, row.end))
        return self.at(Place(row.line + 1, 0)) if row.line + 1 < len(self.lines) else None

    def before(self, row: Row) -> Row | None:
        """The row above; None above the first."""
        if row.start:
            return self.at(Place(row.line, row.start - 1))
        return self.at(Place(row.line - 1, len(self.lines[row.line - 1]))) if row.line else None

    def moved(self, row: Row, rows: int) -> Row:
        """The row so many rows below, or above if negative, as far as there are any."""
        for _ in range(abs(rows)):
            following = self.after(row) if rows > 0 else self.before(row)
            if following is None:
                break
            row = following
        return row

    def text(self, row: Row) -> str:
        """The characters of a row."""
        return self.lines[row.line][row.start : row.end]

    def last_place(self, row: Row) -> Place:
        """The last place of the caret that is shown in this row."""
        if row.whole:
            return Place(row.line, row.end)
        text = self.text(row)
        return Place(row.line, row.start + self.clusters(text)[-1].start)

    def x_of(self, row: Row, column: int) -> int:
        """Cells before a character of the line."""
        text = self.text(row)[: column - row.start]
        return len(text) if _simple(text) else sum(cluster.width for cluster in self.clusters(text))

    def place_at(self, row: Row, x: int) -> Place:
        """The place nearest to the left of column `x` in cells."""
        used = 0
        for cluster in self.clusters(self.text(row)):
            if used + cluster.width > x:
                return Place(row.line, row.start + cluster.start)
            used += cluster.width
        return self.last_place(row)

    def clusters(self, text: str) -> tuple[Cluster, ...]:
        """What is shown of `text`, cluster by cluster."""
        if _simple(text):
            return tuple(Cluster(at, char, 1) for at, char in enumerate(text))
        found = self._clusters.get(text)
        if found is None:
            starts = [at for at in range(len(text)) if not attached(text, at)]
            ends = [*starts[1:], len(text)]
            found = tuple(self._cluster(text[a:b], a) for a, b in zip(starts, ends, strict=True))
            if len(self._clusters) > MOST_REMEMBERED:
                self._clusters.clear()
            if len(text) <= LONGEST_ROW:
                self._clusters[text] = found
        return found

    def _cluster(self, text: str, at: int) -> Cluster:
        if text == "\t":
            return Cluster(at, " " * TAB, TAB)
        # One place, one cell at least: what would be taken out or ends a line elsewhere is seen by its place.
        found = cells(self.look.text(text).replace("\n", "\ufffd")) or cells(self.look.text("\ufffd"))
        return Cluster(at, "".join(char for char, _ in found), sum(width for _, width in found))

    def _row(self, line: int, piece: int, number: int) -> Row:
        text, base = self.lines[line], piece * PIECE
        starts = self._starts_of(text[base : base + PIECE])
        number = max(0, number)
        end = base + starts[number + 1] if number + 1 < len(starts) else min(len(text), base + PIECE)
        return Row(line, base + starts[number], end, end == len(text))

    def _starts_of(self, text: str) -> tuple[int, ...]:
        if len(text) <= self.width and _simple(text):
            return (0,)
        found = self._starts.get(text)
        if found is None:
            if len(self._starts) > MOST_REMEMBERED:
                self._starts.clear()
            found = self._starts[text] = self._wrap(text)
        return found

    def _wrap(self, text: str) -> tuple[int, ...]:
        """Where rows begin: behind a blank where there is one, else where the row is full."""
        starts, used, blank, since = [0], 0, 0, 0  # `blank`: behind the last one, `since`: the cells behind it
        clusters = self.clusters(text)
        for (at, _, width), end in zip(clusters, [*(each.start for each in clusters[1:]), len(text)], strict=True):
            is_blank = text[at] in " \t"
            hangs = is_blank and used == self.width
            if used + width > self.width and at > starts[-1] and not (hangs and width == 1):
                if blank > starts[-1] and not is_blank:
                    starts.append(blank)
                    used = since
                else:
                    starts.append(at)
                    used = 0
                since = used
                if used + width > self.width and at > starts[-1]:
                    starts.append(at)
                    used = since = 0
            used += width
            since += width
            if is_blank:
                blank, since = end, 0
        return tuple(starts)


def _simple(text: str) -> bool:
    return text.isascii() and (text.isprintable() or not text)
