"""What the board says of runs: the state of the stage, and the iterations on Home."""

from pathlib import Path

import pytest

from genai_tui.board import gather
from genai_tui.project import Project
from tests.support.commands import genai, import_csv
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.runs_by_command import ROWS, evaluated, project

__all__ = ["project"]


def evaluate(project: Path) -> dict[str, str]:
    """Stage 6 as `status --json` has it."""
    found: dict[str, str] = genai("status", "--json", cwd=project).json["stages"][5]
    return found


@pytest.mark.parametrize(
    ("target", "state", "said"),
    [("0.3", "done", "MET"), ("0.45", "attention", "reached, not met"), ("0.9", "started", "not reached")],
)
def test_the_best_run_against_the_target_decides_the_state(project: Path, target: str, state: str, said: str) -> None:
    assert evaluate(project)["state"] == "started"
    assert genai("scope", "set", f"target={target}", "metric=exact", cwd=project).code == 0
    evaluated(project, "label-c")
    evaluated(project, "label-a")
    told = evaluate(project)
    assert told["state"] == state
    assert said in told["summary"]
    assert "best 0.50 ±0.15" in told["summary"]
    assert "2 runs" in told["summary"]


def test_home_lists_the_candidates_with_their_intervals(project: Path, fake: FakeEndpoint) -> None:
    evaluated(project, "label-c")
    evaluated(project, "label-a")
    with Project.open(project) as opened:
        board = gather(opened)
    [first, second] = board.iterations
    assert (first.candidate, first.value, first.best, first.n) == ("c1", 0.0, False, ROWS)
    assert (second.candidate, second.label, second.model, second.best) == ("c2", "zero-shot", "label-a", True)
    assert second.low < second.value < second.high


def test_test_is_worn_out_after_many_looks(project: Path) -> None:
    import_csv(project, "ticket,label\nx,a\n", split="test")
    for number in range(7):
        evaluated(project, f"label-{number}", "--split", "test")
    told = evaluate(project)
    assert (told["state"], "worn out" in told["summary"]) == ("attention", True)
