"""Choices of the project, by name: the model in use, the dataset in use, what it is called."""

import sqlite3

from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_text, unpack_text, utc
from genai_tui.store.writer import Write


def save_choice(key: str, value: str) -> Write[None]:
    """Keeps `value` under `key` ("model", "dataset", "name")."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO choice VALUES (?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed = excluded.changed",
            (key, pack_text(value), utc()),
        )

    return write


def choice(reader: Reader, key: str) -> str | None:
    """What was chosen for `key`; None if nothing was."""
    row = reader.one("SELECT value FROM choice WHERE key = ?", (key,))
    return unpack_text(row[0]) if row else None
