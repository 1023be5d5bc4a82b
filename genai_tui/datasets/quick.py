"""The quick way of most rows of a sheet: plain cells become packed rows, many at once, without any step between.

Where one of many is not plain (a cell that must be looked at, a fault, a blank row) they are given back as records,
for the ordinary way. Both ways give the same, which a test holds them to.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import repeat
from json.encoder import encode_basestring

from genai_tui.datasets.checks import MAY_BE_CUT, PLACEHOLDER, Remarks, is_name
from genai_tui.datasets.delimited import Delimited, Lines
from genai_tui.datasets.model import Mapping, Record
from genai_tui.datasets.packing import PackedMany, number_of, numbers_of
from genai_tui.store.imports import NO_TAGS, hashes
from genai_tui.store.values import MARK

_LOOKED_AT = frozenset("#=[")  # a cell that begins so may be a spreadsheet's error, a formula, or a list
_ESCAPED = (*map(chr, range(32)), '"', "\\")  # what JSON does not have in a text as it is
_UNSAFE = re.compile(f"[\0\ud800-\udfff{MARK}]")


def is_quick(mapping: Mapping) -> bool:
    """Whether every column that is used is one of the sheet's own, and none holds tags."""
    used = (*mapping.inputs.values(), *((mapping.expected,) if mapping.expected is not None else ()))
    return not mapping.tags and all(column in mapping.columns for column in used)


class QuickSheet:
    """Goes through a sheet; what it packs it remarks on."""

    def __init__(self, sheet: Delimited, mapping: Mapping, remarks: Remarks) -> None:
        self.sheet = sheet
        self.remarks = remarks
        self._inputs = [(f"{encode_basestring(name)}:", sheet.place(column)) for name, column in mapping.inputs.items()]
        self._sorted = sorted(self._inputs)
        self._first, self._answer = next(iter(mapping.inputs.values())), mapping.expected
        self._expected = None if mapping.expected is None else sheet.place(mapping.expected)

    def rows(self) -> Iterator[PackedMany | Record]:
        """Packed rows, or a record where some are not plain."""
        for found in self.sheet.many():
            if not isinstance(found, Lines):
                line, cells, fault = found
                yield Record(line, {}, fault) if fault else self.sheet.record(line, cells)
            elif (packed := self._packed(found)) is not None:
                yield packed
            else:
                for number, row in enumerate(zip(*found.columns, strict=True), found.line):
                    if any(map(str.strip, row)):
                        yield self.sheet.record(number, row)

    def _packed(self, lines: Lines) -> PackedMany | None:
        """The rows, where all are plain."""
        columns = lines.columns
        answers = ("",) * len(columns[0]) if self._expected is None else columns[self._expected]
        if not (_are_plain(answers) and all(_are_plain(columns[place]) for _, place in self._inputs)):
            return None
        if self._answer in answers and self._has_header(columns, answers):
            return None
        different = dict.fromkeys(answers)
        if not all(map(str.strip, different)) and not all("".join(row).strip() for row in zip(*columns, strict=True)):
            return None
        written = {answer: encode_basestring(answer) if answer.strip() else "null" for answer in different}
        numbers = {answer: number_of(expected.encode()) for answer, expected in written.items()}
        expected = [written[answer] for answer in answers]
        self.remarks.answers_of(answers, different, lines.line)
        stored = _objects(columns, self._inputs)
        inputs = canonical = stored.encode().split(b"\n")
        both: Sequence[tuple[bytes, bytes]] = ()
        if self._inputs != self._sorted:
            ordered = _objects(columns, self._sorted)
            canonical = ordered.encode().split(b"\n")
            both = list(map(hashes, stored.split("\n"), expected, repeat(NO_TAGS), ordered.split("\n"), expected))
        groups = numbers_of(canonical)
        given = [None if answer == "null" else answer for answer in expected]  # the text null is written in quotes
        return PackedMany(groups, [numbers[answer] for answer in answers], lines.line, inputs, given, both)

    def _has_header(self, columns: Sequence[Sequence[str]], answers: Sequence[str]) -> bool:
        """Whether one of the rows is perhaps the header again."""
        cells = columns[self.sheet.place(self._first)]
        named = (cell for cell, answer in zip(cells, answers, strict=True) if answer == self._answer)
        return any(is_name(cell, self._first) for cell in named)


def _objects(columns: Sequence[Sequence[str]], named: Sequence[tuple[str, int]]) -> str:
    """The JSON objects of all rows, one on each line, of the columns that are named."""
    written = [_written(columns[place]) for _, place in named]
    names = [name.replace("{", "{{").replace("}", "}}") for name, _ in named]
    members = [f"{name}{quote}{{}}{quote}" for name, (quote, _) in zip(names, written, strict=True)]
    return "\n".join(map(f"{{{{{','.join(members)}}}}}".format, *(cells for _, cells in written)))


def _written(cells: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Cells as JSON has them, and what stands around each; one look at all is quicker than one at each."""
    text = "".join(cells)
    if any(map(text.__contains__, _ESCAPED)):
        return "", list(map(encode_basestring, cells))
    return '"', cells


def _are_plain(cells: Sequence[str]) -> bool:
    """Whether none of the cells needs a look."""
    if max(map(len, cells)) >= MAY_BE_CUT or PLACEHOLDER in cells:
        return False
    text = "".join(cells)
    if any(map(text.__contains__, _LOOKED_AT)) and not _LOOKED_AT.isdisjoint({cell[:1] for cell in cells}):
        return False
    return "\0" not in text if text.isascii() else not _UNSAFE.search(text)
