"""The best run of each candidate over one split of a dataset by one scorer: what a leaderboard and plots show."""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.records.runs import Run, Value
from genai_tui.records.scales import sign_of
from genai_tui.store.datasets import find_dataset_version, hashes_of
from genai_tui.store.runs import all_runs

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

MOST = 2_000  # runs that are looked through


class Leader(NamedTuple):
    """A run that has a value."""

    run: Run
    value: Value


def measured(reader: "Reader", split: str, scorer: str, dataset: str | None = None) -> list[Leader]:
    """Every run over a split of one dataset that has a value by a scorer, the oldest first.

    Of any version of `dataset`, else of the one of the newest such run: scores over other rows are no rivals.
    """
    names: dict[int, str] = {}
    found = []
    for run in islice(all_runs(reader), MOST):
        value = run.result.scores.get(scorer) if run.result is not None else None
        if run.split != split or value is None or value.value is None:
            continue
        if run.dataset_version not in names:
            names[run.dataset_version] = find_dataset_version(reader, run.dataset_version).name
        dataset = names[run.dataset_version] if dataset is None else dataset
        if names[run.dataset_version] == dataset:
            found.append(Leader(run, value))
    return found[::-1]


def leaders(runs: list[Leader], scorer: str) -> list[Leader]:
    """The last run of each candidate over the whole split (else its last), the best first."""
    last: dict[int, Leader] = {}
    for each in runs:
        before = last.get(each.run.candidate)
        if before is None or each.run.whole or not before.run.whole:
            last[each.run.candidate] = each
    sign = sign_of(scorer)
    return sorted(last.values(), key=lambda each: (-sign * (each.value.value or 0.0), -each.run.id))


def over_other_rows(reader: "Reader", found: Sequence[Leader]) -> set[int]:
    """The runs, by number, whose split held other rows than the latest version among them holds."""
    versions = {each.run.dataset_version for each in found}
    if len(versions) < 2:
        return set()
    rows = {version: hashes_of(reader, version, found[0].run.split) for version in versions}
    latest = rows[max(versions, key=lambda version: find_dataset_version(reader, version).version)]
    return {each.run.id for each in found if rows[each.run.dataset_version] != latest}
