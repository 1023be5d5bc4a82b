"""Published parameter counts against the count from the row's config."""

from typing import Any

from genai_tui.errors import GenaiError
from genai_tui.estimation.checking.shapes import Lookup
from genai_tui.estimation.checking.table import Table, compared, judged
from genai_tui.estimation.reading.configs import card_of_config
from genai_tui.records.cards import ModelCard


def tables(file: str, rows: list[dict[str, Any]], cards: Lookup) -> list[Table]:
    """All parameters, and the active ones of mixtures of experts."""
    found = [(str(row.get("model", "")), row, *_counted(row)) for row in judged(rows)]
    total = [
        compared(name, row.get("total_params"), card.parameters if card else None, note=why)
        for name, row, card, why in found
    ]
    active = [
        compared(name, row.get("active_params"), card.active if card else None, note=why)
        for name, row, card, why in found
        if row.get("active_params")
    ]
    both = [Table(file, "parameters", tuple(total)), Table(file, "active parameters", tuple(active))]
    return [table for table in both if table.rows]


def _counted(row: dict[str, Any]) -> tuple[ModelCard | None, str]:
    try:
        return card_of_config(row["config"], str(row.get("model", ""))), ""
    except GenaiError as error:
        return None, str(error)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
        return None, f"the config cannot be read: {type(fault).__name__} {fault}"
