"""Runs as an evaluation leaves them, made without asking anybody, the same every time."""

import sqlite3
from collections.abc import Callable, Sequence

from genai_tui.answering.candidates import candidate_of
from genai_tui.project import Project
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Failure, Generation, Moments, Usage
from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt
from genai_tui.records.runs import Run, RunState, Score
from genai_tui.stages.evaluate.results import result_of
from genai_tui.store.answers import save_answers
from genai_tui.store.candidates import save_candidate
from genai_tui.store.datasets import all_examples, find_dataset
from genai_tui.store.prompts import save_prompt
from genai_tui.store.runs import begin_run, find_run, keep_result, let_go

NOON = "2024-02-03T12:00:00.000Z"
Says = Callable[[int, Example], str]  # what is answered to the n-th row; "!" is a failure
REFUSED = Failure("The server failed (500).", "It says: “out of memory”.", "Try again.")


def with_run(
    project: Project,
    model: str,
    says: Says,
    *,
    shots: int = 0,
    split: str = "dev",
    state: RunState = "done",
    only: int | None = None,
) -> Run:
    """A run of a candidate of `fake/MODEL` over a split, each answer taking 40 ms and a little more for each row."""
    rule = ExampleRule(fixed=tuple(FewShot({"ticket": f"ticket {n}"}, "billing") for n in range(shots)))
    [prompt] = project.writer.put_now(save_prompt(Prompt((Message("user", "{{ ticket }}"),), rule)))
    endpoint, model_id = project.settings.model(f"fake/{model}")
    [candidate] = project.writer.put_now(save_candidate(candidate_of(endpoint, model_id, prompt)))
    dataset = find_dataset(project.reader)
    rows: Sequence[Example] = list(all_examples(project.reader, dataset, split))  # type: ignore[arg-type]
    run = Run(candidate.id, dataset.id, split, len(rows), ("exact",))  # type: ignore[arg-type]
    [number] = project.writer.put_now(begin_run(run))
    answers = []
    for place, row in enumerate(rows[:only]):
        text = says(place, row)
        error = REFUSED if text == "!" else None
        generation = Generation(
            "run", "fake", model, "" if error else text, None if error else "stop", None if error else Usage(21, 2),
            None if error else 0.00002, Moments(0.0, 0.0, 0.01, 0.02, 0.04 + place / 1000, 1.0), error=error,
            candidate=candidate.id, prompt=prompt.number, run=number, example=row.id,
        )  # fmt: skip
        scores = () if error else (Score("exact", float(text == row.expected)),)
        answers.append((generation, scores))
    project.writer.put_now(save_answers(answers))
    if state != "running":
        project.writer.put_now(let_go(number, state, "" if state == "done" else "It was stopped.", 12.0))
    project.writer.put_now(keep_result(number, result_of(project.reader, find_run(project.reader, number))))
    project.writer.put_now(_at_noon)
    return find_run(project.reader, number)


def _at_noon(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE run SET created = ?, ended = ?", (NOON, NOON))


def three_runs(project: Project) -> None:
    """A weak one, a better one with two failures, and one that was stopped half-way."""
    with_run(project, "small", lambda place, row: "billing")
    with_run(project, "large", lambda place, row: "!" if place % 7 == 6 else str(row.expected), shots=3)
    with_run(project, "huge", lambda place, row: str(row.expected), shots=1, state="stopped", only=4)
