"""Scores that another program gave: kept under its names, combined and compared as ours are, never computed again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind, Run
from genai_tui.stages.evaluate.scorers.base import Base, Verdict, unjudged
from genai_tui.stages.evaluate.scorers.registry import find_scorer, function_in

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.scorers.contract import Scorer

IMPORTED = "imported"  # the option of a run that says which of its scores were, and whether each is a share or a mean

LOGS = ("lm-eval", "inspect", "promptfoo")  # whose logs are imported: their candidates' endpoints are called so
LOG = "log"  # the option of such a run that tells its log from others


@dataclass(frozen=True)
class Share(Base):
    """Right or wrong, as another program said."""

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """Nothing: only the other program could say."""
        return unjudged(f"{self.name} was imported: it is not computed here.")


@dataclass(frozen=True)
class Mean(Share):
    """A number, as another program gave it, on a scale that is not known."""

    kind: ClassVar[Kind] = "mean"
    bounds: ClassVar[tuple[float, float] | None] = None


def imported(run: Run) -> Mapping[str, Any]:
    """Which scores of a run were imported: name → kind."""
    found: Mapping[str, Any] = run.options.get(IMPORTED, {})
    return found


def scorer_of(run: Run, name: str) -> "Scorer":
    """Who stands behind a score of a run: the other program, or the scorer of that name. Raises UsageFault.

    Of a function of the user's own nothing is run, nor need its file be there any more: its scores are stored.
    """
    if name in imported(run):
        return Share(name) if imported(run)[name] == "proportion" else Mean(name)
    if (own := function_in(name)) is not None:
        from genai_tui.stages.evaluate.scorers.functions import Function, Process

        return Function(name, Process(*own))
    return find_scorer(name)
