"""6 Evaluate, until its own screen comes: what it decides, and what is there for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from genai_tui.screens import known
from genai_tui.screens.ahead import Ahead, counted

if TYPE_CHECKING:
    from genai_tui.project import Project


class Evaluate(Ahead):
    """Measuring candidates."""

    CSS_PATH = "screen.tcss"
    STAGE = 6
    DECIDES = (
        "Every candidate is measured the same way, on the same examples, with its 95 % interval. This stage decides "
        "how good one is, how sure that is, and whether it is better than another. The test split has the last word."
    )
    WILL_SHOW = (
        "Runs: score, cost, latency and failures of every candidate, each with its sample size.",
        "Compare: two candidates on the examples both answered, with a paired test.",
        "Examples: what failed, by expected answer, by length, by tag.",
        "Scorers and judges, and how far a judge agrees with people.",
    )
    EXIST = (
        ("genai-tui data list", "datasets and their splits"),
        ("genai-tui candidate make", "a model and a prompt together, to be measured"),
        ("genai-tui candidate list", "the candidates there are"),
    )

    def known(self, project: "Project") -> Iterator[tuple[str, str]]:
        """Target, dataset, candidates, tries."""
        facts = project.facts()
        yield from known.target(project)
        yield from known.dataset(project)
        yield "candidates", counted(facts.candidates, "candidate")
        yield "runs", counted(facts.runs, "run")
        yield from known.tries(project)


SCREEN = Evaluate
