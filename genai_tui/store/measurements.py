"""What was measured on this machine: kept by hand or by jobs, and read from the answers that the project has."""

import platform
import sqlite3
from collections.abc import Sequence

from genai_tui.records.estimates import Measurement
from genai_tui.store.handed import handed_on
from genai_tui.store.reader import Reader
from genai_tui.store.values import utc
from genai_tui.store.writer import Write

TRAINING_MEMORY, TRAINING_TIME = "training memory", "training time"
"""What jobs measure: as the ratio of what they took to what was estimated."""
FEWEST_TOKENS = 8
"""Answers shorter than this say nothing of speed."""
LATEST = 200
"""So many of the latest answers, or measurements, are looked at."""


def this_place() -> str:
    """How this machine is called among places."""
    return platform.node() or "this machine"


@handed_on
def save_measurement(one: Measurement) -> Write[int]:
    """Keeps a measurement; gives its id."""

    def write(connection: sqlite3.Connection) -> int:
        cursor = connection.execute(
            "INSERT INTO measurement (what, place, key, value, unit, source, job, created) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (one.what, one.place, one.key, one.value, one.unit, one.source, one.job, utc()),
        )
        return int(cursor.lastrowid or 0)

    return write


def measurements(reader: Reader, what: str, *, place: str | None = None, key: str | None = None) -> list[Measurement]:
    """The latest measurements of `what`, newest first; at `place` and of `key` where they are given."""
    narrowed = [("what", what), *((name, said) for name, said in (("place", place), ("key", key)) if said is not None)]
    where = " AND ".join(f"{name} = ?" for name, _ in narrowed)
    rows = reader.rows(
        f"SELECT what, place, key, value, unit, source, job FROM measurement "
        f"WHERE {where} AND value IS NOT NULL ORDER BY id DESC LIMIT {LATEST}",
        [said for _, said in narrowed],
    )
    return [Measurement(*row) for row in rows]


def measured_speeds(reader: Reader, endpoint: str, model_id: str) -> Sequence[float]:
    """Tokens a second between the first token and the end, of the latest streamed answers of a model.

    Answers from the cache, failed ones, those that came all at once and those whose tokens were guessed do not count.
    """
    rows = reader.rows(
        "SELECT (output_tokens - 1) / (done - first_token) FROM generation WHERE endpoint = ? AND model_id = ? "
        "AND streamed AND NOT all_at_once AND cached_from IS NULL AND error_what IS NULL AND NOT tokens_guessed "
        f"AND output_tokens >= {FEWEST_TOKENS} AND done > first_token ORDER BY id DESC LIMIT {LATEST}",
        (endpoint, model_id),
    )
    return [float(row[0]) for row in rows]
