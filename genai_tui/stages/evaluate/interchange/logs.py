"""What other programs wrote of their runs, read as answers with scores: lm-eval, Inspect and promptfoo."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from genai_tui.datasets import ImportOptions
from genai_tui.datasets.jsons import Broken, Decoder, JsonArray
from genai_tui.datasets.model import Rejected, Warned, file_fault
from genai_tui.datasets.opening import Opened, open_file
from genai_tui.datasets.recognise import special_format
from genai_tui.datasets.shapes import member_start
from genai_tui.datasets.sources import find_source
from genai_tui.errors import FileFault, UsageFault
from genai_tui.records.datasets import Example
from genai_tui.stages.evaluate.interchange.named import PROMPTFOO

FORMATS = ("lm-eval", "inspect", "promptfoo")


class Mark(NamedTuple):
    """A score as it stands in a log: None where there is an answer and no verdict (NaN). `reduced`: what was judged."""

    value: float | None
    reduced: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class LoggedAnswer:
    """One answer of a log; `error` is why it failed. Times are seconds, money US dollars."""

    example: Example
    repeat: int
    text: str
    marks: dict[str, Mark] = field(default_factory=dict)
    error: str | None = None
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None
    usd: float | None = None


@dataclass(frozen=True)
class Log:
    """A log read to its end: who answered what, with the names of its scores in their order.

    `prompt` is what was asked is called, where one program's file holds several.
    """

    kind: str
    task: str
    model: str
    answers: tuple[LoggedAnswer, ...]
    scores: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    warnings: tuple[Warned, ...]
    prompt: str = ""


def read_logs(path: Path, format_name: str | None = None) -> list[Log]:
    """The log in a file; of promptfoo's results one for each prompt and provider.

    Raises FileFault with the line for what cannot be read, or where no answer is in it.
    """
    if format_name is not None and format_name not in FORMATS:
        raise UsageFault(f"There is no format {format_name!r} of logs.", "", f"There are: {', '.join(FORMATS)}.")
    opened = open_file(path, nameable=False)
    kind = format_name or _kind(path)
    logs = _promptfoo(opened) if kind == PROMPTFOO else [_log(opened, kind)]
    if not any(log.answers for log in logs):
        rejected = [row for log in logs for row in log.rejected]
        raise FileFault(
            f"No answer of {path} can be taken.",
            f"{rejected[0].reason} (line {rejected[0].line})" if rejected else "There is none in it.",
            extra={"rejected": [{"line": row.line, "reason": row.reason} for row in rejected]},
        )
    return logs


def _log(opened: Opened, kind: str) -> Log:
    source = find_source(opened, ImportOptions(format=kind))
    notes: list[Warned] = list(getattr(source, "notes", ()))
    if kind == "inspect":
        from genai_tui.stages.evaluate.interchange.from_inspect import inspect_log

        return inspect_log(opened.path, opened.whole(), source.records(), [], notes)
    from genai_tui.stages.evaluate.interchange.from_lm_eval import lm_eval_log

    return lm_eval_log(opened.path, source.records(), [], notes)


def _promptfoo(opened: Opened) -> list[Log]:
    from genai_tui.stages.evaluate.interchange.from_promptfoo import promptfoo_logs

    top, text = _object(opened), opened.whole()
    if top is None or not _is_results(top):
        raise _neither(opened.path)
    outer = member_start(opened, text, "results") or 0
    inner = member_start(opened, text[outer:], "results") if isinstance(top["results"], dict) else None
    listed = inner is not None and isinstance(top["results"]["results"], list)
    records = JsonArray(opened, text, outer + (inner or 0), inner=True).records() if listed else iter(())
    return promptfoo_logs(opened.path, top, records)


def _kind(path: Path) -> str:
    """Which program wrote the file, by its content."""
    opened = open_file(path, nameable=False)
    try:
        source = find_source(opened, ImportOptions())
    except FileFault:
        top = _object(opened)
        if top is None or special_format(top) == "inspect":
            raise
        if _is_results(top):
            return PROMPTFOO
        raise _neither(path) from None  # it holds no rows to be named by --input, as a dataset would
    if source.format == "inspect":
        return "inspect"
    first = next((record.values for record in source.records() if not record.fault), {})
    if "doc_id" in first and ("doc" in first or "resps" in first):
        return "lm-eval"
    if {"id", "epoch"} <= first.keys() or ({"input", "target"} <= first.keys() and "messages" in first):
        return "inspect"
    if _is_results(_object(opened) or {}):
        return PROMPTFOO
    raise _neither(path)


def _is_results(top: Mapping[str, Any]) -> bool:
    """Whether an object is what promptfoo writes of its results."""
    return "results" in top and ("evalId" in top or {"config", "shareableUrl"} <= top.keys())


def _object(opened: Opened) -> dict[str, Any] | None:
    """What the file is, where it is one JSON object."""
    try:
        value = Decoder().alone(opened.whole())
    except (Broken, FileFault):
        return None
    return value if isinstance(value, dict) else None


def _neither(path: Path) -> FileFault:
    return file_fault(
        f"{path} is neither lm-eval's samples nor an Inspect log, nor results of promptfoo.",
        "lm-eval writes samples_TASK_DATE.jsonl with --log_samples, Inspect a JSON log with --log-format json, "
        "promptfoo its results with -o FILE.json.",
        "Rows to be asked come in with genai-tui data import.",
    )


def warn_once(notes: list[Warned], line: int, text: str) -> None:
    """A remark that many rows share, with the first line of them."""
    if all(note.text != text for note in notes):
        notes.append(Warned(line, text))
