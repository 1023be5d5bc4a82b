"""`data export`, `data split`, `data check`: what is done with a dataset as a whole."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, ended_by_signals, pass_frame
from genai_tui.errors import CheckNotMet, UsageFault
from genai_tui.records.counts import count
from genai_tui.records.datasets import SPLITS

if TYPE_CHECKING:
    from genai_tui.datasets.checking import Report


@click.command(cls=Command)
@click.option("--dataset", metavar="D", help="The dataset (default: the one in use).")
@click.option("--split", type=click.Choice(SPLITS), help="One split alone (default: all).")
@click.option("--format", "format_", type=click.Choice(("jsonl", "csv", "openai-chat")),
              help="Default: csv for an --output that ends in .csv, else jsonl.")  # fmt: skip
@click.option("--output", metavar="FILE", help="Where to (default: standard output).")
@pass_frame
def export(frame: Frame, dataset: str | None, split: Any, format_: str | None, output: str | None) -> None:
    """Write rows as a file that `data import` reads again, and say what the format cannot hold."""
    from genai_tui.commands.output import check_over, format_for
    from genai_tui.datasets.exporting import Lost, export_text, write_file
    from genai_tui.store.datasets import find_dataset

    format_ = format_ or format_for(output, {".csv": "csv"}, "jsonl")
    if output is None and frame.say.json and format_ == "csv":
        raise UsageFault("CSV is no JSON.", "--json lets nothing else onto standard output.", "Give --output FILE.")
    lost = Lost()
    with frame.project() as project:
        found = find_dataset(project.reader, dataset)
        splits = (split,) if split is not None else SPLITS
        rows = sum(found.splits.get(one, 0) for one in splits)
        if not rows:
            why = f"Its {split} split is empty." if split else ""
            raise UsageFault(f"{found.name} has no row to export.", why, "genai-tui data list shows what has rows.")
        pieces = export_text(project.reader, found, splits, format_, lost)
        if output is None:
            for piece in pieces:
                frame.say.text(piece, end="")
        else:
            check_over(frame, output)
            write_file(Path(output), pieces)
    if output is not None and frame.say.json:
        frame.say.document(
            {
                "dataset": found.name,
                "version": found.version,
                "rows": rows,
                "format": format_,
                "output": output,
                "lost": lost.as_json(),
            }
        )
        return
    for told in lost.as_json():
        frame.say.note(told["text"] + (f" ({told['rows']:,} times)" if told["rows"] > 1 else ""))
    if output is not None:
        name = f"{found.name}, version {found.version},"
        are = count(rows, f"row of {name} is", f"rows of {name} are")
        frame.say.note(f"{are} in {output}, as {format_}.")


@click.command(cls=Command)
@click.option("--dataset", metavar="D", help="The dataset (default: the one in use).")
@click.option("--near", is_flag=True, help="Keep near-duplicates together too.")
@click.option("--ratios", metavar="R", help="Shares of train, dev and test (default: 0.6,0.15,0.25).")
@click.option("--seed", type=int, default=0, show_default=True, metavar="S", help="Decides which row goes where.")
@pass_frame
def split(frame: Frame, dataset: str | None, near: bool, ratios: str | None, seed: int) -> None:
    """Split the rows anew, as a new version: by expected answer, equal inputs kept together."""
    from genai_tui.datasets.model import RATIOS
    from genai_tui.datasets.splitting import split_anew
    from genai_tui.store.datasets import find_dataset

    shares = RATIOS if ratios is None else tuple(ratios.split(","))
    with frame.project() as project, ended_by_signals():
        before = find_dataset(project.reader, dataset)
        try:
            made = split_anew(
                project.writer, project.reader, before, shares, seed, near=near, progress=_progress(frame)
            )
        finally:
            frame.say.progress_done()
    found = made.dataset
    splits = {one: found.splits.get(one, 0) for one in SPLITS}
    if frame.say.json:
        frame.say.document(
            {
                "dataset": found.name,
                "version": found.version,
                "before": before.version,
                "rows": found.rows,
                "splits": splits,
                "together": made.together,
                "split_way": found.split_way,
            }
        )
        return
    said = ", ".join(f"{count:,} {one}" for one, count in splits.items())
    alike = "equal or nearly equal" if near else "equal"
    stay = f"; {count(made.together, 'row stays', 'rows stay')} with {alike} ones" if made.together else ""
    frame.say.note(f"{found.name}, version {found.version}, has {said}{stay}.")
    frame.say.note(f"genai-tui data back {before.version} undoes it.")


@click.command(cls=Command)
@click.option("--dataset", metavar="D", help="The dataset (default: the one in use).")
@pass_frame
def check(frame: Frame, dataset: str | None) -> None:
    """Look for what would make scores untrue (exit 1), and for what a person should know."""
    from genai_tui.datasets.checking import check_dataset
    from genai_tui.store.datasets import find_dataset

    with frame.project() as project:
        found = find_dataset(project.reader, dataset)
        try:
            report = check_dataset(project.reader, found, _progress(frame))
        finally:
            frame.say.progress_done()
    if frame.say.json:
        frame.say.document(
            {
                "dataset": found.name,
                "version": found.version,
                "rows": found.rows,
                "ok": not report.failed,
                "checks": [one.as_json() for one in report.checks],
                "labels": report.labels,
                "length": report.length,
            }
        )
    else:
        _say(frame, report)
    if report.failed:
        raise CheckNotMet(
            f"Scores on {found.name}, version {found.version}, would not be true.",
            " ".join(one.text for one in report.failed),
        )


def _say(frame: Frame, report: "Report") -> None:
    """Say in lines what was found: a check a line, then the labels and the lengths."""
    marks = {"ok": "✔", "remark": "!", "fail": "✘"}
    for one in report.checks:
        rows = f" ({', '.join(one.rows[:5])}{' …' if one.found > 5 else ''})" if one.rows else ""
        frame.say.text(f"{marks[one.state]} {one.text}{rows}")
    if report.labels:
        names = list(dict.fromkeys(label for counts in report.labels.values() for label in counts))
        frame.say.table(
            ("label", *report.labels),
            ((name, *(counts.get(name, 0) for counts in report.labels.values())) for name in names),
        )
    frame.say.table(
        ("characters", "median", "p95", "most"),
        (
            (one, *(f"{figures[key]:,.0f}" for key in ("median", "p95", "most")))
            for one, figures in report.length.items()
        ),
    )


WHOLE = (export, split, check)


def _progress(frame: Frame) -> Callable[[int, int], None]:
    return lambda done, total: frame.say.progress(f"  {done:,} of {total:,} rows")
