"""Candidates: immutable and named; one for each content and endpoint."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.candidates import Candidate
from genai_tui.store.paging import every, page_of
from genai_tui.store.prompts import by_hash
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, pack_text, unpack_json, unpack_text, utc
from genai_tui.store.writer import Write

_COLUMNS = "id, name, endpoint, model_id, prompt, prompt_hash, model_content, augmentation, created"


def save_candidate(candidate: Candidate) -> Write[Candidate]:
    """Keeps `candidate`, called c<N> where it has no name; what exists already (hash and endpoint) is given back.

    Raises UsageFault for a name that another candidate has.
    """
    digest = candidate.hash

    def write(connection: sqlite3.Connection) -> Candidate:
        row = connection.execute(
            f"SELECT {_COLUMNS} FROM candidate WHERE hash = ? AND endpoint = ?", (digest, pack_text(candidate.endpoint))
        ).fetchone()
        if row:
            return _candidate(row)
        name = candidate.name or _free_name(connection)
        if connection.execute("SELECT 1 FROM candidate WHERE name = ?", (pack_text(name),)).fetchone():
            raise UsageFault(f"There is a candidate {name} already.", "It has other content.", "Choose another name.")
        created = utc()
        cursor = connection.execute(
            "INSERT INTO candidate (name, hash, endpoint, model_id, prompt, created, prompt_hash, model_content, "
            "augmentation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                pack_text(name),
                digest,
                pack_text(candidate.endpoint),
                pack_text(candidate.model_id),
                candidate.prompt,
                created,
                candidate.prompt_hash,
                pack_text(candidate.model_content),
                pack_json(candidate.augmentation),
            ),
        )
        return replace(candidate, id=cursor.lastrowid or 0, name=name, created=created)

    return write


def find_candidate(reader: Reader, ref: str) -> Candidate:
    """The candidate of that name, hash, or beginning of a hash (at least four characters).

    Raises UsageFault where there is none, or where two share the hash.
    """
    row = reader.one(f"SELECT {_COLUMNS} FROM candidate WHERE name = ?", (pack_text(ref),))
    if row:
        return _candidate(row)
    rows = by_hash(reader, f"SELECT {_COLUMNS} FROM candidate", ref)
    if len(rows) == 1:
        return _candidate(rows[0])
    if rows:
        names = " and ".join(f"{unpack_text(r[1])} ({unpack_text(r[2])}/{unpack_text(r[3])})" for r in rows)
        raise UsageFault(f"{ref} stands for several candidates: {names}.", "They share the hash.", "Give the name.")
    raise UsageFault(f"There is no candidate {ref}.", "", "genai-tui candidate list shows them.")


def candidate_with(reader: Reader, number: int) -> Candidate:
    """The candidate of that id, as runs and generations name it. Raises UsageFault."""
    row = reader.one(f"SELECT {_COLUMNS} FROM candidate WHERE id = ?", (number,))
    if row is None:
        raise UsageFault(f"There is no candidate with id {number}.")
    return _candidate(row)


def page_candidates(
    reader: Reader, after: int | None = None, limit: int = 200, *, newest_first: bool = False
) -> list[Candidate]:
    """Candidates in the order they were made; `after` is the id of the last one that was shown."""
    rows = page_of(reader, _COLUMNS, "candidate", "id", after, limit, newest_first=newest_first)
    return [_candidate(row) for row in rows]


def all_candidates(reader: Reader) -> Iterator[Candidate]:
    """Every candidate in the order they were made, page by page."""
    return every(lambda after: page_candidates(reader, after), lambda candidate: candidate.id)


def _free_name(connection: sqlite3.Connection) -> str:
    """c<N>, N counting on from the last candidate and over names that people took."""
    number = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM candidate").fetchone()[0]
    while connection.execute("SELECT 1 FROM candidate WHERE name = ?", (f"c{number}",)).fetchone():
        number += 1
    return f"c{number}"


def _candidate(row: tuple[Any, ...]) -> Candidate:
    number, name, endpoint, model_id, prompt, prompt_hash, model_content, augmentation, created = row
    return Candidate(
        name=unpack_text(name),
        endpoint=unpack_text(endpoint),
        model_id=unpack_text(model_id),
        prompt=prompt,
        prompt_hash=prompt_hash,
        model_content=unpack_text(model_content),
        augmentation=unpack_json(augmentation),
        id=number,
        created=created,
    )
