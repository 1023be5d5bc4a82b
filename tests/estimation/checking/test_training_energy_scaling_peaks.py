"""Rows of published figures against estimates: chosen, looked up, in the file's unit, and never an exception."""

import pytest

from genai_tui.estimation.cards import find_card
from genai_tui.estimation.checking import energy, peaks, scaling, training
from genai_tui.estimation.checking.peaks import recipe_of

RUN = {
    "id": "made-up",
    "model": "Made up 7B",
    "kind": "full_run",
    "params_total": 7e9,
    "params_active": 7e9,
    "tokens": 1e12,
    "accelerator": "a100-sxm-80",
    "gpu_hours": 100_000.0,
    "precision": "bf16",
    "use": "judge",
}
PEAK = {
    "id": "made-up-lora",
    "model": "Llama 3.1 8B",
    "params": 8_030_261_248,
    "method": "lora",
    "lora_rank": 16,
    "lora_targets": ["q_proj", "v_proj"],
    "optimizer": "AdamW",
    "precision": "bf16-true",
    "micro_batch": 1,
    "seq_len": 512,
    "gradient_checkpointing": False,
    "accelerators_count": 1,
    "sharding": "none",
    "measured_gib": 18.0,
    "measured_is": "torch max_memory_allocated",
}


def only(tables, kind):
    (found,) = [table for table in tables if table.kind == kind]
    return found


def test_hours_at_the_published_utilisation_count_attention_as_its_formula_does():
    told = {**RUN, "n_layers": 32, "d_model": 4096, "seq_len": 2048, "mfu_is_for": "these hours", "mfu_published": 0.4}
    operations = {"6 N + 12 layers d_model seq": 6 * 7e9 + 12 * 32 * 4096 * 2048, "6 N": 6 * 7e9}
    for formula, each in operations.items():
        (row,) = only(training.tables("f", [{**told, "mfu_formula": formula}], find_card), "published utilisation").rows
        assert row.estimate == pytest.approx(each * 1e12 / (0.4 * 312e12 * 3600))
        assert row.in_range is None
    (row,) = only(training.tables("f", [told], find_card), "published utilisation").rows
    assert "halved" in row.note


def test_hours_at_our_default_have_a_range():
    tables = training.tables("f", [RUN, {**RUN, "use": "show only"}, {**RUN, "doubtful": True}], find_card)
    (row,) = only(tables, "own default").rows
    assert row.low < row.estimate < row.high
    assert row.estimate == pytest.approx(6 * 7e9 * 1e12 / (0.34 * 312e12 * 3600))
    assert only(tables, "published utilisation").rows == ()


def test_a_measured_throughput_is_held_against_the_steady_state():
    whole, steady = (
        only(training.tables("f", [{**RUN, "kind": kind}], find_card), "own default").rows[0].estimate
        for kind in ("full_run", "throughput")
    )
    assert steady < whole


def test_peaks_are_in_gib_and_without_the_context_where_torch_counted():
    (torch,) = only(peaks.tables("f", [PEAK], find_card), "memory_peaks").rows
    (whole,) = only(peaks.tables("f", [{**PEAK, "measured_is": "nvidia-smi"}], find_card), "memory_peaks").rows
    assert whole.estimate - torch.estimate == pytest.approx(0.5)
    assert torch.estimate == pytest.approx(18, rel=0.2)
    assert torch.note == ""


def test_the_nearest_shape_stands_in_and_the_row_says_so():
    row = {**PEAK, "model": "Nobody knows it", "params": 8_100_000_000}
    (found,) = only(peaks.tables("f", [row], find_card), "memory_peaks").rows
    assert "with the shape of" in found.note
    assert found.estimate == pytest.approx(18, rel=0.3)


def test_a_name_with_another_size_is_not_believed():
    (found,) = only(peaks.tables("f", [{**PEAK, "params": 1_000_000_000}], find_card), "memory_peaks").rows
    assert "with the shape of" in found.note


def test_what_files_call_things():
    said = recipe_of(
        {
            **PEAK,
            "method": "qlora",
            "quantization": "bnb.nf4-dq",
            "optimizer": "PagedAdamW8bit, optimizer in backward",
            "precision": "bf16-mixed",
            "sharding": "fsdp",
            "accelerators_count": 2,
            "source": "Lightning-AI/litgpt",
        }
    )
    assert (said.base, said.optimizer, said.precision) == ("nf4-dq", "paged-adamw-8bit", "bf16-mixed")
    assert (said.step_in_backward, said.shard, said.gpus) == (True, "fsdp1", 2)


def test_energy_and_emissions_of_a_training():
    row = {
        "kind": "training",
        "name": "LLaMA 33B",
        "accelerator": "a100-sxm-80",
        "accelerator_hours": 530432,
        "power_w_per_accelerator": 400,
        "pue": 1.1,
        "energy_mwh": 233,
        "grid_kg_co2e_per_kwh": 0.385,
        "co2e_t": 90,
    }
    tables = energy.tables("f", [row, {"kind": "grid", "name": "France", "grid_kg_co2e_per_kwh": 0.057}], find_card)
    assert [table.kind for table in tables] == ["energy", "CO2e"]
    assert all(abs(table.rows[0].error) < 0.01 and len(table.rows) == 1 for table in tables)


def test_worked_examples_by_their_named_approach():
    example = {"kind": "worked_example", "approach": 1, "params": 70e9, "flops": 5.88e23, "tokens": 1.4e12}
    (table,) = scaling.tables("f", [example], find_card)
    assert abs(table.rows[0].error) < 0.05
    (unknown,) = scaling.tables("f", [{**example, "approach": 9}], find_card)
    assert "no approach" in unknown.rows[0].note
    assert unknown.rows[0].error == 1


SPOILED = [None, "x", float("nan"), float("inf"), -1, 0, 1e30, [], {}, True]


@pytest.mark.parametrize("spoiled", SPOILED, ids=str)
def test_a_row_that_is_spoiled_is_listed_with_its_reason(spoiled):
    example = {"kind": "worked_example", "approach": 1, "params": 70e9, "flops": 5.88e23, "tokens": 1.4e12}
    trained = {
        "kind": "training",
        "name": "n",
        "accelerator": "a100-sxm-80",
        "accelerator_hours": 1.0,
        "energy_mwh": 1.0,
    }
    for module, row in ((training, RUN), (peaks, PEAK), (scaling, example), (energy, trained)):
        for key in row:
            if key in ("use", "kind"):
                continue
            for table in module.tables(
                "f", [{**row, key: spoiled}, {k: v for k, v in row.items() if k != key}], find_card
            ):
                assert all(one.note or one.estimate for one in table.rows)
                assert all(one.estimate is None or one.estimate == one.estimate for one in table.rows)
