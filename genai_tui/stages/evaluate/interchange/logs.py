"""What other programs wrote of their runs, read as answers with scores: lm-eval, Inspect and promptfoo."""

from pathlib import Path

from genai_tui.datasets import ImportOptions
from genai_tui.datasets.jsons import Broken, Decoder, broken_document
from genai_tui.datasets.model import Warned, file_fault
from genai_tui.datasets.opening import Opened, open_file
from genai_tui.datasets.recognise import special_format
from genai_tui.datasets.sources import Source, find_source
from genai_tui.errors import FileFault, UsageFault
from genai_tui.stages.evaluate.interchange.documents import Document
from genai_tui.stages.evaluate.interchange.from_inspect import inspect_log
from genai_tui.stages.evaluate.interchange.from_lm_eval import lm_eval_log
from genai_tui.stages.evaluate.interchange.from_promptfoo import promptfoo_logs
from genai_tui.stages.evaluate.interchange.inspect_zip import unpacked
from genai_tui.stages.evaluate.interchange.logged import Log
from genai_tui.stages.evaluate.interchange.named import PROMPTFOO
from genai_tui.stages.evaluate.scorers.imported import LOGS


def read_logs(path: Path, format_name: str | None = None) -> list[Log]:
    """The log in a file; of promptfoo's results one for each prompt and provider.

    Raises FileFault with the line for what cannot be read, or where no answer is in it; UsageFault (no such format).
    """
    if format_name is not None and format_name not in LOGS:
        raise UsageFault(f"There is no format {format_name!r} of logs.", "", f"There are: {', '.join(LOGS)}.")
    opened = open_file(path, stream=unpacked(path), nameable=False)
    results = _results(opened, named=format_name == PROMPTFOO) if format_name in (None, PROMPTFOO) else None
    if results is not None:
        logs = promptfoo_logs(path, results)
    elif format_name == PROMPTFOO:
        raise _neither(path)
    else:
        logs = [_log(opened, format_name)]
    if not any(log.answers for log in logs):
        rejected = [row for log in logs for row in log.rejected]
        raise FileFault(
            f"No answer of {path} can be taken.",
            f"{rejected[0].reason} (line {rejected[0].line})" if rejected else "There is none in it.",
            extra={"rejected": [{"line": row.line, "reason": row.reason} for row in rejected]},
        )
    return logs


def _log(opened: Opened, kind: str | None) -> Log:
    """The log of lm-eval or Inspect; which of both, where it is not said, its content tells."""
    try:
        source = find_source(opened, ImportOptions(format=kind))
    except FileFault:
        if kind == "inspect" or _is_inspect(opened):
            raise
        raise _neither(opened.path) from None  # it holds no rows to be named by --input, as a dataset would
    kind = kind or ("inspect" if source.format == "inspect" else _kind(opened, source))
    notes: list[Warned] = list(getattr(source, "notes", ()))
    if kind == "inspect":
        return inspect_log(opened.path, opened.whole(), source.records(), notes)
    return lm_eval_log(opened.path, source.records(), notes)


def _kind(opened: Opened, source: Source) -> str:
    first = next((record.values for record in source.records() if not record.fault), {})
    if "doc_id" in first and ("doc" in first or "resps" in first):
        return "lm-eval"
    if {"id", "epoch"} <= first.keys() or ({"input", "target"} <= first.keys() and "messages" in first):
        return "inspect"
    raise _neither(opened.path)


def _is_inspect(opened: Opened) -> bool:
    """Whether a file that could not be read is an Inspect log, or no JSON at all."""
    try:
        top = Decoder().alone(opened.whole())
    except (Broken, FileFault):
        return True
    return not isinstance(top, dict) or special_format(top) == "inspect"


def _results(opened: Opened, *, named: bool) -> Document | None:
    """What promptfoo wrote of its results; None where the file is something else. Raises FileFault.

    Decoded once: such files are large. `named`: that it is to be this was said, so that a break in it is told here.
    """
    if not _is_document(opened):
        return None
    text = opened.whole()
    try:
        found = Document(text, ("results", "results"))
    except Broken as fault:
        if named:
            raise broken_document(opened, text, fault.position, fault) from None
        return None
    top = found.top
    if "results" not in top or not ("evalId" in top or {"config", "shareableUrl"} <= top.keys()):
        return None
    if found.twice is not None:
        what = f"{opened.path}: the key {found.twice[:60]!r} stands twice in an object."
        raise file_fault(what, "One of both would be lost.", line=1)
    return found


def _is_document(opened: Opened) -> bool:
    """Whether the file begins as one object; of one with an object a line no more than two lines are read."""
    if opened.parquet:
        return False
    full = (line for line in map(str.strip, opened.lines()) if line)
    first, more = next(full, ""), next(full, None) is not None
    if not first.startswith("{") or not more:
        return first.startswith("{")
    try:
        Decoder().alone(first)
    except Broken:
        return True
    return False


def _neither(path: Path) -> FileFault:
    return file_fault(
        f"{path} is neither lm-eval's samples nor an Inspect log, nor results of promptfoo.",
        "lm-eval writes samples_TASK_DATE.jsonl with --log_samples, Inspect a JSON log with --log-format json, "
        "promptfoo its results with -o FILE.json.",
        "Rows to be asked come in with genai-tui data import.",
    )
