"""Artifacts: files that jobs made, each with its lineage; and the models that a project made of them."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genai_tui.store.handed import handed_on
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, pack_text, unpack_json, unpack_text, utc
from genai_tui.store.writer import Write


@handed_on
def save_artifact(kind: str, path: str, *, sha256: str, size: int, job: int, lineage: Mapping[str, Any]) -> Write[int]:
    """Keeps a file that a job made: `path` is relative to `.genai`, `size` bytes; gives its number.

    A file that is made again by the same job takes the place of the first.
    """

    def write(connection: sqlite3.Connection) -> int:
        connection.execute("DELETE FROM artifact WHERE job = ? AND path = ?", (job, pack_text(path)))
        cursor = connection.execute(
            "INSERT INTO artifact (kind, path, sha256, bytes, job, created, lineage) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (kind, pack_text(path), sha256, size, job, utc(), pack_json(dict(lineage))),
        )
        return cursor.lastrowid or 0

    return write


@handed_on
def save_model(ref: str, card: Mapping[str, Any], lineage: Mapping[str, Any]) -> Write[None]:
    """Keeps what is known of a model that the project made, and where it comes from."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO model VALUES (?, ?, ?, ?) ON CONFLICT (ref) DO UPDATE SET card = excluded.card, "
            "lineage = excluded.lineage, updated = excluded.updated",
            (pack_text(ref), pack_json(dict(card)), pack_json(dict(lineage)), utc()),
        )

    return write


def lineage_of(reader: Reader, ref: str) -> dict[str, Any] | None:
    """Parent, data, job and metrics of a model that the project made; None for others."""
    row = reader.one("SELECT lineage FROM model WHERE ref = ? AND lineage IS NOT NULL", (pack_text(ref),))
    found: dict[str, Any] | None = unpack_json(row[0]) if row else None
    return found


def lineage_of_job(reader: Reader, job: int) -> dict[str, Any] | None:
    """Parent, data and metrics of what a job made last; None where it made nothing."""
    row = reader.one("SELECT lineage FROM artifact WHERE job = ? ORDER BY id DESC LIMIT 1", (job,))
    found: dict[str, Any] | None = unpack_json(row[0]) if row else None
    return found


def made_models(reader: Reader) -> list[tuple[str, dict[str, Any]]]:
    """Models that the project made, the latest first, each with its lineage."""
    rows = reader.rows("SELECT ref, lineage FROM model WHERE lineage IS NOT NULL ORDER BY updated DESC LIMIT 200")
    return [(unpack_text(ref), unpack_json(lineage)) for ref, lineage in rows]


def file_of(database: Path, path: str) -> Path:
    """Where an artifact lies."""
    return database.parent / path
