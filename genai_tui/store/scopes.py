"""Scopes: every save is a new version; the last one counts."""

import sqlite3
from typing import Any

from genai_tui.records.scopes import Scope
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, pack_text, small, unpack_json, unpack_text, utc
from genai_tui.store.writer import Write

_COLUMNS = (
    "version, problem, tasks, metric, target, latency_p95_s, budget_usd, requests_a_month, data_rules, languages, "
    "input_tokens, output_tokens, harms, today, created"
)


def save_scope(scope: Scope) -> Write[Scope]:
    """Keeps `scope` as the next version, whatever version it carries."""

    def write(connection: sqlite3.Connection) -> Scope:
        cursor = connection.execute(
            f"INSERT INTO scope ({_COLUMNS}) VALUES (NULL{', ?' * 14}) RETURNING {_COLUMNS}",
            (
                pack_text(scope.problem),
                pack_json(scope.tasks),
                scope.metric,
                scope.target,
                scope.latency_p95_s,
                scope.budget_usd,
                small(scope.requests_a_month),
                pack_text(scope.data_rules),
                pack_json(scope.languages),
                small(scope.input_tokens),
                small(scope.output_tokens),
                pack_text(scope.harms),
                pack_text(scope.today),
                utc(),
            ),
        )
        return _scope(cursor.fetchone())

    return write


def current_scope(reader: Reader) -> Scope:
    """The last version; version 0 and empty where none was saved."""
    row = reader.one(f"SELECT {_COLUMNS} FROM scope ORDER BY version DESC LIMIT 1")
    return _scope(row) if row else Scope()


def page_scopes(reader: Reader, after: int | None = None, limit: int = 200) -> list[Scope]:
    """Versions, the newest first; `after` is the last version that was shown."""
    where = "WHERE version < ?" if after is not None else ""
    args = (after, limit) if after is not None else (limit,)
    return [
        _scope(row) for row in reader.rows(f"SELECT {_COLUMNS} FROM scope {where} ORDER BY version DESC LIMIT ?", args)
    ]


def _scope(row: tuple[Any, ...]) -> Scope:
    (
        version,
        problem,
        tasks,
        metric,
        target,
        latency,
        budget,
        requests,
        rules,
        languages,
        into,
        out,
        harms,
        today,
        made,
    ) = row
    return Scope(
        version=version,
        problem=unpack_text(problem),
        tasks=tuple(unpack_json(tasks)),
        metric=metric,
        target=target,
        latency_p95_s=latency,
        budget_usd=budget,
        requests_a_month=requests,
        data_rules=unpack_text(rules),
        languages=tuple(unpack_json(languages)),
        input_tokens=into,
        output_tokens=out,
        harms=unpack_text(harms),
        today=unpack_text(today),
        created=made,
    )
