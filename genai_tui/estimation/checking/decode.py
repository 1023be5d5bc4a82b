"""Published tokens a second against the estimate: one sequence at a time, and servers that are saturated."""

from dataclasses import replace

from genai_tui.estimation.checking.rows import Found, Row, checked
from genai_tui.estimation.checking.shapes import Lookup, card_of_row
from genai_tui.estimation.checking.table import Checked, Table, judged
from genai_tui.estimation.decode import SPREAD, Reading, step_parts
from genai_tui.estimation.hardware import find_accelerator
from genai_tui.estimation.kv_cache import kv_bytes
from genai_tui.estimation.serving import SATURATED_SPREAD, Server, Traffic, saturated_speed
from genai_tui.records.accelerators import Accelerator

SATURATED = "max_throughput"
EIGHT_BITS = ("fp8", "fp4")
"""Quantisations of TensorRT-LLM that keep the cache in 8 bits a number."""


def tables(file: str, rows: list[Row], cards: Lookup) -> list[Table]:
    """Tokens a second at batch 1, then of saturated servers where there are rows of them."""
    chosen = judged(rows)
    found = [
        Table(file, "decode_speed", tuple(_alone(row, cards) for row in chosen if row.get("kind") != SATURATED)),
        Table(file, "max_throughput", tuple(_full(row, cards) for row in chosen if row.get("kind") == SATURATED)),
    ]
    return [table for table in found if table.rows]


def _alone(row: Row, cards: Lookup) -> Checked:
    return checked(row, "decode_tok_s", lambda: _speed_alone(row, cards))


def _full(row: Row, cards: Lookup) -> Checked:
    return checked(row, "total_output_tok_s", lambda: _speed_full(row, cards))


def _speed_alone(row: Row, cards: Lookup) -> Found:
    reading, note = _reading(row, cards, int(row["mean_context"]))
    gpus = int(row.get("accelerators_count", 1))
    tensor, pipeline = (gpus, 1) if row.get("parallel") == "tensor" else (1, gpus)
    speed = 1 / sum(part.value for part in step_parts(reading, _accelerator(row), tensor=tensor, pipeline=pipeline))
    return Found(speed, note, speed * SPREAD[0], speed * SPREAD[1])


def _speed_full(row: Row, cards: Lookup) -> Found:
    traffic = Traffic(int(row["input_tokens"]), int(row["output_tokens"]))
    reading, note = _reading(row, cards, traffic.mean)
    speed = saturated_speed(reading, Server(_accelerator(row), int(row.get("accelerators_count", 1))), traffic)
    if not speed:
        return Found(0.0, "the weights do not fit in its memory")
    return Found(speed, note, speed * SATURATED_SPREAD[0], speed * SATURATED_SPREAD[1])


def _accelerator(row: Row) -> Accelerator:
    """The accelerator of the row, or the share of it that is used: one die of two."""
    whole, share = find_accelerator(str(row["accelerator"])), float(row.get("accelerator_share") or 1)
    flops = {name: rate * share for name, rate in whole.flops.items()}
    return replace(whole, bandwidth=whole.bandwidth and whole.bandwidth * share, flops=flops)


def _reading(row: Row, cards: Lookup, context: int) -> tuple[Reading, str]:
    """What the row says is read; layers, and the cache where it does not say, are those of its model's shape."""
    weights, whole, quant = float(row["file_bytes"]), float(row["params"]), str(row.get("quant", ""))
    card, note = card_of_row(row, cards)
    shape = card.architecture
    layers = shape.layers if shape else 1
    if "kv_bytes_per_token" in row:
        cache = float(row["kv_bytes_per_token"]) * context
    else:
        cache = float(kv_bytes(shape, context, 1, 1.0 if quant in EIGHT_BITS else 2.0)) if shape else 0.0
    reading = Reading(weights, cache, whole, whole, layers, quant)
    if read := row.get("read_bytes_per_token"):
        share = float(read) / weights
        reading = replace(reading, parameters=whole * share, routed=weights, visited=share)
    return reading, note
