"""Scopes: every save is a new version; the last one counts."""

import sqlite3
from dataclasses import fields
from typing import Any

from genai_tui.records.scopes import Scope
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, pack_text, small, unpack_json, unpack_text, utc
from genai_tui.store.writer import Write

_FIELDS = tuple(field.name for field in fields(Scope) if field.name not in ("version", "created"))
_COLUMNS = ", ".join(("version", *_FIELDS, "created"))
_LISTS = ("tasks", "languages")


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
    where, args = ("WHERE version < ?", (after, limit)) if after is not None else ("", (limit,))
    rows = reader.rows(f"SELECT {_COLUMNS} FROM scope {where} ORDER BY version DESC LIMIT ?", args)
    return [_scope(row) for row in rows]


def _pack(name: str, value: Any) -> Any:
    if name in _LISTS:
        return pack_json(value)
    if isinstance(value, str):
        return pack_text(value)
    return small(value) if isinstance(value, int) else value


def _unpack(name: str, value: Any) -> Any:
    if name in _LISTS:
        return tuple(unpack_json(value))
    return unpack_text(value) if isinstance(value, str) else value


def _scope(row: tuple[Any, ...]) -> Scope:
    version, *values, created = row
    kept = {name: _unpack(name, value) for name, value in zip(_FIELDS, values, strict=True)}
    return Scope(version=version, created=created, **kept)
