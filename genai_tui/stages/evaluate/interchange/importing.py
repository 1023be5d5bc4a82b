"""Stores the log of another program as a run: to be compared, on the same examples, with runs of ours."""

import time
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Example, Split
from genai_tui.records.generations import Failure, Generation, Moments, Usage
from genai_tui.records.prompts import Message, Prompt
from genai_tui.records.runs import Run, Score
from genai_tui.stages.evaluate.interchange.keeping import keep_rows
from genai_tui.stages.evaluate.interchange.logged import Log, LoggedAnswer
from genai_tui.stages.evaluate.results import result_of
from genai_tui.stages.evaluate.scorers.base import LARGEST
from genai_tui.stages.evaluate.scorers.imported import IMPORTED, LOG
from genai_tui.store.candidates import save_candidate
from genai_tui.store.datasets import all_examples, find_dataset_version
from genai_tui.store.generations import save_generation
from genai_tui.store.prompts import save_prompt
from genai_tui.store.runs import all_runs, begin_run, find_run, keep_result, let_go
from genai_tui.store.scores import save_scores

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.store.reader import Reader

BATCH = 500
NO_SCORE = "imported"  # stands for the score of a log that has none


class Stored(NamedTuple):
    """The run that a log describes; `again`: it was stored before."""

    run: Run
    again: bool


def store_log(project: "Project", log: Log, name: str, split: Split, source: str) -> Stored:
    """The run that the log describes, stored with its rows, answers and scores. Blocks; raises StorageFault.

    Its candidate is the log's model at an endpoint called as the program that asked: it can be compared, not asked.
    Of a log that is a run of the dataset `name` already no copy is made: it would be compared with itself.
    """
    digest = _digest(log)
    if (there := _stored_before(project.reader, digest, name, split)) is not None:
        return Stored(there, again=True)
    writer = project.writer
    rows = [Example(example.inputs, example.expected, line=example.line) for example in _rows(log)]
    dataset = keep_rows(project, name, rows, split, source)
    [prompt] = writer.put_now(save_prompt(_prompt(log)))
    made = Candidate("", log.kind, log.model, prompt.number, prompt.hash, log.model)
    [candidate] = writer.put_now(save_candidate(made))
    repeats = 1 + max(answer.repeat for answer in log.answers)
    kinds = {score: _kind(log, score) for score in log.scores}
    run = Run(
        candidate.id,
        dataset.id,
        split,
        len(log.answers),
        log.scores or (NO_SCORE,),
        repeats,
        options={IMPORTED: kinds or {NO_SCORE: "proportion"}, "source": source, LOG: digest},
    )
    [number] = writer.put_now(begin_run(run))
    answers = list(_generations(project, log, run, number, candidate.id, dataset.id))
    for first in range(0, len(answers), BATCH):
        batch = answers[first : first + BATCH]
        numbers = writer.put_now(*(save_generation(generation) for generation, _ in batch))
        scores = [replace(score, generation=n) for n, (_, found) in zip(numbers, batch, strict=True) for score in found]
        writer.put_now(save_scores(scores))
    writer.put_now(let_go(number, "done", "", 0.0))
    stored = find_run(project.reader, number)
    writer.put_now(keep_result(number, result_of(project.reader, stored)))
    return Stored(find_run(project.reader, number), again=False)


def _stored_before(reader: "Reader", digest: str, name: str, split: Split) -> Run | None:
    """The run that the same log was stored as before, whole, over the split of the dataset `name`."""
    return next(
        (
            run
            for run in all_runs(reader)
            if run.options.get(LOG) == digest
            and run.state == "done"
            and run.split == split
            and find_dataset_version(reader, run.dataset_version).name == name
        ),
        None,
    )


def _digest(log: Log) -> str:
    """What tells a log from others: who answered what, and how it was judged; not how its file is called."""
    digest = sha256(repr((log.kind, log.model, log.prompt, log.scores)).encode("utf-8", "surrogatepass"))
    for answer in log.answers:
        digest.update(repr(answer).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _rows(log: Log) -> list[Example]:
    """The rows in their order, each once for as many answers of one repeat as it has."""
    most: Counter[str] = Counter()
    by_repeat: Counter[tuple[str, int]] = Counter()
    found = []
    for answer in log.answers:
        key = answer.example.hash
        by_repeat[key, answer.repeat] += 1
        if by_repeat[key, answer.repeat] > most[key]:
            most[key] += 1
            found.append(answer.example)
    return found


def _prompt(log: Log) -> Prompt:
    called = f": {log.prompt.replace('#}', '# }')}" if log.prompt else ""
    text = "{{ input }}" if log.kind == "inspect" else f"{{# {log.kind} asked by its own template{called} #}}"
    return Prompt((Message("user", text),), note=f"as {log.kind} asked {log.task}")


def _kind(log: Log, score: str) -> str:
    values = {answer.marks[score].value for answer in log.answers if score in answer.marks}
    return "proportion" if values <= {0.0, 1.0, None} else "mean"


def _generations(
    project: "Project", log: Log, run: Run, number: int, candidate: int, version: int
) -> list[tuple[Generation, list[Score]]]:
    ids = _ids(project, run, version)
    nth: Counter[tuple[str, int]] = Counter()
    found = []
    for answer in log.answers:
        key = answer.example.hash
        repeat = nth[key, answer.repeat] * run.repeats + answer.repeat
        nth[key, answer.repeat] += 1
        known = answer.input_tokens is not None and answer.output_tokens is not None
        usage = Usage(answer.input_tokens or 0, answer.output_tokens or 0) if known else None
        generation = Generation(
            purpose="run",
            endpoint=log.kind,
            model_id=log.model,
            text=answer.text,
            finish_reason=answer.finish_reason,
            usage=usage,
            cost_usd=answer.usd,
            moments=_moments(answer),
            error=None if answer.error is None else Failure(answer.error, f"{log.kind} says so."),
            candidate=candidate,
            run=number,
            example=ids[key],
            repeat=repeat,
        )
        found.append((generation, [] if answer.error is not None and log.scores else _scores(answer, log)))
    return found


def _moments(answer: LoggedAnswer) -> Moments:
    sent = None if answer.seconds is None else 0.0
    return Moments(0.0, sent=sent, done=answer.seconds, wall=time.time())


def _scores(answer: LoggedAnswer, log: Log) -> list[Score]:
    """A score for each name: one without a verdict is left out of the value, not counted as wrong.

    A log without any score has none to be wrong by.
    """
    found = []
    for name in log.scores or (NO_SCORE,):
        mark = answer.marks.get(name)
        if mark is None or mark.value is None or not abs(mark.value) <= LARGEST:
            found.append(Score(name, None, reason="It was not scored.", detail={"unjudged": True}))
        else:
            found.append(Score(name, mark.value, reduced=mark.reduced, reason=mark.reason))
    return found


def _ids(project: "Project", run: Run, version: int) -> dict[str, int]:
    dataset = find_dataset_version(project.reader, version)
    return {example.hash: example.id for example in all_examples(project.reader, dataset, run.split)}
