"""Answers of runs: a generation with its scores, stored together, and found again by what decided it."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Score
from genai_tui.store.datasets import rows_of_split
from genai_tui.store.generations import COLUMNS, generation_of, save_generations
from genai_tui.store.reader import Reader
from genai_tui.store.scores import insert_scores, row_of
from genai_tui.store.values import pack_json, pack_text, small, unpack_json, unpack_optional, unpack_text
from genai_tui.store.writer import Write


def cache_key(place: str, body: dict[str, Any], repeat: int) -> bytes:
    """What decides an answer: where it is asked, the whole body as it is first sent, and which repeat it is."""
    content = f"{place}\0{repeat}\0{pack_json(body)}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()


def save_answers(answers: Sequence[tuple[Generation, Sequence[Score]]]) -> Write[list[int]]:
    """Keeps generations of runs, each with its scores, and gives their numbers."""
    store = save_generations([generation for generation, _ in answers])
    scored = [(place, row_of(score)) for place, (_, scores) in enumerate(answers) for score in scores]

    def write(connection: sqlite3.Connection) -> list[int]:
        numbers = store(connection)
        insert_scores(connection, [(numbers[place], *row) for place, row in scored])
        return numbers

    return write


class Reusable(NamedTuple):
    """An answer that a later run may use again: its key, where it was asked, which repeat it was, its generation."""

    key: bytes
    place: str
    repeat: int
    generation: int


def remember(answers: Sequence[Reusable]) -> Write[None]:
    """Keeps answers to be used again. Many at once cost a tenth of one by one: keys lie all over the table."""
    rows = sorted((answer.key, pack_text(answer.place), *answer[2:]) for answer in answers)

    def write(connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT INTO cache (key, place, repeat, generation) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET generation = excluded.generation",
            rows,
        )

    return write


def cached_answer(reader: Reader, key: bytes) -> Generation | None:
    """The generation that was kept for `key`, without its exchanges."""
    row = reader.one(
        f"SELECT {COLUMNS}, logprobs FROM generation WHERE id = (SELECT generation FROM cache WHERE key = ?)", (key,)
    )
    return None if row is None else replace(generation_of(row[:-1]), logprobs=tuple(unpack_optional(row[-1]) or ()))


def is_kept(reader: Reader, key: bytes) -> bool:
    """Whether an answer was kept for `key`."""
    return reader.one("SELECT 1 FROM cache WHERE key = ?", (key,)) is not None


def is_empty(reader: Reader) -> bool:
    """Whether no answer at all was kept to be used again."""
    return reader.one("SELECT 1 FROM cache LIMIT 1") is None


def answer_to_row(reader: Reader, run: int, version: int, split: str, row: int) -> int | None:
    """The generation with which a run answered row `row` of its split first, in its last attempt; None without one."""
    found = reader.one(
        "SELECT g.id FROM generation g WHERE g.example = "
        f"(SELECT id FROM ({rows_of_split('e.id', 'm.position = ?3')})) AND g.run = ?4 AND g.purpose = 'run' "
        "ORDER BY g.repeat, g.id DESC LIMIT 1",
        (version, split, small(row), run),
    )
    return None if found is None else int(found[0])


class Earlier(NamedTuple):
    """A generation that was kept to be used again: where it was asked, which repeat it was, and a body it sent."""

    generation: int
    endpoint: str
    repeat: int
    body: dict[str, Any]


def kept_before(reader: Reader, example: int | None, before: int) -> list[Earlier]:
    """What was kept of answers to an example before the generation `before`, the last 50, the last first."""
    rows = reader.rows(
        "SELECT g.id, g.endpoint, g.repeat, b.json FROM cache c "
        "JOIN generation g ON g.id = c.generation JOIN exchange e ON e.generation = g.id JOIN body b ON b.id = e.body "
        "WHERE g.example = ? AND g.id < ? ORDER BY g.id DESC LIMIT 50",
        (example, before),
    )
    return [
        Earlier(number, unpack_text(endpoint), repeat, unpack_json(body)) for number, endpoint, repeat, body in rows
    ]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An answer with its example, as exports need them besides its numbers; `error` is its sentences together."""

    example: str
    inputs: dict[str, Any]
    expected: Any
    tags: tuple[str, ...]
    text: str
    reasoning: str
    finish_reason: str | None
    error: str | None
    created: str


def shown_answer(reader: Reader, generation: int) -> Shown | None:
    """One answer with its example."""
    found = reader.one(
        "SELECT e.hash, e.inputs, e.expected, e.tags, g.text, g.reasoning, g.finish_reason, g.error_what, g.error_why, "
        "g.created FROM generation g JOIN example e ON e.id = g.example WHERE g.id = ?",
        (generation,),
    )
    if found is None:
        return None
    digest, inputs, expected, tags, text, reasoning, finish, what, why, created = found
    return Shown(
        example=digest,
        inputs=unpack_json(inputs),
        expected=unpack_optional(expected),
        tags=tuple(unpack_json(tags)),
        text=unpack_text(text),
        reasoning=unpack_text(reasoning),
        finish_reason=None if finish is None else unpack_text(finish),
        error=None if what is None else f"{unpack_text(what)} {unpack_text(why or '')}".strip(),
        created=created,
    )


def last_answers(reader: Reader, run: int, page: int) -> Iterator[list[tuple[int, int, Example]]]:
    """The good answers that a run asked for, in pages, the last first: generation, repeat, and the example's inputs."""
    before = 2**63 - 1
    while True:
        rows = reader.rows(
            "SELECT g.id, g.repeat, e.id, e.inputs FROM generation g JOIN example e ON e.id = g.example "
            "WHERE g.run = ? AND g.id < ? AND g.purpose = 'run' AND g.error_what IS NULL AND g.cached_from IS NULL "
            "ORDER BY g.id DESC LIMIT ?",
            (run, before, page),
        )
        if not rows:
            return
        yield [(number, repeat, Example(unpack_json(inputs), id=example)) for number, repeat, example, inputs in rows]
        before = rows[-1][0]


def page_answers(
    reader: Reader, run: int, *, without: str | None = None, page: int = 200
) -> Iterator[tuple[Generation, Example]]:
    """The good answers of a run with their examples, page by page; those without a score of `without` only."""
    after = 0
    columns = ", ".join(f"g.{name}" for name in COLUMNS.split(", "))
    missing = "AND NOT EXISTS (SELECT 1 FROM score s WHERE s.generation = g.id AND s.scorer = ?)" if without else ""
    while True:
        rows = reader.rows(
            f"SELECT {columns}, e.inputs, e.expected, e.tags FROM generation g JOIN example e ON e.id = g.example "
            f"WHERE g.run = ? AND g.id > ? AND g.purpose = 'run' AND g.error_what IS NULL {missing} "
            "ORDER BY g.id LIMIT ?",
            (run, after, *((without,) if without else ()), page),
        )
        if not rows:
            return
        for *row, inputs, expected, tags in rows:
            generation = generation_of(tuple(row))
            known = None if expected is None else unpack_json(expected)
            yield generation, Example(unpack_json(inputs), known, tuple(unpack_json(tags)), id=generation.example or 0)
        after = rows[-1][0]
