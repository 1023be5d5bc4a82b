"""Cards that a project keeps: the name of each, and the file that it is read from."""

import sqlite3

from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, pack_text, unpack_json, unpack_text, utc
from genai_tui.store.writer import Write


def save_card(name: str, path: str) -> Write[None]:
    """Keeps where the card `name` is read from; a name that is there already is read from the new file."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO model (ref, card, updated) VALUES (?, ?, ?) "
            "ON CONFLICT (ref) DO UPDATE SET card = excluded.card, updated = excluded.updated",
            (pack_text(name), pack_json({"path": path}), utc()),
        )

    return write


def card_paths(reader: Reader) -> dict[str, str]:
    """The files that the project's cards are read from, by the cards' names."""
    rows = reader.rows("SELECT ref, card FROM model WHERE lineage IS NULL ORDER BY updated DESC LIMIT 200")
    found = {unpack_text(ref): unpack_json(card).get("path") for ref, card in rows}
    return {name: path for name, path in found.items() if isinstance(path, str)}
