"""One run against a baseline, and many against the same one, with what that many looks cost in certainty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.records.scales import is_right, sign_of
from genai_tui.stages.evaluate.comparing import Pair, compare_runs, pairs
from genai_tui.store.runs import all_runs

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.statistics.pairs import Comparison
    from genai_tui.store.reader import Reader

SURE = 0.05
MOST = 200_000  # answers of a run beyond which it is compared only when that is asked for


@dataclass(frozen=True)
class Against:
    """`run` against `base` by `scorer`; `fault` says why there is no comparison. `holm`: p among all that were made.

    `sign` is -1 where less is better by the scorer.
    """

    base: Run
    run: Run
    scorer: str = ""
    found: "Comparison | None" = None
    fault: str = ""
    holm: float | None = None
    sign: int = 1

    @property
    def verdict(self) -> str:
        """better, worse, or no difference that is sure; by the corrected p where several were compared."""
        p = self.holm if self.holm is not None else self.found.p if self.found is not None else None
        if self.found is None or self.found.difference is None or p is None or p > SURE:
            return ""
        return "better" if self.sign * self.found.difference > 0 else "worse"


def against(reader: "Reader", base: Run, run: Run, scorer: str | None = None) -> Against:
    """One run against a baseline, on the examples that both have. Reads both whole: call it in a thread."""
    try:
        name, found = compare_runs(reader, base, run, scorer)
    except GenaiError as error:
        return Against(base, run, fault=f"{error.what} {error.why}".strip())
    return Against(base, run, name, found, sign=sign_of(name))


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
    """The last run before this one, of another candidate, over the same split; whole ones as large as it first."""
    found: Run | None = None
    for other in all_runs(reader):
        if other.id < run.id and other.split == run.split and other.candidate != run.candidate and other.result:
            if found is None or _likeness(other, run) > _likeness(found, run):
                found = other
            if _likeness(found, run) == (True, True):
                break
    return found


def _likeness(other: Run, run: Run) -> tuple[bool, bool]:
    return other.state == "done", other.n == run.n


@dataclass(frozen=True)
class Changed:
    """Examples on which two runs differ by a scorer: those that got better and worse, and those both get wrong."""

    better: list[Pair]
    worse: list[Pair]
    both_wrong: list[Pair]


def changed(reader: "Reader", base: Run, run: Run, scorer: str) -> Changed:
    """What got better and what got worse. Reads both runs whole: call it in a thread."""
    both, sign = pairs(reader, base, run, scorer), sign_of(scorer)
    return Changed(
        [pair for pair in both if sign * (pair.second - pair.first) > 0],
        [pair for pair in both if sign * (pair.second - pair.first) < 0],
        [pair for pair in both if pair.second == pair.first and not is_right(scorer, pair.first)],
    )
