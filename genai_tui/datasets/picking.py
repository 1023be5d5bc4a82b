"""Makes an example of a record: inputs, expected answer and tags, each kept as written or the row refused."""

import json
from dataclasses import dataclass
from typing import Any

from genai_tui.datasets.checks import check_cell, check_kept
from genai_tui.datasets.columns import MISSING, RowFault, find
from genai_tui.datasets.model import Laid, Record
from genai_tui.records.datasets import Example


@dataclass(frozen=True)
class Picker:
    """Makes an example of a record; `cells`: its values are cells of a sheet."""

    inputs: dict[str, str]
    expected: str | None
    tags: tuple[str, ...]
    cells: bool

    def example(self, record: Record) -> Example:
        """The example; RowFault where the row is out."""
        if record.fault:
            raise RowFault(record.fault)
        inputs = {name: _needed(self._kept(record.values, column), column) for name, column in self.inputs.items()}
        expected = None if self.expected is None else self._kept(record.values, self.expected)
        blank = self.cells and self.expected in record.values and not str(expected).strip()
        return Example(
            inputs,
            None if expected is MISSING or blank else _alternatives(expected),
            _tags(self._kept(record.values, column) for column in self.tags),
            record.line,
        )

    def _kept(self, values: dict[str, Any], column: str) -> Any:
        return _checked(find(values, column), column, cell=self.cells and column in values)


@dataclass(frozen=True)
class LaidPicker:
    """Makes an example of a row that its format understood; columns that were named go before what the format says."""

    inputs: dict[str, str] | None
    expected: str | None
    tags: tuple[str, ...]
    cells: bool

    def example(self, row: Laid) -> Example:
        """The example; RowFault where the row is out."""
        if row.fault:
            raise RowFault(row.fault)
        if self.inputs is None:
            named = (self.expected, *self.tags)
            inputs = {name: self._input(row, name) for name in row.inputs if name not in named}
        else:
            inputs = {name: self._input(row, column) for name, column in self.inputs.items()}
        if not inputs:
            raise RowFault("it has no input")
        expected = row.expected if self.expected is None else self._found(row, self.expected)
        expected = _checked(expected, self.expected or "the expected answer", cell=self.cells)
        blank = self.cells and isinstance(expected, str) and not expected.strip()
        return Example(
            inputs,
            None if expected is MISSING or blank else _alternatives(expected),
            _tags(_checked(self._found(row, column), column, cell=self.cells) for column in self.tags),
            row.line,
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
    """SQuAD's {text, answer_start} as the list of its distinct texts; everything else as it is."""
    if not (isinstance(expected, dict) and expected.keys() >= {"text", "answer_start"}):
        return expected
    texts = expected["text"]
    return (
        list(dict.fromkeys(texts)) if isinstance(texts, list) and all(isinstance(t, str) for t in texts) else expected
    )
