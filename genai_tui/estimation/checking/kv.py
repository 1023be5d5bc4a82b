"""Published bytes of cache against those of the card's architecture."""

from typing import Any

from genai_tui.estimation.checking.shapes import Lookup, named_card
from genai_tui.estimation.checking.table import Checked, Table, compared, judged
from genai_tui.estimation.kv_cache import cached_bytes
from genai_tui.estimation.weights import PLAIN
from genai_tui.records.cards import Architecture, CachedLayers

LONGEST = 12
"""Digits of the longest context that is looked at."""


def tables(file: str, rows: list[dict[str, Any]], cards: Lookup) -> list[Table]:
    """Bytes of one sequence: of a single token, and at every length the rows give."""
    return [Table(file, "kv_cache", tuple(found for row in judged(rows) for found in _rows(row, cards)))]


def _rows(row: dict[str, Any], cards: Lookup) -> list[Checked]:
    name = str(row.get("model", ""))
    card = named_card(row, name, cards)
    shape = card.architecture if card else None
    lengths = row.get("bytes_at")
    truths = {"1": row.get("bytes_per_token")} | (lengths if isinstance(lengths, dict) else {})
    found = []
    for length, truth in truths.items():
        if truth is not None:
            estimate, note = _estimate(row, name, shape, str(length))
            found.append(compared(f"{name} at {length}", truth, estimate, note=note))
    return found


def _estimate(row: dict[str, Any], name: str, shape: Architecture | None, length: str) -> tuple[int | None, str]:
    """Bytes at that many tokens, and what is to be said of them."""
    cached, note = (shape.cached, "") if shape else (_said(row), "by what the row says of its layers")
    if cached is None:
        return None, f"the architecture of {name} is not known"
    if not (length.isdecimal() and len(length) <= LONGEST and int(length)):
        return None, "the length is no number of tokens"
    number = PLAIN.get(str(row.get("dtype", "bf16")).lower(), 16.0) / 8
    return cached_bytes(cached, int(length), bytes_per_number=number), note


def _said(row: dict[str, Any]) -> tuple[CachedLayers, ...] | None:
    """What the layers keep, by the row: so many with keys and values of so many heads, some within a window."""
    figures = [row.get(key) for key in ("layers_with_cache", "kv_heads", "head_dim")]
    narrow, window = row.get("layers_sliding") or 0, row.get("sliding_window")
    if not all(type(figure) is int and 0 < figure < 10**6 for figure in figures):
        return None
    layers, heads, width = (int(figure) for figure in figures if figure is not None)
    if type(narrow) is not int or not 0 <= narrow <= layers or (narrow and (type(window) is not int or window < 1)):
        return None
    each = 2 * heads * width
    return tuple(
        kept for kept in (CachedLayers(layers - narrow, each), CachedLayers(narrow, each, window)) if kept.layers
    )
