"""How fast a model answers: the parts of a step, what more accelerators change, and published speeds."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.checking.decode import tables
from genai_tui.estimation.decode import Reading, prefill_s, step_parts, usual_layers
from genai_tui.estimation.hardware import find_accelerator

FACTS = os.environ.get("GENAI_TUI_FACTS", "")
EIGHT = Reading(16.06e9, 1e8, 8.03e9, 8.03e9, 32, "bf16")
H100 = find_accelerator("h100")


def seconds(reading, accelerator, **said):
    return sum(part.value for part in step_parts(reading, accelerator, **said))


def test_a_step_reads_the_weights_at_the_bandwidth_that_is_reached():
    parts = {part.name: part for part in step_parts(EIGHT, H100)}
    assert parts["weights"].value == pytest.approx(16.06e9 / (0.70 * 3.35e12))
    assert parts["weights"].formula == "16.06 GB / (0.7 x 3,350 GB/s)"
    assert all(part.source for part in parts.values())


def test_fewer_bits_are_read_faster_and_must_be_unpacked():
    four = replace(EIGHT, weights=4.9e9, precision="Q4_K_M")
    assert seconds(four, H100) < seconds(EIGHT, H100)
    assert "unpacking" in {part.name for part in step_parts(four, H100)}
    assert "unpacking" not in {part.name for part in step_parts(EIGHT, H100)}


def test_layers_in_turn_do_not_help_one_sequence_and_tensors_do():
    alone = seconds(EIGHT, H100)
    assert seconds(EIGHT, H100, pipeline=4) > alone
    assert seconds(EIGHT, H100, tensor=4) < alone


def test_a_batch_shares_the_reading_until_multiplying_binds():
    assert seconds(EIGHT, H100, batch=8) < 1.2 * seconds(EIGHT, H100)
    assert "multiplying" in {part.name for part in step_parts(replace(EIGHT, cache=0), H100, batch=2048)}


def test_experts_are_read_once_for_all_sequences_that_visit_them():
    mixture = replace(EIGHT, routed=15e9, visited=1 / 8)
    assert mixture.read(1) == pytest.approx(1.06e9 + 15e9 / 8)
    assert mixture.read(1) < mixture.read(8) < mixture.read(1000) == pytest.approx(16.06e9)


def test_a_prompt_takes_at_least_one_reading_of_the_weights():
    short, long = prefill_s(EIGHT, H100, 1), prefill_s(EIGHT, H100, 8000)
    assert short.value == pytest.approx(16.06e9 / (0.70 * 3.35e12))
    assert long.value == pytest.approx(2 * 8.03e9 * 8000 / (0.4 * 989e12))


def test_the_layers_of_a_usual_shape_are_those_of_usual_models():
    assert [usual_layers(size) for size in (6.7e9, 13e9, 405e9)] == [32, 40, 127]


def test_an_accelerator_without_a_bandwidth_is_refused():
    with pytest.raises(UsageFault, match="bandwidth"):
        step_parts(EIGHT, replace(H100, bandwidth=None))


@pytest.mark.parametrize(
    "row",
    [
        {"id": "x"},
        {"id": "x", "decode_tok_s": -3},
        {"id": "x", "decode_tok_s": "fast"},
        {
            "id": "x",
            "decode_tok_s": 10,
            "accelerator": "nothing like it",
            "file_bytes": 1e9,
            "params": 1e9,
            "quant": "q",
        },
        {
            "id": "x",
            "decode_tok_s": 10,
            "accelerator": 7,
            "file_bytes": 0,
            "params": 0,
            "quant": None,
            "mean_context": 1,
        },
    ],
)
def test_a_row_that_cannot_be_estimated_says_why_and_counts_as_an_error_of_one(row):
    (table,) = tables("f", [row], lambda name: None)
    assert table.rows[0].note
    assert table.rows[0].error == 1


@pytest.mark.skipif(not FACTS, reason="GENAI_TUI_FACTS is not set: no published speeds to compare with")
def test_published_speeds_are_met():
    from genai_tui.estimation.cards import find_card

    rows = json.loads((Path(FACTS) / "decode_speed.json").read_text())
    single, saturated = tables("decode_speed.json", rows, find_card)
    for table in (single, saturated):
        assert table.median_abs_error < 0.15
        assert sum(abs(row.error) <= 0.25 for row in table.rows) >= 0.75 * len(table.rows)
        assert table.share_in_range >= 0.8
