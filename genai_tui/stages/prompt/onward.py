"""From the playground onward: a row or an answer into the dataset, a candidate, all of dev.

An edit makes a new version of the dataset: rows are never changed, and what was measured stays what it was. Everything
here but `measure_on_dev` reads and writes: call it in a thread where a loop runs.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import SPLITS, Dataset, Example, Split
from genai_tui.records.expected import accepted, answer_text
from genai_tui.records.runs import Run
from genai_tui.stages.prompt.sheet import Column, Sheet, subject_of
from genai_tui.stages.prompt.trying import parse_row
from genai_tui.untrusted import one_line

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.evaluate.estimating import Takes
    from genai_tui.stages.evaluate.limits import Stop
    from genai_tui.stages.evaluate.progress import Report

LONGEST_SAID = 60  # characters of an expected answer in a sentence


@dataclass(frozen=True)
class Edit:
    """What became of a dataset: `dataset` is its last version now, `reference` the row that it is about.

    `before` is the number of the version before; None where there was none. `made` is False where the row stood
    there already and no version was made. `text` says it in a sentence.
    """

    dataset: Dataset
    reference: str
    before: int | None
    made: bool
    text: str


def add_row(
    project: "Project",
    inputs: Mapping[str, Any],
    expected: Any,
    split: Split = "train",
    dataset: str | None = None,
    tags: Sequence[str] = (),
) -> Edit:
    """One row more at the end of a split of the dataset in use, or of `dataset`, which is made where there is none.

    Raises UsageFault where its inputs stand in another split (what is shown or trained on must not be what is measured
    on), where they are not those that the dataset's rows have, and for what cannot be kept.
    """
    from genai_tui.datasets.checks import check_row
    from genai_tui.store.editing import append_row
    from genai_tui.store.places import places_of

    found = _found(project, dataset)
    name = _new_name(dataset) if found is None else found.name
    row = check_row(Example(_in_order(project, found, inputs), expected, tuple(tags)))
    places = places_of(project.reader, found, row.inputs) if found is not None else []
    elsewhere = next(((other, number) for other, number in places if other != split), None)
    if elsewhere is not None:
        reference = f"{elsewhere[0]}:{elsewhere[1]}"
        raise UsageFault(
            f"These inputs stand in {name} already, as {reference}.",
            f"In {split} too, what is measured would have been shown or trained on.",
            f"Leave it there; genai-tui data expect {reference} TEXT changes its expected answer.",
        )
    [(version, position)] = project.writer.put_now(append_row(name, split, row, f"a row added to {split}"))
    reference = f"{split}:{position}"
    if not version:
        assert found is not None
        return Edit(found, reference, found.version, False, f"{name} has this row already, as {reference}.")
    text = "It is {row} of {dataset}, version {version}."
    other = next((f"{split}:{number}" for _, number in places), None)
    if other is not None:
        text += f" {other} has the same inputs and expects something else: one of them should go."
    return _edit(project, version, reference, found.version if found is not None else None, text)


def expect(
    project: "Project", reference: str, answer: str, dataset: str | None = None, *, beside: bool = False
) -> Edit:
    """An answer as the expected one of a row, `SPLIT:N`; white space around it is left out.

    Where the row expects something else than text, an answer that is JSON is taken as its value. `beside`: where any of
    several texts is right, an answer that is text is one more of them. Raises UsageFault for an empty answer, and where
    there is no such row.
    """
    from genai_tui.datasets.checks import check_row
    from genai_tui.store.datasets import find_dataset, find_example
    from genai_tui.store.editing import replace_row

    split, number = parse_row(reference)
    found = find_dataset(project.reader, dataset)
    row = find_example(project.reader, found, split, number)
    expected = _as_expected(answer.strip(), row.expected)
    several = beside and isinstance(expected, str) and isinstance(row.expected, list)
    if several and accepted(row.expected) == row.expected:
        expected = row.expected if expected in row.expected else [*row.expected, expected]
    if expected == "":
        raise UsageFault("An empty answer cannot be the expected one.", "", "Give the text that is right.")
    if expected == row.expected and type(expected) is type(row.expected):
        return Edit(found, reference, found.version, False, f"{reference} of {found.name} expects this already.")
    changed = check_row(replace(row, expected=expected))
    [version] = project.writer.put_now(
        replace_row(found.name, split, number, row.id, changed, f"another answer expected of {reference}")
    )
    before = _shortened(row.expected)
    text = "expects this now." if row.expected is None else f"expects this now instead of {before}."
    if isinstance(expected, list) and expected[:-1] == row.expected:
        text = f"accepts this too, beside {before}."
    return _edit(project, version, reference, found.version, f"{{row}} of {{dataset}}, version {{version}}, {text}")


def undo(project: "Project", edit: Edit) -> Edit:
    """The dataset as it was before `edit`, as a new version. Undo the last edit first.

    Raises UsageFault where the dataset was changed since, or where `edit` made it.
    """
    from genai_tui.store.editing import same_rows

    name = edit.dataset.name
    last = _found(project, name)
    if edit.before is None:
        raise UsageFault(f"{name} had no version before.", "This row made it.")
    if not edit.made or last is None or not same_rows(project.reader, last.id, edit.dataset.id):
        raise UsageFault(f"{name} is not as this edit left it.", "It was changed since.", "Undo what came after first.")
    return go_back(project, edit.before, name)


def go_back(project: "Project", version: int, dataset: str | None = None) -> Edit:
    """An older version of a dataset as its newest. Raises UsageFault where there is none of that number."""
    from genai_tui.store.datasets import find_dataset
    from genai_tui.store.editing import go_back_to, version_of

    last = find_dataset(project.reader, dataset)
    older = version_of(project.reader, last.name, version)
    if older == last.id:
        return Edit(last, "", last.version, False, f"{last.name} is at version {version} already.")
    [made] = project.writer.put_now(go_back_to(older, f"version {version} again", last.id))
    return _edit(project, made, "", last.version, f"{{dataset}}, version {{version}}, is as version {version} was.")


def candidate(project: "Project", sheet: Sheet, column: Column = Column()) -> Candidate:  # noqa: B008 - it is frozen
    """The candidate of what a column asks: its prompt is saved where it is not yet; made before, it is that one.

    Raises UsageFault where the sheet makes no prompt, MissingPiece where the weights of an embedded model are not here.
    """
    from genai_tui.answering.candidates import candidate_of
    from genai_tui.store.candidates import save_candidate
    from genai_tui.store.prompts import save_prompt

    subject = subject_of(project, sheet, column)
    record = candidate_of(subject.endpoint, subject.model_id, subject.prompt)
    if not subject.prompt.number:
        [prompt] = project.writer.put_now(save_prompt(subject.prompt))
        record = replace(record, prompt=prompt.number)
    made: Candidate = project.writer.put_now(save_candidate(record))[0]
    return made


def takes_on_dev(project: "Project", sheet: Sheet, column: Column) -> "tuple[str, Takes]":
    """Who all of dev is asked of, and what that takes. Counts tokens. Raises UsageFault as `measure_on_dev` does."""
    from genai_tui.stages.evaluate.estimating import takes
    from genai_tui.stages.evaluate.running import plan_run

    subject = subject_of(project, sheet, column)
    return f"{subject.endpoint.name}/{subject.model_id}", takes(project, subject, plan_run(project, split="dev"))


async def measure_on_dev(
    project: "Project", candidate: Candidate, *, report: "Report | None" = None, stop: "Stop | None" = None
) -> Run:
    """Runs the scope's metric (else `exact`) over all of dev; gives the run, failures counted as wrong.

    `report` is told how far it is a few times a second. `stop.asked = "stop"` ends it and gives what came so far;
    `eval resume` goes on with it. Raises UsageFault where there is no dev, and what stands in the way of all answers.
    """
    from genai_tui.stages.evaluate.running import plan_run, run_candidates

    plan = await asyncio.to_thread(plan_run, project, split="dev")  # the metric may be a function of the user's own
    ended = run_candidates(project, [candidate], plan, report=report, stop=stop)
    [run] = [run async for run in ended]
    return run


def measured(run: Run) -> str:
    """What a run found, in a sentence: value, interval and n; failures; where it was stopped."""
    if run.result is None:
        return f"Run {run.id} has no result yet."
    name, value = next(iter(run.result.scores.items()))
    if value.value is None:
        text = f"{name}: nothing was answered"
    else:
        text = f"{name} {value.value:.2f}{value.interval()}, n = {value.n:,}"
    if run.result.failed:
        text += f"; {run.result.failed:,} failed and count{'s' if run.result.failed == 1 else ''} as wrong"
    if run.result.n < run.n:
        text += f"; {run.state} after {run.result.n:,} of {run.n:,}"
    return f"{text}."


def _found(project: "Project", name: str | None) -> Dataset | None:
    from genai_tui.store.datasets import find_dataset

    try:
        return find_dataset(project.reader, name)
    except UsageFault:  # it is made by the first row
        return None


def _new_name(name: str | None) -> str:
    from genai_tui.datasets.storing import check_name

    if name is None:
        raise UsageFault("There is no dataset yet.", "A new one needs a name.", "Give it one: --dataset NAME")
    check_name(name)
    return name


def _in_order(project: "Project", dataset: Dataset | None, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs in the order that the dataset's rows have them, so that equal ones are equal as they are stored."""
    from genai_tui.store.datasets import find_example

    if not inputs:
        raise UsageFault("A row without inputs cannot be kept.", "", "Give them: --var NAME=VALUE")
    if dataset is None or not dataset.rows:
        return dict(inputs)
    split = next(split for split in SPLITS if dataset.splits.get(split))
    names = find_example(project.reader, dataset, split, 1).inputs
    if set(names) != set(inputs):
        raise UsageFault(
            f"The rows of {dataset.name} have other inputs: {', '.join(names)}.",
            f"Given are: {', '.join(inputs)}.",
            "Give exactly those.",
        )
    return {name: inputs[name] for name in names}


def _as_expected(answer: str, before: Any) -> Any:
    from genai_tui.datasets.jsons import plain_json

    if before is None or isinstance(before, str):
        return answer
    try:
        return plain_json(answer)
    except ValueError:
        return answer


def _shortened(expected: Any) -> str:
    """An expected answer within a sentence that is filled in by `format`."""
    return one_line(answer_text(expected), LONGEST_SAID).replace("{", "{{").replace("}", "}}")


def _edit(project: "Project", version: int, reference: str, before: int | None, text: str) -> Edit:
    from genai_tui.store.datasets import find_dataset_version

    dataset = find_dataset_version(project.reader, version)
    said = text.format(row=reference, dataset=dataset.name, version=dataset.version)
    return Edit(dataset, reference, before, True, said)
