"""Selections: every choice of a model is kept, with what it was chosen over and why."""

import sqlite3

from genai_tui.records.selections import Selection
from genai_tui.store.choices import save_choice
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, pack_text, unpack_json, unpack_text, utc
from genai_tui.store.writer import Write

_COLUMNS = "model, rivals, why, evidence, candidate, created"


def select_model(selection: Selection) -> Write[None]:
    """Makes its model the one in use, and keeps why, in one transaction."""
    choose = save_choice("model", selection.model)

    def write(connection: sqlite3.Connection) -> None:
        choose(connection)
        connection.execute(
            f"INSERT INTO selection ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
            (
                pack_text(selection.model),
                pack_json(selection.rivals),
                pack_text(selection.why),
                pack_json(selection.evidence),
                selection.candidate,
                utc(),
            ),
        )

    return write


def latest_selection(reader: Reader, model: str) -> Selection | None:
    """Why `model` was chosen the last time that it was; None where it never was."""
    found = reader.one(
        f"SELECT {_COLUMNS} FROM selection WHERE model = ? ORDER BY id DESC LIMIT 1", (pack_text(model),)
    )
    return _selection(found) if found else None


def _selection(row: tuple[object, ...]) -> Selection:
    model, rivals, why, evidence, candidate, created = row
    return Selection(
        unpack_text(str(model)),
        tuple(unpack_json(str(rivals))),
        unpack_text(str(why)),
        tuple(unpack_json(str(evidence))),
        candidate if isinstance(candidate, int) else None,
        str(created),
    )
