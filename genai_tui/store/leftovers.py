"""What rows of imports hold that broke off before they stood in any version: nobody sees it, and it is removed.

An import stores what its rows hold before it says where they stand, and says so by a nameless version (see `imports`).
That stays behind where the import is cancelled, fails, or its process is killed.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from genai_tui.records.jobs import ProcessId
from genai_tui.store.connections import open_for_writing
from genai_tui.store.imports import DURING_IMPORT, NAMELESS
from genai_tui.store.processes import alive

AT_ONCE = 5_000  # rows looked at in one transaction, that nobody waits long for


def remove_leftovers(path: Path) -> int:
    """Remove them from the database at `path`, as long as no import goes on that may share them; gives how many.

    Call it in a thread where a loop runs. Raises sqlite3.Error, and what is left is removed another time.
    """
    with closing(open_for_writing(path)) as connection:
        # No table refers to them, for nobody ever saw them; asked to check it, SQLite reads all of three for each row.
        connection.execute("PRAGMA foreign_keys = OFF")
        for pragma in DURING_IMPORT:  # the index of contents is written all over, as while they are stored
            connection.execute(pragma)
        removed, first = 0, _first(connection)
        while first is not None:
            connection.execute("BEGIN IMMEDIATE")
            if _first(connection) is None:
                connection.execute("ROLLBACK")
                break
            [last] = connection.execute(
                "SELECT max(id) FROM (SELECT id FROM example WHERE id >= ? ORDER BY id LIMIT ?)", (first, AT_ONCE)
            ).fetchone()
            if last is None:
                connection.execute(f"DELETE FROM dataset_version WHERE {NAMELESS}")
            else:
                removed += connection.execute(
                    "DELETE FROM example WHERE id BETWEEN ?1 AND ?2 "
                    "AND id NOT IN (SELECT example FROM membership WHERE example BETWEEN ?1 AND ?2)",
                    (first, last),
                ).rowcount
            connection.execute("COMMIT")
            first = None if last is None else last + 1
        return removed


def _first(connection: sqlite3.Connection) -> int | None:
    """From which id on they may lie; None where nothing broke off, or an import goes on."""
    begun = connection.execute(
        "SELECT name, source, pid, started, host, boot FROM dataset_version WHERE version IS NULL"
    ).fetchall()
    if any(process[0] is not None and alive(ProcessId(*process)) for _, _, *process in begun):
        return None
    return min((int(source) for name, source, *_ in begun if not name), default=None)
