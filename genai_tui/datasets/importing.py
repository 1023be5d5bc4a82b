"""Reads a file of rows to its end, keeps the good ones on disk, and says what an import would be."""

import os
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from genai_tui.datasets.benchmarks import MmluSheet
from genai_tui.datasets.checks import Remarks
from genai_tui.datasets.columns import MISSING, RowFault, find, has_root, input_name
from genai_tui.datasets.delimited import Delimited
from genai_tui.datasets.formats import LOOKED_AT, find_layout
from genai_tui.datasets.layouts import Layout
from genai_tui.datasets.model import ImportOptions, ImportResult, Laid, Mapping, Record, Rejected, Warned, file_fault
from genai_tui.datasets.opening import Opened, open_file
from genai_tui.datasets.packing import Packed, Packer, Spool
from genai_tui.datasets.picking import LaidPicker, Picked, Picker
from genai_tui.datasets.quick import QuickSheet, is_quick
from genai_tui.datasets.recognise import check_format, label_studio, refuse_special
from genai_tui.datasets.shapes import unwrap
from genai_tui.datasets.sources import find_source
from genai_tui.datasets.splits import assign, check_ratios, way_name
from genai_tui.errors import FileFault, UsageFault
from genai_tui.records.datasets import SPLITS, Example

_UNNAMED = re.compile(r"Unnamed: \d+(?:\.\d+)*")


def import_file(
    path: str | os.PathLike[str], options: ImportOptions | None = None, stream: BinaryIO | None = None
) -> ImportResult:
    """Read the rows of a file, or of `stream` under the name `path`, as `options` say. Nothing is stored or run.

    Raises FileFault (its `extra` has `rejected`) where nothing of the file can be taken, UsageFault for options that
    make no sense, MissingPiece for Parquet.
    """
    options = options or ImportOptions()
    _check(options)
    return _Reading(open_file(path, options.encoding, stream), options).result()


def preview(
    path: str | os.PathLike[str], options: ImportOptions | None = None, rows: int = 5
) -> tuple[Mapping, list[Example]]:
    """How the columns would be mapped, and the first good rows. Raises as import_file."""
    options = options or ImportOptions()
    _check(options)
    reading = _Reading(open_file(path, options.encoding), options)
    examples: list[Example] = []
    for record in reading.records():
        try:
            examples.append(Example(*reading.pick(record), line=record.line))
        except RowFault:
            continue
        if len(examples) >= rows:
            break
    return reading.mapping, examples


def _check(options: ImportOptions) -> None:
    check_format(options.format)
    check_ratios(options.ratios)
    if options.split is not None and options.split not in SPLITS:
        raise UsageFault(f"There is no split {options.split!r}.", f"The splits are {', '.join(SPLITS)}.")
    meanings = (*options.inputs, options.expected)  # a tag may be an input too
    doubled = next((column for column in meanings if column is not None and meanings.count(column) > 1), None)
    if doubled is not None:
        raise UsageFault(f"The column {doubled!r} is named twice.", "A column has one meaning.")


class _Reading:
    """One file being read: its shape, its format, its mapping, and its passes."""

    def __init__(self, opened: Opened, options: ImportOptions) -> None:
        self.opened = opened
        self.options = options
        self.source = find_source(opened, options)
        self.cells = isinstance(self.source, (Delimited, MmluSheet))
        self.notes: list[Warned] = list(getattr(self.source, "notes", ()))
        self._refuse_special()
        self.layout = find_layout(opened.path, self.source.format, self._plain(), options)
        self.mapping = self._map() if self.layout is None else self._map_laid(self.layout)
        self.pick: Callable[[Any], Picked] = self._picker().pick

    def records(self) -> Iterator[Record | Laid]:
        """The records of the file, from its start, as its format understands them."""
        return self._plain() if self.layout is None else self.layout.lay(self.source.records(), [])

    def _plain(self) -> Iterator[Record]:
        for record in self.source.records():
            yield record if self.cells else unwrap(record, self.options.asked)

    def _picker(self) -> "Picker | LaidPicker":
        mapping, options = self.mapping, self.options
        if self.layout is None:
            return Picker(mapping.inputs, mapping.expected, mapping.tags, self.cells)
        return LaidPicker(mapping.inputs if options.inputs else None, options.expected, options.tags, self.cells)

    def result(self) -> ImportResult:
        """Read to the end, and say what an import would be."""
        rejected: list[Rejected] = []
        remarks = Remarks(written=self.cells)
        inputs, expected, lines = array("Q"), array("Q"), array("Q")
        missing = dict.fromkeys(self._columns_used())
        pick, pack, spool = self.pick, Packer().pack, Spool()
        records = 0
        for record in self._quickly(remarks):
            records += 1
            if isinstance(record, Packed):
                packed = record
            else:
                if missing:
                    self._note_found(record, missing)
                try:
                    picked = pick(record)
                except RowFault as fault:
                    rejected.append(Rejected(record.line, str(fault)))
                    continue
                packed = pack(*picked, record.line)
                remarks.row(picked[0], picked[1], packed.line)
            inputs.append(packed.group)
            expected.append(packed.answer)
            lines.append(packed.line)
            spool.add(packed)
        spool.close()
        if not records:
            raise file_fault(f"{self.opened.path} has no rows.", "there is nothing below its header or in its lists")
        self._refuse_unfound(list(missing))
        if not lines:
            raise FileFault(
                f"No row of {self.opened.path} can be taken.",
                f"{rejected[0].reason} (line {rejected[0].line})",
                "Correct the rows, or name other columns.",
                extra={"rejected": [{"line": row.line, "reason": row.reason} for row in rejected]},
            )
        for line in _conflicts(inputs, expected, lines):
            remarks.add("conflict", line)
        options = self.options
        if options.split is not None:
            places = bytearray([SPLITS.index(options.split)]) * len(lines)
        else:
            places = assign(inputs, expected, options.ratios, options.seed)
        return ImportResult(
            rows={split: places.count(number) for number, split in enumerate(SPLITS) if places.count(number)},
            rejected=tuple(rejected),
            warnings=remarks.warnings(self.notes),
            mapping=self.mapping,
            split_way=way_name(options.ratios, options.seed) if options.split is None else f"given: {options.split}",
            source=self.opened.name,
            spool=spool,
            places=bytes(places),
        )

    def _quickly(self, remarks: Remarks) -> Iterator[Packed | Record | Laid]:
        """The records; of a sheet of plain columns the rows that need no look are packed already."""
        if isinstance(self.source, Delimited) and self.layout is None and is_quick(self.mapping):
            return QuickSheet(self.source, self.mapping, remarks).rows()
        return self.records()

    def _columns_used(self) -> tuple[str, ...]:
        """The columns that must be somewhere: in plain rows all that are mapped, else those that were named."""
        if self.layout is not None:
            return self.options.asked
        mapping = self.mapping
        return (*mapping.inputs.values(), *((mapping.expected,) if mapping.expected is not None else ()), *mapping.tags)

    def _note_found(self, record: Record | Laid, missing: dict[str, None]) -> None:
        if record.fault:
            return
        inputs = record.inputs if isinstance(record, Laid) else {}
        for column in list(missing):
            if column in inputs or _is_there(record.values, column):
                del missing[column]

    def _refuse_unfound(self, missing: list[str]) -> None:
        """Refuse the file where no row has a column that was asked for; the header of a CSV was looked at before."""
        first = next((record for record in self.records() if not record.fault), None)
        if not missing or first is None or (self.cells and self.layout is None):
            return
        if isinstance(first.values.get("annotations"), list) and isinstance(first.values.get("data"), dict):
            raise label_studio(self.opened.path)
        raise _no_column(self.opened.path, missing, _keys(self.records()))

    def _refuse_special(self) -> None:
        """Refuse what holds no examples but pairs or annotations, whatever it is said to be. Raises FileFault."""
        source, named = self.source, bool(self.options.asked)
        if isinstance(source, Delimited):
            refuse_special(self.opened.path, dict.fromkeys(source.columns, ""), named=named)
            return
        for record in islice(self._plain(), LOOKED_AT):
            if not record.fault:
                refuse_special(self.opened.path, record.values, named=named)

    def _map_laid(self, layout: Layout) -> Mapping:
        """The mapping of a format with a meaning of its own; what it has to tell goes to the notes."""
        options = self.options
        names: dict[str, None] = {}
        columns: dict[str, None] = {}
        for row in layout.lay(self.source.records(), self.notes):
            names.update(dict.fromkeys(row.inputs))
            columns.update(dict.fromkeys(row.values))
        chosen = options.inputs or tuple(name for name in names if name not in (options.expected, *options.tags))
        inputs = self._named(chosen, (*names, *columns))
        expected = options.expected or layout.expected
        if options.format is None:
            self.notes.append(
                Warned(0, f"The content was recognised as {layout.name}; named columns or --format say otherwise.")
            )
        said = set(re.findall(r"\w+", expected or ""))
        return Mapping(
            format=layout.name,
            encoding=self.opened.encoding,
            inputs=inputs,
            expected=expected,
            tags=options.tags,
            columns=tuple(columns),
            unused=tuple(c for c in columns if c not in inputs.values() and c not in said and c not in options.tags),
            delimiter=None,
        )

    @staticmethod
    def _named(chosen: Iterable[str], columns: tuple[str, ...]) -> dict[str, str]:
        """Input name → column."""
        inputs: dict[str, str] = {}
        for column in chosen:
            name = input_name(column, columns)
            if name in inputs:
                raise UsageFault(f"Two inputs would be called {name!r}.", f"{inputs[name]} and {column}.")
            inputs[name] = column
        return inputs

    def _map(self) -> Mapping:
        options, source = self.options, self.source
        columns = self._known_columns()
        if isinstance(source, Delimited):
            self._check_header(source)
        expected = options.expected
        if expected is None and not options.inputs and "expected" in columns:
            expected = "expected"
        tags = options.tags
        if not tags and not options.inputs and options.expected is None and "tags" in columns:
            tags = ("tags",)
        index: tuple[str, ...] = ()
        chosen = options.inputs
        if not chosen:
            index = self._index(columns)
            chosen = tuple(c for c in columns if c not in (expected, *tags, *index) and c not in self._twice())
        if not chosen and columns:
            there = ", ".join(column[:60] for column in columns[:20])
            raise UsageFault("No column is left for an input.", f"The file has: {there}.", "Name one: --input COL")
        inputs = self._named(chosen, columns)
        used = {*inputs.values(), *tags, *index, *((expected,) if expected is not None else ())}
        return Mapping(
            format=source.format,
            encoding=self.opened.encoding,
            inputs=inputs,
            expected=expected,
            tags=tags,
            columns=columns,
            unused=tuple(c for c in columns if not any(u == c or u.startswith(c + ".") for u in used)),
            index=index,
            delimiter=source.delimiter if isinstance(source, Delimited) else None,
        )

    def _known_columns(self) -> tuple[str, ...]:
        """The columns of the file; of JSON all keys of all rows, read only where somebody needs to know them."""
        if isinstance(self.source, Delimited):
            return self.source.columns
        if self.options.inputs and not any("." in column for column in self.options.inputs):
            first = next((record for record in self._plain() if not record.fault), None)
            return tuple(first.values) if first is not None else ()
        return _keys(self._plain())

    def _twice(self) -> set[str]:
        return self.source.twice if isinstance(self.source, Delimited) else set()

    def _check_header(self, source: Delimited) -> None:
        asked = self.options.asked
        doubled = [name for name in sorted(source.twice) if any(c == name or c.startswith(name + ".") for c in asked)]
        if doubled:
            raise file_fault(
                f"{self.opened.path}:{source.header_line}: the column {doubled[0]} stands twice in the header.",
                f"{doubled[0]} stands twice",
                "Rename one of them.",
                line=source.header_line,
            )
        for name in sorted(source.twice):
            self.notes.append(Warned(source.header_line, f"The column {name} stands twice; it is not used."))
        missing = [column for column in self.options.asked if not has_root(dict.fromkeys(source.columns), column)]
        if missing:
            raise _no_column(self.opened.path, missing, source.columns)

    def _index(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """The columns called `Unnamed: n` that count up: an index that pandas wrote, and no input."""
        last: dict[str, int | None] = {column: None for column in columns if _UNNAMED.fullmatch(column)}
        if not last:
            return ()
        for record in self._plain():
            if record.fault:
                continue
            for column in list(last):
                number = _whole(record.values.get(column))
                before = last[column]
                if number is None or (before is not None and number <= before):
                    del last[column]
                else:
                    last[column] = number
        return tuple(last)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _is_there(values: dict[str, Any], column: str) -> bool:
    """Whether the record has the column; a blank cell, or one that is no JSON, counts where a path leads through it."""
    try:
        if find(values, column) is not MISSING:
            return True
    except RowFault:
        return True
    head = next((name for name in values if column.startswith(name + ".")), None)
    return head is not None and isinstance(values[head], str)


def _no_column(path: Path, missing: list[str], columns: Iterable[str]) -> FileFault:
    listed = [column[:60] for column in columns]
    there = ", ".join(listed[:20]) + (f" and {len(listed) - 20} more" if len(listed) > 20 else "")
    return FileFault(
        f"{path} has no column {', '.join(column[:60] for column in missing)}.",
        f"It has: {there}." if there else "It names no column.",
        "Name columns that are there: --input COL --expected COL.",
        extra={"rejected": []},
    )


def _keys(records: Iterable[Record | Laid]) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    for record in records:
        if not record.fault:
            keys.update(dict.fromkeys(record.values))
    return tuple(keys)


def _conflicts(inputs: "array[int]", expected: "array[int]", lines: "array[int]") -> Iterator[int]:
    """The lines of rows whose inputs an earlier row has with another expected answer."""
    first: dict[int, int] = {}
    for group, answer, line in zip(inputs, expected, lines, strict=True):
        if first.setdefault(group, answer) != answer:
            yield line
