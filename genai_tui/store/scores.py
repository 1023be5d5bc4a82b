"""Scores: one scorer's verdict on one generation. Scoring again replaces it."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from genai_tui.records.runs import Score
from genai_tui.store.reader import Reader
from genai_tui.store.statements import insert_rows
from genai_tui.store.values import pack_optional, pack_text, unpack_optional, unpack_text
from genai_tui.store.writer import Write

if TYPE_CHECKING:
    import numpy as np

_PAGE = 1000  # answers whose scores are read together
_INSERT = "INSERT OR REPLACE INTO score (generation, scorer, value, label, reason, reduced, detail)"


def save_scores(scores: Sequence[Score]) -> Write[None]:
    """Keeps scores of generations that are stored."""
    rows = [(score.generation, *row_of(score)) for score in scores]
    return lambda connection: insert_scores(connection, rows)


def insert_scores(connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Keeps rows of scores within the transaction that is open."""
    insert_rows(connection, _INSERT, rows)


def scores_of(reader: Reader, generation: int) -> list[Score]:
    """Every score of one generation."""
    rows = reader.rows(
        "SELECT generation, scorer, value, label, reason, reduced, detail FROM score WHERE generation = ? "
        "ORDER BY scorer",
        (generation,),
    )
    return [_score(row) for row in rows]


def scores_of_run(reader: Reader, run: int, scorer: str) -> dict[int, Score]:
    """One scorer's scores of a whole run, by generation. Reads all of them."""
    rows = reader.rows(
        "SELECT s.generation, s.scorer, s.value, s.label, s.reason, s.reduced, s.detail "
        "FROM generation g JOIN score s ON s.generation = g.id WHERE g.run = ? AND s.scorer = ?",
        (run, scorer),
    )
    return {row[0]: _score(row) for row in rows}


def without_value(reader: Reader, run: int) -> list[tuple[str, int, str]]:
    """The scorers that gave answers of a run no value, for how many, and why the last of them has none."""
    rows = reader.rows(
        "SELECT s.scorer, count(*), s.reason, max(g.id) FROM generation g JOIN score s ON s.generation = g.id "
        "WHERE g.run = ? AND s.value IS NULL AND g.error_what IS NULL "
        "AND (s.detail IS NULL OR json_extract(s.detail, '$.unjudged') IS NULL) GROUP BY s.scorer ORDER BY 1",
        (run,),
    )
    return [(scorer, answers, unpack_text(reason)) for scorer, answers, reason, _ in rows]


class ScoresOf(Collection[Score]):
    """One scorer's scores of some answers in their order, read anew each time they are gone through.

    An answer without one has a score without a value: it was not answered. Of a score only what all scores together
    need is read: value and detail.
    """

    def __init__(self, reader: Reader, scorer: str, answers: "Sequence[int] | np.ndarray") -> None:
        self._reader, self._scorer, self._answers = reader, scorer, answers
        self._failed = Score(scorer, None, reason="it was not answered")

    def __len__(self) -> int:
        return len(self._answers)

    def __iter__(self) -> Iterator[Score]:
        for at in range(0, len(self._answers), _PAGE):
            some = list(map(int, self._answers[at : at + _PAGE]))
            rows = self._reader.rows(
                "SELECT generation, value, detail FROM score WHERE scorer = ? AND generation IN "
                "(SELECT value FROM json_each(?))",
                (self._scorer, str(some)),
            )
            known = {number: (value, detail) for number, value, detail in rows}
            for number in some:
                if number in known:
                    value, detail = known[number]
                    yield Score(self._scorer, value, detail=unpack_optional(detail), generation=number)
                else:
                    yield self._failed

    def __contains__(self, score: object) -> bool:
        return any(score == each for each in self)


def row_of(score: Score) -> tuple[Any, ...]:
    """A score as it is stored, without its generation."""
    return (
        score.scorer,
        score.value,
        None if score.label is None else pack_text(score.label),
        pack_text(score.reason),
        None if score.reduced is None else pack_text(score.reduced),
        pack_optional(score.detail),
    )


def _score(row: tuple[Any, ...]) -> Score:
    generation, scorer, value, label, reason, reduced, detail = row
    return Score(
        scorer=scorer,
        value=value,
        label=None if label is None else unpack_text(label),
        reduced=None if reduced is None else unpack_text(reduced),
        reason=unpack_text(reason),
        detail=unpack_optional(detail),
        generation=generation,
    )
