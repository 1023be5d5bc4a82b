"""BLEU, chrF and TER, as sacreBLEU computes them: of all answers together, as fractions."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Score
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Corpus, Parts, Verdict, accepted
from genai_tui.stages.evaluate.scorers.contract import Better
from genai_tui.stages.evaluate.scorers.extra import needed

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class _Sacrebleu(Corpus):
    """A score keeps the counts of its sentence; the counts of all are added up for the score of all."""

    def __post_init__(self) -> None:
        needed("sacrebleu", self.name)

    @abstractmethod
    def metric(self, *, sentence: bool = False) -> Any:
        """Sacrebleu's metric; for one sentence BLEU leaves out orders that it has not."""

    @abstractmethod
    def empty(self, mean: "np.ndarray") -> "np.ndarray":
        """The counts of an empty answer to what the mean one is held against."""

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """The score of this sentence alone; what counts for all is in `detail`."""
        wanted = accepted(example.expected)
        if not wanted:
            return NO_EXPECTED
        counts = self.counts(text, wanted)
        return Verdict(self.score_of(self.metric(sentence=True), counts), detail=counts)

    def counts(self, text: str, references: Sequence[str]) -> list[float]:
        """The counts of one sentence: what sacreBLEU itself adds up for its significance tests."""
        [counts] = self.metric()._extract_corpus_statistics([text], [[reference] for reference in references])
        return [float(count) for count in counts]

    def parts(self, scores: Iterable[Score]) -> "Counts":
        """The counts of every sentence."""
        return Counts(self)

    def score_of(self, metric: Any, counts: Sequence[float]) -> float:
        """The score of sums of counts, as a fraction."""
        found = float(metric._compute_score_from_stats(list(counts)).score) / 100
        return found if self.better == "lower" else min(found, 1.0)  # sums of logarithms end a little above


class Counts(Parts):
    """Sacrebleu's counts, which add up."""

    def __init__(self, scorer: _Sacrebleu) -> None:
        self._scorer, self._metric = scorer, scorer.metric()
        self._one = scorer.counts("", ["a"])

    @property
    def width(self) -> int:
        """How many counts its metric has."""
        return len(self._one)

    def missed(self, mean: "np.ndarray | None") -> "np.ndarray":
        """An empty answer to an expected text of mean length."""
        import numpy as np

        return self._scorer.empty(np.asarray(self._one) if mean is None else mean)

    def of_sums(self, sums: "np.ndarray") -> "np.ndarray":
        """The score of each row of sums, as a fraction."""
        import numpy as np

        return np.asarray([self._scorer.score_of(self._metric, row.tolist()) for row in sums])


def _only(mean: "np.ndarray", places: slice) -> "np.ndarray":
    """Some of the counts, the others 0."""
    row = mean * 0
    row[places] = mean[places]
    return row


@dataclass(frozen=True)
class Bleu(_Sacrebleu):
    """BLEU of all answers (Papineni et al. 2002), sacreBLEU's default: 13a tokens, exponential smoothing."""

    tokenize: Literal["13a", "none", "zh", "intl", "char"] = "13a"
    lowercase: bool = False
    smooth: Literal["exp", "floor", "add-k", "none"] = "exp"
    smooth_value: float = -1.0  # below 0: the method's own
    order: int = 4  # the longest n-grams
    effective_order: bool = False  # leave out n-grams longer than all sentences: always done for one sentence

    def metric(self, *, sentence: bool = False) -> Any:
        """As configured."""
        value = None if self.smooth_value < 0 else self.smooth_value
        effective = sentence or self.effective_order
        return _bleu(self.tokenize, self.lowercase, self.smooth, value, self.order, effective)

    def empty(self, mean: "np.ndarray") -> "np.ndarray":
        """The length of the expected text."""
        return _only(mean, slice(1, 2))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.order < 1:
            raise UsageFault("BLEU takes n-grams of at least 1 word.")


@dataclass(frozen=True)
class Chrf(_Sacrebleu):
    """The F-score of character n-grams (Popović 2015); `words=2` is chrF++."""

    characters: int = 6
    words: int = 0
    beta: int = 2
    lowercase: bool = False
    whitespace: bool = False
    eps_smoothing: bool = False

    def metric(self, *, sentence: bool = False) -> Any:
        """As configured."""
        return _chrf(self.characters, self.words, self.beta, self.lowercase, self.whitespace, self.eps_smoothing)

    def empty(self, mean: "np.ndarray") -> "np.ndarray":
        """The n-grams of the expected text."""
        return _only(mean, slice(1, None, 3))


@dataclass(frozen=True)
class Ter(_Sacrebleu):
    """Edits to the nearest expected text, moves of words among them, over its length (Snover et al. 2006)."""

    normalized: bool = False
    no_punctuation: bool = False
    asian_support: bool = False
    case: bool = False

    better: ClassVar[Better] = "lower"
    bounds: ClassVar[tuple[float, float] | None] = None

    def metric(self, *, sentence: bool = False) -> Any:
        """As configured."""
        return _ter(self.normalized, self.no_punctuation, self.asian_support, self.case)

    def empty(self, mean: "np.ndarray") -> "np.ndarray":
        """The whole expected text is missing."""
        import numpy as np

        return np.full_like(mean, mean[1])


@lru_cache(16)
def _bleu(tokenize: str, lowercase: bool, smooth: str, value: float | None, order: int, effective: bool) -> Any:
    return needed("sacrebleu.metrics", "bleu").BLEU(
        tokenize=tokenize,
        lowercase=lowercase,
        smooth_method=smooth,
        smooth_value=value,
        max_ngram_order=order,
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
