"""What scorers share: one verdict a text, and how verdicts become a value with its interval."""

import asyncio
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from genai_tui.records.datasets import Example
from genai_tui.records.expected import accepted as accepted
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind, Score, Value
from genai_tui.stages.evaluate.scorers.contract import Better
from genai_tui.stages.evaluate.statistics.intervals import proportion

if TYPE_CHECKING:
    import numpy as np

    from genai_tui.answering.asking import Asking
    from genai_tui.stages.evaluate.statistics.pairs import Comparison

LONGEST = 200  # characters of foreign text in a reason
LARGEST = 1e100  # of a value, with either sign: with larger ones sums of squares are no numbers any more


class Verdict(NamedTuple):
    """What a scorer says of one text; its fields are those of a score."""

    value: float | None
    reduced: str | None = None
    reason: str = ""
    label: str | None = None
    detail: Any = None


def unjudged(reason: str, detail: Mapping[str, Any] | None = None) -> Verdict:
    """No verdict, though there is an answer: it is left out of the value, whose n tells, and counts as nothing."""
    return Verdict(None, reason=reason, detail={**(detail or {}), "unjudged": True})


def was_judged(score: Score) -> bool:
    """Whether a score counts: an answer that failed does, one that could not be judged does not."""
    return not (isinstance(score.detail, dict) and score.detail.get("unjudged"))


NO_EXPECTED = unjudged("The example has no expected answer.")


@dataclass(frozen=True)
class Base(ABC):
    """A scorer that judges a text by itself; its fields after `name` are its options.

    `worst` stands for an answer without a value: it failed. None leaves it out, where no number would be honest
    (latency, cost); n then counts those that have one. `bounds` are the ends of the scale, where it has some.
    """

    name: str

    kind: ClassVar[Kind] = "proportion"
    immediate: ClassVar[bool] = True
    better: ClassVar[Better] = "higher"
    worst: ClassVar[float | None] = 0.0
    bounds: ClassVar[tuple[float, float] | None] = (0.0, 1.0)

    @abstractmethod
    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """The verdict on one text; in a thread unless the scorer is immediate."""

    async def score(self, text: str, example: Example, generation: Generation, asking: "Asking | None") -> Score:
        """The verdict as a score."""
        if self.immediate:
            return Score(self.name, **self.judge(text, example, generation)._asdict())
        return Score(self.name, **(await asyncio.to_thread(self.judge, text, example, generation))._asdict())

    def combine(self, scores: Collection[Score], groups: Sequence[Hashable] | None = None) -> Value:
        """A share with Wilson's interval, or a mean with its bootstrap interval."""
        values, kept = self.values(scores, groups)
        if self.kind == "proportion":
            return proportion(values, kept)
        from genai_tui.stages.evaluate.statistics import bootstrap  # numpy: not for a plain share

        return bootstrap.mean(values, kept, self.scale(scores))

    def scale(self, scores: Iterable[Score]) -> tuple[float, float] | None:
        """The ends of the scale that these scores are on; None where it has none."""
        return self.bounds

    def compare(
        self, ours: Collection[Score], theirs: Collection[Score], groups: Sequence[Hashable] | None = None
    ) -> "Comparison":
        """McNemar's exact test for zeros and ones, else a permutation test; only pairs that both have a value."""
        first, second, kept = array("d"), array("d"), None if groups is None else list[Hashable]()
        for place, (one, other) in enumerate(zip(map(self._value, ours), map(self._value, theirs), strict=True)):
            if one is not None and other is not None:
                first.append(one)
                second.append(other)
                if kept is not None and groups is not None:
                    kept.append(groups[place])
        return self.compare_values(first, second, kept)

    def compare_values(
        self,
        first: "Sequence[float] | np.ndarray",
        second: "Sequence[float] | np.ndarray",
        groups: Sequence[Hashable] | None = None,
    ) -> "Comparison":
        """The same of pairs that both have a value."""
        from genai_tui.stages.evaluate.statistics.pairs import compare

        found = compare(first, second, groups, self.bounds)
        return found if self.better != "lower" else found._replace(better=found.worse, worse=found.better)

    def values(
        self, scores: Iterable[Score], groups: Sequence[Hashable] | None = None
    ) -> tuple[Sequence[float], Sequence[Hashable] | None]:
        """The values that count, with the groups they belong to."""
        found, counts = array("d"), bytearray()
        for value in map(self._value, scores):
            counts.append(value is not None)
            if value is not None:
                found.append(value)
        if groups is None or all(counts):
            return found, groups
        return found, [group for group, counted in zip(groups, counts, strict=True) if counted]

    def _value(self, score: Score) -> float | None:
        if not was_judged(score):
            return None
        return self.worst if score.value is None else score.value


class Parts(ABC):
    """What is added up over answers, and the value of such sums."""

    @property
    @abstractmethod
    def width(self) -> int:
        """How many numbers are added up."""

    def adder(self) -> "Callable[[np.ndarray, Score], None]":
        """Adds what a score counts to a row of sums: its detail. It is given the scores of one side, in their order."""
        return _add_detail

    @abstractmethod
    def missed(self, mean: "np.ndarray | None") -> "np.ndarray":
        """What an answer that failed counts: an empty one to what the mean answer (None: there is none) has to say."""

    @abstractmethod
    def of_sums(self, sums: "np.ndarray") -> "np.ndarray":
        """The value of each row of sums."""


def _add_detail(sums: "np.ndarray", score: Score) -> None:
    sums += score.detail


@dataclass(frozen=True)
class Corpus(Base):
    """A scorer whose value is a function of sums over all answers; `detail` of a score holds what is summed."""

    kind: ClassVar[Kind] = "corpus"
    immediate: ClassVar[bool] = False

    @abstractmethod
    def parts(self, scores: Iterable[Score]) -> Parts:
        """What is summed of these scores, which may be gone through once for that."""

    def combine(self, scores: Collection[Score], groups: Sequence[Hashable] | None = None) -> Value:
        """The value of all answers together, with its bootstrap interval."""
        from genai_tui.stages.evaluate.scorers.adding import added
        from genai_tui.stages.evaluate.statistics import bootstrap

        parts = self.parts(scores)
        found = added(parts, [scores], groups)
        return bootstrap.of_sums(found.sums[0], parts.of_sums, bounds=self.bounds)._replace(n=found.n)

    def compare(
        self, ours: Collection[Score], theirs: Collection[Score], groups: Sequence[Hashable] | None = None
    ) -> "Comparison":
        """Approximate randomisation with the paired bootstrap interval; an example's answers change sides together."""
        from genai_tui.stages.evaluate.scorers.adding import added
        from genai_tui.stages.evaluate.statistics.pairs import compare_sums

        parts = self.parts(chain(ours, theirs))
        found = added(parts, [ours, theirs], groups)
        first, second = found.sums
        return compare_sums(first, second, parts.of_sums, self.bounds)._replace(n=found.units, same=found.same)


def short(text: object) -> str:
    """Foreign text for a reason: its beginning, on one line."""
    line = " ".join(str(text).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
