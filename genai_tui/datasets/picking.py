"""Makes an example of a record: inputs, expected answer and tags, each kept as written or the row refused."""

import json
from dataclasses import dataclass
from typing import Any

from genai_tui.datasets.checks import check_cell, check_kept
from genai_tui.datasets.columns import MISSING, RowFault, find
from genai_tui.datasets.model import Record
from genai_tui.records.datasets import Example


@dataclass(frozen=True)
class Picker:
    """Makes an example of a record."""

    inputs: dict[str, str]
    expected: str | None
    tags: tuple[str, ...]
    cells: bool

    def example(self, record: Record) -> Example:
        """The example; RowFault where the row is out."""
        if record.fault:
            raise RowFault(record.fault)
        inputs: dict[str, Any] = {}
        for name, column in self.inputs.items():
            value = self._kept(record.values, column)
            if value is MISSING or value is None:
                raise RowFault(f"{column[:80]} is missing" if value is MISSING else f"{column[:80]} is null")
            inputs[name] = value
        expected = None if self.expected is None else self._kept(record.values, self.expected)
        if expected is MISSING or (self._is_cell(record.values, self.expected) and not str(expected).strip()):
            expected = None
        return Example(inputs, _alternatives(expected), self._tags(record.values), record.line)

    def _kept(self, values: dict[str, Any], column: str) -> Any:
        value = find(values, column)
        if isinstance(value, str) and self._is_cell(values, column):
            check_cell(value, column[:80])
        if value is not MISSING:
            check_kept(value, column[:80])
        return value

    def _is_cell(self, values: dict[str, Any], column: str | None) -> bool:
        return self.cells and column in values

    def _tags(self, values: dict[str, Any]) -> tuple[str, ...]:
        tags: list[str] = []
        for column in self.tags:
            value = self._kept(values, column)
            for tag in value if isinstance(value, list) else [value]:
                if tag is MISSING or tag is None or (isinstance(tag, str) and not tag.strip()):
                    continue
                tags.append(tag if isinstance(tag, str) else _as_text(tag))
        return tuple(tags)


def _as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _alternatives(expected: Any) -> Any:
    """SQuAD's {text, answer_start} as the list of its distinct texts; everything else as it is."""
    if not (isinstance(expected, dict) and expected.keys() >= {"text", "answer_start"}):
        return expected
    texts = expected["text"]
    return (
        list(dict.fromkeys(texts)) if isinstance(texts, list) and all(isinstance(t, str) for t in texts) else expected
    )
