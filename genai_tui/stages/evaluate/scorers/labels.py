"""Classification: which label an answer is, and accuracy, precision, recall, F1 and confusion over all of them."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Score
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Corpus, Parts, Verdict, short
from genai_tui.stages.evaluate.scorers.extraction import Take, taken
from genai_tui.stages.evaluate.scorers.jsons import expected_json, found_in
from genai_tui.stages.evaluate.scorers.texts import normalized

if TYPE_CHECKING:
    import numpy as np

NONE = "(no label)"  # what an answer is read as that failed or is empty
LONGEST_LABEL = 80

Average = Literal["macro", "micro", "weighted"]
Measure = Literal["f1", "precision", "recall"]


@dataclass(frozen=True)
class _Reading(Base):
    """How a label is read: the answer itself, or the one of `label` (repeatable) that stands in it.

    `take` reduces the answer first. Letter case, punctuation and spare white space do not count. Several labels, where
    a list is expected, are a JSON list or separated by commas or lines.
    """

    take: Take = "all"
    label: tuple[str, ...] = ()

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 where the label, or the set of labels, is the expected one; `label` is what it was read as."""
        if example.expected is None:
            return NO_EXPECTED
        wanted, several = _wanted(example.expected)
        found = self._read(taken(text, self.take) or "", wanted, several=several)
        shown = " + ".join(found) if found else NONE
        right = {normalized(each) for each in found} == {normalized(each) for each in wanted}
        return Verdict(
            float(right),
            shown,
            "" if right else f"{short(' + '.join(wanted) or NONE)} is right.",
            label=shown,
            detail={"expected": wanted, "found": found},
        )

    def _read(self, text: str, wanted: list[str], *, several: bool) -> list[str]:
        known = {normalized(each): each for each in (*self.label, *wanted)}
        if self.label:
            bare = f" {normalized(text)} "
            found = [each for key, each in known.items() if f" {key} " in bare]
            longest = [a for a in found if not any(a != b and normalized(a) in normalized(b) for b in found)]
            return sorted(longest) if several or len(longest) == 1 else []
        parts = _parts(text) if several else [text]
        return sorted({known.get(normalized(part), _clean(part)) for part in parts} - {""})


def labels_of(expected: Any) -> list[str]:
    """The labels that a row expects: those of its list, or one."""
    return [] if expected is None else _wanted(expected)[0]


def _wanted(expected: Any) -> tuple[list[str], bool]:
    """The labels, and whether a list of them is expected."""
    read = expected_json(expected)
    return (sorted({str(each) for each in read}), True) if isinstance(read, list) else ([str(expected)], False)


def _clean(text: str) -> str:
    line = " ".join(text.split()).strip(" .\"'`*")
    return line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…"


def _parts(text: str) -> list[str]:
    try:
        found = found_in(text)
    except ValueError:
        return re.split(r"[,;\n]", text)
    return [str(each) for each in found] if isinstance(found, list) else [text]


@dataclass(frozen=True)
class Labels(_Reading):
    """The share of answers with the right label (of several labels: with exactly those)."""


@dataclass(frozen=True)
class LabelsF1(_Reading, Corpus):
    """F1, precision or recall of the labels, averaged over classes, over answers, or weighted by how often each is.

    Means of classes as scikit-learn takes them: of those that are expected or found, 0 where one has no hit. An answer
    that failed misses as much as the mean answer has to find.
    """

    average: Average = "macro"
    measure: Measure = "f1"

    immediate: ClassVar[bool] = True

    def parts(self, scores: Iterable[Score]) -> "Classes":
        """What is counted of each expected class, and of all others together."""
        expected = (normalized(label) for score in scores for label in _pair(score)[0])
        return Classes(dict.fromkeys(expected), self.average, self.measure)


class Classes(Parts):
    """Hits, false alarms and misses of each expected class; of all others their false alarms, and how many they are.

    A class that is found and never expected has no hit: how many there are is all that counts of them. So an answer in
    many words of its own is no column of its own.
    """

    def __init__(self, expected: Iterable[str], average: Average, measure: Measure) -> None:
        self._places = {key: 3 * place for place, key in enumerate(expected)}
        self._average, self._measure = average, measure

    @property
    def width(self) -> int:
        """Three of each class, and two."""
        return 3 * len(self._places) + 2

    def adder(self) -> "Callable[[np.ndarray, Score], None]":
        """Counts another class where it is met for the first time."""
        others: set[int] = set()

        def add(sums: "np.ndarray", score: Score) -> None:
            wanted, found = ({normalized(label) for label in side} for side in _pair(score))
            for key in wanted | found:
                if key in self._places:
                    sums[self._places[key] + (0 if key in wanted and key in found else 1 if key in found else 2)] += 1
                    continue
                sums[-2] += 1
                if hash(key) not in others:
                    others.add(hash(key))
                    sums[-1] += 1

        return add

    def missed(self, mean: "np.ndarray | None") -> "np.ndarray":
        """Each class is missed as often as the mean answer has to find it."""
        import numpy as np

        row = np.zeros(self.width)
        if mean is not None:
            row[2:-2:3] = mean[0:-2:3] + mean[2:-2:3]
        return row

    def of_sums(self, sums: "np.ndarray") -> "np.ndarray":
        """The average of each row of sums."""
        import numpy as np

        counts, alarms_of_others, others = sums[:, :-2].reshape(len(sums), -1, 3), sums[:, -2], sums[:, -1]
        if self._average == "micro":
            counts = counts.sum(1, keepdims=True)
            counts[:, 0, 1] += alarms_of_others
        hits, alarms, misses = counts[..., 0], counts[..., 1], counts[..., 2]
        below = {"f1": 2 * hits + alarms + misses, "precision": hits + alarms, "recall": hits + misses}[self._measure]
        each = np.where(below > 0, hits * (2 if self._measure == "f1" else 1) / np.maximum(below, 1), 0.0)
        weights = hits + misses if self._average == "weighted" else (hits + alarms + misses > 0).astype(float)
        more = others if self._average == "macro" else 0.0
        return np.asarray((each * weights).sum(1) / np.maximum(weights.sum(1) + more, 1e-12))


def _pair(score: Score) -> tuple[list[str], list[str]]:
    """Expected and found labels of a score: none where there was nothing to judge by, nor found where it failed."""
    detail = score.detail or {}
    return detail.get("expected", []), detail.get("found", []) if score.value is not None else []


def _classes(pairs: Iterable[tuple[list[str], list[str]]]) -> dict[str, str]:
    """Each class as it is written where it is expected, by its normalised form; expected ones first."""
    known: dict[str, str] = {}
    kept = list(pairs)
    for side in (0, 1):
        for pair in kept:
            for label in pair[side]:
                known.setdefault(normalized(label), label)
    return known


class ClassReport(NamedTuple):
    """One class: how often it is expected, and how well it is found."""

    label: str
    n: int
    precision: float
    recall: float
    f1: float


class Confusion(NamedTuple):
    """How often each expected label (row) was read as each (column), in the order of `labels`; the last is no label."""

    labels: list[str]
    counts: list[list[int]]


def class_reports(scores: Iterable[Score]) -> list[ClassReport]:
    """Precision, recall and F1 of every class, the most expected first."""
    hits, wanted, found = Counter[str](), Counter[str](), Counter[str]()
    expected: dict[str, str] = {}
    others: dict[str, str] = {}
    for score in scores:
        sides = _pair(score)
        right, given = ({normalized(label): label for label in side} for side in sides)
        for key, label in right.items():
            expected.setdefault(key, label)
        for key, label in given.items():
            others.setdefault(key, label)
        wanted.update(right.keys())
        found.update(given.keys())
        hits.update(right.keys() & given.keys())
    reports = [
        ClassReport(
            label,
            wanted[key],
            hits[key] / found[key] if found[key] else 0.0,
            hits[key] / wanted[key] if wanted[key] else 0.0,
            2 * hits[key] / (wanted[key] + found[key]),
        )
        for key, label in {**others, **expected}.items()
    ]
    return sorted(reports, key=lambda report: (-report.n, report.label))


def confusion(scores: Sequence[Score]) -> Confusion:
    """What was taken for what; answers with several labels are left out."""
    pairs = [pair for pair in map(_pair, scores) if len(pair[0]) == 1 and len(pair[1]) <= 1]
    known = _classes(pairs)
    labels = [*known.values(), NONE]
    places = {key: place for place, key in enumerate(known)}
    counts = [[0] * len(labels) for _ in labels]
    for [wanted], found in pairs:
        counts[places[normalized(wanted)]][places[normalized(found[0])] if found else len(known)] += 1
    return Confusion(labels, counts)
