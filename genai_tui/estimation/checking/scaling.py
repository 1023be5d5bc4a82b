"""Chinchilla's worked examples by their named approach, and tokens a parameter of released models."""

from genai_tui.errors import GenaiError
from genai_tui.estimation.amounts import amount
from genai_tui.estimation.checking.shapes import Lookup, Row
from genai_tui.estimation.checking.table import Checked, Table, judged
from genai_tui.estimation.scaling import optimal_tokens


def tables(file: str, rows: list[dict[str, object]], cards: Lookup) -> list[Table]:
    """Worked examples: compute-optimal tokens of so many parameters. Released models: tokens a parameter."""
    chosen = judged(rows)
    found = []
    for kind, key in (("worked_example", "tokens"), ("tokens_per_parameter", "tokens_per_parameter")):
        if rows_of := [row for row in chosen if row.get("kind") == kind]:
            found.append(Table(file, kind, tuple(_checked(row, key) for row in rows_of)))
    return found


def _checked(row: Row, key: str) -> Checked:
    name, truth = str(row.get("name") or f"approach {row.get('approach')}, {row.get('params', 0):.4g} parameters"), 0.0
    try:
        truth = amount(key.replace("_", " "), float(row[key]))
        params = amount("number of parameters", float(row["params"]))
        if key == "tokens":
            return Checked(name, truth, optimal_tokens(params, row["approach"]))
        return Checked(name, truth, amount("number of tokens", float(row["tokens"])) / params)
    except GenaiError as error:
        return Checked(name, truth, None, note=str(error))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
        return Checked(name, truth, None, note=f"the row cannot be read: {type(fault).__name__} {fault}")
