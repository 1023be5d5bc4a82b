"""What the board says of runs: the state of the stage, and the iterations on Home."""

from pathlib import Path

import pytest

from genai_tui.board import gather
from genai_tui.project import Project
from tests.support.commands import genai, import_csv, tickets
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


def step(project: Path) -> tuple[str, str]:
    found = genai("next", "--json", cwd=project).json
    return found["text"], found["command"]


def test_after_a_run_over_a_part_the_whole_is_advised(project: Path) -> None:
    assert genai("scope", "set", "problem=sort", "metric=exact", "target=0.9", cwd=project).code == 0
    assert genai("model", "use", "openai/label-a", cwd=project).code == 0
    import_csv(project, tickets(20, "ab", "mail"), split="train")
    assert genai("prompt", "run", "1", "--row", "dev:2", "--no-stream", cwd=project).code == 0
    evaluated(project, "label-a", "--limit", "5")
    assert step(project) == ("Measure c1 on all 40 rows of dev.", "genai-tui eval run c1")
    evaluated(project, "label-a")
    exported = genai("prompt", "export", "1", cwd=project).out
    assert genai("prompt", "save", "-", "--from", "1", "--few-shot", "2", cwd=project, stdin=exported).code == 0
    assert genai("candidate", "make", "--model", "openai/label-a", "--prompt", "2", cwd=project).code == 0
    assert genai("eval", "run", "c2", "--limit", "5", cwd=project).code == 0
    assert genai("candidate", "make", "--model", "openai/label-c", "--prompt", "1", cwd=project).code == 0
    assert genai("eval", "run", "c3", cwd=project).code == 0  # c2 is no longer the newest
    text, command = step(project)
    assert text.startswith("Measure c2, which shows examples, on all of dev")
    assert command == "genai-tui eval run c2"


def test_what_is_said_of_runs_over_another_dataset_fits_together(project: Path) -> None:
    assert genai("scope", "set", "problem=sort", "metric=exact", "target=0.9", cwd=project).code == 0
    assert genai("model", "use", "openai/label-a", cwd=project).code == 0
    import_csv(project, tickets(4, "a"), name="other")
    evaluated(project, "label-a", "--dataset", "other")
    stages = genai("status", "--json", cwd=project).json["stages"]
    assert stages[5]["summary"] == "no whole run by exact, 1 run, no look at test"
    assert genai("next", "--json", cwd=project).json["evidence"] == [
        "1 run is there, and none has a score by exact over all of dev or test of the dataset in use."
    ]
    assert genai("data", "use", "other", cwd=project).code == 0
    assert genai("status", "--json", cwd=project).json["stages"][5]["summary"].startswith("best 1.00")
