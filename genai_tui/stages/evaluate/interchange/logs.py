"""What other programs wrote of their runs, read as answers with scores: lm-eval's samples and Inspect's logs."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from genai_tui.datasets import ImportOptions
from genai_tui.datasets.checks import check_kept
from genai_tui.datasets.columns import RowFault
from genai_tui.datasets.jsons import Broken, Decoder
from genai_tui.datasets.logs import attach, doc_row, sample_row
from genai_tui.datasets.model import Record, Rejected, Warned, file_fault
from genai_tui.datasets.opening import open_file
from genai_tui.datasets.sources import find_source
from genai_tui.errors import FileFault, UsageFault
from genai_tui.records.datasets import Example

FORMATS = ("lm-eval", "inspect")
LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}  # what Inspect's letters are worth
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
_LM_EVAL_KEYS = frozenset(
    "doc_id doc target arguments resps filtered_resps filter metrics doc_hash prompt_hash target_hash".split()
)
_SAMPLES = re.compile(r"samples_(.+?)(?:_\d{4}-\d\d-\d\dT[\d.:-]+)?\.jsonl(?:\.gz)?")


class Mark(NamedTuple):
    """A score as it stands in a log: None where there is an answer and no verdict (NaN). `reduced`: what was judged."""

    value: float | None
    reduced: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class LoggedAnswer:
    """One answer of a log; `error` is why it failed. Times are seconds."""

    example: Example
    repeat: int
    text: str
    marks: dict[str, Mark] = field(default_factory=dict)
    error: str | None = None
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Log:
    """A log read to its end: who answered what, with the names of its scores in their order."""

    kind: str
    task: str
    model: str
    answers: tuple[LoggedAnswer, ...]
    scores: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    warnings: tuple[Warned, ...]


def read_log(path: Path, format_name: str | None = None) -> Log:
    """The log in a file. Raises FileFault with the line for what cannot be read, or where no answer is in it."""
    if format_name is not None and format_name not in FORMATS:
        raise UsageFault(f"There is no format {format_name!r} of logs.", "", f"There are: {', '.join(FORMATS)}.")
    opened = open_file(path, None)
    kind = format_name or _kind(path)
    source = find_source(opened, ImportOptions(format=kind))
    notes: list[Warned] = list(getattr(source, "notes", ()))
    rejected: list[Rejected] = []
    if kind == "inspect":
        log = _inspect(path, opened.whole(), source.records(), rejected, notes)
    else:
        log = _lm_eval(path, source.records(), rejected, notes)
    if not log.answers:
        first = rejected[0] if rejected else None
        raise FileFault(
            f"No answer of {path} can be taken.",
            f"{first.reason} (line {first.line})" if first else "There is none in it.",
            extra={"rejected": [{"line": row.line, "reason": row.reason} for row in rejected]},
        )
    return log


def _kind(path: Path) -> str:
    """Which program wrote the file, by its content."""
    records = find_source(open_file(path, None), ImportOptions()).records()
    first = next((record.values for record in records if not record.fault), {})
    if "doc_id" in first and ("doc" in first or "resps" in first):
        return "lm-eval"
    if {"id", "epoch"} <= first.keys() or ({"input", "target"} <= first.keys() and "messages" in first):
        return "inspect"
    raise file_fault(
        f"{path} is neither lm-eval's samples nor an Inspect log.",
        "lm-eval writes samples_TASK_DATE.jsonl with --log_samples, Inspect a JSON log with --log-format json.",
        "Rows to be asked come in with genai-tui data import.",
    )


def _lm_eval(path: Path, records: Iterator[Record], rejected: list[Rejected], notes: list[Warned]) -> Log:
    """A document stands once for each filter; it is one answer, with a score for each metric and filter."""
    found: dict[str, LoggedAnswer] = {}
    seen: Counter[str] = Counter()
    names: dict[str, None] = {}
    unnamed = False
    for record in records:
        try:
            example, key = _document(record)
            filter_name = record.values.get("filter")
            if filter_name is None:
                unnamed = True
                filter_name = f"#{seen[key] + 1}"
            elif f"{key}\0{filter_name}" in seen:
                raise RowFault(f"doc_id {record.values['doc_id']} stands twice for the filter {str(filter_name)[:60]}")
            text = _said(record.values)
        except RowFault as fault:
            rejected.append(Rejected(record.line, str(fault)))
            continue
        seen[key] += 1
        seen[f"{key}\0{filter_name}"] += 1
        marks = {}
        for metric, mark in _marks(record, notes):
            name = f"{metric}{filter_name}" if unnamed else f"{metric},{filter_name}"
            marks[name] = mark
            names[name] = None
        known = found.get(key)
        found[key] = LoggedAnswer(
            known.example if known else example,
            0,
            known.text if known else text,
            {**(known.marks if known else {}), **marks},
        )
    if unnamed:
        notes.append(Warned(1, "The samples name no filter: scores are called metric#1, metric#2 in their order."))
    named = _SAMPLES.fullmatch(path.name)
    model = path.absolute().parent.name.replace("__", "/")
    return Log(
        "lm-eval",
        named[1] if named else path.stem,
        model,
        tuple(found.values()),
        tuple(names),
        tuple(rejected),
        tuple(notes),
    )


def _document(record: Record) -> tuple[Example, str]:
    if record.fault:
        raise RowFault(record.fault)
    inputs, expected = doc_row(record.values)
    check_kept(inputs, "doc")
    check_kept(expected, "target")
    return Example(inputs, expected, line=record.line), str(record.values["doc_id"])


def _said(values: dict[str, Any]) -> str:
    """The answer: the text that was generated, or the likeliest of the continuations."""
    answers = values.get("resps")
    if not isinstance(answers, list) or not answers:
        raise RowFault("resps is missing")
    continuations = _continuations(values.get("arguments"))
    chances = [_chance(each) for each in answers]
    if len(continuations) == len(answers) and None not in chances:
        best = max(range(len(chances)), key=lambda place: chances[place] or 0.0)
        return continuations[best].strip()
    first = answers[0]
    while isinstance(first, list) and first:
        first = first[0]
    text = first if isinstance(first, str) else ""
    check_kept(text, "resps")
    return text


def _continuations(arguments: Any) -> list[str]:
    if isinstance(arguments, dict):  # {"gen_args_0": {"arg_0": …, "arg_1": …}, …}
        arguments = [[each.get("arg_0"), each.get("arg_1")] for each in arguments.values() if isinstance(each, dict)]
    if not isinstance(arguments, list):
        return []
    found = [each[1] for each in arguments if isinstance(each, list) and len(each) > 1 and isinstance(each[1], str)]
    return found if len(found) == len(arguments) else []


def _chance(answer: Any) -> float | None:
    """The log-probability of a continuation, where an answer is one: [[-1.2, false]]."""
    while isinstance(answer, list) and len(answer) == 1 and isinstance(answer[0], list):
        answer = answer[0]
    if not isinstance(answer, list) or len(answer) != 2:
        return None
    try:
        return float(answer[0])
    except (TypeError, ValueError):
        return None


def _marks(record: Record, notes: list[Warned]) -> Iterator[tuple[str, Mark]]:
    values = record.values
    named = values.get("metrics")
    metrics = (
        [str(name) for name in named] if isinstance(named, list) else [k for k in values if k not in _LM_EVAL_KEYS]
    )
    reduced = _reduced(values.get("filtered_resps"))
    for metric in metrics:
        value = values.get(metric)
        if isinstance(value, bool | int | float):
            number = float(value)
            yield metric, Mark(number if math.isfinite(number) else None, reduced)
        elif isinstance(named, list) or isinstance(value, list | dict):
            _once(notes, record.line, f"{metric} has no number of its own for a document; it is not taken.")


def _reduced(filtered: Any) -> str | None:
    first = filtered[0] if isinstance(filtered, list) and filtered else filtered
    return first if isinstance(first, str) else None


def _once(notes: list[Warned], line: int, text: str) -> None:
    if all(note.text != text for note in notes):
        notes.append(Warned(line, text))


def _inspect(path: Path, text: str, records: Iterator[Record], rejected: list[Rejected], notes: list[Warned]) -> Log:
    """A sample and epoch is an answer; one that failed counts as wrong, a verdict that is no number is left out."""
    try:
        top = Decoder().alone(text)
    except Broken:
        top = {}
    said = top.get("eval") if isinstance(top, dict) else None
    ran: dict[str, Any] = said if isinstance(said, dict) else {}
    found: list[LoggedAnswer] = []
    names: dict[str, None] = {}
    for record in records:
        try:
            answer = _sample(record, notes)
        except RowFault as fault:
            rejected.append(Rejected(record.line, str(fault)))
            continue
        names.update(dict.fromkeys(answer.marks))
        found.append(answer)
    model = str(ran.get("model") or "unknown")
    return Log(
        "inspect", str(ran.get("task") or path.stem), model, tuple(found), tuple(names), tuple(rejected), tuple(notes)
    )


def _sample(record: Record, notes: list[Warned]) -> LoggedAnswer:
    if record.fault:
        raise RowFault(record.fault)
    values = record.values
    inputs, expected = sample_row(values)
    check_kept(inputs, "input")
    check_kept(expected, "target")
    attached = values.get("attachments") if isinstance(values.get("attachments"), dict) else {}
    output = attach(values.get("output"), attached or {})
    output = output if isinstance(output, dict) else {}
    text, stop = _completion(output)
    check_kept(text, "output")
    error = values.get("error")
    epoch = values.get("epoch", 1)
    usage = output.get("usage") if isinstance(output.get("usage"), dict) else {}
    return LoggedAnswer(
        Example(inputs, expected, line=record.line),
        epoch - 1 if isinstance(epoch, int) and epoch > 0 else 0,
        text,
        dict(_verdicts(record, attach(values.get("scores"), attached or {}), notes)),
        None if error is None else _message(error),
        stop,
        _count(usage, "input_tokens"),
        _count(usage, "output_tokens"),
        _seconds(output.get("time")) or _seconds(values.get("total_time")),
    )


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
                _once(
                    notes,
                    record.line,
                    f"{full} is {str(each)[:40]!r} for a sample, which is no number; it is not scored.",
                )
            yield full, Mark(number, reduced, reason or "")


def worth(value: Any) -> float | None:
    """What a verdict of Inspect's is worth; None where it is no number (NaN, other words, lists)."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        known = LETTERS.get(value, _WORDS.get(value.lower()))
        if known is not None:
            return known
        try:
            number = float(value)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    return None


def _message(error: Any) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    return str(message or "It failed.")[:2000]


def _count(usage: Any, key: str) -> int | None:
    value = usage.get(key) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _seconds(value: Any) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    return float(value) if good else None
