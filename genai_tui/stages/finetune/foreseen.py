"""What a training with the defaults should take, before its rows were looked at: for advice, from what runs showed."""

from typing import TYPE_CHECKING

from genai_tui.errors import GenaiError
from genai_tui.jobs.telling import seconds_said
from genai_tui.stages.finetune.checking import Tokens
from genai_tui.stages.finetune.estimating import takes
from genai_tui.stages.finetune.planning import plan_training

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.stages import ProjectFacts

LONG, LONGEST = 1.5, 2.0  # the 95th percentile and the longest row against the mean, where only that is known


def foreseen(project: "Project", facts: "ProjectFacts") -> str:
    """Time and memory in words, by the tokens a row had when a prompt without examples was measured; else empty."""
    rows = [run for run in facts.shown.measured if not run.shots and run.split == "dev" and run.tokens]
    if not rows or not rows[-1].model.startswith("embedded/"):
        return ""
    mean = rows[-1].tokens or 0.0
    try:
        plan = plan_training(project, model=rows[-1].model, prompt=str(rows[-1].prompt))
        found = takes(
            project, plan, {"train": _alike(facts.train_rows, mean), "dev": _alike(facts.dev_rows, mean)}
        )  # fmt: skip
    except GenaiError:  # weights that are not here, or of no known shape: advice has no estimate then
        return ""
    return f"≈ {seconds_said(found.time.total)}, {found.memory.total / 1e9:.1f} GB of memory"


def _alike(rows: int, mean: float) -> Tokens:
    return Tokens(
        rows, round(mean), mean, round(mean * LONG), round(mean * LONGEST), round(rows * mean), rows, 0, ()
    )  # fmt: skip
