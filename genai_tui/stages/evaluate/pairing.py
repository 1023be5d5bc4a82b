"""The answers of two runs to the same examples, side by side as columns: fast and small for a million of them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from genai_tui.store.paired import Answers, hashes_of, scored_answers

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

Told = Callable[[int], bool]


class Column(NamedTuple):
    """The answers of a run that count, by example and repeat; `values` NaN where there is none to go by."""

    examples: np.ndarray
    places: np.ndarray  # the how-manyth repeat of its example
    values: np.ndarray
    ids: np.ndarray


class Paired(NamedTuple):
    """An entry a pair of answers: the example as each run knows it, what the scorer says of both, their ids."""

    first_example: np.ndarray
    second_example: np.ndarray
    first: np.ndarray
    second: np.ndarray
    first_ids: np.ndarray
    second_ids: np.ndarray

    @property
    def repeated(self) -> bool:
        """Whether an example has several pairs."""
        return len(np.unique(self.first_example)) < len(self.first_example)


def paired(
    reader: "Reader", runs: Sequence[int], scorer: str, worst: float | None, told: Told = lambda done: True
) -> Paired | None:
    """Two runs, on the examples that both have by their content; of repeats as many as both have.

    `worst` stands for an answer that failed (None: it has no value). None where `told`, which is given how many
    answers were read, said to end.
    """
    columns: list[Column] = []
    before = 0
    for run in runs:
        found = scored_answers(reader, run, scorer, lambda done, before=before: told(before + done))  # type: ignore[misc]
        if found is None:
            return None
        before += len(found.examples)
        columns.append(_counting(found, worst))
    first, second = columns
    known = _as_known(reader, first.examples, second.examples)
    most = int(max(first.places.max(initial=0), second.places.max(initial=0))) + 1
    keys = first.examples * most + first.places, known * most + second.places
    _, one, other = np.intersect1d(*keys, assume_unique=True, return_indices=True)
    return Paired(
        first.examples[one], second.examples[other], first.values[one], second.values[other], first.ids[one],
        second.ids[other],
    )  # fmt: skip


def _counting(found: Answers, worst: float | None) -> Column:
    """Of each example and repeat the answer that counts: the last good one, else the last failure."""
    examples, repeats = np.frombuffer(found.examples, np.int64), np.frombuffer(found.repeats, np.int64)
    values = np.frombuffer(found.values, float).copy()
    failed, left_out = np.frombuffer(found.failed, bool), np.frombuffer(found.left_out, bool)
    if worst is not None:
        values[np.isnan(values) & ~left_out] = worst
    order = np.lexsort((np.arange(len(examples)), ~failed, repeats, examples))
    examples, repeats, values = examples[order], repeats[order], values[order]
    last = np.ones(len(examples), bool)
    last[:-1] = (examples[1:] != examples[:-1]) | (repeats[1:] != repeats[:-1])
    examples, values, ids = examples[last], values[last], np.frombuffer(found.ids, np.int64)[order][last]
    starts = np.flatnonzero(np.r_[True, examples[1:] != examples[:-1]]) if len(examples) else np.empty(0, np.intp)
    sizes = np.diff(np.r_[starts, len(examples)])
    return Column(examples, np.arange(len(examples)) - np.repeat(starts, sizes), values, ids)


def _as_known(reader: "Reader", ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Their examples under our ids, where the content is the same; others under ids that nobody has."""
    alone, others = np.setdiff1d(ours, theirs), np.setdiff1d(theirs, ours)
    if not len(others):
        return theirs
    by_hash: dict[str, list[int]] = defaultdict(list)
    for example, digest in hashes_of(reader, alone.tolist()).items():
        by_hash[digest].append(example)
    to = dict.fromkeys(others.tolist(), 0)
    for example, digest in hashes_of(reader, others.tolist()).items():
        same = by_hash.get(digest)
        to[example] = same.pop(0) if same else -example
    places = np.searchsorted(others, theirs)
    places[places == len(others)] = 0
    mapped = np.asarray([to[example] for example in others.tolist()], np.int64)
    return np.where(np.isin(theirs, others), mapped[places], theirs)
