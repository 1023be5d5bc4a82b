"""One row of a file: what it says and what is estimated for it, or the reason why nothing can be."""

from collections.abc import Callable
from typing import Any, NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.estimation.checking.table import Checked, compared

Row = dict[str, Any]


class Found(NamedTuple):
    """What was estimated for a row, in the unit of the file."""

    value: float
    note: str = ""
    low: float | None = None
    high: float | None = None


def checked(row: Row, key: str, estimate: Callable[[], Found]) -> Checked:
    """The row's figure under `key` beside what `estimate` finds. Rows come from files: whatever they hold is said."""
    name = str(row.get("id") or row.get("name") or row.get("model") or "a row without a name")
    try:
        found = estimate()
    except GenaiError as error:
        return compared(name, row.get(key), None, note=str(error))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
        return compared(name, row.get(key), None, note=f"the row cannot be read: {type(fault).__name__} {fault}"[:200])
    return compared(name, row.get(key), found.value, found.low, found.high, found.note)
