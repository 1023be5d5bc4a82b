"""The files of GENAI_TUI_CASES/files that are rows of plain columns come out as their expected.json says."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from genai_tui.datasets import ImportResult, import_file
from genai_tui.datasets.model import READ_NOW
from genai_tui.errors import GenaiError
from tests.conftest import outside
from tests.support.importing import options_of

LATER = {  # cases whose command or format comes with Evaluate and Align
    "alpaca_blank_input": "alpaca",
    "chat_parts_and_tools": "openai-chat",
    "gsm8k_answers": "gsm8k",
    "humaneval_gz": "humaneval",
    "ifeval_nulls": "ifeval",
    "inspect_as_data": "inspect",
    "inspect_epochs_and_errors": "eval import",
    "lm_eval_two_filters": "eval import",
    "mmlu_no_header": "mmlu",
    "mmlu_numpy_choices": "mmlu",
    "openai_evals_items": "openai-evals",
    "pf_tests_as_data": "promptfoo",
    "preferences_openai": "align import",
    "sharegpt_roles": "sharegpt",
}


def names() -> list[str]:
    root = os.environ.get("GENAI_TUI_CASES", "")
    folder = Path(root) / "files"
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if root and folder.is_dir() else ["(none)"]


def check_row(row: dict[str, Any], wanted: dict[str, Any]) -> None:
    for key in ("inputs", "expected"):
        if key in wanted:
            assert row[key] == wanted[key]
            assert repr(row[key]) == repr(wanted[key])  # 1 is not True, and 0.5 is no text
    for name, length in wanted.get("length", {}).items():
        assert len(row["inputs"][name]) == length


@pytest.mark.parametrize("name", names())
def test_cases_files(name: str) -> None:
    folder = outside("GENAI_TUI_CASES") / "files" / name
    case = json.loads((folder / "expected.json").read_text())
    command, expect = case["command"], case["expect"]
    if name in LATER or "--config" in command:
        pytest.skip(f"comes later: {LATER.get(name, 'eval run --config')}")
    assert command[:2] == ["data", "import"]
    options = options_of(command[3:])
    assert options.format is None or options.format in READ_NOW
    path = folder / case["file"]
    if "without_extra" in expect:
        expect = expect["without_extra"]
    says: list[str] = []
    try:
        result: ImportResult | GenaiError = import_file(path, options)
    except GenaiError as error:
        result = error
    if isinstance(result, GenaiError):
        assert result.exit_code == expect["exit"], result
        says.append(str(result))
        rejected = result.as_json().get("rejected", [])
        blamed = {row["line"] for row in rejected}
        assert {row["line"] for row in expect.get("rejected", [])} <= blamed
        if not expect.get("rejected"):
            assert not blamed
        says += [row["reason"] for row in rejected]
    else:
        assert expect["exit"] == 0
        rows = [
            {"inputs": example.inputs, "expected": example.expected, "line": example.line}
            for _, _, examples in result.batches(2)
            for example in examples
        ]
        assert len(rows) == result.total == expect["rows"]
        assert [row.line for row in result.rejected] == [row["line"] for row in expect["rejected"]]
        check_row(rows[0], expect.get("first", {}))
        check_row(rows[-1], expect.get("last", {}))
        for other in expect.get("others", []):
            check_row(rows[other["row"] - 1], other)
        says += [row.reason for row in result.rejected] + [warned.text for warned in result.warnings]
    said = "\n".join(says).lower()
    for word in expect.get("says", []):
        assert word.lower() in said, (word, said)
