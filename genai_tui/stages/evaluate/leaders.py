"""The best run of each candidate over one split by one scorer: what a leaderboard and plots show."""

from typing import TYPE_CHECKING, NamedTuple

from genai_tui.records.runs import Run, Value
from genai_tui.records.scales import sign_of
from genai_tui.store.runs import all_runs

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

MOST = 2_000  # runs that are looked through


class Leader(NamedTuple):
    """A run that has a value."""

    run: Run
    value: Value


def measured(reader: "Reader", split: str, scorer: str) -> list[Leader]:
    """Every run over a split that has a value by a scorer, the oldest first."""
    found = []
    for looked, run in enumerate(all_runs(reader)):
        if looked >= MOST:
            break
        value = run.result.scores.get(scorer) if run.result is not None else None
        if run.split == split and value is not None and value.value is not None:
            found.append(Leader(run, value))
    return found[::-1]


def leaders(runs: list[Leader], scorer: str) -> list[Leader]:
    """The last run of each candidate over the whole split (else its last), the best first."""
    last: dict[int, Leader] = {}
    for each in runs:
        before = last.get(each.run.candidate)
        if before is None or _whole(each.run) or not _whole(before.run):
            last[each.run.candidate] = each
    sign = sign_of(scorer)
    return sorted(last.values(), key=lambda each: (-sign * (each.value.value or 0.0), -each.run.id))


def _whole(run: Run) -> bool:
    return run.rows is None and run.state == "done"
