"""promptfoo configurations through the command: the shared cases and vectors, where their folders are named."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Ended, genai

CASES = os.environ.get("GENAI_TUI_CASES", "")
VECTORS = os.environ.get("GENAI_TUI_VECTORS", "")
NO_CASES = "GENAI_TUI_CASES names no folder of cases"
NO_VECTORS = "GENAI_TUI_VECTORS names no folder of vectors"


def cases() -> list[Any]:
    """The cases of configurations, by name."""
    folder = Path(CASES) / "files"
    if not CASES or not folder.is_dir():
        return [pytest.param(Path(), id="none", marks=pytest.mark.skip(reason=NO_CASES))]
    found = sorted(path.parent for path in folder.glob("*/expected.json"))
    return [pytest.param(path, id=path.name) for path in found if "--config" in expected(path)["command"]]


def vectors() -> list[Any]:
    """Whole configurations with the rows that they give."""
    folder = Path(VECTORS) / "promptfoo_configs"
    if not VECTORS or not folder.is_dir():
        return [pytest.param(Path(), id="none", marks=pytest.mark.skip(reason=NO_VECTORS))]
    return [pytest.param(path.parent, id=path.parent.name) for path in sorted(folder.glob("*/expected.json"))]


def expected(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return found


def measured(project: Path, config: Path) -> tuple[Ended, list[dict[str, Any]]]:
    """The configuration measured, and the rows of all its runs as promptfoo writes them."""
    ended = genai("eval", "run", "--config", config, "--json", cwd=project)
    if ended.code != 0:
        return ended, []
    runs = [str(json.loads(line)["run"]) for line in ended.out.splitlines()]
    written = genai("eval", "export", *runs, "--format", "promptfoo", cwd=project)
    assert written.code == 0, written.err
    rows = json.loads(written.out)["results"]["results"]
    return ended, sorted(rows, key=lambda row: (row["testIdx"], row["promptIdx"]))


def as_wanted(row: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The keys of a row that are asked for."""
    grading = row["gradingResult"]
    flat = {
        **row,
        "output": row["response"]["output"],
        "provider": row["provider"]["label"],
        "prompt": row["prompt"]["raw"],
        "label": row["prompt"]["label"],
        "components": [[p["assertion"]["type"], p["pass"], p["score"]] for p in grading["componentResults"]],
    }
    return {key: flat[key] for key in wanted}


@pytest.mark.parametrize("folder", cases())
def test_cases_of_configurations(project: Path, folder: Path) -> None:
    case = expected(folder)
    expect = case["expect"]
    ended, rows = measured(project, folder / case["file"])
    assert ended.code == expect["exit"], ended.err
    if ended.code:
        assert {item["name"] for item in ended.error.get("unsupported", [])} == set(expect["unsupported"])
        blamed = {row["line"] for row in ended.error.get("rejected", [])}
        assert {row["line"] for row in expect.get("rejected", [])} <= blamed
    wanted = expect.get("results", [])
    found = [as_wanted(row, want) for row, want in zip(rows, wanted, strict=True)]
    if expect.get("any_order"):
        key = ["output", "promptIdx"]
        found, wanted = (sorted(each, key=lambda row: [row[k] for k in key]) for each in (found, wanted))
        found, wanted = ([{**row, "testIdx": 0} for row in each] for each in (found, wanted))
    if expect.get("outputs_as_json"):
        found, wanted = ([{**row, "output": json.loads(row["output"])} for row in each] for each in (found, wanted))
    assert found == wanted
    said = (ended.out + ended.err).lower()
    for word in expect.get("says", []):
        assert word.lower() in said


@pytest.mark.parametrize("folder", vectors())
def test_vectors_of_configurations(project: Path, folder: Path) -> None:
    case = expected(folder)
    ended, rows = measured(project, folder / "promptfooconfig.yaml")
    assert ended.code == 0, ended.err
    assert [as_wanted(row, want) for row, want in zip(rows, case["rows"], strict=True)] == case["rows"]
