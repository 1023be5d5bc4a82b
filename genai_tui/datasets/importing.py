"""Reads a file of rows to its end, keeps the good ones on disk, and says what an import would be."""

import os
from array import array
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from genai_tui.datasets.benchmarks import MmluSheet
from genai_tui.datasets.checks import Remarks, check_name
from genai_tui.datasets.columns import MISSING, RowFault, find
from genai_tui.datasets.delimited import Delimited
from genai_tui.datasets.formats import find_layout
from genai_tui.datasets.keeping import Keeping
from genai_tui.datasets.mapping import Mapper, keys_of, no_column
from genai_tui.datasets.model import ImportOptions, ImportResult, Laid, Mapping, Record, Rejected, Warned, file_fault
from genai_tui.datasets.opening import Opened, open_file
from genai_tui.datasets.packing import PackedMany, Packer, Spool
from genai_tui.datasets.picking import LaidPicker, Picked, Picker
from genai_tui.datasets.quick import QuickSheet, is_quick
from genai_tui.datasets.recognise import LOOKED_AT, check_format, is_annotated, label_studio, refuse_special
from genai_tui.datasets.sources import find_source
from genai_tui.datasets.splits import check_ratios
from genai_tui.datasets.viewer import cut_cells, unwrap
from genai_tui.errors import FileFault, UsageFault
from genai_tui.records.datasets import SPLITS, Example
from genai_tui.store.turns import many_writes
from genai_tui.store.writer import Writer

TOLD = 5_000  # rows, after which progress is told again


def import_file(
    path: str | os.PathLike[str],
    options: ImportOptions | None = None,
    stream: BinaryIO | None = None,
    progress: Callable[[int], None] | None = None,
    writer: Writer | None = None,
) -> ImportResult:
    """Read the rows of a file, or of `stream` under the name `path`, as `options` say. Nothing of it is run.

    `progress` is told now and then how many rows were read. Nothing is stored; only with `writer` what rows hold is,
    in no version yet, if the file can be taken: `store_import` then has less to do.

    Raises FileFault (its `extra` has `rejected`) where nothing of the file can be taken, UsageFault for options that
    make no sense, MissingPiece for Parquet.
    """
    options = options or ImportOptions()
    _check(options)
    with many_writes():
        reading = _Reading(open_file(path, options.encoding, stream), options)
        if writer is None or not reading.is_sound():
            return reading.result(progress)
        with Keeping(writer) as keeping:
            return reading.result(progress, keeping)


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
        raise UsageFault(f"There is no split {options.split!r}.", f"The splits are {', '.join(SPLITS)}.", "Name one.")
    meanings = (*options.inputs, options.expected)  # a tag may be an input too
    doubled = next((column for column in meanings if column is not None and meanings.count(column) > 1), None)
    if doubled is not None:
        raise UsageFault(f"The column {doubled!r} is named twice.", "A column has one meaning.", "Name it once.")


class _Reading:
    """One file being read: its shape, its format, its mapping, and its passes."""

    def __init__(self, opened: Opened, options: ImportOptions) -> None:
        self.opened = opened
        self.options = options
        self.source = find_source(opened, options)
        self.cells = isinstance(self.source, (Delimited, MmluSheet))
        self.notes: list[Warned] = list(getattr(self.source, "notes", ()))
        if not self.cells:
            self.notes += cut_cells(self.source.records())
        self._refuse_special()
        self.layout = find_layout(opened.path, self.source.format, self._plain(), options)
        mapper = Mapper(opened, self.source, options, self._plain if self.layout is None else self._bare, self.notes)
        self.mapping = mapper.plain() if self.layout is None else mapper.laid(self.layout)
        self.pick: Callable[[Any], Picked] = self._picker().pick

    def records(self) -> Iterator[Record | Laid]:
        """The records of the file, from its start, as its format understands them."""
        return self._plain() if self.layout is None else self.layout.lay(self._bare(), [])

    def _bare(self) -> Iterator[Record]:
        """The records, each taken out of what the dataset viewer puts around it."""
        return self.source.records() if self.cells else (unwrap(record, ()) for record in self.source.records())

    def _plain(self) -> Iterator[Record]:
        if self.cells:
            yield from self.source.records()
            return
        every = not self.options.inputs  # then each key is the name of an input
        for record in self.source.records():
            opened = unwrap(record, self.options.asked)
            yield _with_names(opened) if every else opened

    def _picker(self) -> "Picker | LaidPicker":
        mapping, options = self.mapping, self.options
        if self.layout is None:
            return Picker(mapping.inputs, mapping.expected, mapping.tags, self.cells)
        return LaidPicker(mapping.inputs if options.inputs else None, options.expected, options.tags, self.cells)

    def is_sound(self) -> bool:
        """Whether it is known already that no fault of the file as a whole will be met."""
        return isinstance(self.source, Delimited) and self._is_quick() and self.source.is_sound()

    def result(self, progress: Callable[[int], None] | None = None, keeping: Keeping | None = None) -> ImportResult:
        """Read to the end, and say what an import would be. With `keeping` rows go there as they are read.

        Raises FileFault.
        """
        rejected: list[Rejected] = []
        remarks = Remarks(written=self.cells, expected=self.mapping.expected)
        inputs, expected, lines = array("Q"), array("Q"), array("Q")
        missing = dict.fromkeys(self._columns_used())
        pick, pack, spool = self.pick, Packer().pack, Spool(None if keeping is None else keeping.put)
        records = told = 0
        for record in self._quickly(remarks):
            if isinstance(record, PackedMany):
                records += len(record.groups)
                inputs.extend(record.groups)
                expected.extend(record.answers)
                lines.extend(range(record.line, record.line + len(record.groups)))
                spool.extend(record)
                missing.clear()  # the header has them all
            else:
                records += 1
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
            if progress is not None and records >= told + TOLD:
                progress(records)
                told = records
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
        return ImportResult(
            rejected=tuple(rejected),
            warnings=remarks.warnings(self.notes),
            mapping=self.mapping,
            options=self.options,
            source=self.opened.name,
            spool=spool,
            inputs=inputs,
            expected=expected,
            kept=keeping,
        )

    def _is_quick(self) -> bool:
        return self.layout is None and is_quick(self.mapping)

    def _quickly(self, remarks: Remarks) -> Iterator[PackedMany | Record | Laid]:
        """The records; of a sheet of plain columns the rows that need no look are packed already."""
        if isinstance(self.source, Delimited) and self._is_quick():
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
        if is_annotated(first.values):
            raise label_studio(self.opened.path)
        raise no_column(self.opened.path, missing, keys_of(self.records()))

    def _refuse_special(self) -> None:
        """Refuse what holds no examples but pairs or annotations, whatever it is said to be. Raises FileFault."""
        source, named = self.source, bool(self.options.asked)
        if isinstance(source, Delimited):
            refuse_special(self.opened.path, dict.fromkeys(source.columns, ""), named=named)
            return
        for record in islice(self._plain(), LOOKED_AT):
            if not record.fault:
                refuse_special(self.opened.path, record.values, named=named)


def _with_names(record: Record) -> Record:
    """The record, at fault where one of its keys cannot be the name of an input."""
    try:
        for name in record.values:
            check_name(name)
    except RowFault as fault:
        return Record(record.line, {}, str(fault))
    return record


def _is_there(values: dict[str, Any], column: str) -> bool:
    """Whether the record has the column; a blank cell, or one that is no JSON, counts where a path leads through it."""
    try:
        if find(values, column) is not MISSING:
            return True
    except RowFault:
        return True
    head = next((name for name in values if column.startswith(name + ".")), None)
    return head is not None and isinstance(values[head], str)


def _conflicts(inputs: "array[int]", expected: "array[int]", lines: "array[int]") -> Iterator[int]:
    """The lines of rows whose inputs an earlier row has with another expected answer."""
    if len(set(inputs)) == len(inputs):
        return
    first: dict[int, int] = {}
    for group, answer, line in zip(inputs, expected, lines, strict=True):
        if first.setdefault(group, answer) != answer:
            yield line
