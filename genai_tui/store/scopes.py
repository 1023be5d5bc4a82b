"""Scopes: every save is a new version; the last one counts."""

import sqlite3
from dataclasses import fields
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.scopes import Scope, ScopeExample
from genai_tui.store.paging import page_of
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, pack_text, small, unpack_json, unpack_text, utc
from genai_tui.store.writer import Write

_FIELDS = tuple(field.name for field in fields(Scope) if field.name not in ("version", "created"))
_COLUMNS = ", ".join(("version", *_FIELDS, "created"))
_LISTS = ("tasks", "languages", "examples")


def save_scope(scope: Scope) -> Write[Scope]:
    """Keeps `scope` as the next version, whatever version it carries."""

    def write(connection: sqlite3.Connection) -> Scope:
        values = (_pack(name, getattr(scope, name)) for name in _FIELDS)
        cursor = connection.execute(
            f"INSERT INTO scope ({', '.join(_FIELDS)}, created) VALUES ({'?, ' * len(_FIELDS)}?) RETURNING {_COLUMNS}",
            (*values, utc()),
        )
        return _scope(cursor.fetchone())

    return write


def current_scope(reader: Reader) -> Scope:
    """The last version; version 0 and empty where none was saved."""
    row = reader.one(f"SELECT {_COLUMNS} FROM scope ORDER BY version DESC LIMIT 1")
    return _scope(row) if row else Scope()


def page_scopes(reader: Reader, after: int | None = None, limit: int = 200) -> list[Scope]:
    """Versions, the newest first; `after` is the last version that was shown."""
    return [_scope(row) for row in page_of(reader, _COLUMNS, "scope", "version", after, limit, newest_first=True)]


def find_scope(reader: Reader, version: int) -> Scope:
    """One version. Raises UsageFault where there is none of that number."""
    row = reader.one(f"SELECT {_COLUMNS} FROM scope WHERE version = ?", (version,))
    if row is None:
        latest = current_scope(reader).version
        raise UsageFault(
            f"There is no version {version} of the scope.",
            f"The latest is {latest}." if latest else "None was saved yet.",
            "See: genai-tui scope list",
        )
    return _scope(row)


def note_scope(version: int, note: str) -> Write[None]:
    """Says something of a version in place of what was said of it."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE scope SET note = ? WHERE version = ?", (pack_text(note), version))

    return write


def _pack(name: str, value: Any) -> Any:
    if name in _LISTS:
        return pack_json(value)
    if isinstance(value, str):
        return pack_text(value)
    return small(value) if isinstance(value, int) else value


def _unpack(name: str, value: Any) -> Any:
    if name == "examples":
        return tuple(ScopeExample(*pair) for pair in unpack_json(value))
    if name in _LISTS:
        return tuple(unpack_json(value))
    return unpack_text(value) if isinstance(value, str) else value


def _scope(row: tuple[Any, ...]) -> Scope:
    version, *values, created = row
    kept = {name: _unpack(name, value) for name, value in zip(_FIELDS, values, strict=True)}
    return Scope(version=version, created=created, **kept)
