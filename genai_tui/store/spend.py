"""What was spent, and what is reserved: so that two processes cannot pass a budget together.

What is spent is counted in the transaction that stores a generation. A reservation holds what may be spent before it is
stored: it is made before a request (the worst case) and settled after the answer was stored, best in the same
transaction (`put(save_generation(g), settle(id, left_usd, left_tokens))`). Those of dead processes are released.
"""

import sqlite3
from datetime import UTC, datetime
from typing import Any, NamedTuple

from genai_tui.errors import BudgetFault
from genai_tui.records.generations import Generation
from genai_tui.records.jobs import ProcessId
from genai_tui.store.processes import alive
from genai_tui.store.reader import Reader
from genai_tui.store.values import small, utc
from genai_tui.store.writer import Write

HOST_PATIENCE_S = 86_400.0  # a reservation of another host, whose processes we cannot see, is given up after a day
_ROUNDING = 1e-9


def spent(reader: Reader) -> tuple[float | None, float]:
    """US dollars spent so far: all of them (None where the price of any part is unknown), and those known."""
    row = reader.one("SELECT coalesce(sum(known_usd), 0), coalesce(sum(unknown), 0) FROM spend")
    known, unknown = row or (0.0, 0)
    return (None if unknown else float(known)), float(known)


class Spent(NamedTuple):
    """What one purpose has taken: answers, those that failed, US dollars known, answers of unknown price, tokens."""

    purpose: str
    generations: int
    failed: int
    known_usd: float
    unknown: int
    input_tokens: int
    output_tokens: int


def spent_for(reader: Reader) -> list[Spent]:
    """What was spent, by purpose."""
    columns = "purpose, generations, failed, known_usd, unknown, input_tokens, output_tokens"
    return [Spent(*row) for row in reader.rows(f"SELECT {columns} FROM spend ORDER BY purpose DESC")]


def reserve(
    usd: float, tokens: int, limit_usd: float | None, limit_tokens: int | None, process: ProcessId
) -> Write[int]:
    """Reserves the worst case of a request, or of a block of them, for `process`; gives the reservation's id.

    Raises BudgetFault where that, what is spent and what all living processes have reserved would pass a limit.
    """

    def write(connection: sqlite3.Connection) -> int:
        _release_dead(connection)
        spent_usd, used = _one(
            connection, "SELECT coalesce(sum(known_usd), 0), coalesce(sum(input_tokens + output_tokens), 0) FROM spend"
        )
        held_usd, held = _one(connection, "SELECT coalesce(sum(usd), 0), coalesce(sum(tokens), 0) FROM reservation")
        if limit_usd is not None and spent_usd + held_usd + usd > limit_usd + _ROUNDING:
            raise _passed(f"${limit_usd:,.6g}", f"${spent_usd:,.6g}", f"${held_usd:,.6g}", f"${usd:,.6g}", "dollars")
        if limit_tokens is not None and used + held + tokens > limit_tokens:
            raise _passed(f"{limit_tokens:,} tokens", f"{used:,}", f"{held:,}", f"{tokens:,}", "tokens")
        return (
            connection.execute(
                "INSERT INTO reservation (usd, tokens, created, pid, started, host, boot) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (usd, small(tokens), utc(), *process),
            ).lastrowid
            or 0
        )

    return write


def settle(reservation: int, usd: float = 0.0, tokens: int = 0) -> Write[None]:
    """Sets what `reservation` still holds: what is not yet stored as a generation. Nothing left removes it."""

    def write(connection: sqlite3.Connection) -> None:
        if usd <= 0 and tokens <= 0:
            connection.execute("DELETE FROM reservation WHERE id = ?", (reservation,))
        else:
            connection.execute(
                "UPDATE reservation SET usd = ?, tokens = ?, created = ? WHERE id = ?",
                (max(usd, 0.0), max(small(tokens) or 0, 0), utc(), reservation),
            )

    return write


def account(connection: sqlite3.Connection, *generations: Generation) -> None:
    """Counts generations of one purpose in, within the transaction that stores them."""
    totals = [sum(column) for column in zip(*map(_taken, generations), strict=True)]
    connection.execute(
        "INSERT INTO spend VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (purpose) DO UPDATE SET "
        "generations = generations + excluded.generations, failed = failed + excluded.failed, "
        "known_usd = known_usd + excluded.known_usd, unknown = unknown + excluded.unknown, "
        "input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens",
        (generations[0].purpose, *totals),
    )


def _taken(generation: Generation) -> tuple[int, int, float, int, int, int]:
    """One generation as it counts: itself, failed, US dollars known, of unknown price, tokens in and out."""
    usage, cost = generation.usage, generation.cost_usd
    paid = [] if generation.cached_from else generation.exchanges
    if cost is not None:
        known, unknown = (0.0 if generation.cached_from else cost), 0
    else:
        known = sum(exchange.cost_usd or 0.0 for exchange in paid)
        answered = [e for e in paid if e.cost_usd is None and e.status is not None and e.status < 400]
        unknown = int(bool(answered) or (not paid and not generation.cached_from and usage is not None))
    asked = usage if usage is not None and not generation.cached_from else None
    into, out = (small(asked.input_tokens) or 0, small(asked.output_tokens) or 0) if asked is not None else (0, 0)
    return 1, int(generation.error is not None), known, unknown, into, out


def _release_dead(connection: sqlite3.Connection) -> None:
    rows = connection.execute(
        "SELECT pid, started, host, boot, max(created) FROM reservation GROUP BY pid, started, host, boot"
    ).fetchall()
    for *process, last in rows:
        silent = (datetime.now(UTC) - datetime.fromisoformat(last)).total_seconds()
        if not alive(ProcessId(*process), silent_s=silent, patience_s=HOST_PATIENCE_S):
            connection.execute(
                "DELETE FROM reservation WHERE pid = ? AND started = ? AND host = ? AND boot = ?", process
            )


def _one(connection: sqlite3.Connection, sql: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = connection.execute(sql).fetchone()
    return row


def _passed(limit: str, spent_so_far: str, held: str, asked: str, unit: str) -> BudgetFault:
    return BudgetFault(
        f"The budget of {limit} would be passed.",
        f"{spent_so_far} are spent and {held} reserved by requests under way; this one may need {asked}.",
        "Raise budget_usd (genai-tui scope set), or ask for fewer tokens."
        if unit == "dollars"
        else "Raise the limit on tokens, or ask for fewer.",
    )
