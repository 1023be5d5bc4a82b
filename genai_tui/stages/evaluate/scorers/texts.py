"""Scorers that compare texts."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from genai_tui.answering.asking import Asking
from genai_tui.answering.render import answer_text
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind, Score, Value
from genai_tui.stages.evaluate.statistics.intervals import proportion


@dataclass(frozen=True)
class Exact:
    """The expected text and nothing else; white space around both does not count."""

    name: str = "exact"
    kind: Kind = "proportion"
    immediate: bool = True

    async def score(self, text: str, example: Example, generation: Generation, asking: Asking | None) -> Score:
        """1 where they are the same, else 0."""
        return Score(self.name, float(text.strip() == answer_text(example.expected).strip()))

    def combine(self, scores: Sequence[Score], groups: Sequence[Hashable] | None = None) -> Value:
        """The share of answers that are right, with Wilson's interval."""
        return proportion([score.value or 0.0 for score in scores])
