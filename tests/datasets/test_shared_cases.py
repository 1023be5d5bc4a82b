"""Every folder of GENAI_TUI_CASES/files, through the command as it is written there."""

import importlib.util
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import outside
from tests.support.commands import Ended, genai

ELSEWHERE = {  # commands that other tests take, or that come with later stages
    ("align", "import"): "`align import` comes with Align",
    ("eval", "import"): "`eval import` is tested with Evaluate",
    ("eval", "run"): "`eval run --config` is tested with Evaluate",
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


def check_refused(ended: Ended, expect: dict[str, Any], project: Path) -> list[str]:
    assert ended.out == ""
    error = ended.error
    assert error["exit"] == expect["exit"]
    rejected = error.get("rejected", [])
    blamed = [row["line"] for row in rejected]
    assert {row["line"] for row in expect.get("rejected", [])} <= set(blamed)
    if not expect.get("rejected"):
        assert not blamed
    with sqlite3.connect(project / ".genai" / "project.db") as database:
        for table in ("dataset_version", "dataset_split", "membership", "example"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    return [error["what"], error["why"], error["do"], *(row["reason"] for row in rejected)]


def check_taken(ended: Ended, expect: dict[str, Any], split: str, project: Path) -> list[str]:
    assert (ended.code, expect["exit"]) == (0, 0), ended.err
    found = ended.json
    assert found["rows"] == expect["rows"] == found["splits"][split]
    assert [row["line"] for row in found["rejected"]] == [row["line"] for row in expect["rejected"]]

    def shown(number: int) -> dict[str, Any]:
        row: dict[str, Any] = genai("data", "show", f"{split}:{number}", "--json", cwd=project).json
        return row

    check_row(shown(1), expect.get("first", {}))
    check_row(shown(found["rows"]), expect.get("last", {}))
    for other in expect.get("others", []):
        check_row(shown(other["row"]), other)
    return [*(row["reason"] for row in found["rejected"]), *(warned["text"] for warned in found["warnings"])]


@pytest.mark.parametrize("name", names())
def test_cases_files(name: str, tmp_path: Path) -> None:
    folder = outside("GENAI_TUI_CASES") / "files" / name
    case = json.loads((folder / "expected.json").read_text())
    command, expect = case["command"], case["expect"]
    if tuple(command[:2]) in ELSEWHERE:
        pytest.skip(ELSEWHERE[tuple(command[:2])])
    if "without_extra" in expect and importlib.util.find_spec("duckdb") is None:
        expect = expect["without_extra"]
    project = tmp_path / "p"
    assert genai("init", project).code == 0
    words = [str(folder / case["file"]) if word == "FILE" else word for word in command]
    ended = genai(*words, "--json", cwd=project)
    split = command[command.index("--split") + 1]
    check = check_refused(ended, expect, project) if expect["exit"] else check_taken(ended, expect, split, project)
    said = "\n".join(check).lower()
    for word in expect.get("says", []):
        assert word.lower() in said, (word, said)
