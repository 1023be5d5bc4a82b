"""Labels: what a person says of one answer, right or wrong, with a reason; one of each person, again replaces it."""

import random
import sqlite3
from typing import Any, NamedTuple

from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_text, unpack_text, utc
from genai_tui.store.writer import Write

DRAWS = 60  # at random, before all answers of a run are looked through for one without a label
# What can be labelled: an answer of a run, not a failure; by its index, so that a draw reads few rows.
_OPEN = (
    "FROM generation g INDEXED BY generation_run WHERE g.run = ? AND g.purpose = 'run' AND g.error_what IS NULL "
    "AND g.finish_reason IS NOT 'cancelled' AND g.id >= ? AND g.id < ? AND NOT EXISTS "
    "(SELECT 1 FROM person_label p WHERE p.generation = g.id AND p.person = ?) ORDER BY g.id LIMIT 1"
)


class Label(NamedTuple):
    """One person's word: `value` is 1 for right, 0 for wrong."""

    generation: int
    person: str
    value: float
    reason: str = ""

    @property
    def right(self) -> bool:
        """Whether it says right."""
        return self.value > 0.5


def save_label(label: Label) -> Write[Label | None]:
    """Keeps a label; gives the one that this person gave the answer before, if any."""

    def write(connection: sqlite3.Connection) -> Label | None:
        before = _one(connection, label.generation, label.person)
        connection.execute(
            "INSERT OR REPLACE INTO person_label (generation, person, value, reason, created) VALUES (?, ?, ?, ?, ?)",
            (label.generation, pack_text(label.person), label.value, pack_text(label.reason), utc()),
        )
        return before

    return write


def remove_label(generation: int, person: str) -> Write[Label | None]:
    """Takes a label away, and gives it; None where there was none."""

    def write(connection: sqlite3.Connection) -> Label | None:
        before = _one(connection, generation, person)
        connection.execute(
            "DELETE FROM person_label WHERE generation = ? AND person = ?", (generation, pack_text(person))
        )
        return before

    return write


def labels_of(reader: Reader, generation: int) -> list[Label]:
    """What people said of one answer, by their names."""
    sql = "SELECT generation, person, value, reason FROM person_label WHERE generation = ? ORDER BY person"
    return [_label(row) for row in reader.rows(sql, (generation,))]


def labels_count(reader: Reader) -> int:
    """How many labels there are."""
    row = reader.one("SELECT count(*) FROM person_label")
    return row[0] if row else 0


def labels_of_run(reader: Reader, run: int) -> dict[int, list[Label]]:
    """Every label of a run's answers, by generation."""
    rows = reader.rows(
        "SELECT p.generation, p.person, p.value, p.reason FROM person_label p CROSS JOIN generation g "
        "ON g.id = p.generation WHERE g.run = ? ORDER BY p.generation, p.person",
        (run,),
    )
    found: dict[int, list[Label]] = {}
    for label in map(_label, rows):
        found.setdefault(label.generation, []).append(label)
    return found


def draw_unlabelled(reader: Reader, run: int, person: str, lot: random.Random) -> int | None:
    """An answer of a run, at random, that this person has not labelled; None where there is none.

    At random, so that what labels say holds for all answers. Where few are left it may read all of the run: call it in
    a thread.
    """
    ends = reader.one(
        "SELECT (SELECT id FROM generation INDEXED BY generation_run WHERE run = ?1 ORDER BY id LIMIT 1), "
        "(SELECT id FROM generation INDEXED BY generation_run WHERE run = ?1 ORDER BY id DESC LIMIT 1)",
        (run,),
    )
    if ends is None or ends[0] is None:
        return None
    first, last = ends
    whole = last + 1
    for _ in range(DRAWS):
        drawn = lot.randint(first, last)
        if reader.one(f"SELECT g.id {_OPEN}", (run, drawn, drawn + 1, pack_text(person))) is not None:
            return drawn
    drawn = lot.randint(first, last)
    for start, end in ((drawn, whole), (first, drawn)):
        found = reader.one(f"SELECT g.id {_OPEN}", (run, start, end, pack_text(person)))
        if found is not None:
            return int(found[0])
    return None


def _one(connection: sqlite3.Connection, generation: int, person: str) -> Label | None:
    row = connection.execute(
        "SELECT generation, person, value, reason FROM person_label WHERE generation = ? AND person = ?",
        (generation, pack_text(person)),
    ).fetchone()
    return None if row is None else _label(row)


def _label(row: tuple[Any, ...]) -> Label:
    generation, person, value, reason = row
    return Label(generation, unpack_text(person), value, unpack_text(reason))
