"""Every rule of reading files, by small cases of our own: cases/*.jsonl, a case a line.

A case has `file` (the name it is given), its content as `text` or `hex`, the words of `options`, and what must come:
`exit`, `rows`, the lines that are `rejected`, words that it `says`; `first`, `last` and the `lines` of good rows.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from genai_tui.datasets import ImportResult, import_file
from genai_tui.errors import GenaiError
from tests.support.importing import options_of

HERE = Path(__file__).parent / "cases"
CASES = [
    pytest.param(json.loads(line), id=f"{path.stem}: {json.loads(line)['name']}")
    for path in sorted(HERE.glob("*.jsonl"))
    for line in path.read_text("utf-8").split("\n")
    if line
]


def write(case: dict[str, Any], folder: Path, *, packed: bool = False) -> Path:
    content = case["text"].encode() if "text" in case else bytes.fromhex(case["hex"])
    path = folder / (case["file"] + (".gz" if packed else ""))
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


def check(case: dict[str, Any], path: Path) -> int:
    """Hold what came to what must come; the exit code."""
    try:
        found: ImportResult | GenaiError = import_file(path, options_of(case["options"]))
    except GenaiError as error:
        found = error
    if isinstance(found, GenaiError):
        assert found.do
        rejected = found.as_json().get("rejected", [])
        assert [row["line"] for row in rejected] == case["rejected"]
        said = str(found) + " ".join(row["reason"] for row in rejected)
    else:
        rows = [example for _, _, examples in found.batches() for example in examples]
        assert [row.line for row in found.rejected] == case["rejected"]
        assert len(rows) == found.total == case["rows"]
        said = " ".join([*(row.reason for row in found.rejected), *(warned.text for warned in found.warnings)])
        if "lines" in case:
            assert [row.line for row in rows] == case["lines"]
        for number, key in ((0, "first"), (-1, "last")):
            if key in case:
                wanted = {"tags": list(rows[number].tags), **case[key]}
                row = {
                    "inputs": rows[number].inputs,
                    "expected": rows[number].expected,
                    "tags": list(rows[number].tags),
                }
                assert repr(row) == repr({name: wanted[name] for name in row})
    for word in case["says"]:
        assert word.lower() in said.lower(), said
    return found.exit_code if isinstance(found, GenaiError) else 0


@pytest.mark.parametrize("case", CASES)
def test_a_case(case: dict[str, Any], tmp_path: Path) -> None:
    assert check(case, write(case, tmp_path)) == case["exit"]


@pytest.mark.parametrize("case", [case for case in CASES if case.values[0].get("hex") != ""])
def test_a_case_comes_out_the_same_from_gzip(case: dict[str, Any], tmp_path: Path) -> None:
    assert check(case, write(case, tmp_path, packed=True)) == case["exit"]
