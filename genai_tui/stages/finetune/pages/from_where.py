"""Where rows to train on can come from: the dataset in use, wrong answers, a stronger model's, tries; and back."""

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.generations import Generation
from genai_tui.records.hashing import canonical_json
from genai_tui.store.candidates import candidate_with
from genai_tui.store.datasets import find_dataset, find_dataset_version
from genai_tui.store.generations import tries_count
from genai_tui.store.places import places_of, unanswered
from genai_tui.store.runs import find_run, page_runs
from genai_tui.store.tries import page_tries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from genai_tui.project import Project
    from genai_tui.records.datasets import Dataset
    from genai_tui.records.runs import Run

LATEST = 50  # runs that are looked at for failures
RUNS = 2  # whose failures are offered
TRIES = 200  # the last ones, that may become rows


class Source(NamedTuple):
    """One place that rows come from; `does` is what enter does there, `run` whose failures they are."""

    kind: str
    name: str
    text: str
    does: str = ""
    run: int = 0
    in_use: bool = False


def sources_of(project: "Project") -> list[Source]:
    """The dataset in use, then what more could come in. A few reads: call it in a thread."""
    try:
        dataset = find_dataset(project.reader)
    except UsageFault:
        return []
    counts = dataset.splits
    shown = " · ".join(f"{name} {counts[name]:,}" for name in ("train", "dev") if counts.get(name))
    test = f" · test {counts['test']:,}, never shown" if counts.get("test") else ""
    found = [
        Source("dataset", f"{dataset.name} v{dataset.version}", f"{shown or 'no train yet'}{test}", "edit", in_use=True)
    ]
    runs = page_runs(project.reader, None, LATEST)
    found += islice(_failures(project, runs), RUNS)
    found += _answers(project, dataset, runs)
    if tries := tries_count(project.reader):
        found.append(Source("tries", "tries", f"{tries:,} of the playground; you say which are right", "choose"))
    if dataset.version > 1:
        found.append(Source("back", "last change", dataset.source, "take back"))
    return found


def _failures(project: "Project", runs: "Sequence[Run]") -> "Iterator[Source]":
    for run in runs:
        if run.split != "train" and (wrong := _wrong(run)):
            name = candidate_with(project.reader, run.candidate).name
            text = f"run {run.id}: {wrong:,} wrong of {run.split}, moved to train"
            if run.repeats > 1:  # of one row several answers can be wrong
                text = f"run {run.id}: {wrong:,} wrong answers, {run.split} rows to train"
            yield Source("failures", f"failures of {name}", text, "move", run.id)


def _answers(project: "Project", dataset: "Dataset", runs: "Sequence[Run]") -> "Iterator[Source]":
    """What a stronger model could say, where rows of train lack an answer."""
    if not (lacking := unanswered(project.reader, dataset, "train")):
        return
    rows = "1 row of train has no answer" if lacking == 1 else f"{lacking:,} rows of train have no answer"
    for run in runs:
        if run.split == "train" and find_dataset_version(project.reader, run.dataset_version).name == dataset.name:
            model = candidate_with(project.reader, run.candidate).model
            yield Source("answers", "stronger model", f"{model} answered them in run {run.id}; {rows}", "take", run.id)
            return
    yield Source("unanswered", "stronger model", f"{rows}: another model can give them", "how")


def move_failures(project: "Project", number: int) -> str:
    """Move what a run got wrong into train, in a new version of its dataset; says what was made. Call it in a thread.

    Raises UsageFault where nothing can be moved.
    """
    from genai_tui.stages.finetune.sources import failures_to_train

    run = find_run(project.reader, number)
    return failures_to_train(project, run, run.scorers[0]).text


def free_tries(project: "Project") -> list[Generation]:
    """The last whole answers to inputs that stand in no split of the dataset in use, each input once."""
    dataset = find_dataset(project.reader)
    found: dict[str, Generation] = {}
    for one in page_tries(project.reader, None, TRIES):
        whole = one.error is None and one.finish_reason == "stop" and one.text.strip() and one.inputs is not None
        if whole and not places_of(project.reader, dataset, one.inputs or {}):
            found.setdefault(canonical_json(one.inputs), one)
    return list(found.values())


def _wrong(run: "Run") -> int:
    """How many answers of a run are wrong by its first scorer, where that says right or wrong."""
    value = run.result.scores.get(run.scorers[0]) if run.result is not None and run.scorers else None
    return 0 if value is None or value.value is None else round((1 - value.value) * value.n)
