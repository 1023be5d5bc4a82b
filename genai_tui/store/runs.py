"""Runs: who works on them, what was asked of whoever does, what came of them.

A process that works on a run stands in its row and takes itself out at the end, whatever the end; a row that is
running with a dead process is an interrupted run. Pausing and stopping are asked for by changing the state: whoever
works on it looks at the row, lets go, and leaves the state as it was asked.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.generations import CANCELLED
from genai_tui.records.jobs import ProcessId
from genai_tui.records.runs import Percentiles, Result, Run, RunState, Value
from genai_tui.store.paging import every
from genai_tui.store.processes import alive, this_process
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, pack_text, small, unpack_json, unpack_optional, unpack_text, utc
from genai_tui.store.writer import Write

_COLUMNS = (
    "id, candidate, dataset_version, split, n, repeats, scorers, limits, options, state, reason, job, pid, started, "
    "host, boot, heartbeat, created, ended, worked_s, result"
)
FIRST = "first"  # the option of a run that names the first one of its command, where it is another
SILENT_S = 120.0  # a run on another host that has not written for so long is not believed to go on


def begin_run(run: Run) -> Write[int]:
    """Makes a run that this process works on; gives its number."""

    def write(connection: sqlite3.Connection) -> int:
        now = utc()
        cursor = connection.execute(
            "INSERT INTO run (candidate, dataset_version, split, n, repeats, scorers, limits, options, state, job, "
            "pid, started, host, boot, heartbeat, created) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?, ?, ?)",
            (
                run.candidate,
                run.dataset_version,
                run.split,
                run.n,
                run.repeats,
                pack_json(list(run.scorers)),
                pack_json(run.limits),
                pack_json(run.options | {"rows": run.rows}),
                run.job,
                *this_process(),
                now,
                now,
            ),
        )
        return cursor.lastrowid or 0

    return write


def claim_run(number: int, limits: dict[str, Any]) -> Write[Run]:
    """Makes a run that was left this process's, to be gone on with. Raises UsageFault where somebody works on it."""

    def write(connection: sqlite3.Connection) -> Run:
        row = connection.execute(f"SELECT {_COLUMNS} FROM run WHERE id = ?", (number,)).fetchone()
        run = _run(row)
        if run.process is not None and is_worked_on(run):
            raise UsageFault(
                f"Run {number} goes on already, in process {run.process.pid} on {run.process.host}.",
                "Two processes would ask, and pay for, the same answers.",
                f"genai-tui eval pause {number} or eval stop {number} ends it there.",
            )
        connection.execute(
            "UPDATE run SET state = 'running', reason = '', ended = NULL, limits = ?, pid = ?, started = ?, host = ?, "
            "boot = ?, heartbeat = ? WHERE id = ?",
            (pack_json(limits), *this_process(), utc(), number),
        )
        return run

    return write


def ask_of_run(number: int, wish: RunState, reason: str) -> Write[bool]:
    """Asks whoever works on the run to pause or stop; True where somebody does, else its state is changed at once.

    Raises UsageFault for a run that is over.
    """

    def write(connection: sqlite3.Connection) -> bool:
        run = _run(connection.execute(f"SELECT {_COLUMNS} FROM run WHERE id = ?", (number,)).fetchone())
        if run.state in ("done", "failed"):
            do = f"genai-tui eval show {number} says what came of it."
            raise UsageFault(f"Run {number} is over: it is {run.state}.", "", do)
        connection.execute("UPDATE run SET state = ?, reason = ? WHERE id = ?", (wish, pack_text(reason), number))
        working = is_worked_on(run)
        if not working:
            connection.execute("UPDATE run SET pid = NULL WHERE id = ?", (number,))
        return working

    return write


def is_worked_on(run: Run) -> bool:
    """Whether its process may still be there; on another host, whether it was heard of within two minutes."""
    return lives(run.process, run.heartbeat)


def beat(number: int, worked_s: float) -> Write[None]:
    """Says that the run goes on, and for how long it was worked on so far."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE run SET heartbeat = ?, worked_s = ? WHERE id = ?", (utc(), worked_s, number))

    return write


def let_go(number: int, state: RunState | None, reason: str, worked_s: float) -> Write[None]:
    """Ends this process's work on the run; `state` None leaves what somebody asked for."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute(
            "UPDATE run SET pid = NULL, heartbeat = ?, ended = ?, worked_s = ?, state = coalesce(?, state), "
            "reason = CASE WHEN ? IS NULL THEN reason ELSE ? END WHERE id = ?",
            (utc(), utc(), worked_s, state, state, pack_text(reason), number),
        )

    return write


def keep_result(number: int, result: Result, scorers: tuple[str, ...] | None = None) -> Write[None]:
    """Keeps what came of a run; `scorers` are those it has now, where they changed."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE run SET result = ? WHERE id = ?", (pack_json(asdict(result)), number))
        if scorers is not None:
            connection.execute("UPDATE run SET scorers = ? WHERE id = ?", (pack_json(list(scorers)), number))

    return write


def wish_of(reader: Reader, number: int) -> tuple[str, str]:
    """The state that the row has now, and its reason: what whoever works on it looks at now and then."""
    row = reader.one("SELECT state, reason FROM run WHERE id = ?", (number,))
    return (row[0], unpack_text(row[1])) if row is not None else ("stopped", "")


def find_run(reader: Reader, number: int | str) -> Run:
    """The run of that number. Raises UsageFault."""
    text = str(number).removeprefix("#")
    wanted = int(text) if text.isascii() and text.isdigit() else None
    row = None if wanted is None else reader.one(f"SELECT {_COLUMNS} FROM run WHERE id = ?", (small(wanted),))
    if row is None:
        raise UsageFault(f"There is no run {number}.", "", "genai-tui eval list shows them.")
    return _run(row)


def page_runs(reader: Reader, after: int | None = None, limit: int = 200, *, candidate: int | None = None) -> list[Run]:
    """Runs, the newest first; `after` is the number of the last one that was shown."""
    where, args = "id < ?", [2**63 - 1 if after is None else after]
    if candidate is not None:
        where, args = where + " AND candidate = ?", [*args, candidate]
    rows = reader.rows(f"SELECT {_COLUMNS} FROM run WHERE {where} ORDER BY id DESC LIMIT ?", (*args, limit))
    return [_run(row) for row in rows]


class OfModel(NamedTuple):
    """What a run over dev came to: its candidate's name, the model as `endpoint/model-id`, the scores."""

    candidate: str
    model: str
    scores: dict[str, Value]


def scores_on_dev(reader: Reader, limit: int) -> list[OfModel]:
    """What the latest runs over dev came to, the newest first."""
    rows = reader.rows(
        "SELECT c.name, c.endpoint || '/' || c.model_id, r.result FROM run r JOIN candidate c ON c.id = r.candidate "
        "WHERE r.split = 'dev' AND r.result IS NOT NULL ORDER BY r.id DESC LIMIT ?",
        (limit,),
    )
    return [
        OfModel(unpack_text(name), unpack_text(model), {of: Value(*value) for of, value in kept["scores"].items()})
        for name, model, result in rows
        if (kept := unpack_json(result))
    ]


def all_runs(reader: Reader) -> Iterator[Run]:
    """Every run, the newest first, page by page."""
    return every(lambda after: page_runs(reader, after), lambda run: run.id)


def measured_over(reader: Reader) -> dict[str, int]:
    """How many candidates have a result over each split."""
    sql = "SELECT split, count(DISTINCT candidate) FROM run WHERE result IS NOT NULL GROUP BY split ORDER BY 2 DESC"
    return dict(reader.rows(sql))


def configured(reader: Reader, config: str) -> list[tuple[str, str]]:
    """Provider and prompt of each test that runs of a promptfoo configuration were for."""
    named = "coalesce(json_extract(options, '$.provider'), ''), coalesce(json_extract(options, '$.label'), '')"
    return reader.rows(f"SELECT DISTINCT {named} FROM run WHERE json_extract(options, '$.config') = ?", (config,))


def runs_with(reader: Reader, run: Run) -> list[int]:
    """The runs that one command or job began, this one among them: those that its limits hold for."""
    first = run.options.get(FIRST, run.id)
    rows = reader.rows(
        f"SELECT id FROM run WHERE id = ?1 OR json_extract(options, '$.{FIRST}') = ?1 OR job = ?2", (first, run.job)
    )
    return [number for (number,) in rows]


def recorded(reader: Reader, run: int) -> set[tuple[int, int]]:
    """Which (example, repeat) of a run have their answer, failures included; one stopped half-way is none."""
    return set(
        reader.rows(
            "SELECT example, repeat FROM generation WHERE run = ? AND purpose = 'run' AND finish_reason IS NOT ?",
            (run, CANCELLED),
        )
    )


def spent_by(reader: Reader, run: int) -> tuple[float, int]:
    """US dollars that are known, and tokens, that a run has taken; answers out of the cache took nothing."""
    row = reader.one(
        "SELECT total(cost_usd), coalesce(sum(input_tokens + output_tokens), 0) FROM generation "
        "WHERE run = ? AND cached_from IS NULL",
        (run,),
    )
    return (float(row[0]), int(row[1])) if row else (0.0, 0)


def _run(row: tuple[Any, ...] | None) -> Run:
    if row is None:
        raise UsageFault("There is no such run.", "", "genai-tui eval list shows them.")
    number, candidate, version, split, n, repeats, scorers, limits, options, state, reason, job = row[:12]
    pid, started, host, boot, heartbeat, created, ended, worked_s, result = row[12:]
    process = None if pid is None else ProcessId(pid, started, host, boot)
    kept = unpack_json(options)
    rows = kept.pop("rows", None)
    return Run(
        id=number,
        candidate=candidate,
        dataset_version=version,
        split=split,
        n=n,
        repeats=repeats,
        rows=rows,
        scorers=tuple(unpack_json(scorers)),
        limits=unpack_json(limits),
        options=kept,
        state="interrupted" if state == "running" and not lives(process, heartbeat) else state,
        reason=unpack_text(reason),
        job=job,
        process=process,
        heartbeat=heartbeat,
        created=created,
        ended=ended,
        worked_s=worked_s,
        result=_result(unpack_optional(result)),
    )


def _result(kept: dict[str, Any] | None) -> Result | None:
    if kept is None:
        return None
    scores = {name: Value(*value) for name, value in kept["scores"].items()}
    times = {name: Percentiles(*kept[name]) for name in ("latency_s", "first_token_s")}
    return Result(**kept | {"scores": scores} | times)


def lives(process: ProcessId | None, heartbeat: str | None) -> bool:
    """Whether a process that was heard of then may still be there; on another host, for two minutes."""
    if process is None:
        return False
    silent = (datetime.now(UTC) - datetime.fromisoformat(heartbeat)).total_seconds() if heartbeat else float("inf")
    return alive(process, silent_s=silent, patience_s=SILENT_S)
