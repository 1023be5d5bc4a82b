"""The quick way of most rows of a sheet: plain cells become a packed row without any step between.

Whatever is not plain (a cell that must be looked at, a fault, a blank answer) is given back as a record, for the
ordinary way. Both ways give the same, which a test holds them to.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from json.encoder import encode_basestring

from genai_tui.datasets.checks import EXCEL_CUTS, PLACEHOLDER, Remarks
from genai_tui.datasets.delimited import Delimited
from genai_tui.datasets.model import Mapping, Record
from genai_tui.datasets.packing import Packed
from genai_tui.store.datasets import packed_columns
from genai_tui.store.values import MARK

_LOOKED_AT = frozenset("#=[")  # a cell that begins so may be a spreadsheet's error, a formula, or a list
_UNSAFE = re.compile(f"[\0\ud800-\udfff{MARK}]")
_REMEMBERED = 1_000  # answers: labels come again and again


def is_quick(mapping: Mapping) -> bool:
    """Whether every column that is used is one of the sheet's own, and none holds tags."""
    used = (*mapping.inputs.values(), *((mapping.expected,) if mapping.expected is not None else ()))
    return mapping.expected is not None and not mapping.tags and all(column in mapping.columns for column in used)


class QuickSheet:
    """Goes through a sheet. Answers are remarked on as long as they may all be numbers; then they are counted."""

    def __init__(self, sheet: Delimited, mapping: Mapping, remarks: Remarks) -> None:
        self.sheet = sheet
        self.remarks = remarks
        names = sorted(mapping.inputs)
        self._order = list(mapping.inputs) == names
        self._inputs = [(f"{encode_basestring(name)}:", sheet.place(mapping.inputs[name])) for name in mapping.inputs]
        self._sorted = [(f"{encode_basestring(name)}:", sheet.place(mapping.inputs[name])) for name in names]
        self._expected = sheet.place(mapping.expected or "")

    def rows(self) -> Iterator[Packed | Record]:
        """A packed row, or the record where it is not plain."""
        answers: dict[str, tuple[str, int]] = {}
        at, remarks, named = self._expected, self.remarks, self._inputs
        only = named[0] if len(named) == 1 else None
        for line, cells, fault in self.sheet.cells():
            if fault:
                yield Record(line, {}, fault)
                continue
            answer = cells[at]
            known = answers.get(answer)
            if known is None and _is_plain(answer) and answer.strip():
                canonical = encode_basestring(answer)
                found = canonical, int.from_bytes(sha256(canonical.encode()).digest()[-8:])
                if remarks.answers_only_count:
                    known = found
                if len(answers) < _REMEMBERED:
                    answers[answer] = found
            if known is None or not all(_is_plain(cells[place]) for _, place in named):
                yield self.sheet.record(line, cells)
                continue
            remarks.answers += 1
            if only is not None:
                inputs = f"{{{only[0]}{encode_basestring(cells[only[1]])}}}"
            else:
                inputs = "{" + ",".join([name + encode_basestring(cells[place]) for name, place in named]) + "}"
            yield self._packed(line, cells, inputs, *known)

    def _packed(self, line: int, cells: list[str], inputs: str, answer: str, number: int) -> Packed:
        canonical = inputs
        if not self._order:
            canonical = "{" + ",".join([name + encode_basestring(cells[place]) for name, place in self._sorted]) + "}"
        group = sha256(canonical.encode()).digest()
        columns = packed_columns(inputs, answer, "[]", canonical, answer)
        return Packed(int.from_bytes(group[-8:]), number, line, columns)


def _is_plain(cell: str) -> bool:
    """Whether a cell needs no look."""
    if cell[:1] in _LOOKED_AT or cell == PLACEHOLDER or len(cell) == EXCEL_CUTS:
        return False
    return "\0" not in cell if cell.isascii() else not _UNSAFE.search(cell)
