"""Formats with a meaning of their own: what each makes of a record, and by which marks it is recognised."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from genai_tui.datasets.columns import RowFault
from genai_tui.datasets.jsons import plain_json
from genai_tui.datasets.model import Laid, Record, Warned

Notes = list[Warned]


class Layout(NamedTuple):
    """A format: `lay` makes rows of records and adds to the notes what a reader should know.

    `expected` says in the file's own words what the expected answer is made of; None where only a named column is one.
    """

    name: str
    expected: str | None
    lay: Callable[[Iterable[Record], Notes], Iterator[Laid]]


def each(shape: Callable[[dict[str, Any]], tuple[dict[str, Any], Any]]) -> Callable[[Iterable[Record], Notes], Any]:
    """A `lay` that makes one row of one record: `shape` gives inputs and expected answer, or raises RowFault."""

    def lay(records: Iterable[Record], notes: Notes) -> Iterator[Laid]:
        for record in records:
            yield laid(record, shape)

    return lay


def laid(record: Record, shape: Callable[[dict[str, Any]], tuple[dict[str, Any], Any]]) -> Laid:
    """The row that `shape` makes of a record; its fault where it makes none."""
    if record.fault:
        return Laid(record.line, {}, None, record.values, record.fault)
    try:
        inputs, expected = shape(record.values)
    except RowFault as fault:
        return Laid(record.line, {}, None, record.values, str(fault))
    except RecursionError:
        return Laid(record.line, {}, None, record.values, "it is nested too deeply")
    return Laid(record.line, inputs, expected, record.values)


def opened(value: Any, name: str) -> Any:
    """A list or an object; from a cell, where it stands as text, it is read as JSON. Raises RowFault."""
    if not isinstance(value, str):
        return value
    try:
        return plain_json(value)
    except ValueError as error:
        raise RowFault(f"{name} holds no json: {error}") from None


def text_of(values: dict[str, Any], name: str) -> str:
    """The text under `name`, which must be there. Raises RowFault."""
    value = values.get(name)
    if not isinstance(value, str):
        state = "missing" if name not in values else "null" if value is None else "no text"
        raise RowFault(f"{name} is {state}")
    return value
