"""Parquet by way of duckdb, which is an extra: rows are streamed; nothing but the file itself is read."""

import datetime
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from glob import has_magic
from typing import Any

from genai_tui.datasets.model import Record, file_fault
from genai_tui.datasets.opening import Opened
from genai_tui.errors import MissingPiece

_ROWS = 1_000  # at once
_AS_TEXT = ("TIME", "INTERVAL", "UUID", "BIT")  # what JSON has no type for is kept as it is written


class ParquetRows:
    """A Parquet file as records; their line is the number of the row, from 1. Raises MissingPiece, FileFault."""

    format = "parquet"

    def __init__(self, opened: Opened) -> None:
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
            described = connection.execute(
                "DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning = false)", [name]
            ).fetchall()
        self.columns = tuple(str(row[0]) for row in described)
        self._read = ", ".join(_column(row[0], row[1]) for row in described)

    def records(self) -> Iterator[Record]:
        """The rows in the order of the file."""
        number = 0
        with self._table() as (connection, name):
            found = connection.execute(f"SELECT {self._read} FROM read_parquet(?, hive_partitioning = false)", [name])
            while rows := found.fetchmany(_ROWS):
                for row in rows:
                    number += 1
                    yield Record(number, {c: _plain(v) for c, v in zip(self.columns, row, strict=True)})

    @contextmanager
    def _table(self) -> Iterator[tuple[Any, str]]:
        """A connection that reads one file, in order and with little memory, and the file's name."""
        with self._on_disk() as path:
            connection = self._duckdb.connect(
                config={"threads": 1, "memory_limit": "256MB", "autoinstall_known_extensions": False}
            )
            try:
                connection.execute("SET allowed_paths = [?]", [path])
                connection.execute("SET enable_external_access = false")
                yield connection, path
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


def _column(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    return f"CAST({quoted} AS VARCHAR)" if kind.startswith(_AS_TEXT) else quoted


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
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value) if isinstance(value, (uuid.UUID, datetime.timedelta)) else value
