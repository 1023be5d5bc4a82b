"""Datasets as files that other programs read, and that `data import` reads again; what a format cannot hold is told.

`jsonl`: a row is an object of its inputs, with `expected` and, if it has some, `tags`. `csv`: the same as columns, all
of them text. `openai-chat`: its messages, with the expected answer as the assistant's last turn.
"""

import csv
import errno
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from genai_tui.datasets.checks import SPREADSHEET
from genai_tui.datasets.delimited import MARKS
from genai_tui.errors import FileFault, UsageFault
from genai_tui.records.datasets import Dataset, Example, Split
from genai_tui.store.datasets import all_examples
from genai_tui.store.reader import Reader
from genai_tui.untrusted import escape_json

EXPORTS = ("jsonl", "csv", "openai-chat")
_OWN = ("expected", "tags")


class Lost:
    """Counts what a format cannot hold, in sentences."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, text: str) -> None:
        """One more row of which `text` is true."""
        self._counts[text] = self._counts.get(text, 0) + 1

    def as_json(self) -> list[dict[str, Any]]:
        """What was lost: `text`, and in how many `rows`."""
        return [{"text": text, "rows": rows} for text, rows in self._counts.items()]


def export_text(
    reader: Reader, dataset: Dataset, splits: Sequence[Split], format_name: str, lost: Lost
) -> Iterator[str]:
    """The file, piece by piece; what it cannot hold is added to `lost`. Raises UsageFault where it can hold no row."""
    if format_name not in EXPORTS:
        raise UsageFault(f"There is no format {format_name[:40]!r} to export.", f"There are {', '.join(EXPORTS)}.")

    def rows() -> Iterator[Example]:
        for split in splits:
            yield from all_examples(reader, dataset, split)

    if len([split for split in splits if dataset.splits.get(split)]) > 1:
        lost.add("Which split a row is in does not stand in the file; --split exports one alone.")
    make: Callable[[Callable[[], Iterable[Example]], Lost], Iterator[str]]
    make = {"jsonl": _jsonl, "csv": _csv, "openai-chat": _chat}[format_name]
    return make(rows, lost)


def _jsonl(rows: Callable[[], Iterable[Example]], lost: Lost) -> Iterator[str]:
    shapes = set()
    for row in rows():
        _check_names(row.inputs)
        shapes.add(frozenset(row.inputs))
        tags = {"tags": list(row.tags)} if row.tags else {}
        yield _line({**row.inputs, "expected": row.expected, **tags})
    if len(shapes) > 1:
        lost.add("Rows have different inputs; an import asks for those that it is told of: --input.")


def _csv(rows: Callable[[], Iterable[Example]], lost: Lost) -> Iterator[str]:
    names: dict[str, None] = {}
    tagged = False
    for row in rows():
        _check_names(row.inputs)
        names.update(dict.fromkeys(row.inputs))
        tagged = tagged or bool(row.tags)
    for name in names:
        if not name.strip() or name != name.strip():
            raise UsageFault(
                f"The input {name[:60]!r} cannot be the name of a column.",
                "White space around it is cut.",
                "Export them as jsonl.",
            )
    header = [*names, "expected", *(("tags",) if tagged else ())]
    # names that hold what may part cells are quoted, so that a comma is what parts these; so is what stands at the
    # start of the file, where it could be taken for a byte order mark, a web page or JSON
    marked = any(mark in name for name in header for mark in MARKS) or not header[0][0].isalnum()
    yield csv_line(header, quoting=csv.QUOTE_ALL if marked else csv.QUOTE_MINIMAL)
    for row in rows():
        cells = [_cell(row.inputs.get(name, ""), lost) for name in names]
        if len(row.inputs) < len(names):
            lost.add("A row has fewer inputs than others; the missing ones come back as empty text.")
        if isinstance(row.expected, str) and not row.expected.strip():
            lost.add("A blank expected answer comes back as none.")
        expected = "" if row.expected is None else _cell(row.expected, lost)
        if len(row.tags) > 1:
            lost.add("Several tags come back as one.")
        tags = [", ".join(row.tags)] if tagged else []
        cells += [expected, *tags]
        if not any(cell.strip() for cell in cells):
            lost.add("A blank row does not come back.")
        yield csv_line(cells)


def _chat(rows: Callable[[], Iterable[Example]], lost: Lost) -> Iterator[str]:
    for row in rows():
        messages = _messages(row.inputs)
        if "messages" not in row.inputs:
            lost.add("An input's name has no place there; it comes back as messages.")
        if row.tags:
            lost.add("Tags have no place there.")
        if row.expected is None:
            if messages[-1].get("role") == "assistant" and messages[-1].get("weight") != 0:
                lost.add(
                    "A conversation that ends with the assistant comes back with that turn as the expected answer."
                )
        else:
            messages = [*messages, _answer(row.expected, lost)]
        yield _line({"messages": messages})


def _messages(inputs: dict[str, Any]) -> list[dict[str, Any]]:
    given = inputs.get("messages")
    if len(inputs) == 1 and isinstance(given, list) and given and all(isinstance(turn, dict) for turn in given):
        return given
    if len(inputs) == 1 and isinstance(text := next(iter(inputs.values())), str):
        return [{"role": "user", "content": text}]
    raise UsageFault(
        f"Rows with the inputs {', '.join(name[:40] for name in inputs)} are no conversation.",
        "openai-chat takes rows with `messages`, or with one input that is text.",
        "Export them as jsonl.",
    )


def _answer(expected: Any, lost: Lost) -> dict[str, Any]:
    if isinstance(expected, str):
        return {"role": "assistant", "content": expected}
    if (
        isinstance(expected, list)
        and expected
        and all(isinstance(call, dict) and "function" in call for call in expected)
    ):
        return {"role": "assistant", "content": None, "tool_calls": expected}
    if isinstance(expected, list) and expected and all(isinstance(text, str) for text in expected):
        if len(expected) > 1:
            lost.add("Of several right answers the first is written.")
        return {"role": "assistant", "content": expected[0]}
    lost.add("An expected answer that is no text is written as JSON and comes back as text.")
    return {"role": "assistant", "content": json.dumps(expected, ensure_ascii=False)}


def _check_names(inputs: dict[str, Any]) -> None:
    taken = next((name for name in _OWN if name in inputs), None)
    if taken is not None:
        raise UsageFault(
            f"An input is called {taken}, which is the name of another column there.", "", "Rename it first."
        )


def _cell(value: Any, lost: Lost) -> str:
    if not isinstance(value, str):
        lost.add("A value that is no text is written as JSON and comes back as text.")
        return json.dumps(value, ensure_ascii=False)
    if value in SPREADSHEET:
        lost.add("A text that is an error of a spreadsheet is refused when it comes back.")
    return value


def csv_line(cells: Sequence[str | int | float], quoting: Any = csv.QUOTE_MINIMAL) -> str:
    """A record of a CSV file, with its line end; a cell with either character of a line end is quoted."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n", quoting=quoting).writerow(cells)
    return out.getvalue().removesuffix("\r\n") + "\n"


def _line(value: Any) -> str:
    return escape_json(json.dumps(value, ensure_ascii=False)) + "\n"


def write_file(path: Path, pieces: Iterable[str]) -> None:
    """Write a file as a whole or not at all; a pipe or a device is written into. Raises FileFault."""
    made = None
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", errors="replace", newline="") as stream:
                stream.writelines(pieces)
            return
        descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        with open(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.writelines(pieces)
        os.chmod(made, 0o666 & ~_umask())
        os.replace(made, path)
        made = None
    except OSError as error:
        raise FileFault(f"{path} cannot be written.", f"{error.strerror or error}.", _mended(path, error)) from None
    finally:
        if made is not None:
            os.unlink(made)


def _mended(path: Path, error: OSError) -> str:
    """What to do about a file that cannot be written."""
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR if not path.parent.is_dir():
            return f"Make the folder {path.parent} first, or name a file in one that is there."
        case errno.EISDIR:
            return "Name a file in it."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "Name a file in a folder that you may write into."
        case errno.ENOSPC | errno.EDQUOT:
            return "Make room there, or name a file on another disk."
    return "Name another file."


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
