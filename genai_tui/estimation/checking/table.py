"""A published figure and our estimate of it, and the table that several make."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median

LEAST, MOST = 1e-9, 1e30
"""Figures between which an error is a number that says something."""


@dataclass(frozen=True)
class Checked:
    """One row: the published `truth`, our `estimate` with its range, both in the unit of the file.

    A row that cannot be estimated has the reason in `note`, no estimate, and an error of 1; where it gives no figure it
    has no truth either.
    """

    name: str
    truth: float | None
    estimate: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def error(self) -> float:
        """(estimate - truth) / truth, a fraction; 1 where nothing could be estimated."""
        return 1.0 if self.estimate is None or self.truth is None else (self.estimate - self.truth) / self.truth

    @property
    def in_range(self) -> bool | None:
        """Whether the truth lies in the range that was given; None where none was."""
        if self.low is None or self.high is None or self.truth is None:
            return None
        return self.low <= self.truth <= self.high


@dataclass(frozen=True)
class Table:
    """The rows of one kind in one file."""

    file: str
    kind: str
    rows: tuple[Checked, ...]

    @property
    def median_abs_error(self) -> float | None:
        """The median of the errors without their sign."""
        return median(abs(row.error) for row in self.rows) if self.rows else None

    @property
    def max_abs_error(self) -> float | None:
        """The largest error without its sign."""
        return max((abs(row.error) for row in self.rows), default=None)

    @property
    def share_in_range(self) -> float | None:
        """The share of rows whose truth lies in the range that was given; None where no row has one."""
        known = [row.in_range for row in self.rows if row.in_range is not None]
        return sum(known) / len(known) if known else None


def compared(
    name: str,
    truth: object,
    estimate: float | None,
    low: float | None = None,
    high: float | None = None,
    note: str = "",
) -> Checked:
    """The row, where its truth and its estimate are figures that can be compared; else the row with the reason."""
    if isinstance(truth, bool) or not isinstance(truth, int | float) or not LEAST <= truth < MOST:
        return Checked(name, None, None, note=note or "the row gives no figure to hold an estimate against")
    if estimate is not None and not (isfinite(estimate) and abs(estimate) <= MOST):
        return Checked(name, float(truth), None, note="what the row says leads to no figure")
    return Checked(name, float(truth), estimate, low, high, note)


def judged(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """The rows that are for judging: `use` is `judge` or absent, and none is called doubtful."""
    return [row for row in rows if row.get("use") in (None, "judge") and not row.get("doubtful")]
