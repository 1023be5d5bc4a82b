"""Published sizes of GGUF files against those that follow from the presets' rules."""

from typing import Any

from genai_tui.estimation.checking.shapes import Lookup, named_card
from genai_tui.estimation.checking.table import Checked, Table, compared, judged
from genai_tui.estimation.gguf.presets import PRESETS
from genai_tui.estimation.gguf.sizes import gguf_bytes, gguf_file_bytes, untied
from genai_tui.records.cards import Architecture


def tables(file: str, rows: list[dict[str, Any]], cards: Lookup) -> list[Table]:
    """Bytes of the whole file or of its tensors only, as the row's `kind` says."""
    found: list[Checked] = []
    for row in judged(rows):
        sizes = row.get("sizes")
        inside = [size for size in sizes if isinstance(size, dict)] if isinstance(sizes, list) else []
        name = str(row.get("params_model") or row.get("model", ""))
        card = named_card(row, name, cards)
        architecture = card.architecture if card else None
        found.extend(_checked(row, size, name, architecture) for size in judged(inside))
    return [Table(file, "gguf", tuple(found))]


def _checked(row: dict[str, Any], size: dict[str, Any], model: str, architecture: Architecture | None) -> Checked:
    preset = str(size.get("type", "")).upper()
    name = f"{row.get('model', model)} {preset}"
    truth = size.get("bytes")
    if architecture is None:
        return compared(name, truth, None, note=f"the architecture of {model} is not known")
    if preset not in PRESETS:
        return compared(name, truth, None, note=f"the preset {preset[:20]} is not known")
    stored = untied(architecture) if size.get("untied_in_file") or row.get("untied_in_file") else architecture
    weighed = row.get("importance_matrix")
    count = gguf_bytes if row.get("kind") == "tensors" else gguf_file_bytes
    return compared(name, truth, count(stored, preset, weighed if isinstance(weighed, bool) else None))
