"""Looks whether what is stored is what was stored: hashes derived again, links, sums, SQLite's own checks."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from genai_tui.errors import GenaiError
from genai_tui.store.candidates import page_candidates
from genai_tui.store.prompts import page_prompts
from genai_tui.store.reader import Reader
from genai_tui.store.values import unpack_json

BATCH = 2_000
SHOWN = 5  # of one kind of fault


def verify(reader: Reader) -> list[str]:
    """What is wrong with the project, in sentences; empty when nothing is. Reads everything, so it takes a while.

    What cannot even be read is one of the sentences, and no error.
    """
    found: list[str] = []
    for check in (_integrity, _links, _prompts, _candidates, _examples, _bodies, _spend):
        try:
            found += _short(list(check(reader)))
        except GenaiError as fault:
            found.append(str(fault))
        except ValueError as fault:
            found.append(f"A value in the database cannot be read: {fault}.")
    return found


def _integrity(reader: Reader) -> Iterator[str]:
    for (line,) in reader.rows("PRAGMA quick_check(20)"):
        if line != "ok":
            yield f"The database is damaged: {line}."


def _links(reader: Reader) -> Iterator[str]:
    for table, row, parent, _ in reader.rows("PRAGMA foreign_key_check"):
        yield f"Row {row} of `{table}` points to a row of `{parent}` that is not there."


def _prompts(reader: Reader) -> Iterator[str]:
    stored = dict(reader.rows("SELECT number, hash FROM prompt"))
    for prompt in _every(lambda after: page_prompts(reader, after, BATCH), lambda prompt: prompt.number):
        if prompt.hash != stored[prompt.number]:
            yield f"Prompt {prompt.number} is not what its hash says."


def _candidates(reader: Reader) -> Iterator[str]:
    stored = dict(reader.rows("SELECT id, hash FROM candidate"))
    prompts = dict(reader.rows("SELECT number, hash FROM prompt"))
    for candidate in _every(lambda after: page_candidates(reader, after, BATCH), lambda candidate: candidate.id):
        if candidate.hash != stored[candidate.id]:
            yield f"Candidate {candidate.name} is not what its hash says."
        if candidate.prompt_hash != prompts.get(candidate.prompt):
            yield f"Candidate {candidate.name} names prompt {candidate.prompt} with another prompt's hash."


def _examples(reader: Reader) -> Iterator[str]:
    from genai_tui.records.datasets import Example

    sql = f"SELECT id, hash, inputs, expected FROM example WHERE id > ? ORDER BY id LIMIT {BATCH}"
    for number, digest, inputs, expected in _rows(reader, sql):
        example = Example(unpack_json(inputs), None if expected is None else unpack_json(expected))
        if example.hash != digest:
            yield f"Example {number} is not what its hash says."


def _bodies(reader: Reader) -> Iterator[str]:
    for number, digest, body in _rows(
        reader, f"SELECT id, hash, json FROM body WHERE id > ? ORDER BY id LIMIT {BATCH}"
    ):
        if hashlib.sha256(body.encode()).digest() != digest:
            yield f"Request body {number} is not what its hash says."


def _spend(reader: Reader) -> Iterator[str]:
    for purpose, counted, there in reader.rows(
        "SELECT s.purpose, s.generations, (SELECT count(*) FROM generation g WHERE g.purpose = s.purpose) FROM spend s"
    ):
        if counted != there:
            yield f"{counted:,} generations of purpose {purpose} are counted, but {there:,} are there."


def _rows(reader: Reader, sql: str) -> Iterator[tuple[Any, ...]]:
    yield from _every(lambda after: reader.rows(sql, (after or 0,)), lambda row: row[0])


def _every(page: Callable[[int | None], list[Any]], key: Callable[[Any], int]) -> Iterator[Any]:
    after: int | None = None
    while rows := page(after):
        yield from rows
        after = key(rows[-1])


def _short(sentences: list[str]) -> list[str]:
    more = len(sentences) - SHOWN
    return [*sentences[:SHOWN], f"… and {more:,} more of this kind."] if more > 0 else sentences
