"""Where a list gets its rows: a page after a key, a page before one. Never all of them into a widget."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

Row = TypeVar("Row")


class Pages(Protocol[Row]):
    """A list that is read by pages. Keys are the rows' own; None is the beginning, or the end for `before`."""

    def count(self) -> int:
        """How many rows there are in all."""
        ...

    def after(self, key: Any, limit: int) -> Sequence[Row]:
        """At most `limit` rows after `key`, in the order of the list."""
        ...

    def before(self, key: Any, limit: int) -> Sequence[Row]:
        """At most `limit` rows before `key`, in the order of the list."""
        ...

    def key_of(self, row: Row) -> Any:
        """The key of a row."""
        ...


class ListPages(Generic[Row]):
    """Rows that are in memory already, because there are few: models, prompt versions."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = list(rows)

    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def after(self, key: Any, limit: int) -> Sequence[Row]:
        """Rows after the one with this position."""
        start = 0 if key is None else self.rows.index(key) + 1
        return self.rows[start : start + limit]

    def before(self, key: Any, limit: int) -> Sequence[Row]:
        """Rows before the one with this position."""
        end = len(self.rows) if key is None else self.rows.index(key)
        return self.rows[max(0, end - limit) : end]

    def key_of(self, row: Row) -> Any:
        """The row itself."""
        return row


class StorePages(Generic[Row]):
    """Rows of the store, by its keyset functions. Without `before` the end is reached page by page."""

    def __init__(
        self,
        count: Callable[[], int],
        after: Callable[[Any, int], Sequence[Row]],
        key_of: Callable[[Row], Any],
        before: Callable[[Any, int], Sequence[Row]] | None = None,
    ) -> None:
        self._count, self._after, self._before, self._key_of = count, after, before, key_of

    def count(self) -> int:
        """How many rows there are in all."""
        return self._count()

    def after(self, key: Any, limit: int) -> Sequence[Row]:
        """One page after `key`."""
        return self._after(key, limit)

    def before(self, key: Any, limit: int) -> Sequence[Row]:
        """One page before `key`."""
        if self._before is not None:
            return self._before(key, limit)
        rows: list[Row] = []
        last: Any = None
        while page := self._after(last, 200):
            for row in page:
                if key is not None and self._key_of(row) == key:
                    return rows[-limit:]
                rows.append(row)
            rows, last = rows[-limit:], self._key_of(page[-1])
        return rows

    def key_of(self, row: Row) -> Any:
        """The key of a row."""
        return self._key_of(row)
