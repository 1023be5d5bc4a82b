"""An excerpt of a project's database: what a job on a node reads, so that it opens nothing which others write.

The project is there on a network file system, and may lie on a local disk of the host that writes it, with a
write-ahead log that no other host can read.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from genai_tui.store.connections import open_read_only

FILE = "given.db"
LEFT_OUT = frozenset(
    {
        *("generation", "exchange", "body", "score", "person_label", "preference", "cache", "look", "spend"),
        *("unsaved_prompt", "unfinished", "draft", "reservation", "job_metric", "load_step", "corpus", "passage"),
    }
)
"""Answers and what belongs to them: nothing is trained on them but as rows of a dataset, and they are many."""


def make_excerpt(source: Path, target: Path) -> None:
    """Write all of the database at `source` but answers to a new one at `target`; whole, or not at all.

    Raises sqlite3.Error and OSError.
    """
    from genai_tui.store.migrations import migrate

    building = target.with_name(f"{target.name}.new")
    building.unlink(missing_ok=True)
    building.touch(0o600)
    building.chmod(source.stat().st_mode & 0o777)
    try:
        with closing(sqlite3.connect(building, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = MEMORY")
            migrate(connection)
            with closing(open_read_only(source)) as reading:
                _copy(reading, connection)
        building.replace(target)
    except BaseException:
        building.unlink(missing_ok=True)
        raise


def _copy(reading: sqlite3.Connection, writing: sqlite3.Connection) -> None:
    """Every table that is not left out, as it is at one moment."""
    tables = writing.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
    names = [name for (name,) in tables if not name.startswith(("sqlite_", "_sqlite")) and name not in LEFT_OUT]
    reading.execute("BEGIN")
    writing.execute("BEGIN")
    for name in names:
        writing.execute(f'DELETE FROM "{name}"')
        stored = writing.execute("SELECT name FROM pragma_table_info(?)", (name,)).fetchall()  # what is computed is not
        columns, values = ", ".join(f'"{column}"' for (column,) in stored), ", ".join("?" * len(stored))
        rows = reading.execute(f'SELECT {columns} FROM "{name}"')
        writing.executemany(f'INSERT INTO "{name}" ({columns}) VALUES ({values})', rows)
    writing.execute("COMMIT")
    reading.execute("COMMIT")
