"""Scores of all answers together: added up in blocks where there are very many, with the same value and interval."""

import tracemalloc
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np
import pytest

from genai_tui.project import Project
from genai_tui.records.runs import Score, Value
from genai_tui.stages.evaluate.results import result_of
from genai_tui.stages.evaluate.scorers import find_scorer
from genai_tui.stages.evaluate.scorers.adding import UNITS
from genai_tui.stages.evaluate.statistics import bootstrap
from genai_tui.store.runs import find_run
from tests.bench.results import fill

FAR = UNITS + 5_000  # so many are dealt out to blocks


class Made(Collection[Score]):
    """Scores that are made anew each time they are gone through, as those of a run are read anew."""

    def __init__(self, count: int, make: Callable[[int], Score]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Score]:
        return map(self._make, range(self._count))

    def __contains__(self, score: object) -> bool:
        return False


def found(place: int) -> Score:
    """Hits, false alarms and misses, the same for the same place."""
    return Score("entities", 0.5, detail=[(place * 7919) % 5, (place * 104729) % 3, (place * 31) % 4])


def labelled(place: int) -> Score:
    """One of 20 classes; one answer in five says something of its own."""
    wanted, said = f"class {place % 20}", f"class {(place + (place % 3 == 0)) % 20}" if place % 5 else f"words {place}"
    return Score("labels-f1", float(wanted == said), detail={"expected": [wanted], "found": [said]})


@pytest.mark.parametrize(("name", "make"), [("entities", found), ("labels-f1:average=micro", labelled)])
def test_blocks_give_the_value_and_nearly_the_interval_of_single_answers(
    name: str, make: Callable[[int], Score]
) -> None:
    scorer, scores = find_scorer(name), Made(FAR, make)
    rows = np.zeros((FAR, 3))
    for row, score in zip(rows, scores, strict=True):
        if isinstance(score.detail, list):
            row[:] = score.detail
        else:
            row[:] = [1, 0, 0] if score.value else [0, 1, 1]
    alone = bootstrap.of_sums(rows, lambda sums: 2 * sums[:, 0] / (2 * sums[:, 0] + sums[:, 1] + sums[:, 2]))
    whole = scorer.combine(scores)
    assert (whole.n, whole.value) == (FAR, pytest.approx(alone.value, abs=1e-12))
    assert width(whole) == pytest.approx(width(alone), rel=0.15)


def width(value: Value) -> float:
    assert value.low is not None
    assert value.high is not None
    return value.high - value.low


@pytest.mark.parametrize(("name", "make"), [("entities", found), ("labels-f1", labelled), ("exact", found)])
def test_memory_does_not_grow_with_the_answers(name: str, make: Callable[[int], Score]) -> None:
    scorer = find_scorer(name)
    scorer.combine(Made(100, make))  # what is imported once is there

    def peak(count: int) -> int:
        tracemalloc.start()
        scorer.combine(Made(count, make))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few, many = peak(FAR), peak(4 * FAR)
    assert (many - few) / (3 * FAR) < 80  # bytes for each answer more: a score alone takes some hundreds


def test_few_groups_of_very_many_answers_are_all_counted() -> None:
    scorer = find_scorer("entities")
    groups = [place // 100 for place in range(FAR)]
    scores = Made(FAR, found)
    whole = scorer.combine(scores, groups)
    assert (whole.n, whole.value) == (FAR, pytest.approx(scorer.combine(scores).value))
    few = Made(200, found)
    assert scorer.combine(few) == scorer.combine(list(few), list(range(200)))


def test_groups_stay_together_in_blocks() -> None:
    scorer = find_scorer("entities")
    groups = [place // 2 for place in range(2 * FAR)]
    twice = scorer.combine(Made(2 * FAR, lambda place: found(place // 2)), groups)
    once = scorer.combine(Made(FAR, found))
    assert (twice.n, twice.value) == (2 * FAR, pytest.approx(once.value))
    assert width(twice) == pytest.approx(width(once), rel=1e-6)  # a second answer that is the same tells nothing


def test_a_comparison_in_blocks_sees_what_there_is_and_no_more() -> None:
    scorer = find_scorer("entities")
    same = scorer.compare(Made(FAR, found), Made(FAR, found))
    assert (same.n, same.same, same.difference, same.p) == (FAR, FAR, 0.0, 1.0)
    better = scorer.compare(Made(FAR, found), Made(FAR, lambda place: Score("", 1.0, detail=[3, place % 2, 0])))
    assert better.low is not None
    assert better.low > 0
    assert better.p is not None
    assert better.p < 0.01


def test_an_answer_that_failed_misses_what_the_mean_answer_has_to_find() -> None:
    scorer = find_scorer("labels-f1:average=micro")
    good = [Score("", 1.0, detail={"expected": [label], "found": [label]}) for label in "ab"]
    assert scorer.combine(good).value == 1
    assert scorer.combine([*good, Score("", None), Score("", None)]).value == pytest.approx(2 / 3)


def test_classes_of_one_side_say_nothing_of_the_other() -> None:
    """scikit-learn's macro F1 counts the classes that are found: each side's own."""
    scorer = find_scorer("labels-f1")
    sure = [Score("", 1.0, detail={"expected": ["a"], "found": ["a"]})] * 4
    strange = [Score("", 0.0, detail={"expected": ["a"], "found": [f"x{n}"]}) for n in range(4)]
    told = scorer.compare([*sure, *strange], [*sure, *sure])
    assert told.difference == pytest.approx(1 - (2 * 4 / 12) / 5)


def test_a_large_run_is_read_without_holding_its_answers(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        with fill(tmp_path / str(rows), rows) as project:
            return of(project)

    def of(project: Project) -> int:
        tracemalloc.start()
        found = result_of(project.reader, find_run(project.reader, 1))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found.n > 0
        return most

    few, many = 5_000, 25_000
    peak(few)
    assert (peak(many + 1) - peak(few + 1)) / (many - few) < 250  # bytes an answer, SQLite's own left out
