"""Looks at the test split: runs over any of it whose score was shown. Each run counts once."""

import sqlite3
from collections.abc import Sequence

from genai_tui.records.runs import Run
from genai_tui.store.reader import Reader
from genai_tui.store.values import utc
from genai_tui.store.writer import Write


def look_at(runs: Sequence[Run]) -> Write[int]:
    """Counts runs over test whose scores are shown now; gives how many looks there are then."""
    shown = [(run.id, run.scorers[0]) for run in runs if run.split == "test" and run.result is not None]

    def write(connection: sqlite3.Connection) -> int:
        for run, scorer in shown:
            connection.execute(
                "INSERT INTO look (run, split, scorer, created) SELECT ?, 'test', ?, ? "
                "WHERE NOT EXISTS (SELECT 1 FROM look WHERE run = ?)",
                (run, scorer, utc(), run),
            )
        count: int = connection.execute("SELECT count(*) FROM look WHERE split = 'test'").fetchone()[0]
        return count

    return write


def looks(reader: Reader) -> int:
    """How many looks at test there were."""
    row = reader.one("SELECT count(*) FROM look WHERE split = 'test'")
    return row[0] if row else 0
