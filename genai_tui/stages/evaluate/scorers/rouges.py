"""ROUGE, as google-research's rouge-score computes it. Its tokeniser keeps a-z and 0-9 only."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Literal

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, accepted
from genai_tui.stages.evaluate.scorers.extra import needed

LONGEST_WORDS = 20_000  # the table of rouge-l grows with the product of both lengths


@dataclass(frozen=True)
class Rouge(Base):
    """ROUGE-1, -2, -L or -Lsum against the best of the expected texts: `part` is f, precision or recall.

    The sentences of rouge-lsum are lines.
    """

    variant: Literal["rouge1", "rouge2", "rougeL", "rougeLsum"] = "rougeL"
    stemmer: bool = False
    part: Literal["f", "precision", "recall"] = "f"

    kind: ClassVar[Kind] = "mean"
    immediate: ClassVar[bool] = False

    def __post_init__(self) -> None:
        needed("rouge_score.rouge_scorer", self.name)

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """From 0 to 1."""
        wanted = accepted(example.expected)
        if not wanted:
            return NO_EXPECTED
        if len(text) > LONGEST_WORDS * 6:
            return Verdict(0.0, reason=f"It is longer than {LONGEST_WORDS:,} words.")
        best = max((rouge(self.variant, each, text, stemmer=self.stemmer) for each in wanted), key=lambda s: s[2])
        return Verdict(float(best[{"precision": 0, "recall": 1, "f": 2}[self.part]]), detail=list(map(float, best)))


def rouge(variant: str, target: str, prediction: str, *, stemmer: bool = False) -> tuple[float, float, float]:
    """Precision, recall and F of one text against one other."""
    found = _scorer(variant, stemmer).score(target, prediction)[variant]
    return found.precision, found.recall, found.fmeasure


@lru_cache(16)
def _scorer(variant: str, stemmer: bool) -> Any:
    return needed("rouge_score.rouge_scorer", variant).RougeScorer([variant], use_stemmer=stemmer)
