"""Where rows to train on come from besides a dataset's own train: wrong answers, tries, what a stronger model answered.

Each makes a new version of a dataset. Rows of dev and test are moved and never copied: what is trained on must not be
measured too. Everything here reads and writes whole splits: call it in a thread where a loop runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.datasets.checks import check_row
from genai_tui.datasets.storing import next_version
from genai_tui.errors import UsageFault
from genai_tui.records.datasets import SPLITS, Dataset, Example, Split
from genai_tui.records.generations import Generation
from genai_tui.records.hashing import canonical_json
from genai_tui.records.runs import Run
from genai_tui.store.candidates import candidate_with
from genai_tui.store.datasets import all_examples, example_by_id, find_dataset, find_dataset_version
from genai_tui.store.editing import go_back_to, version_of
from genai_tui.store.generations import find_generation, page_generations
from genai_tui.store.imports import add_examples, add_places, finish_import
from genai_tui.store.places import places_of
from genai_tui.store.results import Wish, answers_with, ids_of

if TYPE_CHECKING:
    from genai_tui.project import Project

PAGE = 500
AT_ONCE = 1_000  # rows in one transaction
STOPPED = "stop"  # an answer that came to its own end


class Taken(NamedTuple):
    """What was made: the dataset's new version, how many rows of train are new (or fewer), a sentence that says so."""

    dataset: Dataset
    rows: int
    text: str


def failures_to_train(project: "Project", run: Run, scorer: str, corrected: Mapping[str, Any] | None = None) -> Taken:
    """Move the rows that a run over dev or test got wrong to train, in a new version of their dataset.

    They keep their expected answer, or take one of `corrected` (by `dev:3`, as the dataset's last version counts). Rows
    with the same inputs go together. Raises UsageFault for a run over train, where none is wrong, for a row without an
    answer.
    """
    reader = project.reader
    dataset = find_dataset(reader, find_dataset_version(reader, run.dataset_version).name)
    if run.split == "train":
        raise UsageFault(f"Run {run.id} is over train.", "Its rows are trained on already.", "Name a run over dev.")
    wrong: set[str] = set()
    ids = ids_of(reader, run.id, scorer, Wish("wrong"))
    for at in range(0, len(ids), PAGE):
        rows_of = {row.example for row in answers_with(reader, scorer, list(ids[at : at + PAGE]))}
        wrong |= {canonical_json(example_by_id(reader, number).inputs) for number in rows_of}
    moved: list[tuple[str, Example]] = []
    splits: dict[Split, list[Example]] = {"train": list(all_examples(reader, dataset, "train"))}
    for split in SPLITS[1:]:
        splits[split] = []
        for number, example in enumerate(all_examples(reader, dataset, split), 1):
            if canonical_json(example.inputs) in wrong:
                moved.append((f"{split}:{number}", example))
            else:
                splits[split].append(example)
    if not moved:
        why = f"Its wrong answers are none of dev or test of {dataset.name} v{dataset.version}." if wrong else ""
        raise UsageFault(f"Run {run.id} has no wrong answer to move.", why)
    rows = [_corrected(place, example, corrected or {}) for place, example in moved]
    splits["train"] += rows
    source = f"{_counted(rows)} moved from {run.split} to train (wrong in run {run.id})"
    made = _make(project, dataset, splits, source)
    text = f"{source}: {made.name} v{made.version}. Scores of runs before that say so: genai-tui eval show R."
    empty = [split for split in SPLITS[1:] if dataset.splits.get(split) and not splits[split]]
    return Taken(made, len(rows), text + (f" {empty[0]} has no row left." if empty else ""))


def tries_to_train(
    project: "Project", numbers: Sequence[int], corrected: Mapping[int, Any] | None = None, dataset: str | None = None
) -> Taken:
    """Add tries of the playground to train of the dataset in use (or `dataset`): their answers, or `corrected` ones.

    Raises UsageFault for a try that failed, was cut or is empty, and for one whose inputs stand in the dataset already:
    of dev or test it would be measured too.
    """
    found = find_dataset(project.reader, dataset)
    rows = [_row_of_try(project, found, number, corrected or {}) for number in dict.fromkeys(numbers)]
    if not rows:
        raise UsageFault("No try is named.", "", "genai-tui prompt history shows them.")
    alike = {canonical_json(row.inputs) for row in rows}
    if len(alike) < len(rows):
        raise UsageFault("Two of these tries have the same inputs.", "One row has one answer.", "Name one of them.")
    splits = {split: list(all_examples(project.reader, found, split)) for split in SPLITS}
    splits["train"] += rows
    made = _make(project, found, splits, f"{_counted(rows)} of the playground added to train")
    return Taken(made, len(rows), f"{_counted(rows)} more in train: {made.name} v{made.version}.")


def answers_to_train(project: "Project", run: Run, licence: str = "") -> Taken:
    """Give rows of train that have no expected answer those of a run over train: what a stronger model said.

    Only answers that came to their end and are not blank; `licence` is what its terms say of training on its answers,
    and is kept with the version, and with every model trained on it. Raises UsageFault for a run over another split,
    and where no row takes an answer.
    """
    reader = project.reader
    dataset = find_dataset(reader, find_dataset_version(reader, run.dataset_version).name)
    if run.split != "train":
        raise UsageFault(
            f"Run {run.id} is over {run.split}.",
            "What is measured is not trained on.",
            "Let the stronger model answer train: genai-tui eval run C --split train --scorer length",
        )
    model = candidate_with(reader, run.candidate).model
    said = _answers(project, run)
    rows: list[Example] = []
    new = lacking = 0
    for example in all_examples(reader, dataset, "train"):
        answer = said.get(canonical_json(example.inputs)) if example.expected is None else None
        lacking += example.expected is None and answer is None
        new += answer is not None
        tags = (*example.tags, f"answered by {model}")
        rows.append(example if answer is None else replace(example, expected=answer, tags=tags, id=0))
    if not new:
        raise UsageFault(
            f"No row of train takes an answer of run {run.id}.",
            "All of them have an expected answer." if not lacking else "None of its answers came to its end.",
        )
    terms = licence.strip() or f"not stated; see whether the terms of {model} let its answers train other models"
    source = f"{new:,} answers by {model} (run {run.id}); licence: {terms}"
    splits = {split: list(all_examples(reader, dataset, split)) for split in SPLITS[1:]}
    made = _make(project, dataset, {"train": rows, **splits}, source)
    text = f"{source}. They are {made.name} v{made.version}."
    return Taken(made, new, text + (f" {lacking:,} rows of train have no answer yet." if lacking else ""))


def take_back(project: "Project", dataset: str | None = None) -> Taken:
    """Make the rows of the version before the newest one again: what was moved, added or answered is taken back.

    Taken back once more it is there again. Raises UsageFault where there is no version before.
    """
    last = find_dataset(project.reader, dataset)
    if last.version == 1:
        raise UsageFault(f"{last.name} has no version before.", "Nothing was taken into it yet.")
    before = find_dataset_version(project.reader, version_of(project.reader, last.name, last.version - 1))
    [number] = project.writer.put_now(go_back_to(before.id, f"version {before.version} again", last.id))
    made = find_dataset_version(project.reader, number)
    text = f"{made.name} v{made.version} is as v{before.version} was. Taken back: {last.source}."
    return Taken(made, made.splits.get("train", 0) - last.splits.get("train", 0), text)


def _corrected(place: str, example: Example, corrected: Mapping[str, Any]) -> Example:
    row = replace(example, expected=corrected[place], id=0) if place in corrected else example
    if row.expected is None or (isinstance(row.expected, str) and not row.expected.strip()):
        raise UsageFault(
            f"{place} has no expected answer.",
            "There is nothing to learn from it.",
            f"Say what is right: genai-tui data expect {place} TEXT",
        )
    return check_row(row)


def _row_of_try(project: "Project", dataset: Dataset, number: int, corrected: Mapping[int, Any]) -> Example:
    each = find_generation(project.reader, number)
    if each.purpose != "try" or each.inputs is None:
        raise UsageFault(
            f"Generation {number} is no try of the playground.", "", "genai-tui prompt history shows them."
        )
    answer = corrected.get(number, each.text.strip())
    if number not in corrected and (each.error is not None or each.finish_reason != STOPPED or not answer):
        raise UsageFault(
            f"The answer of try {number} is not whole.", "It failed, was cut or is empty.",
            f"Say what is right: --answer {number}=TEXT",
        )  # fmt: skip
    if places := places_of(project.reader, dataset, each.inputs):
        split, row = places[0]
        raise UsageFault(
            f"The inputs of try {number} stand in {dataset.name} already, as {split}:{row}.",
            "A row is trained on once." if split == "train" else "It is measured: trained on, it would tell nothing.",
        )
    return check_row(Example(each.inputs, answer, (f"try {number}",)))


def _answers(project: "Project", run: Run) -> dict[str, str]:
    """The first whole answer to each row of a run, by its inputs."""
    found: dict[int, str] = {}
    after: int | None = None
    while page := page_generations(project.reader, after, PAGE, purpose="run", run=run.id):
        found |= {each.example: each.text.strip() for each in page if _whole(each) and each.example is not None}
        after = page[-1].id
    return {canonical_json(example_by_id(project.reader, number).inputs): text for number, text in found.items()}


def _whole(each: Generation) -> bool:
    return each.error is None and each.finish_reason == STOPPED and bool(each.text.strip())


def _make(project: "Project", before: Dataset, splits: Mapping[Split, Iterable[Example]], source: str) -> Dataset:
    """The next version of a dataset with these rows; those that are stored already are shared."""
    writer = project.writer
    with next_version(writer, before.name, source, before.split_way) as version:
        for split, rows in splits.items():
            position = 1
            for known, group in groupby(rows, lambda row: row.id != 0):
                block = list(group)
                for at in range(0, len(block), AT_ONCE):
                    part = block[at : at + AT_ONCE]
                    if known:
                        write: Any = add_places(version, split, position, [(row.id, row.line) for row in part])
                    else:
                        write = add_examples(version, split, position, part)
                    writer.put_now(write)
                    position += len(part)
        made: Dataset = writer.put_now(finish_import(version))[0]
    return made


def _counted(rows: Sequence[Example]) -> str:
    return "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
