"""CSV and TSV, read strictly: a cell is kept as written, or its row or the file is refused."""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from genai_tui.datasets.model import Record, Warned, file_fault
from genai_tui.datasets.opening import Opened
from genai_tui.errors import FileFault

MARKS = (",", ";", "\t", "|")  # a comma in a tie
AT_ONCE = 250_000  # characters of many rows
_APART, _TOGETHER = 1_000, 500  # lines of a record that are kept one by one; characters of the others
_SEP = re.compile(r'"?sep=(.)"?(?: |\1)*[\r\n]*', re.I)
_SPACED_QUOTE = re.compile(r'\s+"')
csv.field_size_limit(2**31 - 1)  # documents stand in cells


class Lines(NamedTuple):
    """Rows that stand one on each line, from `line` on; of each column of the header the cells."""

    line: int
    columns: Sequence[Sequence[str]]


class Delimited:
    """One CSV or TSV file: its header and, as often as asked, its records.

    `columns` are the header's names without white space around, in order; `twice` are those that stand more than once.
    `mark` parts the cells, where the first line does not show what does. Raises FileFault.
    """

    def __init__(self, opened: Opened, format_name: str | None, mark: str | None = None) -> None:
        self.opened = opened
        self.notes: list[Warned] = []
        self.skipped = 0  # physical lines before the header that are no rows
        self.delimiter = self._delimiter(mark or ("\t" if format_name == "tsv" else None))
        self.format = "tsv" if self.delimiter == "\t" else "csv"
        self.quoted = not (self.delimiter == "\t" and self._quotes_are_text())
        self.header_line, header = self._header()
        if not self.quoted:
            self.notes.append(Warned(self.header_line, "All lines fit without quoting: quotes are kept as text."))
        self._names = [name.strip() for name in header]
        if not any(self._names):
            raise file_fault(f"{opened.path} has no header.", "its first line names no column", line=self.header_line)
        counted = Counter(name for name in self._names if name)
        self.columns = tuple(counted)
        self.twice = {name for name, count in counted.items() if count > 1}
        self._kept = [(number, name) for number, name in enumerate(self._names) if name and name not in self.twice]

    def records(self) -> Iterator[Record]:
        """The records below the header; blank ones are nothing."""
        for line, cells, fault in self.cells():
            yield Record(line, {}, fault) if fault else self.record(line, cells)

    def record(self, line: int, cells: Sequence[str]) -> Record:
        """The cells of a row under their names."""
        return Record(line, {name: cells[number] for number, name in self._kept})

    def place(self, name: str) -> int:
        """Where the column of that name stands in a row."""
        return self._names.index(name)

    def cells(self) -> Iterator[tuple[int, list[str], str]]:
        """(line, cells, what is wrong with it) of the rows below the header."""
        for line, cells, spaced in self.rows():
            if line > self.header_line:
                yield line, cells, self._fault(cells, spaced)

    def many(self) -> Iterator[Lines | tuple[int, list[str], str]]:
        """As `cells`, but many rows at once wherever each of them is a line; there some may be blank."""
        chunks = self.opened.some_lines(AT_ONCE)
        waiting: deque[str] = deque()

        def lines() -> Iterator[str]:
            while True:
                while waiting:
                    yield waiting.popleft()
                more = next(chunks, None)
                if more is None:
                    return
                waiting.extend(more)

        one_by_one = lines()
        end = sum(1 for _ in islice(one_by_one, self.skipped))  # the last line that is done with
        while True:
            if not waiting:
                chunk = next(chunks, None)
                if chunk is None:
                    return
                columns = self._one_a_line(chunk) if end >= self.header_line else None
                if columns is not None:
                    yield Lines(end + 1, columns)
                    end += len(chunk)
                    continue
                waiting.extend(chunk)
            for line, cells, spaced, last in self._parsed(one_by_one, end):
                end = last
                if line > self.header_line:
                    yield line, cells, self._fault(cells, spaced)
                if not waiting:
                    break

    def is_sound(self) -> bool:
        """Whether all of it is in its encoding, and all quotes fit."""
        try:
            if not self.quoted:
                deque(self.opened.pieces(), maxlen=0)
            elif any('"' in piece for piece in self.opened.pieces()):
                deque(csv.reader(self._below(), delimiter=self.delimiter, strict=True), maxlen=0)
        except (csv.Error, FileFault):
            return False  # who reads it will say where
        return True

    def _one_a_line(self, lines: list[str]) -> Sequence[Sequence[str]] | None:
        """The cells, column by column, if each line is a row as wide as the header; the first begins one."""
        if not self.quoted:
            return None
        text, mark, width = "".join(lines), self.delimiter, len(self._names)
        if '"' in text:
            return self._quoted_one_a_line(lines)
        if width == 1 or {line.count(mark) for line in lines} != {width - 1}:
            return None
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        cells = text.removesuffix("\n").replace("\n", mark).split(mark)
        return [cells[place::width] for place in range(width)]

    def _quoted_one_a_line(self, lines: list[str]) -> Sequence[Sequence[str]] | None:
        try:
            rows = list(csv.reader(lines, delimiter=self.delimiter, strict=True))
        except csv.Error:
            return None
        if len(rows) != len(lines) or set(map(len, rows)) != {len(self._names)}:
            return None
        return None if any(map(_SPACED_QUOTE.match, chain.from_iterable(rows))) else list(zip(*rows, strict=True))

    def _fault(self, cells: list[str], spaced: bool) -> str:
        """What is wrong with a row."""
        width = len(self._names)
        if spaced:
            return "a space stands before an opening quote"
        if len(cells) != width and (len(cells) < width or any(cells[width:])):
            return f"it has {len(cells)} cells, the header has {width}"
        return ""

    def _delimiter(self, mark: str | None) -> str:
        first = ""
        for first in self.opened.lines():
            told = _SEP.fullmatch(first)
            if told and not told[1].isalnum() and told[1] != '"':
                self.skipped += 1
                return told[1]
            if first.strip():
                break
            self.skipped += 1
        if not first.strip():
            raise file_fault(f"{self.opened.path} has no rows.", "it is empty but for blank lines")
        if mark is not None:
            return mark
        counts = {mark: self._header_cells(mark) for mark in MARKS}
        best = max(counts.values())
        unreadable = [mark for mark in MARKS if not counts[mark] and mark in first]
        if best == 1 and unreadable:
            return max(unreadable, key=first.count)  # a quote is never closed there, which is then said
        tab_only = best == 1 and self.opened.name.lower().removesuffix(".gz").endswith((".tsv", ".tab"))
        return "\t" if tab_only else next(mark for mark in MARKS if counts[mark] == best)

    def _header_cells(self, mark: str) -> int:
        """How many cells the header has if `mark` parts them; 0 if it cannot be read so."""
        try:
            return len(next(csv.reader(self._below(), delimiter=mark, strict=True), []))
        except csv.Error:
            line = next(self._below(), "") if mark == "\t" else ""  # bare quotes are common there: see _quotes_are_text
            return line.count(mark) + 1 if mark in line else 0

    def _below(self) -> Iterator[str]:
        return islice(self.opened.lines(), self.skipped, None)

    def _header(self) -> tuple[int, list[str]]:
        for line, cells, spaced in self.rows():
            if spaced:
                raise file_fault(
                    f"{self.opened.path}:{line}: a space stands before an opening quote in the header.",
                    "quote: such a cell has no clear end",
                    "Take the space away.",
                    line=line,
                )
            return line, cells
        raise file_fault(f"{self.opened.path} has no rows.", "it is empty but for blank lines")

    def rows(self) -> Iterator[tuple[int, list[str], bool]]:
        """(line, cells, whether a space stands before an opening quote) of all that are not blank, the header first."""
        for line, cells, spaced, _ in self._parsed(self._below(), self.skipped):
            yield line, cells, spaced

    def _parsed(self, lines: Iterator[str], before: int) -> Iterator[tuple[int, list[str], bool, int]]:
        """As `rows`, and with the last line of each, from `lines`, which come after `before` others.

        No line is taken before it is needed.
        """
        if not self.quoted:
            for line, text in enumerate(lines, before + 1):
                cells = text.rstrip("\r\n").split(self.delimiter)
                if any(cell.strip() for cell in cells):
                    yield line, cells, False, line
            return
        raw: list[str] = []
        reader = csv.reader(_noted(lines, raw), delimiter=self.delimiter, strict=True)
        end = before
        while True:
            raw.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                line = end + 1
                raise file_fault(
                    f"{self.opened.path}:{line}: a quotation mark does not fit.",
                    f'quote: {error}; within "…" a quotation mark is written twice',
                    "Correct the record that starts there; nothing of the file was taken.",
                    line=line,
                ) from None
            line, end = end + 1, before + reader.line_num
            if any(map(str.strip, cells)):
                yield line, cells, '"' in raw[0] and self._has_spaced_quote(cells, raw), end

    def _has_spaced_quote(self, cells: list[str], raw: list[str]) -> bool:
        suspect = any(cell[:1].isspace() and _SPACED_QUOTE.match(cell) for cell in cells)
        return suspect and _has_spaced_quote("".join(raw), self.delimiter)

    def _quotes_are_text(self) -> bool:
        """Whether quoting misreads the file, or swallows tabs or lines, while every line fits without it."""
        if not any('"' in line for line in self._below()):
            return False
        suspect, last = False, 0
        try:
            reader = csv.reader(self._below(), delimiter="\t", strict=True)
            for cells in reader:
                suspect = suspect or reader.line_num > last + 1 or any("\t" in cell for cell in cells)
                last = reader.line_num
        except csv.Error:
            return self._fits_without_quotes()
        header = next(line for line in self._below() if line.strip()).rstrip("\r\n")
        if all(len(name) > 1 and name[0] == name[-1] == '"' for name in header.split("\t")):
            return False  # who quotes all names knows of quoting
        return suspect and self._fits_without_quotes()

    def _fits_without_quotes(self) -> bool:
        width = 0
        for line in self._below():
            cells = line.rstrip("\r\n").split("\t")
            if not any(cell.strip() for cell in cells):
                continue
            if not width:
                width = len(cells)
            elif len(cells) < width or any(cells[width:]):
                return False
        return width > 0


def _noted(lines: Iterator[str], raw: list[str]) -> Iterator[str]:
    """The lines; each is added to `raw` too. Many short ones, as behind a quote never closed, are put together."""
    for line in lines:
        if len(raw) > _APART and len(raw[-1]) < _TOGETHER:
            raw[-1] += line
        else:
            raw.append(line)
        yield line


def _has_spaced_quote(raw: str, delimiter: str) -> bool:
    """Whether an unquoted cell of the record begins with white space and a quote."""
    spaced = re.compile(rf'[^\S{re.escape(delimiter)}]+"')
    position = 0
    while position < len(raw):
        if raw[position] == '"':
            position = _quoted_end(raw, position + 1)
        elif spaced.match(raw, position):
            return True
        following = raw.find(delimiter, position)
        if following < 0:
            return False
        position = following + 1
    return False


def _quoted_end(raw: str, position: int) -> int:
    """Where the quoted cell ends whose inside begins at `position`."""
    while True:
        position = raw.find('"', position)
        if position < 0:
            return len(raw)
        if raw[position + 1 : position + 2] != '"':
            return position + 1
        position += 2
