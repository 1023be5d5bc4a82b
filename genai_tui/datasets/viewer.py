"""Rows as the dataset viewer of Hugging Face answers them: each in a wrapper, large cells cut."""

from collections.abc import Iterable

from genai_tui.datasets.columns import is_found
from genai_tui.datasets.model import Record, Warned

_WRAPPER = {"row", "row_idx", "row_index", "truncated_cells"}


def unwrap(record: Record, asked: tuple[str, ...]) -> Record:
    """`{row: {…}}`, as the dataset viewer answers, opened; other records as they are."""
    row = record.values.get("row")
    if not isinstance(row, dict):
        return record
    if asked:
        outside = any(is_found(record.values, column) for column in asked)
        if outside or not any(is_found(row, column) for column in asked):
            return record
    elif not record.values.keys() <= _WRAPPER:
        return record
    return record._replace(values=row)


def cut_cells(records: Iterable[Record]) -> list[Warned]:
    """What the dataset viewer says of rows of which it gave a part only; nothing where the records are not its."""
    lines = []
    for number, record in enumerate(records):
        cut = record.values.get("truncated_cells")
        if not number and "row" not in record.values:
            return []
        if isinstance(cut, list) and cut:
            lines.append(record.line)
    said = f"{len(lines):,} rows have" if len(lines) > 1 else "One row has"
    return [Warned(lines[0], f"{said} cells that the dataset viewer cut (truncated_cells).")] if lines else []
