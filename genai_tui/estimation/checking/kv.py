"""Published bytes of cache against those of the card's architecture."""

from typing import Any

from genai_tui.estimation.checking.shapes import Lookup
from genai_tui.estimation.checking.table import Checked, Table, judged
from genai_tui.estimation.kv_cache import kv_bytes
from genai_tui.estimation.weights import PLAIN

MOST_TOKENS = 10**12


def tables(file: str, rows: list[dict[str, Any]], cards: Lookup) -> list[Table]:
    """Bytes of one sequence: of a single token, and at every length the rows give."""
    return [Table(file, "kv_cache", tuple(found for row in judged(rows) for found in _rows(row, cards)))]


def _rows(row: dict[str, Any], cards: Lookup) -> list[Checked]:
    name = str(row.get("model", ""))
    card = cards(name)
    number = PLAIN.get(str(row.get("dtype", "bf16")).lower(), 16.0) / 8
    truths = {"1": row.get("bytes_per_token")}
    if isinstance(lengths := row.get("bytes_at"), dict):
        truths |= lengths
    found = []
    for length, truth in truths.items():
        if not isinstance(truth, int | float) or isinstance(truth, bool) or truth <= 0:
            continue
        named = f"{name} at {length}"
        if card is None or card.architecture is None:
            found.append(Checked(named, float(truth), None, note=f"the architecture of {name} is not known"))
        elif not str(length).isdecimal() or not 0 < int(length) <= MOST_TOKENS:
            found.append(Checked(named, float(truth), None, note="the length is no number of tokens"))
        else:
            estimate = kv_bytes(card.architecture, int(length), bytes_per_number=number)
            found.append(Checked(named, float(truth), float(estimate)))
    return found
