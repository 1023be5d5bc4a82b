"""Published tokens a second against the estimate: one sequence at a time, and servers that are saturated."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from genai_tui.errors import GenaiError
from genai_tui.estimation.amounts import amount
from genai_tui.estimation.checking.table import Checked, Table, judged
from genai_tui.estimation.decode import SPREAD, Reading, step_parts, usual_layers
from genai_tui.estimation.hardware import find_accelerator
from genai_tui.estimation.kv_cache import kv_bytes
from genai_tui.estimation.serving import SATURATED_SPREAD, Server, Traffic, saturated_speed
from genai_tui.records.accelerators import Accelerator
from genai_tui.records.cards import ModelCard

Lookup = Callable[[str], ModelCard | None]
Row = dict[str, Any]


def tables(file: str, rows: list[dict[str, object]], cards: Lookup) -> list[Table]:
    """The tables of decode speed: batch 1 first, then throughput of saturated servers where there are rows of it."""
    chosen = judged(rows)
    saturated = [row for row in chosen if row.get("kind") == "max_throughput"]
    single = tuple(_safely(_single, row, cards, "decode_tok_s") for row in chosen if row not in saturated)
    found = [Table(file, "decode_speed", single)]
    if saturated:
        full = tuple(_safely(_saturated, row, cards, "total_output_tok_s") for row in saturated)
        found.append(Table(file, "max_throughput", full))
    return found


def _safely(check: Callable[[Row, Lookup], tuple[float, str]], row: Row, cards: Lookup, key: str) -> Checked:
    """The row as `check` estimates it, or listed with the reason why it cannot be."""
    low, high = SPREAD if key == "decode_tok_s" else SATURATED_SPREAD
    name, truth = str(row.get("id") or row.get("model")), 0.0
    try:
        truth = amount(key, float(row[key]))
        speed, note = check(row, cards)
    except GenaiError as error:
        return Checked(name, truth, None, note=str(error))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
        return Checked(name, truth, None, note=f"the row cannot be read: {type(fault).__name__} {fault}")
    return Checked(name, truth, speed, speed * low, speed * high, note)


def _single(row: Row, cards: Lookup) -> tuple[float, str]:
    reading, note = _reading(row, cards, int(row["mean_context"]))
    parts = step_parts(
        reading,
        _accelerator(row),
        gpus=int(row.get("accelerators_count", 1)),
        parallel=row.get("parallel") or "layers",
    )
    return 1 / sum(part.value for part in parts), note


def _saturated(row: Row, cards: Lookup) -> tuple[float, str]:
    traffic = Traffic(int(row["input_tokens"]), int(row["output_tokens"]))
    reading, note = _reading(row, cards, traffic.mean)
    server = Server(_accelerator(row), int(row.get("accelerators_count", 1)))
    speed = saturated_speed(reading, server, traffic)
    return speed, note or ("" if speed else "the weights do not fit")


def _accelerator(row: Row) -> Accelerator:
    """The accelerator of the row, or the share of it that is used: one die of two."""
    whole, share = find_accelerator(row["accelerator"]), float(row.get("accelerator_share") or 1)
    if share == 1:
        return whole
    flops = {name: rate * share for name, rate in whole.flops.items()}
    return replace(whole, bandwidth=whole.bandwidth and whole.bandwidth * share, flops=flops)


def _reading(row: Row, cards: Lookup, context: int) -> tuple[Reading, str]:
    """What the row says is read; layers and cache, where it does not say, from the model's card or a usual shape."""
    weights, whole = float(row["file_bytes"]), float(row["params"])
    card = cards(str(row.get("model", "")))
    shape = card.architecture if card else None
    layers = shape.layers if shape else usual_layers(whole)
    width = 1.0 if row["quant"] in ("fp8", "fp4") else 2.0
    if "kv_bytes_per_token" in row:
        cache = float(row["kv_bytes_per_token"]) * context
    else:
        cache = float(kv_bytes(shape, context, 1, width)) if shape else 2 * 8 * 128 * layers * context * width
    reading = Reading(weights, cache, whole, whole, layers, row["quant"])
    note = "" if shape else "no such model: a usual shape of its size"
    if read := row.get("read_bytes_per_token"):
        share = float(read) / weights
        reading = replace(reading, parameters=whole * share, routed=weights, visited=share)
    return reading, note
