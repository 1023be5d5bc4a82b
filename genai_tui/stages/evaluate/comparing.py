"""Two runs on the same examples: what got better and worse, and how sure that is."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Split
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.scored import nothing_in_common, shared_scorer
from genai_tui.stages.evaluate.scorers.base import Base, Corpus
from genai_tui.stages.evaluate.scorers.imported import LOG, scorer_of
from genai_tui.store.candidates import find_candidate
from genai_tui.store.runs import find_run, page_runs
from genai_tui.store.scores import ScoresOf

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.statistics.pairs import Comparison
    from genai_tui.store.reader import Reader

BEST_FIRST: tuple[Split, ...] = ("test", "dev", "train")


def run_of(reader: "Reader", reference: str, split: Split | None = None, beside: Run | None = None) -> Run:
    """A run by its number, or the last run of a candidate over `split` (else: test, dev, train) that has a result.

    One over the whole split comes before one over its first rows; where it is held against the run `beside`, one over
    the same split, and over the same version of the same dataset, before all others.

    Raises UsageFault where there is none.
    """
    if reference.removeprefix("#").isdigit():
        return find_run(reader, reference)
    candidate = find_candidate(reader, reference)
    measured = [run for run in page_runs(reader, candidate=candidate.id) if run.result is not None]
    order = BEST_FIRST if beside is None else (beside.split, *BEST_FIRST)
    for wanted in (split,) if split else order:
        of_it = [run for run in measured if run.split == wanted]
        if of_it:
            return max(of_it, key=lambda run: (beside is not None and run.dataset_version == beside.dataset_version,
                                               run.whole, run.id))  # fmt: skip
    where = f" over {split}" if split else ""
    raise UsageFault(
        f"{candidate.name} was not measured{where} yet.",
        "",
        f"genai-tui eval run {candidate.name}{f' --split {split}' if split else ''}",
    )


def runs_of(reader: "Reader", references: Sequence[str], split: Split | None = None) -> list[Run]:
    """What several references mean together: candidates by their runs over a split that all of them have, if any.

    Raises UsageFault where there is none.
    """
    first, *rest = references
    splits = [_splits(reader, reference) for reference in references]
    shared = next((each for each in BEST_FIRST if all(each in known for known in splits)), None)
    base = run_of(reader, first, split or shared)
    return [base, *(run_of(reader, each, split, base) for each in rest)]


def _splits(reader: "Reader", reference: str) -> set[Split]:
    """Over which splits a run was, or a candidate was measured."""
    if reference.removeprefix("#").isdigit():
        return {find_run(reader, reference).split}
    candidate = find_candidate(reader, reference)
    return {run.split for run in page_runs(reader, candidate=candidate.id) if run.result is not None}


def compare_runs(
    reader: "Reader", a: Run, b: Run, scorer: str | None = None, told: Callable[[int], bool] = lambda done: True
) -> "tuple[str, Comparison]":
    """B against A by `scorer`, else by the first they share; with the scorer's name. Reads both runs whole.

    `told` is given how many answers were read, and ends the comparison where it gives False. Raises UsageFault where
    they are one run, or share no scorer or no example, and where it was ended.
    """
    import numpy as np

    from genai_tui.stages.evaluate.pairing import paired

    if a.id == b.id:
        raise UsageFault(f"Run {a.id} would be compared with itself.", "", "Name another one: genai-tui eval list")
    if a.options.get(LOG, a.id) == b.options.get(LOG, b.id):
        raise UsageFault(
            f"Runs {a.id} and {b.id} are one log, imported twice.",
            "They have the same answers: they would be compared with themselves.",
            "Name another one: genai-tui eval list",
        )
    name = shared_scorer(reader, a, b, scorer)
    judge = scorer_of(a, name)
    found = paired(reader, (a.id, b.id), name, judge.worst if isinstance(judge, Base) else None, told)
    if found is None:
        raise UsageFault(f"The comparison of runs {a.id} and {b.id} was stopped.")
    if not len(found.first):
        raise nothing_in_common(reader, a, b)
    if isinstance(judge, Corpus) or not isinstance(judge, Base):  # it needs more of each answer than a number
        ours, theirs = (ScoresOf(reader, name, ids) for ids in (found.first_ids, found.second_ids))
        return name, judge.compare(ours, theirs, found.first_example.tolist() if found.repeated else None)
    known = ~(np.isnan(found.first) | np.isnan(found.second))
    groups = found.first_example[known].tolist() if found.repeated else None
    return name, judge.compare_values(found.first[known], found.second[known], groups)


def comparison_as_json(found: "Comparison") -> dict[str, Any]:
    """As `eval compare --json` prints it; B − A."""
    return found._asdict()


def _both(n: int) -> str:
    return "the one example that both have" if n == 1 else f"the {n:,} examples that both have"


def comparison_lines(a: Run, b: Run, scorer: str, found: "Comparison", holm: float | None = None) -> list[str]:
    """For people; `holm` is p as it counts among several comparisons."""
    lines = [
        f"run {b.id} against run {a.id}, {scorer}, {_both(found.n)}",
        f"better {found.better:,} · same {found.same:,} · worse {found.worse:,}",
    ]
    if found.difference is not None:
        corrected = f", {holm:.2g} among all of these (Holm)" if holm is not None else ""
        lines.append(f"difference {found.said()}{corrected}")
    return lines
