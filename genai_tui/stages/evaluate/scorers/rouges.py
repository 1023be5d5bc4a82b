"""ROUGE, as google-research's rouge-score computes it. Its tokeniser keeps a-z and 0-9 only."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Literal

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, accepted, unjudged
from genai_tui.stages.evaluate.scorers.extra import needed

LONGEST = 600_000  # characters of both texts together
_WORD = re.compile(r"[a-z0-9]+", re.IGNORECASE)
MOST_PAIRS = 25_000_000  # of words, one of each text: rouge-l has a table of them, 10 bytes and 0.2 µs each


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
        if any(self._too_long(text, each) for each in wanted):
            return unjudged("It is too long to be compared word by word with what is expected.")
        best = max((rouge(self.variant, each, text, stemmer=self.stemmer) for each in wanted), key=lambda s: s[2])
        return Verdict(float(best[{"precision": 0, "recall": 1, "f": 2}[self.part]]), detail=list(map(float, best)))

    def _too_long(self, text: str, wanted: str) -> bool:
        if len(text) + len(wanted) > LONGEST:
            return True
        tabled = self.variant in ("rougeL", "rougeLsum") and len(text) * len(wanted) > MOST_PAIRS
        return tabled and len(_WORD.findall(text)) * len(_WORD.findall(wanted)) > MOST_PAIRS


def rouge(variant: str, target: str, prediction: str, *, stemmer: bool = False) -> tuple[float, float, float]:
    """Precision, recall and F of one text against one other."""
    found = _scorer(variant, stemmer).score(target, prediction)[variant]
    return found.precision, found.recall, found.fmeasure


@lru_cache(16)
def _scorer(variant: str, stemmer: bool) -> Any:
    return needed("rouge_score.rouge_scorer", variant).RougeScorer([variant], use_stemmer=stemmer)
