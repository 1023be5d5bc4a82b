"""A run as a file: JSONL, CSV, JUnit XML, Markdown, one self-contained HTML page; others in `interchange`."""

import html
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.datasets.exporting import Lost, csv_line, write_file
from genai_tui.errors import UsageFault
from genai_tui.records.counts import count
from genai_tui.records.intervals import places_of
from genai_tui.records.runs import Run, Value
from genai_tui.stages.evaluate.answers import Answer, answers_of
from genai_tui.stages.evaluate.exported import Exported, cell_of, place
from genai_tui.stages.evaluate.interchange import as_inspect, as_promptfoo
from genai_tui.stages.evaluate.interchange.named import plainly
from genai_tui.stages.evaluate.junit import document
from genai_tui.stages.evaluate.junit_cases import suites
from genai_tui.stages.evaluate.results import as_it_stands, dollars
from genai_tui.store.candidates import candidate_with
from genai_tui.store.datasets import all_examples, find_dataset_version
from genai_tui.store.seen import seen_of
from genai_tui.untrusted import escape_json, harmless, one_line

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

FORMATS = ("jsonl", "csv", "inspect", "promptfoo", "junit", "markdown", "html")
ENDINGS = {".csv": "csv", ".xml": "junit", ".md": "markdown", ".html": "html", ".htm": "html"}
FORMULA = re.compile(r"[=+@\t\r]|-(?![\d.,]*$)")  # how a cell begins that a spreadsheet reckons with
MOST_FAILURES = 50  # that Markdown and HTML show of a run
LONGEST_CELL = 300


def export(reader: "Reader", runs: Sequence[Exported], form: str, lost: Lost | None = None) -> Iterator[str]:
    """The runs as pieces of text; what the format cannot hold as it is is added to `lost`.

    Reads an answer at a time; consume it in a thread where a loop runs.
    """
    if form == "jsonl":
        for one in runs:
            for answer in answers_of(reader, one.run, one.candidate):
                yield escape_json(json.dumps(as_json(answer, one), ensure_ascii=False)) + "\n"
    elif form == "csv":
        yield from _csv(reader, runs, lost or Lost())
    elif form == "junit":
        yield document("genai-tui eval", suites(reader, runs))
    elif form == "promptfoo":
        yield from as_promptfoo.document(reader, [(one.run, one.seen) for one in runs])
    elif form == "inspect":
        if len(runs) > 1:
            raise UsageFault(
                f"An Inspect log holds one run, and {len(runs)} were given.", "", "Export them one by one."
            )
        yield from as_inspect.document(reader, runs[0].run, runs[0].seen)
    elif form == "markdown":
        yield from _markdown(reader, runs)
    else:
        yield from _html(reader, runs)


def exports_of(reader: "Reader", runs: Sequence[Run]) -> list[Exported]:
    """Runs with the names of who was measured."""
    return [_exported(reader, as_it_stands(reader, run)) for run in runs]


def _exported(reader: "Reader", run: Run) -> Exported:
    who = candidate_with(reader, run.candidate)
    done = run.result.n if run.result is not None else 0
    part = (
        (f"It is {run.state}: {done:,} of {count(run.n, 'answer was', 'answers were')} asked.",) if done < run.n else ()
    )
    return Exported(run, who.name, who.model, (*part, *(each.text for each in seen_of(reader, run.id))))


def write_export(reader: "Reader", runs: Sequence[Run], form: str, file: Path, lost: Lost) -> int:
    """Writes runs into a file, over what is there; gives its size in bytes. Call it in a thread.

    What the format cannot hold as it is is added to `lost`. Raises FileFault where the file cannot be written, and
    what the store raises: then nothing of it was changed.
    """
    write_file(file, export(reader, exports_of(reader, runs), form, lost))
    return file.stat().st_size


def as_json(answer: Answer, one: Exported) -> dict[str, Any]:
    """One answer as a line of JSONL."""
    scores = {
        name: {"value": score.value, "label": score.label, "reduced": score.reduced, "reason": score.reason}
        for name, score in answer.scores.items()
    }
    return {
        "run": answer.run, "candidate": answer.candidate, "model": one.model, "split": answer.split, "row": answer.row,
        "repeat": answer.repeat, "generation": answer.generation, "example": answer.example, "inputs": answer.inputs,
        "expected": answer.expected, "tags": list(answer.tags), "text": answer.text, "reasoning": answer.reasoning,
        "finish_reason": answer.finish_reason, "error": answer.error,
        "usage": {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens},
        "cost_usd": answer.cost_usd, "latency_s": answer.latency_s, "first_token_s": answer.first_token_s,
        "cached": answer.cached, "created": answer.created, "scores": scores,
        "labels": [{"person": each.person, "value": each.value, "reason": each.reason} for each in answer.labels],
        "seen": list(one.seen),
    }  # fmt: skip


def _csv(reader: "Reader", runs: Sequence[Exported], lost: Lost) -> Iterator[str]:
    columns: dict[str, None] = {}
    for one in runs:
        dataset = find_dataset_version(reader, one.run.dataset_version)
        for row in all_examples(reader, dataset, one.run.split):
            columns.update(dict.fromkeys(row.inputs))
    scorers = list(dict.fromkeys(name for one in runs for name in one.run.scorers))
    before = ["run", "candidate", "model", "split", "row", "repeat", "generation"]
    after = ["expected", "tags", "text", "finish_reason", "error", "input_tokens", "output_tokens", "cost_usd"]
    after += ["latency_s", "first_token_s", "cached", *(f"score {name}" for name in scorers), "seen"]
    taken = {*before, *after}
    names = [f"input {name}" if name in taken else name for name in columns]
    yield _line([*before, *names, *after], lost)
    for one in runs:
        for a in answers_of(reader, one.run, one.candidate):
            values = [a.scores[name].value if name in a.scores else None for name in scorers]
            inputs = [cell_of(a.inputs.get(name)) for name in columns]
            place: list[str | int | None] = [a.run, a.candidate, one.model, a.split, a.row, a.repeat, a.generation]
            said = [cell_of(a.expected), ", ".join(a.tags), a.text, a.finish_reason, a.error]
            took: list[int | float | None] = [a.input_tokens, a.output_tokens, a.cost_usd]
            took += [a.latency_s, a.first_token_s, int(a.cached)]
            yield _line([*place, *inputs, *said, *took, *values, " ".join(one.seen)], lost)


def _line(cells: Sequence[str | int | float | None], lost: Lost) -> str:
    kept: list[str | int | float] = []
    for cell in cells:
        if isinstance(cell, str):
            if FORMULA.match(cell):
                lost.add("A cell begins like a formula: read it as text, a spreadsheet would reckon with it.")
            if "\0" in cell:  # readers of CSV end there, or refuse the file
                lost.add("A NUL character is written as U+FFFD.")
                cell = cell.replace("\0", "\ufffd")
        kept.append("" if cell is None else cell)
    return csv_line(kept)


def _table(runs: Sequence[Exported]) -> tuple[list[str], list[list[str]]]:
    scorers = list(dict.fromkeys(name for one in runs for name in one.run.scorers))
    head = ["run", "candidate", "model", "split", "n", "failed", *scorers, "cost", "p50", "p95"]
    rows = []
    for one in runs:
        result = one.run.result
        if result is None:
            continue
        scores = [_score(result.scores.get(name)) for name in scorers]
        times = [f"{time * 1000:,.0f} ms" if time is not None else "–" for time in result.latency_s[:2]]
        counts = [f"{result.n:,}", f"{result.failed:,}"]
        rows.append(
            [
                f"{one.run.id}",
                one.candidate,
                one.model,
                one.run.split,
                *counts,
                *scores,
                dollars(result.cost_usd),
                *times,
            ]
        )
    return head, rows


def _score(value: Value | None) -> str:
    if value is None or value.value is None:
        return "–"
    places = places_of(value.value, value.low, value.high)
    ends = "" if value.low is None or value.high is None else f" ({value.low:.{places}f}–{value.high:.{places}f})"
    return f"{value.value:.{places}f}{ends}"


def _wrong(reader: "Reader", one: Exported) -> tuple[list[Answer], str]:
    """What is shown of the wrong answers, and that there are more."""
    found: list[Answer] = []
    for answer in answers_of(reader, one.run, one.candidate):
        if not answer.right:
            if len(found) == MOST_FAILURES:
                return found, f" (the first {MOST_FAILURES})"
            found.append(answer)
    return found, ""


def _row_of(answer: Answer, one: Exported) -> list[str]:
    asked = "; ".join(f"{name}: {_said(value)}" for name, value in answer.inputs.items())
    return [place(answer, one), asked, cell_of(plainly(answer.expected)), answer.error or answer.text]


def _said(value: Any) -> str:
    """An input as text; a chat as who said what."""
    if isinstance(value, list) and value and all(isinstance(turn, dict) and "content" in turn for turn in value):
        return " ".join(f"{turn.get('role', '')}: {cell_of(turn['content'])}" for turn in value)
    return cell_of(value)


def _markdown(reader: "Reader", runs: Sequence[Exported]) -> Iterator[str]:
    head, rows = _table(runs)
    yield "# Evaluation\n\nScores with their 95 % intervals; an answer that failed counts as wrong.\n\n"
    yield _pipes(head) + _pipes(["---"] * len(head)) + "".join(map(_pipes, rows))
    for text in _doubts(runs):
        yield f"\n**!** {_text(text)}\n"
    for one in runs:
        wrong, cut = _wrong(reader, one)
        if wrong:
            yield f"\n## Run {one.run.id}: wrong or failed{cut}\n\n"
            yield _pipes(["row", "asked", "expected", "got"]) + _pipes(["---"] * 4)
            yield "".join(_pipes(_row_of(answer, one)) for answer in wrong)


def _doubts(runs: Sequence[Exported]) -> list[str]:
    return [f"Run {one.run.id}: {text}" for one in runs for text in one.seen]


def _pipes(cells: Sequence[str]) -> str:
    """A line of a table."""
    return f"| {' | '.join(map(_text, cells))} |\n"


def _text(foreign: str) -> str:
    """What is Markdown in foreign text is shown as it stands, and no address in it becomes a link."""
    text = html.escape(one_line(foreign, LONGEST_CELL), quote=False)
    return re.sub(r"(?i)[\\|`\[*_~@]|:(?=//)|(?<=www)\.", r"\\\g<0>", text)


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Evaluation</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;margin:1rem 0;width:100%}}td,th{{border:1px solid #bbb;padding:.3rem .6rem;
text-align:left;vertical-align:top;white-space:pre-wrap}}th{{background:#eee}}
h2+table td{{min-width:5rem;overflow-wrap:anywhere}}
@media(prefers-color-scheme:dark){{body{{background:#111;color:#ddd}}th{{background:#333}}}}</style></head><body>
<h1>Evaluation</h1><p>Scores with their 95 % intervals; an answer that failed counts as wrong.</p>
"""


def _html(reader: "Reader", runs: Sequence[Exported]) -> Iterator[str]:
    yield _PAGE.format()
    head, rows = _table(runs)
    yield _cells(head, rows)
    yield "".join(f"<p><strong>!</strong> {_safe(text)}</p>\n" for text in _doubts(runs))
    for one in runs:
        wrong, cut = _wrong(reader, one)
        if wrong:
            yield f"<h2>Run {one.run.id}: wrong or failed{cut}</h2>\n"
            yield _cells(["row", "asked", "expected", "got"], [_row_of(answer, one) for answer in wrong])
    yield "</body></html>\n"


def _cells(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["<table><tr>" + "".join(f"<th>{_safe(cell)}</th>" for cell in head) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    return "\n".join([*lines, "</table>\n"])


def _safe(text: str) -> str:
    return html.escape(harmless(text))
