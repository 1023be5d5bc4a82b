"""Pieces of statements that several tables need: rows inserted several at once, and a text that a column holds."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from genai_tui.store.values import pack_text

T = TypeVar("T")
MOST_ROWS = 16  # in one statement: each number of rows makes another, and 128 are kept
LONGEST_LIKE = 5_000  # characters; SQLite refuses longer patterns, and a pasted text is looked for as it stands
_WILD = re.compile(r"[%_\\]")
_ESCAPED = r"\\\g<0>"


def numbered(first: int, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows with their ids before them, counted on from `first`."""
    return [(number, *row) for number, row in enumerate(rows, first)]


def insert_rows(
    connection: sqlite3.Connection, into: str, rows: Sequence[tuple[Any, ...]], after: str = "", values: str = ""
) -> None:
    """Inserts rows several in a statement: each waits for its turn among the threads.

    `into` and `after` are SQL of ours, before and behind VALUES; `values` is that of one row, where it is not `?, …`.
    """
    for part in chunks(rows):
        one = values or ", ".join("?" * len(part[0]))
        all_of_them = ", ".join([f"({one})"] * len(part))
        connection.execute(f"{into} VALUES {all_of_them} {after}", [value for row in part for value in row])


def chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Rows in pieces that one statement inserts each."""
    for at in range(0, len(rows), MOST_ROWS):
        yield rows[at : at + MOST_ROWS]


def holding(column: str, text: str) -> tuple[str, str]:
    """The condition that a column holds `text`, letters of ASCII in either case, and its one argument."""
    wanted = pack_text(text)
    if len(text) > LONGEST_LIKE:
        return f"instr({column}, ?) > 0", wanted
    return f"{column} LIKE ? ESCAPE '\\'", f"%{_WILD.sub(_ESCAPED, wanted)}%"
