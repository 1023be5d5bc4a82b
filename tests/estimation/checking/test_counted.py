"""Tables of parameters, cache and GGUF files: published rows, and rows that cannot be read."""

import json

import pytest

from genai_tui.estimation.cards import find_card
from genai_tui.estimation.checking import gguf, kv, params
from tests.conftest import outside


def rows_of(file):
    return json.loads((outside("GENAI_TUI_FACTS") / file).read_text("utf-8"))


def test_parameters_are_exact():
    total, active = params.tables("params.json", rows_of("params.json"), find_card)
    assert (total.kind, active.kind) == ("parameters", "active parameters")
    assert (len(total.rows), total.max_abs_error, active.max_abs_error) == (73, 0, 0)


def test_cache_is_exact():
    (table,) = kv.tables("kv_cache.json", rows_of("kv_cache.json"), find_card)
    assert (len(table.rows), table.max_abs_error) == (4 * 18, 0)


def test_files_are_within_two_percent():
    (table,) = gguf.tables("gguf.json", rows_of("gguf.json")["sizes"], find_card)
    assert table.median_abs_error < 0.001
    assert [row.name for row in table.rows if abs(row.error) > 0.02] in (
        [],
        ["amd/AMD-OLMo-1B-SFT-DPO (OLMo-1B shape) Q6_K"],
    )


@pytest.mark.parametrize("config", [{}, None, 3, {"model_type": "newcomer"}, {"model_type": "llama", "vocab_size": -1}])
def test_a_config_that_cannot_be_counted_is_an_error_of_one_with_its_reason(config):
    (table,) = params.tables("f", [{"model": "m", "config": config, "total_params": 100}], find_card)
    (row,) = table.rows
    assert (row.estimate, row.error) == (None, 1)
    assert row.note


@pytest.mark.parametrize("truth", [None, "many", 0, -5, float("nan"), 1e30, True], ids=str)
def test_a_row_without_a_number_to_check_against(truth):
    config = {"model_type": "gpt2"}
    (table,) = params.tables("f", [{"model": "m", "config": config, "total_params": truth}], find_card)
    assert [row.error for row in table.rows] == [1]
    (table,) = gguf.tables("f", [{"model": "gpt2", "sizes": [{"type": "Q8_0", "bytes": truth}]}], find_card)
    assert [row.error for row in table.rows] == [1]


def test_models_and_presets_that_are_not_known():
    row = {"model": "nobody/nothing", "bytes_per_token": 10, "bytes_at": {"4096": 10, "-3": 10}}
    (table,) = kv.tables("f", [row], find_card)
    assert {found.note for found in table.rows} == {"the architecture of nobody/nothing is not known"}
    sizes = [{"type": "Q9_X", "bytes": 10}, {"type": "Q8_0", "bytes": 10, "doubtful": True}, 5]
    (table,) = gguf.tables("f", [{"model": "gpt2", "kind": "file", "sizes": sizes}], find_card)
    assert [found.note for found in table.rows] == ["the preset Q9_X is not known"]


def test_rows_whose_keys_are_of_other_types():
    for module in (params, kv, gguf):
        tables = module.tables("f", [{"model": 3, "sizes": 5, "bytes_at": [], "use": "show only"}, {}], find_card)
        assert all(abs(row.error) == 1 for table in tables for row in table.rows)
