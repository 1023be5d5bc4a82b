"""One run against a baseline, and many against the same one, with what that many looks cost in certainty."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.records.scales import right_at, sign_of
from genai_tui.stages.evaluate.comparing import compare_runs
from genai_tui.stages.evaluate.statistics.power import ERROR
from genai_tui.store.runs import all_runs
from genai_tui.store.seen import Seen, seen_of

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.statistics.pairs import Comparison
    from genai_tui.store.reader import Reader

MOST_WRONG = 10_000  # examples wrong in both that are listed


@dataclass(frozen=True)
class Against:
    """`run` against `base` by `scorer`; `fault` says why there is no comparison, and what to do.

    `holm` is p among all that were made. `sign` is -1 where less is better by the scorer; `seen` is what the scores of
    `base` and of `run` are to be doubted for.
    """

    base: Run
    run: Run
    scorer: str = ""
    found: "Comparison | None" = None
    fault: str = ""
    holm: float | None = None
    sign: int = 1
    seen: tuple[Sequence[Seen], Sequence[Seen]] = ((), ())

    @property
    def doubts(self) -> list[str]:
        """What is to be doubted in it, in sentences."""
        return [
            f"run {run.id}: {each.text}" for run, found in zip((self.base, self.run), self.seen, strict=True)
            for each in found
        ]  # fmt: skip

    def seen_as_json(self) -> dict[str, Any]:
        """As `eval compare --json` prints it; nothing where there is nothing."""
        sides = {side: [each._asdict() for each in found] for side, found in zip("ab", self.seen, strict=True)}
        return {"seen": sides} if any(sides.values()) else {}

    @property
    def verdict(self) -> str:
        """better, worse, or no difference that is sure; by the corrected p where several were compared."""
        p = self.holm if self.holm is not None else self.found.p if self.found is not None else None
        if self.found is None or self.found.difference is None or p is None or p > ERROR:
            return ""
        return "better" if self.sign * self.found.difference > 0 else "worse"


def against(
    reader: "Reader", base: Run, run: Run, scorer: str | None = None, told: Callable[[int], bool] = lambda done: True
) -> Against:
    """One run against a baseline, on the examples that both have. Reads both whole: call it in a thread.

    `told` is given how many answers were read; where it gives False there is no comparison.
    """
    try:
        name, found = compare_runs(reader, base, run, scorer, told)
    except GenaiError as error:
        return Against(base, run, fault=str(error))
    seen = (seen_of(reader, base.id), seen_of(reader, run.id))
    return Against(base, run, name, found, sign=sign_of(name), seen=seen)


def corrected(compared: Sequence[Against]) -> list[Against]:
    """The same with Holm's correction, where there are several."""
    from dataclasses import replace

    from genai_tui.stages.evaluate.statistics.corrections import holm

    known = [each for each in compared if each.found is not None and each.found.p is not None]
    if len(known) < 2:
        return list(compared)
    fixed = holm([each.found.p for each in known if each.found is not None and each.found.p is not None])
    at = {id(each): p for each, p in zip(known, fixed, strict=True)}
    return [replace(each, holm=at.get(id(each))) for each in compared]


def rivals(reader: "Reader", base: Run, most: int = 50) -> list[Run]:
    """Runs with a result over the same split, of which each candidate's last counts, the newest first."""
    found: dict[int, Run] = {}
    for run in all_runs(reader):
        fits = run.split == base.split and run.id != base.id and run.result is not None
        if fits and run.candidate != base.candidate:
            found.setdefault(run.candidate, run)
        if len(found) >= most:
            break
    return sorted(found.values(), key=lambda run: -run.id)


def baseline_of(reader: "Reader", run: Run) -> Run | None:
    """The last run before this one, of another candidate, over the same split.

    One that can be compared with it first: scored by one of its scorers, on the same dataset, whole, as large as it.
    """
    found: Run | None = None
    for other in all_runs(reader):
        if other.id < run.id and other.split == run.split and other.candidate != run.candidate and other.result:
            if found is None or _likeness(other, run) > _likeness(found, run):
                found = other
            if all(_likeness(found, run)):
                break
    return found


def _likeness(other: Run, run: Run) -> tuple[bool, ...]:
    same_rows = other.dataset_version == run.dataset_version
    return bool(set(other.scorers) & set(run.scorers)), same_rows, other.state == "done", other.n == run.n


class Pair(NamedTuple):
    """One example: its id as each run knows it, and what the scorer says of each (means of repeats)."""

    example: int
    other: int
    first: float
    second: float


@dataclass(frozen=True)
class Changed:
    """Examples on which two runs differ by a scorer: those that got better and worse, and those both get wrong."""

    better: list[Pair]
    worse: list[Pair]
    both_wrong: list[Pair]


def changed(
    reader: "Reader", base: Run, run: Run, scorer: str, told: Callable[[int], bool] = lambda done: True
) -> Changed:
    """What got better and what got worse, and (as many as a list shows) what both get wrong; nothing where it is ended.

    An answer that failed is wrong; where less is better it has no value. Reads both runs whole: call it in a thread.
    """
    import numpy as np

    from genai_tui.stages.evaluate.pairing import paired

    sign = sign_of(scorer)
    found = paired(reader, (base.id, run.id), scorer, 0.0 if sign > 0 else None, told)
    if found is None:
        return Changed([], [], [])
    known = ~(np.isnan(found.first) | np.isnan(found.second))
    ours, starts, where = np.unique(found.first_example[known], return_index=True, return_inverse=True)
    sizes = np.bincount(where, minlength=len(ours)) if len(ours) else np.ones(0)
    first, second = (np.bincount(where, values[known], len(ours)) / sizes for values in (found.first, found.second))
    theirs = found.second_example[known][starts]

    def chosen(mask: "np.ndarray", most: int | None = None) -> list[Pair]:
        columns = (column[mask][:most].tolist() for column in (ours, theirs, first, second))
        return [Pair(*row) for row in zip(*columns, strict=True)]

    step, best = sign * (second - first), right_at(scorer)
    wrong = np.zeros(len(ours), bool) if best is None else sign * (first - best) < 0
    return Changed(chosen(step > 0), chosen(step < 0), chosen((step == 0) & wrong, MOST_WRONG))
