"""Files of published figures: told apart by their rows, refused in a sentence, used to look models up."""

import json
import os
from pathlib import Path

import pytest

from genai_tui.errors import FileFault
from genai_tui.estimation.checking.files import CHECKED, check_files

FACTS = os.environ.get("GENAI_TUI_FACTS", "")
SPEED = {
    "id": "mine", "model": "My-Own-8B", "params": 8e9, "quant": "F16", "file_bytes": 16e9, "accelerator": "rtx4090",
    "decode_tok_s": 50.0, "mean_context": 256, "batch": 1, "use": "judge",
}  # fmt: skip
LLAMA = {
    "model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 40, "num_attention_heads": 32, "vocab_size": 32000,
    "num_key_value_heads": 8, "intermediate_size": 11008, "tie_word_embeddings": False,
}  # fmt: skip


def write(path, found):
    path.write_text(found if isinstance(found, str) else json.dumps(found))
    return str(path)


def outcome(path):
    """The tables of a file, or the sentence that refuses it."""
    try:
        return check_files([path]).tables, ""
    except FileFault as refused:
        return (), refused.what


def test_a_file_is_told_by_the_shape_of_its_rows_and_not_by_its_name(tmp_path):
    report = check_files([write(tmp_path / "params.json", [SPEED])])
    [table] = report.tables
    assert (table.kind, len(table.rows)) == ("decode_speed", 1)
    assert table.rows[0].low < table.rows[0].estimate < table.rows[0].high


def test_rows_that_are_only_to_show_or_doubtful_are_left_out(tmp_path):
    rows = [
        SPEED,
        SPEED | {"use": "show only"},
        SPEED | {"doubtful": True},
        {k: v for k, v in SPEED.items() if k != "use"},
    ]
    assert len(check_files([write(tmp_path / "f", rows)]).tables[0].rows) == 2


def test_models_are_looked_up_in_the_other_files(tmp_path):
    speed = write(tmp_path / "speed.json", [SPEED])
    stand_in = check_files([speed]).tables[0].rows[0]
    assert "nearest by size" in stand_in.note
    params = write(tmp_path / "p.json", [{"model": "me/my own-8b-hf", "config": LLAMA, "total_params": 8e9}])
    checked = check_files([speed, params])
    found = next(table for table in checked.tables if table.kind == "decode_speed").rows[0]
    assert found.note == ""
    assert found.estimate != stand_in.estimate


def test_inputs_of_estimates_are_named_as_not_checkable(tmp_path):
    prices = write(tmp_path / "r.json", [{"accelerator": "t4", "usd_per_accelerator_hour": 1}])
    report = check_files([write(tmp_path / "s.json", [SPEED]), prices])
    assert [file for file, _ in report.not_checked] == [prices]
    with pytest.raises(FileFault, match="nothing that can be checked"):
        check_files([prices])


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "7", "[]", "{}", '"a"', "[1]", "[null, {}]", "[{}]", '[{"a": 1}]', '[{"decode_tok_s": NaN}]',
        "[" * 100_000, '{"sizes": 7}', "\x00", '{"sizes": [1]}', "[" + "9" * 5000 + "]",
    ],
)  # fmt: skip
def test_a_malformed_file_is_refused_in_a_sentence(tmp_path, text):
    with pytest.raises(FileFault) as refused:
        check_files([write(tmp_path / "f.json", text)])
    assert "f.json" in refused.value.what
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(
    "row",
    [
        {"decode_tok_s": 5, "accelerator_share": "x"},
        {"config": {}, "total_params": "many"},
        {"config": [], "total_params": 1},
        {"bytes_per_token": None, "bytes_at": 3, "model": 7},
        {"sizes": [{"type": 7}], "kind": "tensors"},
        {"gpu_hours": "x", "tokens": None},
        {"measured_gib": [], "params": -1},
        {"kind": "worked_example"},
        {"kind": "training", "accelerator_hours": {}},
    ],
)
def test_a_row_of_nonsense_is_listed_or_refused_and_never_a_defect(tmp_path, row):
    path = write(tmp_path / "f.json", [row])
    tables, refused = outcome(path)
    assert path in refused or all(abs(one.error) == 1 for table in tables for one in table.rows)


def test_rows_of_different_shapes_in_one_file_are_refused_or_listed(tmp_path):
    path = write(tmp_path / "f.json", [{"config": {}, "total_params": 1}, {"config": {}}, {"model": "x"}])
    tables, refused = outcome(path)
    assert "not what its rows look like" in refused or all(one.error == 1 for table in tables for one in table.rows)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FileFault, match="cannot be read"):
        check_files([str(tmp_path / "none.json")])
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(FileFault, match="is no file"):
            check_files([str(path)])


@pytest.mark.skipif(not FACTS, reason="GENAI_TUI_FACTS is not set: no published figures to check against")
def test_every_file_of_figures_is_told():
    report = check_files([str(path) for path in sorted(Path(FACTS).glob("*.json"))])
    assert len({table.file for table in report.tables}) == len(CHECKED)
    assert len(report.not_checked) == 4
    kinds = [table.kind for table in report.tables if table.file.endswith("training_runs.json")]
    assert kinds == ["published utilisation", "own default"]


def test_a_file_without_rows_to_judge_is_said_beside_the_tables_of_others(tmp_path):
    fits = write(tmp_path / "scaling.json", [{"kind": "fit", "id": "f"}])
    none = write(tmp_path / "none.json", [])
    report = check_files([fits, write(tmp_path / "s.json", [SPEED]), none])
    assert len(report.tables) == 1
    assert [file for file, _ in report.not_checked] == [fits, none]
    with pytest.raises(FileFault, match="nothing that can be checked"):
        check_files([fits])


@pytest.mark.parametrize("figure", [1e-300, 1e308, "50", None, True, -3])
def test_errors_are_numbers_whatever_a_row_gives_as_its_figure(tmp_path, figure):
    [table] = check_files([write(tmp_path / "s.json", [SPEED | {"decode_tok_s": figure}])]).tables
    assert (table.rows[0].truth, table.rows[0].error, table.max_abs_error) == (None, 1.0, 1.0)
    assert table.rows[0].note


def test_what_leads_to_no_finite_estimate_is_an_error_of_one(tmp_path):
    row = {"id": "r", "kind": "tokens_per_parameter", "tokens_per_parameter": 20, "tokens": 1e26, "params": 1e-290}
    [table] = check_files([write(tmp_path / "s.json", [row])]).tables
    assert (table.rows[0].estimate, table.rows[0].error) == (None, 1.0)


def test_a_model_is_looked_up_in_its_row_first(tmp_path):
    row = {"model": "nobody's", "bytes_per_token": 2 * 40 * 2 * 8 * 128}
    shape = {
        "layers_with_cache": 40,
        "kv_heads": 8,
        "head_dim": 128,
        "bytes_at": {"4096": row["bytes_per_token"] * 4096},
    }
    for said in ({"config": LLAMA}, shape):
        [table] = check_files([write(tmp_path / "kv.json", [{"bytes_at": {}} | row | said])]).tables
        assert [found.error for found in table.rows] == [0.0] * len(table.rows)
    narrow = {"layers_sliding": 20, "sliding_window": 1024, "bytes_at": {"4096": row["bytes_per_token"] // 2 * 5120}}
    [table] = check_files([write(tmp_path / "kv.json", [row | shape | narrow])]).tables
    assert [found.error for found in table.rows] == [0.0, 0.0]


def test_a_file_longer_than_any_list_of_figures_is_refused_unread(tmp_path):
    path = tmp_path / "long.json"
    with path.open("wb") as file:
        file.truncate(2**31)
    with pytest.raises(FileFault, match="longer than 8 MB"):
        check_files([str(path)])
