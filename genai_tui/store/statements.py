"""Pieces of statements that several tables need: rows inserted several at once, and a text that a column holds."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from genai_tui.store.values import pack_text

T = TypeVar("T")
LONGEST_LIKE = 5_000  # characters; SQLite refuses longer patterns, and a pasted text is looked for as it stands
_WILD = re.compile(r"[%_\\]")
_ESCAPED = r"\\\g<0>"


def numbered(first: int, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows with their ids before them, counted on from `first`."""
    return [(number, *row) for number, row in enumerate(rows, first)]


def insert_rows(connection: sqlite3.Connection, into: str, rows: Sequence[tuple[Any, ...]], after: str = "") -> None:
    """Inserts rows several in a statement. `into` and `after` are SQL of ours, before and behind VALUES."""
    for part in chunks(rows):
        values = ", ".join([f"({', '.join('?' * len(part[0]))})"] * len(part))
        connection.execute(f"{into} VALUES {values} {after}", [value for row in part for value in row])


def chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Rows in pieces of few lengths, so that the statements for them are known already."""
    at = 0
    for size in (16, 4, 1):
        while len(rows) - at >= size:
            yield rows[at : at + size]
            at += size


def holding(column: str, text: str) -> tuple[str, str]:
    """The condition that a column holds `text`, letters of ASCII in either case, and its one argument."""
    wanted = pack_text(text)
    if len(text) > LONGEST_LIKE:
        return f"instr({column}, ?) > 0", wanted
    return f"{column} LIKE ? ESCAPE '\\'", f"%{_WILD.sub(_ESCAPED, wanted)}%"
