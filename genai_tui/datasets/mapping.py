"""Which columns of a file become inputs, expected answer and tags: what the user named, else all that can be meant."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from genai_tui.datasets.checks import check_name
from genai_tui.datasets.columns import RowFault, has_root, input_name
from genai_tui.datasets.delimited import Delimited
from genai_tui.datasets.formats import FIELDS
from genai_tui.datasets.layouts import Layout
from genai_tui.datasets.model import ImportOptions, Laid, Mapping, Record, Warned, file_fault
from genai_tui.datasets.opening import Opened
from genai_tui.datasets.sources import Source
from genai_tui.errors import FileFault, UsageFault

_UNNAMED = re.compile(r"Unnamed: \d+(?:\.\d+)*")
_LEVEL = re.compile(r"__index_level_\d+__")


class Mapper:
    """Maps one file; `records` goes through it from its start. What should be looked at is added to `notes`."""

    def __init__(
        self,
        opened: Opened,
        source: Source,
        options: ImportOptions,
        records: Callable[[], Iterator[Record]],
        notes: list[Warned],
    ) -> None:
        self.opened = opened
        self.source = source
        self.options = options
        self.records = records
        self.notes = notes

    def laid(self, layout: Layout) -> Mapping:
        """The mapping of a format with a meaning of its own; what it has to tell goes to the notes."""
        options, source = self.options, self.source
        if isinstance(source, Delimited):
            every = layout.name == "promptfoo"  # there each column is a variable
            self._refuse_twice(source, [name for name in source.twice if every or name in (*FIELDS, *options.asked)])
        names: dict[str, None] = {}
        columns: dict[str, None] = {}
        for row in layout.lay(self.records(), self.notes):
            if not row.inputs.keys() <= names.keys():
                names.update(dict.fromkeys(filter(_can_be_kept, row.inputs)))
            if not row.values.keys() <= columns.keys():
                columns.update(dict.fromkeys(row.values))
        chosen = options.inputs or tuple(name for name in names if name not in (options.expected, *options.tags))
        inputs = self._named(chosen, (*names, *columns))
        expected = options.expected or layout.expected
        if options.format is None:
            self.notes.append(
                Warned(0, f"The content was recognised as {layout.name}; named columns or --format say otherwise.")
            )
        used = {*inputs.values(), *options.tags, *re.findall(r"\w+", expected or "")}
        return Mapping(
            format=layout.name,
            encoding=self.opened.encoding,
            inputs=inputs,
            expected=expected,
            tags=options.tags,
            columns=tuple(columns),
            unused=tuple(c for c in columns if c not in used),
            delimiter=None,
        )

    @staticmethod
    def _named(chosen: Iterable[str], columns: tuple[str, ...]) -> dict[str, str]:
        """Input name → column."""
        inputs: dict[str, str] = {}
        known = frozenset(columns)
        for column in chosen:
            name = input_name(column, known)
            try:
                check_name(name)
            except RowFault as fault:
                raise UsageFault("An input cannot be called so.", f"{fault}.", "Name other columns.") from None
            if name in inputs:
                raise UsageFault(
                    f"Two inputs would be called {name!r}.", f"{inputs[name]} and {column}.", "Leave one out."
                )
            inputs[name] = column
        return inputs

    def plain(self) -> Mapping:
        """The mapping of plain columns. Raises FileFault, UsageFault."""
        options, source = self.options, self.source
        columns = self._known_columns()
        expected = options.expected
        if expected is None and not options.inputs and "expected" in columns:
            expected = "expected"
        tags = options.tags
        if not tags and not options.inputs and options.expected is None and "tags" in columns:
            tags = ("tags",)
        if isinstance(source, Delimited):
            self._check_header(source, (*options.inputs, *((expected,) if expected is not None else ()), *tags))
        index: tuple[str, ...] = ()
        chosen = options.inputs
        if not chosen:
            index = self._index(columns)
            taken = {expected, *tags, *index, *self._twice()}
            chosen = tuple(column for column in columns if column.strip() and column not in taken)
            self._check_names(source, chosen)
        if not chosen and columns:
            there = ", ".join(column[:60] for column in columns[:20])
            raise UsageFault("No column is left for an input.", f"The file has: {there}.", "Name one: --input COL")
        inputs = self._named(chosen, columns)
        used = {*inputs.values(), *tags, *index, *((expected,) if expected is not None else ())}
        paths = used.difference(columns)
        return Mapping(
            format=source.format,
            encoding=self.opened.encoding,
            inputs=inputs,
            expected=expected,
            tags=tags,
            columns=columns,
            unused=tuple(c for c in columns if c not in used and not any(path.startswith(c + ".") for path in paths)),
            index=index,
            delimiter=source.delimiter if isinstance(source, Delimited) else None,
        )

    def _known_columns(self) -> tuple[str, ...]:
        """The columns of the file; of JSON all keys of all rows, read only where somebody needs to know them."""
        if isinstance(self.source, Delimited):
            return self.source.columns
        if self.options.inputs and not any("." in column for column in self.options.inputs):
            first = next((record for record in self.records() if not record.fault), None)
            return tuple(first.values) if first is not None else ()
        return keys_of(self.records())

    def _check_names(self, source: Source, chosen: Iterable[str]) -> None:
        """Refuse a sheet that has, as the name of an input, what cannot be kept; of JSON the row was refused."""
        if not isinstance(source, Delimited):
            return
        for name in chosen:
            try:
                check_name(name)
            except RowFault as fault:
                path = self.opened.path
                raise file_fault(
                    f"{path}:{source.header_line}: a column's name cannot be kept.",
                    str(fault),
                    "Rename the column, or name others: --input COL.",
                    line=source.header_line,
                ) from None

    def _twice(self) -> set[str]:
        return self.source.twice if isinstance(self.source, Delimited) else set()

    def _check_header(self, source: Delimited, used: tuple[str, ...]) -> None:
        self._refuse_twice(
            source, [name for name in source.twice if any(c == name or c.startswith(name + ".") for c in used)]
        )
        for name in sorted(source.twice):
            self.notes.append(Warned(source.header_line, f"The column {name} stands twice; it is not used."))
        missing = [column for column in self.options.asked if not has_root(dict.fromkeys(source.columns), column)]
        if missing:
            raise no_column(self.opened.path, missing, source.columns)

    def _refuse_twice(self, source: Delimited, used: Iterable[str]) -> None:
        """Refuse a sheet where a column that is used stands twice."""
        for name in sorted(used):
            raise file_fault(
                f"{self.opened.path}:{source.header_line}: the column {name} stands twice in the header.",
                f"{name} stands twice",
                "Rename one of them.",
                line=source.header_line,
            )

    def _index(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """The columns that are an index which pandas wrote, and no input: `Unnamed: n` if it counts up, a level."""
        levels = tuple(column for column in columns if _LEVEL.fullmatch(column))
        last: dict[str, int | None] = {column: None for column in columns if _UNNAMED.fullmatch(column)}
        if not last:
            return levels
        for record in self.records():
            if record.fault:
                continue
            for column in list(last):
                number = _whole(record.values.get(column))
                before = last[column]
                if number is None or (before is not None and number <= before):
                    del last[column]
                else:
                    last[column] = number
        return (*last, *levels)


def _can_be_kept(name: str) -> bool:
    """Whether an input can be called so; a row that has another is refused."""
    try:
        check_name(name)
    except RowFault:
        return False
    return True


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def no_column(path: Path, missing: list[str], columns: Iterable[str]) -> FileFault:
    """The fault of a file that lacks columns that were asked for."""
    listed = [column[:60] for column in columns]
    there = ", ".join(listed[:20]) + (f" and {len(listed) - 20} more" if len(listed) > 20 else "")
    return FileFault(
        f"{path} has no column {', '.join(column[:60] for column in missing)}.",
        f"It has: {there}." if there else "It names no column.",
        "Name columns that are there: --input COL --expected COL.",
        extra={"rejected": []},
    )


def keys_of(records: Iterable[Record | Laid]) -> tuple[str, ...]:
    """All columns of the good ones, in the order in which they were met."""
    keys: dict[str, None] = {}
    for record in records:
        if not record.fault:
            keys.update(dict.fromkeys(record.values))
    return tuple(keys)
