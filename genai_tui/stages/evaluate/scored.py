"""By which of its scorers a run is asked about, and what helps where it has no such scores."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Dataset
from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.interchange.named import PROMPTFOO
from genai_tui.stages.evaluate.scorers import find_scorer, known_name
from genai_tui.stages.evaluate.scorers.imported import imported
from genai_tui.stages.evaluate.scorers.registry import function_in
from genai_tui.store.candidates import candidate_with
from genai_tui.store.datasets import find_dataset_version
from genai_tui.store.paired import have_common_example

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader


def scored_by(run: Run, scorer: str | None = None) -> str:
    """The name under which a run keeps the scores of `scorer`, else of its first. Raises UsageFault, MissingPiece."""
    if scorer is None or scorer in run.scorers:
        return scorer or run.scorers[0]
    name = known_name(scorer)
    if name not in run.scorers:
        told = f"It was by {', '.join(run.scorers)}."
        raise UsageFault(f"Run {run.id} was not scored by {name}.", told, _scoring([run], name))
    return name


def shared_scorer(reader: "Reader", a: Run, b: Run, scorer: str | None = None) -> str:
    """`scorer` in full, else the first that two runs share.

    Raises UsageFault where they do not both have it; where they share no example either, which scoring would not mend;
    MissingPiece.
    """
    shared = [name for name in a.scorers if name in b.scorers]
    name = scorer if scorer is None or scorer in (*a.scorers, *b.scorers) else known_name(scorer)
    name = name or next(iter(shared), None)
    if name in shared:
        return name
    if not have_common_example(reader, a.id, b.id):
        raise nothing_in_common(reader, a, b)
    raise UsageFault(
        f"Runs {a.id} and {b.id} were not both scored by {name or 'one scorer'}.",
        f"Run {a.id}: {', '.join(a.scorers)}; run {b.id}: {', '.join(b.scorers)}.",
        _sharing(a, b, name, shared),
    )


def scorer_of_all(runs: Sequence[Run]) -> str | None:
    """The first scorer that all runs have."""
    return next((name for name in runs[0].scorers if all(name in run.scorers for run in runs)), None)


def nothing_in_common(reader: "Reader", a: Run, b: Run) -> UsageFault:
    """The fault of two runs without an example that both have, with the command that measures one as the other was."""
    found = {run.id: find_dataset_version(reader, run.dataset_version) for run in (a, b)}
    over = [f"{found[run.id].name} v{found[run.id].version} {run.split}" for run in (a, b)]
    return UsageFault(
        f"Runs {a.id} and {b.id} have no example in common.",
        f"Run {a.id} is over {over[0]}, run {b.id} over {over[1]}.",
        _on_the_same(reader, (a, found[a.id]), (b, found[b.id])),
    )


def _on_the_same(reader: "Reader", a: tuple[Run, Dataset], b: tuple[Run, Dataset]) -> str:
    """How two runs come to be over the same rows: the second is measured as the first was, or the other way."""
    config = next((run.options["config"] for run, _ in (a, b) if run.options.get("config")), None)
    if config is not None:
        return f"Measure both by one configuration: genai-tui eval run --config {shlex.quote(config)}"
    older = a[1].name == b[1].name and a[1].version < b[1].version
    (kept, rows), (again, _) = (b, a) if imported(b[0]) or older else (a, b)
    if imported(again):
        return "Take in logs of one task and split."
    candidate, dataset = candidate_with(reader, again.candidate).name, shlex.quote(rows.name)
    return f"Measure one as the other was: genai-tui eval run {candidate} --dataset {dataset} --split {kept.split}"


def _sharing(a: Run, b: Run, name: str | None, shared: Sequence[str]) -> str:
    """How two runs come to be compared that have not both scores by `name`."""
    came = next((run for run in (a, b) if name in imported(run)), None)
    if came is not None and shared:
        return f"{name} came with run {came.id} from another program. Both have: --scorer {shared[0]}"
    if name is None or came is not None:
        own = (each for run in (a, b) for each in run.scorers if each not in imported(run))
        name = next(own, "exact")
    return _scoring([run for run in (a, b) if name not in run.scorers], name)


def _scoring(runs: Sequence[Run], name: str) -> str:
    """How runs get scores by `name`. Raises what making that scorer raises: then it is what is to be mended first."""
    if name == PROMPTFOO:
        return "Only runs of a promptfoo configuration have it: genai-tui eval run --config FILE"
    if function_in(name) is None:
        find_scorer(name)
    said = " and ".join(f"genai-tui eval rescore {run.id} --scorer {shlex.quote(name)}" for run in runs)
    return f"Score {'it' if len(runs) == 1 else 'them'} without asking again: {said}"
