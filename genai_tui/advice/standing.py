"""The best candidate of a split, and how it stands to the target."""

from genai_tui.records.measured import MeasuredRun
from genai_tui.records.scales import bound, sign_of
from genai_tui.records.stages import ProjectFacts


def best_of(facts: ProjectFacts, split: str) -> MeasuredRun | None:
    """The best run over `split`, the newest of equals."""
    over_it = [run for run in facts.shown.measured if run.split == split]
    return max(over_it, key=lambda run: (sign_of(run.scorer) * run.score, run.run), default=None)


def below_target(facts: ProjectFacts) -> MeasuredRun | None:
    """The best run over dev, where it misses the target."""
    best = best_of(facts, "dev")
    return best if best is not None and best.standing(facts.scope_target) == "missed" else None


def against_target(facts: ProjectFacts, run: MeasuredRun) -> str:
    """The target, and whether the run meets it, in a sentence."""
    said = {"met": "met", "reached": "reached, not met", "missed": "not reached", "": "not said"}
    target = "–" if facts.scope_target is None else f"{facts.scope_target:.2f}"
    return f"The target, {run.scorer} {bound(run.scorer)} {target}, is {said[run.standing(facts.scope_target)]}."
