"""Which column is meant: an exact name, else a dotted path into objects, or into text that holds JSON."""

from collections.abc import Iterable
from typing import Any, Final

from genai_tui.datasets.jsons import Broken, Decoder


class Missing:
    """What is found where a column or a key of a path is not there."""


MISSING: Final = Missing()


class RowFault(Exception):  # noqa: N818 - the family of the package calls its errors faults
    """What is wrong with one row; the row is out, the rest goes on."""


def find(values: dict[str, Any], column: str) -> Any:
    """The value of `column` in a record, or MISSING. Raises RowFault for a cell on the way that is no JSON."""
    if column in values:
        return values[column]
    parts = column.split(".")
    for length in range(len(parts) - 1, 0, -1):
        head = ".".join(parts[:length])
        if head in values:
            return _walk(values[head], parts[length:], head)
    return MISSING


def has_root(values: dict[str, Any], column: str) -> bool:
    """Whether the column that `column` begins at is in the record at all."""
    if column in values:
        return True
    parts = column.split(".")
    return any(".".join(parts[:length]) in values for length in range(len(parts) - 1, 0, -1))


def is_found(values: dict[str, Any], column: str) -> bool:
    """Whether `column` leads somewhere in this record; a cell that is no JSON leads nowhere."""
    try:
        return find(values, column) is not MISSING
    except RowFault:
        return False


def input_name(column: str, columns: Iterable[str]) -> str:
    """What the input from `column` is called: its own name, or the last part of a path."""
    return column if column in columns or "." not in column else column.rsplit(".", 1)[1]


def _walk(value: Any, parts: list[str], where: str) -> Any:
    for part in parts:
        if isinstance(value, str):
            if not value.strip():
                return MISSING
            decoder = Decoder()
            try:
                value = decoder.alone(value)
            except Broken as error:
                raise RowFault(f"{where[:80]} holds no json: {error}") from None
            if decoder.twice is not None:
                raise RowFault(f"{where[:80]}: the key {decoder.twice[:60]!r} stands twice in an object")
        if not isinstance(value, dict) or part not in value:
            return MISSING
        value = value[part]
        where = f"{where}.{part}"
    return value
