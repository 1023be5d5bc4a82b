"""The commands of stage 6 that read and write what other programs do: configurations, logs, exports."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, pass_frame, run
from genai_tui.errors import UsageFault
from genai_tui.stages.evaluate.shared_commands import SPLITS, looked, noticing

if TYPE_CHECKING:
    from genai_tui.datasets.exporting import Lost
    from genai_tui.project import Project
    from genai_tui.records.jobs import Job
    from genai_tui.records.runs import Run
    from genai_tui.stages.evaluate.interchange.logged import Log
    from genai_tui.stages.evaluate.progress import Progress

SHOWN = 20  # rejected rows that are said; --json has all


def run_config(
    frame: Frame,
    path: Path,
    asked: dict[str, Any],
    repeats: int | None,
    how: dict[str, Any],
    *,
    background: bool,
    progress: "Callable[[Frame, Progress], None]",
    told: "Callable[[Frame, Project, Run, str], int]",
) -> int:
    """Measure what the configuration describes; what it needs that is not there is named before anything is asked."""
    from genai_tui.stages.evaluate.interchange.config import read_config
    from genai_tui.stages.evaluate.interchange.measuring import groups_of, measure, reachable, unnamed
    from genai_tui.stages.evaluate.limits import Limits, Stop

    with frame.project() as project:
        suite = read_config(path, project.settings, project.environ)
        for note in (*suite.notes, *filter(None, [unnamed(suite)] if asked["scorers"] else [])):
            frame.say.note(note)
        own = {"in_flight": suite.options["in_flight"]} if "in_flight" in suite.options else {}
        limits = Limits()._replace(**own | {name: value for name, value in how.items() if value is not None})
        planned = {"repeats": repeats or suite.options.get("repeats", 1), "limits": limits, **asked}
        planned["cache"] = asked["cache"] and bool(suite.options.get("cache", 1))

        async def started() -> "Job":
            from genai_tui.stages.evaluate.background import start_groups

            async with reachable(project, suite):
                return await start_groups(project, await groups_of(project, suite, **planned), path, frame.say.note)

        async def work() -> list[int]:
            async with reachable(project, suite):
                stop = Stop(notice=noticing(frame))
                ended = measure(project, suite, report=lambda now: progress(frame, now), stop=stop, **planned)
                try:
                    return [told(frame, project, found, candidate.name) async for found, candidate in ended]
                finally:
                    frame.say.progress_done()

        if background:
            from genai_tui.commands.job import tell

            tell(frame, run(started))
            return 0
        return next(filter(None, run(work)), 0)


@click.command("import", cls=Command)
@click.argument("file", metavar="FILE")
@click.option(
    "--format", "format_", metavar="F", help="lm-eval, inspect or promptfoo, where the content does not tell."
)
@click.option("--name", metavar="N", help="The dataset's name (default: the file's, without its ending).")
@click.option("--split", type=SPLITS, default="dev", show_default=True, help="Which split its rows are.")
@click.option("--model", metavar="M", help="Who answered, where the log does not tell it right.")
@pass_frame
def import_(frame: Frame, file: str, format_: str | None, name: str | None, split: Any, model: str | None) -> None:
    """Take what lm-eval, Inspect or promptfoo wrote of a run as a run, to be compared with others."""
    from genai_tui.datasets.storing import check_name, stem
    from genai_tui.stages.evaluate.interchange.importing import store_log
    from genai_tui.stages.evaluate.interchange.logs import read_logs

    path = Path(file)
    called = stem(path.name) if name is None else name
    check_name(called)
    with frame.project() as project:
        logs = read_logs(path, format_)
        if model is not None and len(logs) > 1:
            raise UsageFault(f"{path} holds the answers of {len(logs)} prompts or models.", "", "Leave out --model.")
        for log in logs:
            known = log if model is None else replace(log, model=model)
            run, again = store_log(project, known, called, split, path.name)
            if again:
                frame.say.note(f"{path} is run {run.id} already: no copy is made, which would be compared with itself.")
            _imported(frame, project, known, run, called, again=again)


def _imported(frame: Frame, project: "Project", log: "Log", stored: "Run", dataset: str, *, again: bool) -> None:
    from genai_tui.stages.evaluate.results import run_as_json, run_lines
    from genai_tui.store.candidates import candidate_with

    looked(frame, project, [stored])
    candidate = candidate_with(project.reader, stored.candidate).name
    rejected, warnings = [row._asdict() for row in log.rejected], [each._asdict() for each in log.warnings]
    if frame.say.json:
        document = run_as_json(stored, candidate)
        more = {"dataset": dataset, "rejected": rejected, "warnings": warnings, "already": again}
        frame.say.document(document | more)
        return
    for warned in log.warnings:
        frame.say.note(f"line {warned.line}: {warned.text}" if warned.line else warned.text)
    for row in log.rejected[:SHOWN]:
        frame.say.note(f"line {row.line}: rejected: {row.reason}")
    if len(log.rejected) > SHOWN:
        frame.say.note(f"and {len(log.rejected) - SHOWN:,} more rejected (--json has them all)")
    frame.say.lines(run_lines(stored, candidate, dataset))


@click.command(cls=Command)
@click.argument("numbers", nargs=-1, required=True, metavar="R...")
@click.option(
    "--format",
    "form",
    metavar="F",
    help="jsonl, csv, inspect, promptfoo, junit, markdown or html (default: by the ending of FILE, else jsonl).",
)
@click.option("--output", metavar="FILE", help="Default: standard output.")
@pass_frame
def export(frame: Frame, numbers: tuple[str, ...], form: str | None, output: str | None) -> None:
    """Write runs R… as a file: every answer with its scores, or a summary with what went wrong."""
    from genai_tui.commands.output import check_over, format_for
    from genai_tui.datasets.exporting import Lost, write_file
    from genai_tui.stages.evaluate.exporting import ENDINGS, FORMATS, exports_of
    from genai_tui.stages.evaluate.exporting import export as exported
    from genai_tui.store.runs import find_run

    form = form or format_for(output, ENDINGS, "jsonl")
    if form not in FORMATS:
        raise UsageFault(f"{form} is no format of an export.", "", f"There are: {', '.join(FORMATS)}.")
    with frame.project() as project:
        found = [find_run(project.reader, number) for number in numbers]
        looked(frame, project, found)
        lost = Lost()
        pieces = exported(project.reader, exports_of(project.reader, found), form, lost)
        if output is not None:
            check_over(frame, output)
            write_file(Path(output), pieces)
            _lost(frame, lost)
            frame.say.note(f"{output} is written, as {form}.")
            if frame.say.json:
                frame.say.document({"runs": [each.id for each in found], "format": form, "output": output})
            return
        if frame.say.json and form != "jsonl":  # a document is one line
            text = "".join(pieces)
            made = form in ("inspect", "promptfoo")
            told = json.loads(text) if made else {"runs": [each.id for each in found], "format": form, "text": text}
            frame.say.document(told)
            return
        for piece in pieces:
            frame.say.text(piece, end="")
        _lost(frame, lost)


def _lost(frame: Frame, lost: "Lost") -> None:
    for told in lost.as_json():
        frame.say.note(told["text"] + (f" ({told['rows']:,} times)" if told["rows"] > 1 else ""))
