"""Lists that are read by pages: one page after a key, and every page in turn."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from genai_tui.store.reader import Reader

Row = TypeVar("Row")


def page_of(
    reader: Reader, columns: str, table: str, key: str, after: int | None, limit: int, *, newest_first: bool
) -> list[tuple[Any, ...]]:
    """At most `limit` rows after the one whose `key` is `after` (None: from the beginning), in the order of the key."""
    sign, order = ("<", "DESC") if newest_first else (">", "ASC")
    where, args = (f"WHERE {key} {sign} ?", (after, limit)) if after is not None else ("", (limit,))
    return reader.rows(f"SELECT {columns} FROM {table} {where} ORDER BY {key} {order} LIMIT ?", args)


def every(page: Callable[[Any], Sequence[Row]], key_of: Callable[[Row], Any]) -> Iterator[Row]:
    """Every row of a list; `page` reads those after a key, None is the beginning."""
    after = None
    while rows := page(after):
        yield from rows
        after = key_of(rows[-1])
