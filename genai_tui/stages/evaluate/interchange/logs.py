"""What other programs wrote of their runs, read as answers with scores: lm-eval's samples and Inspect's logs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from genai_tui.datasets import ImportOptions
from genai_tui.datasets.jsons import Broken, Decoder
from genai_tui.datasets.model import Rejected, Warned, file_fault
from genai_tui.datasets.opening import Opened, open_file
from genai_tui.datasets.recognise import special_format
from genai_tui.datasets.sources import find_source
from genai_tui.errors import FileFault, UsageFault
from genai_tui.records.datasets import Example

FORMATS = ("lm-eval", "inspect")


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
        from genai_tui.stages.evaluate.interchange.from_inspect import inspect_log

        log = inspect_log(path, opened.whole(), source.records(), rejected, notes)
    else:
        from genai_tui.stages.evaluate.interchange.from_lm_eval import lm_eval_log

        log = lm_eval_log(path, source.records(), rejected, notes)
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
    opened = open_file(path, None)
    try:
        source = find_source(opened, ImportOptions())
    except FileFault:
        top = _object(opened)
        if top is None or special_format(top) == "inspect":
            raise
        raise _neither(path, top) from None  # it holds no rows to be named by --input, as a dataset would
    if source.format == "inspect":
        return "inspect"
    first = next((record.values for record in source.records() if not record.fault), {})
    if "doc_id" in first and ("doc" in first or "resps" in first):
        return "lm-eval"
    if {"id", "epoch"} <= first.keys() or ({"input", "target"} <= first.keys() and "messages" in first):
        return "inspect"
    raise _neither(path, _object(opened) or {})


def _object(opened: Opened) -> dict[str, Any] | None:
    """What the file is, where it is one JSON object."""
    try:
        value = Decoder().alone(opened.whole())
    except (Broken, FileFault):
        return None
    return value if isinstance(value, dict) else None


def _neither(path: Path, top: Mapping[str, Any]) -> FileFault:
    if "evalId" in top and "results" in top:
        return file_fault(
            f"{path} holds results of promptfoo, and logs of lm-eval and Inspect are taken.",
            "",
            "Measure the configuration itself, with promptfoo's verdicts: genai-tui eval run --config FILE",
        )
    return file_fault(
        f"{path} is neither lm-eval's samples nor an Inspect log.",
        "lm-eval writes samples_TASK_DATE.jsonl with --log_samples, Inspect a JSON log with --log-format json.",
        "Rows to be asked come in with genai-tui data import.",
    )


def warn_once(notes: list[Warned], line: int, text: str) -> None:
    """A remark that many rows share, with the first line of them."""
    if all(note.text != text for note in notes):
        notes.append(Warned(line, text))
