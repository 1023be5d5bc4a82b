"""How far estimates are off published figures, as text for 80 columns and as the JSON other programs rely on."""

from typing import Any

from genai_tui.estimation.checking.table import Checked, Table

WORST = 5
NAME = 44


def table_lines(table: Table, *, all_rows: bool = False) -> list[str]:
    """A table's line of figures, then its rows: all, or those furthest off and those that could not be estimated."""
    share = table.share_in_range
    lines = [
        f"{table.file}  {table.kind}",
        f"  {len(table.rows):,} rows   median error {_percent(table.median_abs_error)}   "
        f"largest {_percent(table.max_abs_error)}" + ("" if share is None else f"   in its range {share:.0%}"),
    ]
    worst = sorted(table.rows, key=lambda row: -abs(row.error))
    shown = worst if all_rows else [row for row in worst if abs(row.error) >= 0.0005][:WORST]
    lines += [_row(row) for row in shown]
    return [*lines, ""]


def table_json(table: Table) -> dict[str, Any]:
    """A table with all its rows; errors are fractions, a row's note is what is to be said of it."""
    return {
        "file": table.file,
        "kind": table.kind,
        "n": len(table.rows),
        "median_abs_error": table.median_abs_error,
        "max_abs_error": table.max_abs_error,
        "share_in_range": table.share_in_range,
        "rows": [
            {
                "name": row.name,
                "truth": row.truth,
                "estimate": row.estimate,
                "low": row.low,
                "high": row.high,
                "error": row.error,
                "note": row.note or None,
            }
            for row in table.rows
        ],
    }


def _row(row: Checked) -> str:
    name = row.name if len(row.name) <= NAME else row.name[: NAME - 1] + "…"
    if row.estimate is None:
        return f"    {name:<{NAME}}  {row.note}"
    return f"    {name:<{NAME}} {row.estimate:>11.4g} of {row.truth or 0:>10.4g} {row.error:>+7.1%}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}" if value < 0.1 else f"{value:.0%}"
