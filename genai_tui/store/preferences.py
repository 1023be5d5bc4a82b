"""Preferences: which of two answers to one question is better, and who said so."""

import sqlite3
from collections.abc import Sequence
from typing import Literal, NamedTuple

from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_text, utc
from genai_tui.store.writer import Write

Chosen = Literal["first", "second", "tie", "neither"]


class Preferred(NamedTuple):
    """Two answers to one row of a dataset: `judge` says who chose, `source` of what kind (person, judge, scorer)."""

    example: int
    first: int
    second: int
    chosen: Chosen
    first_text: str
    second_text: str
    judge: str
    source: str
    reason: str = ""


def save_preferences(rows: Sequence[Preferred]) -> Write[int]:
    """Keeps preferences; the same pair by the same judge is kept once. Gives how many are new."""

    def write(connection: sqlite3.Connection) -> int:
        new = 0
        for row in rows:
            cursor = connection.execute(
                "INSERT INTO preference (example, first, second, chosen, judge, reason, source, created, first_text, "
                "second_text) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE NOT EXISTS (SELECT 1 "
                "FROM preference WHERE first = ?2 AND second = ?3 AND judge = ?5)",
                (row.example, row.first, row.second, row.chosen, pack_text(row.judge), pack_text(row.reason),
                 row.source, utc(), pack_text(row.first_text), pack_text(row.second_text)),
            )  # fmt: skip
            new += cursor.rowcount
        return new

    return write


def people_said(reader: Reader, run: int) -> dict[int, str]:
    """What people chose of a run's answers, as a pairwise judge labels them: by generation, answer, other or tie."""
    rows = reader.rows(
        "SELECT p.first, p.second, p.chosen FROM preference p JOIN generation g ON g.id = p.first OR g.id = p.second "
        "WHERE g.run = ? AND p.source = 'person'",
        (run,),
    )
    found: dict[int, str] = {}
    for first, second, chosen in rows:
        if first is not None:
            found[first] = {"first": "answer", "second": "other"}.get(chosen, "tie")
        if second is not None:
            found[second] = {"second": "answer", "first": "other"}.get(chosen, "tie")
    return found
