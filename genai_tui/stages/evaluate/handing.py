"""From an evaluation onward: wrong answers into a dataset for fine-tuning, pairs into preferences, edited rows.

Everything here reads and writes: call it in a thread where a loop runs.
"""

from typing import TYPE_CHECKING, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.counts import count
from genai_tui.records.datasets import Dataset, Example, Split
from genai_tui.records.runs import Run
from genai_tui.records.scales import sign_of
from genai_tui.stages.evaluate.interchange.keeping import store_rows
from genai_tui.stages.evaluate.interchange.named import with_named
from genai_tui.stages.evaluate.rivals import changed
from genai_tui.stages.evaluate.side_by_side import both_answers
from genai_tui.store.datasets import example_by_id, find_dataset, use_dataset
from genai_tui.store.editing import append_row, replace_row
from genai_tui.store.generations import find_generation
from genai_tui.store.places import places_of
from genai_tui.store.preferences import Chosen, Preferred, save_preferences
from genai_tui.store.results import Wish, answers_with, ids_of

if TYPE_CHECKING:
    from genai_tui.project import Project

PAGE = 200


class Handed(NamedTuple):
    """What was made: the dataset, how many rows it has, and a sentence that says so."""

    dataset: Dataset
    rows: int
    text: str


def failures_into(project: "Project", run: Run, scorer: str, name: str) -> Handed:
    """The rows that a run got wrong, as `train` of a dataset of their own; each once, with its expected answer.

    Raises UsageFault for a run over test, where none is wrong, and for rows that expect nothing.
    """
    from genai_tui.datasets.storing import check_name

    if run.split == "test":
        raise UsageFault(
            "Rows of test are not trained on: it would no longer tell anything.",
            "What is measured must not be what was shown.",
            "Take the wrong answers of a run over dev or train.",
        )
    check_name(name)
    reader = project.reader
    examples: dict[int, Example] = {}
    ids = ids_of(reader, run.id, scorer, Wish("wrong"))
    for at in range(0, len(ids), PAGE):
        for row in answers_with(reader, scorer, list(ids[at : at + PAGE])):
            if row.example not in examples and row.expected is not None:
                example = with_named(example_by_id(reader, row.example))
                if example.expected is not None:
                    examples[row.example] = example
    if not examples:
        raise UsageFault(f"Run {run.id} has no wrong answer with an expected one.", "", "There is nothing to train on.")
    in_use = _in_use(project)
    rows = [Example(each.inputs, each.expected, (*each.tags, f"wrong in run {run.id}")) for each in examples.values()]
    source = f"wrong answers of run {run.id}"
    dataset = store_rows(project.writer, name, rows, "train", source, "all for training")
    if in_use is not None and in_use.name != name:
        project.writer.put_now(use_dataset(in_use.name))
    warned = " dev no longer judges what is trained on them: it has seen the answers." if run.split == "dev" else ""
    made = f"{name}, version {dataset.version}, split train"
    text = f"{count(len(rows), 'row is', 'rows are')} in the dataset {made}.{warned}"
    return Handed(dataset, len(rows), text)


def _in_use(project: "Project") -> Dataset | None:
    try:
        return find_dataset(project.reader)
    except UsageFault:
        return None


def pairs_into_preferences(project: "Project", base: Run, run: Run, scorer: str) -> int:
    """Pairs of a right and a wrong answer of two runs to the same row, as preferences; gives how many are new.

    Raises UsageFault for runs over test, and where no answer changed.
    """
    if "test" in (base.split, run.split):
        raise UsageFault("Answers to rows of test are not trained on: it would no longer tell anything.")
    found = changed(project.reader, base, run, scorer)
    sign = sign_of(scorer)
    both = both_answers(project.reader, base, run, scorer, [*found.better, *found.worse])
    rows = []
    for first, second in both:
        if first.error is not None or second.error is not None or first.value == second.value:
            continue
        chosen: Chosen = "first" if sign * ((first.value or 0.0) - (second.value or 0.0)) > 0 else "second"
        texts = [find_generation(project.reader, each.id).text for each in (first, second)]
        rows.append(
            Preferred(first.example, first.id, second.id, chosen, texts[0], texts[1], scorer, "scorer",
                      f"run {base.id} against run {run.id}")
        )  # fmt: skip
    if not rows:
        raise UsageFault(f"No answer of run {run.id} is better or worse than that of run {base.id}.")
    [new] = project.writer.put_now(save_preferences(rows))
    return int(new)


def save_row(
    project: "Project", dataset: Dataset, split: Split, position: int | None, before: Example | None, row: Example
) -> int:
    """A row as it was edited, or (without a position) one more at the end; gives its position in the new version.

    Raises UsageFault for what cannot be kept, where its inputs stand in another split, or it was changed meanwhile.
    """
    from genai_tui.datasets.checks import check_row

    check_row(row)
    if not any(value not in ("", None) for value in row.inputs.values()):
        raise UsageFault("A row without inputs cannot be kept.", "", "Type at least one.")
    if before is None or before.inputs != row.inputs:
        elsewhere = [place for place in places_of(project.reader, dataset, row.inputs) if place[0] != split]
        if elsewhere:
            raise UsageFault(
                f"These inputs stand in {dataset.name} already, as {elsewhere[0][0]}:{elsewhere[0][1]}.",
                f"In {split} too, what is measured would have been shown or trained on.",
            )
    if position is None or before is None:
        [(version, at)] = project.writer.put_now(append_row(dataset.name, split, row, f"a row added to {split}"))
        if not version:
            raise UsageFault(f"{dataset.name} has this row already, as {split}:{at}.")
        return int(at)
    source = f"{split}:{position} edited"
    project.writer.put_now(replace_row(dataset.name, split, position, before.id, row, source))
    return position
