"""Published hours of training against the estimate: at the utilisation that was published, and at our default."""

from collections.abc import Callable

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import amount
from genai_tui.estimation.checking.rows import Found, Row, checked
from genai_tui.estimation.checking.shapes import Lookup, named_card
from genai_tui.estimation.checking.table import Checked, Table, judged
from genai_tui.estimation.compute import (
    Utilisation,
    accelerator_hours,
    attention_flops,
    default_utilisation,
    is_mixture,
)
from genai_tui.estimation.hardware import find_accelerator


def tables(file: str, rows: list[dict[str, object]], cards: Lookup) -> list[Table]:
    """Two tables, in GPU-hours: rows whose utilisation is of these very hours, and all rows at our own default."""
    chosen = judged(rows)
    published = [row for row in chosen if row.get("mfu_is_for") == "these hours" and row.get("mfu_published")]
    return [
        Table(file, "published utilisation", tuple(_hours(row, cards, _published) for row in published)),
        Table(file, "own default", tuple(_hours(row, cards, _default) for row in chosen)),
    ]


def _hours(row: Row, cards: Lookup, way: Callable[[Row, Lookup], Found]) -> Checked:
    return checked(row, "gpu_hours", lambda: way(row, cards))


def _published(row: Row, cards: Lookup) -> Found:
    """At the row's utilisation; attention as its formula counts it, and where it has none, causal: half of it."""
    formula = str(row.get("mfu_formula", ""))
    share, said = (
        (1.0, "") if "12" in formula else (0.0, "") if formula else (0.5, "attention counted as causal: halved")
    )
    flops, note = _flops(row, cards, share)
    used = Utilisation(float(row["mfu_published"]), None, None, "as published")
    return _found(row, flops, used, "; ".join(part for part in (note, said) if part))


def _default(row: Row, cards: Lookup) -> Found:
    """At our default: of the steady state for a measured throughput, of a whole run else; attention where known."""
    flops, note = _flops(row, cards, 1.0)
    active = float(row.get("params_active") or row.get("params_total") or 1)
    mixture = is_mixture(active, float(row.get("params_total") or active))
    steady = row.get("kind") == "throughput"
    used = default_utilisation(find_accelerator(str(row["accelerator"])), mixture=mixture, steady=steady)
    return _found(row, flops, used, note)


def _found(row: Row, flops: float, used: Utilisation, note: str) -> Found:
    estimate = accelerator_hours(flops, find_accelerator(str(row["accelerator"])), _precision(row), used)
    return Found(estimate.total, note, estimate.low, estimate.high)


def _flops(row: Row, cards: Lookup, attention: float) -> tuple[float, str]:
    """6 N D, and that share of attention where the row or the model's card has a shape, and the row a length."""
    if not (row.get("params_active") or row.get("params_total")):
        if row.get("training_flops_published"):
            return amount(
                "number of operations", float(row["training_flops_published"]), high=1e36
            ), "operations as published"
        raise UsageFault("The row says no number of parameters", "Compute follows from it.")
    size = amount("number of parameters", float(row.get("params_active") or row["params_total"]))
    tokens = amount("number of tokens", float(row["tokens"]))
    layers, width, note = row.get("n_layers"), row.get("d_model"), ""
    if not (layers and width) and attention and row.get("seq_len"):
        card = named_card(row, str(row.get("model", "")).split(" (")[0], cards)
        if card is not None and card.architecture is not None:
            layers, width, note = card.architecture.layers, card.architecture.width, f"shape of {card.name}"
    each = 6 * size
    if layers and width and row.get("seq_len"):
        each += attention * attention_flops(int(layers), int(width), int(row["seq_len"]))
    return each * tokens, note


def _precision(row: Row) -> str:
    """The precision whose peak is divided by: bf16, unless the row says fp8 alone, or fp32."""
    text = str(row.get("precision", "bf16")).lower()
    return text if text in ("fp8", "fp16", "fp32", "tf32") else "bf16"
