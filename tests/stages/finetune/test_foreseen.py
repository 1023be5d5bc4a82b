"""What advice says a training should take, before any row was looked at."""

from pathlib import Path

from genai_tui.advice import advise
from genai_tui.project import Project
from genai_tui.records.measured import MeasuredRun, RunFacts
from genai_tui.records.runs import Value
from genai_tui.stages.finetune.foreseen import foreseen
from tests.support.weights import fetched_weights, weights
from tests.test_advice_of_runs import ROWS, made

__all__ = ["fetched_weights", "weights"]


def run(model: str, shots: int, tokens: float) -> MeasuredRun:
    return MeasuredRun(
        1, f"c{shots}", model, 1, shots, False, "dev", "exact", Value(0.5, 0.4, 0.6, 60), tokens=tokens
    )  # fmt: skip


def test_time_and_memory_follow_from_the_tokens_that_rows_had(weights: Path, tmp_path: Path) -> None:
    with Project.open(made(tmp_path / "work", ROWS)) as project:
        facts = project.facts()
        said = {}
        for model, tokens in (("embedded/smollm2-135m", 60.0), ("embedded/smollm2-135m", 240.0), ("fake/base", 60.0)):
            shown = facts._replace(shown=RunFacts((run(model, 0, tokens), run(model, 3, 400.0))))
            said[model, tokens] = foreseen(project, shown)
    short, long = said["embedded/smollm2-135m", 60.0], said["embedded/smollm2-135m", 240.0]
    assert short.startswith("≈ ")
    assert "GB of memory" in short
    assert memory(long) > memory(short)
    assert said["fake/base", 60.0] == ""
    shown = shown._replace(
        shown=RunFacts((run("embedded/smollm2-135m", 0, 60.0), run("embedded/smollm2-135m", 3, 9.0)))
    )
    told = advise(shown._replace(runs=2, training_takes=short))
    assert f"({short})" in told.text
    assert told.command == "genai-tui finetune start"


def memory(said: str) -> float:
    return float(said.partition(", ")[2].partition(" GB")[0])
