"""BLEU, chrF and TER, as sacreBLEU computes them: of all answers together, as fractions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Score
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Corpus, Verdict, accepted
from genai_tui.stages.evaluate.scorers.contract import Better
from genai_tui.stages.evaluate.scorers.extra import needed

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class _Sacrebleu(Corpus):
    """A score keeps the counts of its sentence; the counts of all are added up for the score of all."""

    reference_parts: ClassVar[slice]  # the counts that come of the expected text alone

    def __post_init__(self) -> None:
        needed("sacrebleu", self.name)

    def metric(self, *, sentence: bool = False) -> Any:
        """Sacrebleu's metric; for one sentence BLEU leaves out orders that it has not."""
        raise NotImplementedError

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """The score of this sentence alone; what counts for all is in `detail`."""
        wanted = accepted(example.expected)
        if not wanted:
            return NO_EXPECTED
        counts = self.counts(text, wanted)
        return Verdict(self._score(self.metric(sentence=True), counts), detail=counts)

    def counts(self, text: str, references: Sequence[str]) -> list[float]:
        """The counts of one sentence: what sacreBLEU itself adds up for its significance tests."""
        [counts] = self.metric()._extract_corpus_statistics([text], [[reference] for reference in references])
        return [float(count) for count in counts]

    def parts(self, scores: Sequence[Score]) -> "np.ndarray":
        """The counts of every sentence; a failed answer is an empty one to an expected text of mean length."""
        import numpy as np

        known = [score.detail for score in scores if score.detail is not None]
        if not known:
            known = [self.counts("", ["a"])]
        mean, empty = np.mean(known, 0), np.zeros(len(known[0]))
        empty[self.reference_parts] = mean[self.reference_parts]
        return np.asarray([empty if score.detail is None else score.detail for score in scores], float)

    def of_sums(self, sums: "np.ndarray") -> "np.ndarray":
        """The score of each row of sums, as a fraction."""
        import numpy as np

        metric = self.metric()
        return np.asarray([self._score(metric, row.tolist()) for row in sums])

    def _score(self, metric: Any, counts: Sequence[float]) -> float:
        found = float(metric._compute_score_from_stats(list(counts)).score) / 100
        return found if self.better == "lower" else min(found, 1.0)  # sums of logarithms end a little above


@dataclass(frozen=True)
class Bleu(_Sacrebleu):
    """BLEU of all answers (Papineni et al. 2002), sacreBLEU's default: 13a tokens, exponential smoothing."""

    tokenize: Literal["13a", "none", "zh", "intl", "char"] = "13a"
    lowercase: bool = False
    smooth: Literal["exp", "floor", "add-k", "none"] = "exp"
    smooth_value: float = -1.0  # below 0: the method's own
    effective_order: bool = False  # leave out n-grams longer than all sentences: always done for one sentence

    reference_parts: ClassVar[slice] = slice(1, 2)

    def metric(self, *, sentence: bool = False) -> Any:
        """As configured."""
        value = None if self.smooth_value < 0 else self.smooth_value
        return _bleu(self.tokenize, self.lowercase, self.smooth, value, sentence or self.effective_order)


@dataclass(frozen=True)
class Chrf(_Sacrebleu):
    """The F-score of character n-grams (Popović 2015); `words=2` is chrF++."""

    characters: int = 6
    words: int = 0
    beta: int = 2
    lowercase: bool = False
    whitespace: bool = False
    eps_smoothing: bool = False

    reference_parts: ClassVar[slice] = slice(1, None, 3)

    def metric(self, *, sentence: bool = False) -> Any:
        """As configured."""
        return _chrf(self.characters, self.words, self.beta, self.lowercase, self.whitespace, self.eps_smoothing)


@dataclass(frozen=True)
class Ter(_Sacrebleu):
    """Edits to the nearest expected text, moves of words among them, over its length (Snover et al. 2006)."""

    normalized: bool = False
    no_punctuation: bool = False
    asian_support: bool = False
    case: bool = False

    better: ClassVar[Better] = "lower"
    reference_parts: ClassVar[slice] = slice(0, 0)

    def metric(self, *, sentence: bool = False) -> Any:
        """As configured."""
        return _ter(self.normalized, self.no_punctuation, self.asian_support, self.case)

    def parts(self, scores: Sequence[Score]) -> "np.ndarray":
        """As for the others; a failed answer needs its whole expected text."""
        rows = super().parts(scores)
        known = [score.detail for score in scores if score.detail is not None]
        length = sum(counts[1] for counts in known) / len(known) if known else 1.0
        for row, score in zip(rows, scores, strict=True):
            if score.detail is None:
                row[:] = length
        return rows


@lru_cache(16)
def _bleu(tokenize: str, lowercase: bool, smooth: str, value: float | None, effective: bool) -> Any:
    return needed("sacrebleu.metrics", "bleu").BLEU(
        tokenize=tokenize,
        lowercase=lowercase,
        smooth_method=smooth,
        smooth_value=value,
        effective_order=effective,
        force=True,
    )


@lru_cache(16)
def _chrf(characters: int, words: int, beta: int, lowercase: bool, whitespace: bool, eps: bool) -> Any:
    return needed("sacrebleu.metrics", "chrf").CHRF(
        char_order=characters,
        word_order=words,
        beta=beta,
        lowercase=lowercase,
        whitespace=whitespace,
        eps_smoothing=eps,
    )


@lru_cache(4)
def _ter(normalized: bool, no_punctuation: bool, asian_support: bool, case: bool) -> Any:
    return needed("sacrebleu.metrics", "ter").TER(
        normalized=normalized, no_punct=no_punctuation, asian_support=asian_support, case_sensitive=case
    )
