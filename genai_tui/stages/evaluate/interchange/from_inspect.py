"""What Inspect wrote of a run, its JSON log, as answers with scores."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from genai_tui.datasets.checks import check_kept
from genai_tui.datasets.columns import RowFault
from genai_tui.datasets.jsons import Broken, Decoder
from genai_tui.datasets.logs import attach, sample_row
from genai_tui.datasets.model import Record, Rejected, Warned
from genai_tui.records.datasets import Example
from genai_tui.stages.evaluate.interchange.logged import (
    Log,
    LoggedAnswer,
    Mark,
    counted,
    finite,
    measured,
    object_of,
    warn_once,
)

LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}  # what Inspect's letters are worth
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


def inspect_log(path: Path, text: str, records: Iterator[Record], notes: list[Warned]) -> Log:
    """A sample and epoch is an answer; one that failed counts as wrong, a verdict that is no number is left out.

    `text` is all of the file; `notes` is added to.
    """
    try:
        top = object_of(Decoder().alone(text))
    except Broken:
        top = {}
    ran, known = object_of(top.get("eval")), _scorers(top)
    found: list[LoggedAnswer] = []
    rejected: list[Rejected] = []
    names: dict[str, None] = {}
    there: set[tuple[str, int]] = set()
    for record in records:
        try:
            answer = _sample(record, known[0] if known else "score", notes)
            place = (str(record.values.get("id")), answer.repeat)
            if place in there:
                raise RowFault(f"the sample {place[0][:60]} stands twice for the epoch {place[1]}")
        except RowFault as fault:
            rejected.append(Rejected(record.line, str(fault)))
            continue
        there.add(place)
        names.update(dict.fromkeys(answer.marks))
        found.append(answer)
    epochs = {epoch: place for place, epoch in enumerate(sorted({answer.repeat for answer in found}))}
    found = [replace(answer, repeat=epochs[answer.repeat]) for answer in found]
    if all(answer.error is not None for answer in found):  # and count as wrong by every score that there was to be
        names.update(dict.fromkeys(known))
    model = str(ran.get("model") or "unknown")
    return Log(
        "inspect", str(ran.get("task") or path.stem), model, tuple(found), tuple(names), tuple(rejected), tuple(notes)
    )


def _sample(record: Record, only: str, notes: list[Warned]) -> LoggedAnswer:
    if record.fault:
        raise RowFault(record.fault)
    values = record.values
    inputs, expected = sample_row(values)
    check_kept(inputs, "input")
    check_kept(expected, "target")
    attached = object_of(values.get("attachments"))
    output = object_of(attach(values.get("output"), attached))
    text, stop = _completion(output)
    check_kept(text, "output")
    scores = values.get("scores")
    if scores is None and values.get("score") is not None:  # as the first version of the log had it: one, without name
        scores = {only: values["score"]}
    error = values.get("error")
    epoch = 1 if values.get("epoch") is None else values["epoch"]
    if isinstance(epoch, bool) or not isinstance(epoch, int) or epoch < 0:
        raise RowFault(f"its epoch is {str(epoch)[:40]}, no number from 1")
    usage = object_of(output.get("usage"))
    return LoggedAnswer(
        Example(inputs, expected, line=record.line),
        epoch,
        text,
        dict(_verdicts(record, attach(scores, attached), notes)),
        None if error is None else _message(error),
        stop,
        counted(usage.get("input_tokens")),
        counted(usage.get("output_tokens")),
        measured(output.get("time")) or measured(values.get("total_time")),
    )


def _scorers(top: dict[str, Any]) -> list[str]:
    """What the log's scores are called by its results; logs of the first version name one.

    Where every sample failed there are no results: what was to score them is told beside what was asked.
    """
    results = object_of(top.get("results"))
    several = results.get("scores")
    scores = several if isinstance(several, list) and several else [results.get("scorer")]
    if not results:
        scores = list(_planned(object_of(top.get("eval")).get("scorers")))
    found = []
    for score in scores:
        name, scorer = (score.get(key) if isinstance(score, dict) else None for key in ("name", "scorer"))
        if isinstance(name, str) and name:
            found.append(f"{scorer}.{name}" if isinstance(scorer, str) and scorer not in ("", name) else name)
    return found


def _planned(scorers: Any) -> Iterator[dict[str, Any]]:
    """The scores that scorers were to give, named as results name them: one for each part where they have parts."""
    for scorer in scorers if isinstance(scorers, list) else ():
        name, metrics = object_of(scorer).get("name"), object_of(scorer).get("metrics")
        parts = metrics if isinstance(metrics, dict) else [name]
        yield from ({"name": part, "scorer": name} for part in parts)


def _completion(output: dict[str, Any]) -> tuple[str, str | None]:
    choices = output.get("choices")
    first: dict[str, Any] = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = first.get("message")
    text = output.get("completion")
    if not isinstance(text, str):
        content = message.get("content") if isinstance(message, dict) else None
        parts = content if isinstance(content, list) else [content]
        texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
        text = "".join(each for each in texts if isinstance(each, str))
    stop = first.get("stop_reason")
    return text, {"max_tokens": "length"}.get(stop, stop) if isinstance(stop, str) else None


def _verdicts(record: Record, scores: Any, notes: list[Warned]) -> Iterator[tuple[str, Mark]]:
    for name, score in scores.items() if isinstance(scores, dict) else ():
        value = score.get("value") if isinstance(score, dict) else score
        said = score.get("answer") if isinstance(score, dict) else None
        why = score.get("explanation") if isinstance(score, dict) else None
        reduced, reason = (each if isinstance(each, str) else None for each in (said, why))
        parts = {f"{name}.{key}": each for key, each in value.items()} if isinstance(value, dict) else {name: value}
        for full, each in parts.items():
            number = worth(each)
            if number is None and not (isinstance(each, float) and math.isnan(each)):
                warn_once(
                    notes,
                    record.line,
                    f"{full} is {str(each)[:40]!r} for a sample, which is no number; it is not scored.",
                )
            yield full, Mark(number, reduced, reason or "")


def worth(value: Any) -> float | None:
    """What a verdict of Inspect's is worth; None where it is no number (NaN, other words, lists)."""
    if not isinstance(value, str):
        return finite(value)
    known = LETTERS.get(value, _WORDS.get(value.lower()))
    if known is not None:
        return known
    try:
        return finite(float(value))
    except ValueError:
        return None


def _message(error: Any) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    return str(message or "It failed.")[:2000]
