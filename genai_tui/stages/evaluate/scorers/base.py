"""What scorers share: one verdict a text, and how verdicts become a value with its interval."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
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

    def combine(self, scores: Sequence[Score], groups: Sequence[Hashable] | None = None) -> Value:
        """A share with Wilson's interval, or a mean with its bootstrap interval."""
        values, kept = self.values(scores, groups)
        if self.kind == "proportion":
            return proportion(values, kept)
        from genai_tui.stages.evaluate.statistics import bootstrap  # numpy: not for a plain share

        return bootstrap.mean(values, kept, self.bounds)

    def compare(
        self, ours: Sequence[Score], theirs: Sequence[Score], groups: Sequence[Hashable] | None = None
    ) -> "Comparison":
        """McNemar's exact test for zeros and ones, else a permutation test; only pairs that both have a value."""
        pairs = [(self._value(a), self._value(b)) for a, b in zip(ours, theirs, strict=True)]
        places = [place for place, pair in enumerate(pairs) if None not in pair]
        kept = None if groups is None else [groups[place] for place in places]
        first, second = ([pairs[place][side] or 0.0 for place in places] for side in (0, 1))
        return self.compare_values(first, second, kept)

    def compare_values(
        self,
        first: "Sequence[float] | np.ndarray",
        second: "Sequence[float] | np.ndarray",
        groups: Sequence[Hashable] | None = None,
    ) -> "Comparison":
        """The same of pairs that both have a value."""
        from genai_tui.stages.evaluate.statistics.pairs import compare

        found = compare(first, second, groups)
        return found if self.better != "lower" else found._replace(better=found.worse, worse=found.better)

    def values(
        self, scores: Sequence[Score], groups: Sequence[Hashable] | None = None
    ) -> tuple[list[float], list[Hashable] | None]:
        """The values that count, with the groups they belong to."""
        found = [self._value(score) for score in scores]
        kept = None if groups is None else [g for g, value in zip(groups, found, strict=True) if value is not None]
        return [value for value in found if value is not None], kept

    def _value(self, score: Score) -> float | None:
        if not was_judged(score):
            return None
        return self.worst if score.value is None else score.value


@dataclass(frozen=True)
class Corpus(Base):
    """A scorer whose value is a function of sums over all answers; `detail` of a score holds its parts."""

    kind: ClassVar[Kind] = "corpus"
    immediate: ClassVar[bool] = False

    @abstractmethod
    def parts(self, scores: Sequence[Score]) -> "np.ndarray":
        """One row an answer, what is summed; an answer that failed has the row of an empty one."""

    @abstractmethod
    def of_sums(self, sums: "np.ndarray") -> "np.ndarray":
        """The value of each row of sums."""

    def combine(self, scores: Sequence[Score], groups: Sequence[Hashable] | None = None) -> Value:
        """The value of all answers together, with its bootstrap interval."""
        from genai_tui.stages.evaluate.statistics import bootstrap

        places = [place for place, score in enumerate(scores) if was_judged(score)]
        if not places:
            return Value(None, None, None, 0)
        kept = None if groups is None else [groups[place] for place in places]
        return bootstrap.of_sums(self.parts([scores[place] for place in places]), self.of_sums, kept)

    def compare(
        self, ours: Sequence[Score], theirs: Sequence[Score], groups: Sequence[Hashable] | None = None
    ) -> "Comparison":
        """Approximate randomisation with the paired bootstrap interval; an example's answers change sides together."""
        from genai_tui.stages.evaluate.statistics.grouping import summed_rows
        from genai_tui.stages.evaluate.statistics.pairs import compare_sums

        places = [place for place, pair in enumerate(zip(ours, theirs, strict=True)) if all(map(was_judged, pair))]
        both = self.parts([*(ours[place] for place in places), *(theirs[place] for place in places)])
        first, second = both[: len(places)], both[len(places) :]
        if groups is not None and places:
            kept = [groups[place] for place in places]
            first, second = summed_rows(first, kept), summed_rows(second, kept)
        return compare_sums(first, second, self.of_sums)


def short(text: object) -> str:
    """Foreign text for a reason: its beginning, on one line."""
    line = " ".join(str(text).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
