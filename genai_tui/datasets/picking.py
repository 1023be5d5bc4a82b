"""Picks of a record what an example has: inputs, expected answer and tags, each kept as written or the row refused."""

import json
from dataclasses import dataclass
from typing import Any

from genai_tui.datasets.checks import check_cell, check_kept, check_name
from genai_tui.datasets.columns import MISSING, RowFault, find
from genai_tui.datasets.model import Laid, Record

_LOOKED_AT = ("#", "L")  # what spreadsheets leave in a cell begins so


Picked = tuple[dict[str, Any], Any, tuple[str, ...]]  # inputs, expected answer, tags


@dataclass(frozen=True)
class Picker:
    """Picks from records of plain columns; `cells`: their values are cells of a sheet."""

    inputs: dict[str, str]
    expected: str | None
    tags: tuple[str, ...]
    cells: bool

    def pick(self, record: Record) -> Picked:
        """What is kept of a record; RowFault where the row is out."""
        if record.fault:
            raise RowFault(record.fault)
        values = record.values
        inputs = {name: _needed(self._kept(values, column), column) for name, column in self.inputs.items()}
        if self.expected is None:
            expected = None
        else:
            expected = self._kept(values, self.expected)
            if expected is MISSING or (self.cells and self.expected in values and not str(expected).strip()):
                expected = None
            elif isinstance(expected, (dict, list)):
                expected = _alternatives(expected)
        return inputs, expected, _tags(self._kept(values, column) for column in self.tags) if self.tags else ()

    def _kept(self, values: dict[str, Any], column: str) -> Any:
        value = values.get(column, MISSING)
        if value is MISSING:
            return _checked(find(values, column), column, cell=False)
        if isinstance(value, str) and value.isascii() and "\0" not in value and value[:1] not in _LOOKED_AT:
            return value
        return _checked(value, column, cell=self.cells)


@dataclass(frozen=True)
class LaidPicker:
    """Picks from rows that their format understood; columns that were named go before what the format says."""

    inputs: dict[str, str] | None
    expected: str | None
    tags: tuple[str, ...]
    cells: bool

    def pick(self, row: Laid) -> Picked:
        """What is kept of a row; RowFault where it is out."""
        if row.fault:
            raise RowFault(row.fault)
        if self.inputs is None:
            named = (self.expected, *self.tags)
            inputs = {name: self._input(row, name) for name in row.inputs if name not in named}
        else:
            inputs = {name: self._input(row, column) for name, column in self.inputs.items()}
        if not inputs:
            raise RowFault("it has no input")
        for name in inputs:
            check_name(name)
        expected = row.expected if self.expected is None else self._found(row, self.expected)
        expected = _checked(expected, self.expected or "the expected answer", cell=self.cells)
        blank = self.cells and isinstance(expected, str) and not expected.strip()
        return (
            inputs,
            None if expected is MISSING or blank else _alternatives(expected),
            _tags(_checked(self._found(row, column), column, cell=self.cells) for column in self.tags),
        )

    def _input(self, row: Laid, column: str) -> Any:
        return _needed(_checked(self._found(row, column), column, cell=self.cells), column)

    @staticmethod
    def _found(row: Laid, column: str) -> Any:
        return row.inputs[column] if column in row.inputs else find(row.values, column)


def _needed(value: Any, column: str) -> Any:
    if value is MISSING or value is None:
        raise RowFault(f"{column[:80]} is missing" if value is MISSING else f"{column[:80]} is null")
    return value


def _checked(value: Any, column: str, *, cell: bool) -> Any:
    if cell and isinstance(value, str):
        check_cell(value, column[:80])
    if value is not MISSING:
        check_kept(value, column[:80])
    return value


def _tags(values: Any) -> tuple[str, ...]:
    tags: list[str] = []
    for value in values:
        for tag in value if isinstance(value, list) else [value]:
            if tag is MISSING or tag is None or (isinstance(tag, str) and not tag.strip()):
                continue
            tags.append(tag if isinstance(tag, str) else json.dumps(tag, ensure_ascii=False))
    return tuple(tags)


def _alternatives(expected: Any) -> Any:
    """SQuAD's {text, answer_start}, or a list of them, as the list of distinct texts; everything else as it is."""
    answers = expected if isinstance(expected, list) else [expected]
    texts: list[Any] = []
    for answer in answers:
        if not (isinstance(answer, dict) and answer.keys() >= {"text", "answer_start"}):
            return expected
        text = answer["text"]
        texts += text if isinstance(text, list) else [text]
    return list(dict.fromkeys(texts)) if all(isinstance(text, str) for text in texts) else expected
