"""`data`: datasets are imported, listed, chosen and looked at; neighbours have what is done with rows and with all."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from genai_tui.commands.data_rows import ROWS
from genai_tui.commands.data_whole import WHOLE
from genai_tui.commands.frame import Command, Frame, Group, ended_by_signals, pass_frame
from genai_tui.errors import UsageFault
from genai_tui.records.datasets import SPLITS, Dataset, Split

if TYPE_CHECKING:
    from genai_tui.commands.say import Say
    from genai_tui.datasets import ImportOptions, ImportResult
    from genai_tui.project import Project
    from genai_tui.store.writer import Writer

SHOWN = 20  # rejected rows and warnings that are said; --json has all


@click.group(cls=Group)
def data() -> None:
    """Datasets: rows with inputs and an expected answer, in versions and splits."""


for command in (*ROWS, *WHOLE):
    data.add_command(command)


@data.command("list", cls=Command)
@pass_frame
def list_(frame: Frame) -> None:
    """List the datasets, each with its last version."""
    from genai_tui.commands.say import local_time
    from genai_tui.store.datasets import all_datasets

    with frame.project() as project:
        rows = list(all_datasets(project.reader))
    if frame.say.json:
        frame.say.document({"datasets": [_as_json(dataset) for dataset in rows]})
    elif rows:
        frame.say.table(
            ("dataset", "version", *SPLITS, "imported", "from", ""),
            (
                (
                    d.name,
                    d.version,
                    *(d.splits.get(s, 0) for s in SPLITS),
                    local_time(d.created),
                    d.source,
                    "in use" * d.in_use,
                )
                for d in rows
            ),
        )
    else:
        frame.say.note("No dataset yet. Import one: genai-tui data import FILE --expected COL")


@data.command(cls=Command)
@click.argument("dataset", metavar="D")
@pass_frame
def use(frame: Frame, dataset: str) -> None:
    """Make D the dataset in use: the one that is meant where none is named."""
    from genai_tui.store.datasets import find_dataset, use_dataset

    with frame.project() as project:
        project.writer.put_now(use_dataset(dataset))
        found = find_dataset(project.reader, dataset)
    if frame.say.json:
        frame.say.document({"dataset": found.name, "version": found.version})
    else:
        frame.say.note(f"In use is {found.name}, version {found.version} with {_rows(found.rows)}.")


@data.command(cls=Command)
@click.argument("row", metavar="SPLIT:N")
@click.option("--dataset", metavar="D", help="The dataset (default: the one in use).")
@pass_frame
def show(frame: Frame, row: str, dataset: str | None) -> None:
    """Show row N of a split, counted from 1 in the order of the file."""
    from genai_tui.stages.prompt.trying import parse_row
    from genai_tui.store.datasets import find_dataset, find_example

    split, number = parse_row(row)
    with frame.project() as project:
        example = find_example(project.reader, find_dataset(project.reader, dataset), split, number)
    found = {
        "row": number,
        "split": split,
        "inputs": example.inputs,
        "expected": example.expected,
        "tags": list(example.tags),
        "line": example.line,
    }
    if frame.say.json:
        frame.say.document(found)
        return
    for name, value in example.inputs.items():
        frame.say.text(f"{name}: {_shown(value)}")
    frame.say.text(f"expected: {'none' if example.expected is None else _shown(example.expected)}")
    if example.tags:
        frame.say.text(f"tags: {', '.join(example.tags)}")
    frame.say.note(f"{split}:{number}" + (f", line {example.line} of the file" if example.line else ""))


@data.command("import", cls=Command)
@click.argument("file", metavar="FILE")
@click.option("--name", metavar="N", help="The dataset's name (default: the file's, without its ending).")
@click.option("--input", "inputs", multiple=True, metavar="COL", help="A column or path that is an input; repeatable.")
@click.option("--expected", metavar="COL", help="The column with the expected answer.")
@click.option("--tag", "tags", multiple=True, metavar="COL", help="A column with tags.")
@click.option("--split", type=click.Choice(SPLITS), help="Put all rows into this split; the others stay.")
@click.option("--ratios", metavar="R", help="Shares of train, dev and test (default: 0.6,0.15,0.25).")
@click.option("--seed", type=int, metavar="S", help="Decides which row goes where (default: 0).")
@click.option(
    "--format",
    "format_",
    metavar="F",
    help="csv tsv jsonl json parquet openai-chat openai-evals promptfoo mmlu gsm8k humaneval ifeval sharegpt alpaca "
    "lm-eval inspect (default: what the content says).",
)
@click.option("--encoding", metavar="E", help="Its encoding, where it is not UTF-8 and has no mark.")
@click.option("--dry-run", is_flag=True, help="Say what would be imported, and store nothing.")
@pass_frame
def import_(
    frame: Frame,
    file: str,
    name: str | None,
    inputs: tuple[str, ...],
    expected: str | None,
    tags: tuple[str, ...],
    split: str | None,
    ratios: str | None,
    seed: int | None,
    format_: str | None,
    encoding: str | None,
    dry_run: bool,
) -> None:
    """Import rows from FILE (`-`: standard input): bad rows are named, good ones go in.

    CSV, TSV, JSONL, JSON, Parquet, chats, promptfoo tests and others are told by their content, else by --format.
    """
    from genai_tui.datasets import ImportOptions
    from genai_tui.datasets.model import RATIOS
    from genai_tui.datasets.storing import check_name, stem

    if split is not None and (ratios is not None or seed is not None):
        raise UsageFault(
            "--split puts all rows into one split; --ratios and --seed part them.", "", "Give one of them."
        )
    into = next((one for one in SPLITS if one == split), None)
    options = ImportOptions(
        inputs=inputs,
        expected=expected,
        tags=tags,
        split=into,
        ratios=RATIOS if ratios is None else tuple(ratios.split(",")),
        seed=seed or 0,
        format=format_,
        encoding=encoding,
    )
    with frame.project() as project, ended_by_signals():
        path = Path("stdin" if file == "-" else file)
        called = stem(path.name) if name is None else name
        check_name(called)
        stream = sys.stdin.buffer if file == "-" else None
        result = _read(frame.say, path, options, stream, None if dry_run else project.writer)
        document: dict[str, Any] = {"dataset": called, "version": None, "rows": result.total}
        if dry_run:
            document |= {"splits": {one: result.rows.get(one, 0) for one in SPLITS}}
        else:
            dataset = _stored(frame.say, project, result, called, into)
            document |= {"version": dataset.version, "splits": {one: dataset.splits.get(one, 0) for one in SPLITS}}
    document |= {"rejected": result.rejected_json(), "warnings": result.warnings_json()}
    if dry_run:
        document["mapping"] = result.mapping.as_json()
    if frame.say.json:
        frame.say.document(document)
    else:
        _say(frame.say, document, result, dry_run=dry_run)


def _read(
    say: "Say", path: Path, options: "ImportOptions", stream: BinaryIO | None, writer: "Writer | None"
) -> "ImportResult":
    from genai_tui.datasets import import_file

    try:
        return import_file(path, options, stream, lambda read: say.progress(f"  {read:,} rows read"), writer)
    finally:
        say.progress_done()


def _stored(say: "Say", project: "Project", result: "ImportResult", called: str, into: Split | None) -> Dataset:
    from genai_tui.datasets.storing import store_import

    def progress(done: int, total: int) -> None:
        say.progress(f"  {done:,} of {total:,} rows")

    try:
        return store_import(project.writer, project.reader, result, called, into, progress)
    finally:
        say.progress_done()


def _say(say: "Say", document: dict[str, Any], result: "ImportResult", *, dry_run: bool) -> None:
    """Say in lines what was imported, or would be."""
    mapping = result.mapping
    inputs = ", ".join(name if name == column else f"{name} ({column})" for name, column in mapping.inputs.items())
    say.note(f"inputs {inputs}; expected {mapping.expected or 'none'}; read as {mapping.format}, {mapping.encoding}")
    if mapping.unused or mapping.index:
        say.note(f"not used: {', '.join((*mapping.unused, *mapping.index))}")
    for rows, kind in ((result.rejected, "rejected"), (result.warnings, "")):
        for line, text in rows[:SHOWN]:
            where = f"line {line}: " if line else ""  # 0: the file as a whole
            say.note(f"{where}{kind}{': ' if kind else ''}{text}")
        if len(rows) > SHOWN:
            say.note(f"and {len(rows) - SHOWN:,} more {kind or 'warnings'} (--json has them all)")
    splits = ", ".join(f"{count:,} {split}" for split, count in document["splits"].items() if count)
    rejected = f"; {_rows(len(result.rejected))} rejected" if result.rejected else ""
    if dry_run:
        say.note(f"Nothing was stored. {_rows(result.total)} would go in: {splits}{rejected}.")
    else:
        version = f"{document['dataset']}, version {document['version']}"
        say.note(f"{_rows(result.total)} went into {version}, which has {splits}{rejected}.")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _shown(value: Any) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _as_json(dataset: Dataset) -> dict[str, Any]:
    return {
        "dataset": dataset.name,
        "version": dataset.version,
        "rows": dataset.rows,
        "splits": {split: dataset.splits.get(split, 0) for split in SPLITS},
        "split_way": dataset.split_way,
        "source": dataset.source,
        "created": dataset.created,
        "in_use": dataset.in_use,
    }
