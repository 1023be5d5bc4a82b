"""Chinchilla's worked examples by their named approach, and tokens a parameter of released models."""

from genai_tui.estimation.amounts import amount
from genai_tui.estimation.checking.rows import Found, Row, checked
from genai_tui.estimation.checking.shapes import Lookup
from genai_tui.estimation.checking.table import Checked, Table, judged
from genai_tui.estimation.scaling import optimal_tokens


def tables(file: str, rows: list[dict[str, object]], cards: Lookup) -> list[Table]:
    """Worked examples: compute-optimal tokens of so many parameters. Released models: tokens a parameter."""
    chosen = judged(rows)
    checks = {"worked_example": _example, "tokens_per_parameter": _released}
    found = []
    for kind, check in checks.items():
        if of_kind := [row for row in chosen if row.get("kind") == kind]:
            found.append(Table(file, kind, tuple(check(row) for row in of_kind)))
    return found


def _example(row: Row) -> Checked:
    named = {"name": f"approach {row.get('approach')}, {row.get('params')} parameters", **row}
    return checked(named, "tokens", lambda: Found(optimal_tokens(row["params"], row["approach"])))


def _released(row: Row) -> Checked:
    return checked(
        row, "tokens_per_parameter", lambda: Found(_tokens(row) / amount("number of parameters", row["params"]))
    )


def _tokens(row: Row) -> float:
    return amount("number of tokens", row["tokens"])
