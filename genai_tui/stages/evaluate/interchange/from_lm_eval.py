"""What lm-eval wrote of a run, its samples, as answers with scores."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genai_tui.datasets.checks import check_kept
from genai_tui.datasets.columns import RowFault
from genai_tui.datasets.logs import doc_row
from genai_tui.datasets.model import Record, Rejected, Warned
from genai_tui.records.datasets import Example
from genai_tui.stages.evaluate.interchange.logged import Log, LoggedAnswer, Mark, finite, warn_once

_LM_EVAL_KEYS = frozenset(
    "doc_id doc target arguments resps filtered_resps filter metrics doc_hash prompt_hash target_hash".split()
)
_LIKELIHOOD = "perplexity"  # what stands there for a document is a log-likelihood: lm-eval makes one of all of them
_SAMPLES = re.compile(r"samples_(.+?)(?:_\d{4}-\d\d-\d\dT[\d.:-]+)?\.jsonl(?:\.gz)?")


def lm_eval_log(path: Path, records: Iterator[Record], notes: list[Warned]) -> Log:
    """A document stands once for each filter; it is one answer, with a score for each metric and filter.

    `notes` is added to.
    """
    rejected: list[Rejected] = []
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
    half = len(continuations) // 2
    if half and continuations[:half] == continuations[half:]:  # asked again without the question: acc_mutual_info
        continuations, answers = continuations[:half], answers[:half]
    chances = [_chance(each) for each in answers]
    if len(continuations) == len(answers) and None not in chances:
        best = max(range(len(chances)), key=lambda place: chances[place] or 0.0)
        alone = len(continuations) == 1  # no choice: it is what the model says only where that is its likeliest text
        return "" if alone and not _greedy(answers[0]) else continuations[best].strip()
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
    try:
        return float(_pair(answer)[0])
    except (TypeError, ValueError, OverflowError):
        return None


def _greedy(answer: Any) -> bool:
    """Whether a continuation is what the model would have written."""
    return str(_pair(answer)[1]).lower() == "true"


def _pair(answer: Any) -> list[Any]:
    """The log-probability of a continuation and whether it is the likeliest text; None twice where there are none."""
    while isinstance(answer, list) and len(answer) == 1 and isinstance(answer[0], list):
        answer = answer[0]
    return answer if isinstance(answer, list) and len(answer) == 2 else [None, None]


def _marks(record: Record, notes: list[Warned]) -> Iterator[tuple[str, Mark]]:
    values = record.values
    named = values.get("metrics")
    metrics = (
        [str(name) for name in named] if isinstance(named, list) else [k for k in values if k not in _LM_EVAL_KEYS]
    )
    reduced = _reduced(values.get("filtered_resps"))
    for metric in metrics:
        value = values.get(metric)
        if isinstance(value, bool | int | float) and metric != _LIKELIHOOD:
            yield metric, Mark(finite(value), reduced)
        elif isinstance(named, list) or isinstance(value, list | dict) or metric == _LIKELIHOOD:
            warn_once(notes, record.line, f"{metric} has no number of its own for a document; it is not taken.")


def _reduced(filtered: Any) -> str | None:
    first = filtered[0] if isinstance(filtered, list) and filtered else filtered
    return first if isinstance(first, str) else None
