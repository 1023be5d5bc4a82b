"""Parquet by way of duckdb, which is an extra: rows are streamed; nothing but the file itself is read."""

import datetime
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from glob import has_magic
from typing import Any

from genai_tui.datasets.model import Record, Warned, file_fault
from genai_tui.datasets.opening import Opened
from genai_tui.errors import MissingPiece

_ROWS = 1_000  # at once
_MEMORY = "2GB"  # at most: a page is unpacked as a whole, and of long texts has hundreds of megabytes
_AS_TEXT = ("time", "interval", "uuid", "bit")  # what JSON has no type for is kept as it is written
_READ = "read_parquet(?, hive_partitioning = false)"


class ParquetRows:
    """A Parquet file as records; their line is the number of the row, from 1.

    Raises MissingPiece, and FileFault: also where a column that is `asked` for stands twice.
    """

    format = "parquet"

    def __init__(self, opened: Opened, asked: Iterable[str]) -> None:
        self.opened = opened
        try:
            import duckdb
        except ImportError:
            raise MissingPiece(
                f"{opened.path} is Parquet, and what reads it is not installed.",
                "The extra `parquet` (duckdb) is missing.",
                "python -m pip install 'genai-tui[parquet]'",
            ) from None
        self._duckdb = duckdb
        with self._table() as (connection, name):
            described = connection.execute(f"DESCRIBE SELECT * FROM {_READ}", [name]).fetchall()
            schema = connection.execute("SELECT name, num_children FROM parquet_schema(?)", [name]).fetchall()
            self._read = ", ".join(_column(column, connection.type(kind)) for column, kind, *_ in described)
        self._names = _names_at_top(schema)  # duckdb renames those that differ by letter case only
        self._twice = {column for column, count in Counter(self._names).items() if count > 1}
        self.notes = [Warned(0, f"The column {column} stands twice; it is not used.") for column in sorted(self._twice)]
        for column in self._twice.intersection(asked):
            raise file_fault(f"{opened.path}: the column {column} stands twice.", "", "Rename one of them.")

    def records(self) -> Iterator[Record]:
        """The rows in the order of the file."""
        number = 0
        with self._table() as (connection, name):
            found = connection.execute(f"SELECT {self._read} FROM {_READ}", [name])
            while rows := found.fetchmany(_ROWS):
                for row in rows:
                    number += 1
                    named = zip(self._names, row, strict=True)
                    yield Record(number, {c: _plain(v) for c, v in named if c not in self._twice})

    @contextmanager
    def _table(self) -> Iterator[tuple[Any, str]]:
        """A connection that reads one file, in order and with little memory, and the file's name."""
        with self._on_disk() as path:
            connection = self._duckdb.connect(
                config={"threads": 1, "memory_limit": _MEMORY, "autoinstall_known_extensions": False}
            )
            try:
                connection.execute("SET allowed_paths = [?]", [path])
                connection.execute("SET enable_external_access = false")
                connection.execute("SET TimeZone = 'UTC'")  # not the machine's, which differs
                yield connection, path
            except self._duckdb.OutOfMemoryException:
                raise file_fault(
                    f"{self.opened.path} takes too much memory.",
                    f"parquet: a part of it does not fit into {_MEMORY}",
                    "Write it with fewer rows in a page and a row group, or as JSON Lines.",
                ) from None
            except self._duckdb.Error as error:
                said = str(error).splitlines()[0][:200]
                raise file_fault(f"{self.opened.path} is a damaged Parquet file.", f"parquet: {said}") from None
            finally:
                connection.close()

    @contextmanager
    def _on_disk(self) -> Iterator[str]:
        """The name of the file; of what came packed or through a pipe, or has a name like a pattern, that of a copy."""
        name = str(self.opened.path.resolve())
        if not self.opened.packed and self.opened.on_disk and not has_magic(name):
            yield name
            return
        with tempfile.NamedTemporaryFile(suffix=".parquet") as copy, self.opened.binary() as stream:
            shutil.copyfileobj(stream, copy)
            copy.flush()
            yield copy.name


def _names_at_top(schema: list[tuple[str, int | None]]) -> list[str]:
    """The names of the columns, from the schema of the file: each name is followed by those inside it."""
    names: list[str] = []
    inside = 0
    for name, children in schema[1:]:
        if not inside:
            names.append(name)
            inside = 1
        inside += (children or 0) - 1
    return names


def _column(name: str, kind: Any) -> str:
    quoted = _quoted(name)
    kept = _kept(kind)
    return quoted if kept == str(kind) else f"CAST({quoted} AS {kept})"


def _kept(kind: Any) -> str:
    """The type as which values are read: within lists and objects, too, text where JSON has no type."""
    inner = dict(kind.children) if kind.id in ("list", "array", "map", "struct") else {}
    match kind.id:
        case "list":
            return f"{_kept(inner['child'])}[]"
        case "array":
            return f"{_kept(inner['child'])}[{inner['size']}]"
        case "map":
            return f"MAP({_kept(inner['key'])}, {_kept(inner['value'])})"
        case "struct":
            return f"STRUCT({', '.join(f'{_quoted(name)} {_kept(one)}' for name, one in inner.items())})"
    return "VARCHAR" if kind.id.startswith(_AS_TEXT) else str(kind)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _plain(value: Any) -> Any:
    """A value as JSON has it; what JSON has no type for as text, bytes as they are (they are refused where kept)."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        if value == value.to_integral_value():
            return int(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    return value.isoformat() if isinstance(value, datetime.date) else value
