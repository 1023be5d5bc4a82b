"""Generations with their exchanges: what was asked, what came, what it took. Bodies are kept once for each content."""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.generations import Exchange, Failure, Generation, Moments, Purpose, Usage
from genai_tui.store.reader import Reader
from genai_tui.store.spend import account
from genai_tui.store.statements import holding, insert_rows, numbered
from genai_tui.store.values import (
    pack_json,
    pack_optional,
    pack_text,
    small,
    unpack_json,
    unpack_optional,
    unpack_text,
    utc,
)
from genai_tui.store.writer import Write

_USAGE = "input_tokens, output_tokens, cached_tokens, reasoning_tokens, tokens_guessed, reported_usd, service_tier"
_MOMENTS = "queued, sent, first_byte, first_token, done, wall"
_ERROR = "error_exit, error_what, error_why, error_do"
COLUMNS = (
    "id, purpose, created, endpoint, model_id, candidate, prompt, run, example, repeat, parent, cached_from, "
    f"finish_reason, cost_usd, streamed, all_at_once, refusal, retries, {_USAGE}, {_MOMENTS}, {_ERROR}, "
    "text, reasoning, inputs, tool_calls"
)
_INSERT = f"INSERT INTO generation ({COLUMNS}, logprobs) VALUES (NULL{', ?' * COLUMNS.count(',')}, ?)"
_EXCHANGE = f"generation, path, body, status, cost_usd, {_USAGE}, {_MOMENTS}, {_ERROR}, answer"
_EXCHANGE_VALUES = f"?, ?, (SELECT id FROM body WHERE hash = ?){', ?' * (_EXCHANGE.count(',') - 2)}"
_INSERT_EXCHANGE = f"INSERT INTO exchange ({_EXCHANGE}) VALUES (?{', ?' * _EXCHANGE.count(',')})"
_NOTHING = (None,) * 7


def save_generation(generation: Generation) -> Write[int]:
    """Keeps `generation`, its exchanges and their bodies, counts its cost, and gives its id."""
    created = generation.created or utc(generation.moments.wall or None)
    row = _row(generation, created)
    exchanges = [(*_body(exchange.body), _exchange_row(exchange)) for exchange in generation.exchanges]

    def write(connection: sqlite3.Connection) -> int:
        number = connection.execute(_INSERT, row).lastrowid or 0
        for digest, body, (path, *rest) in exchanges:
            made = connection.execute(
                "INSERT INTO body (hash, json) VALUES (?, ?) ON CONFLICT DO NOTHING", (digest, body)
            )
            known = made.lastrowid if made.rowcount else None
            if known is None:
                [known] = connection.execute("SELECT id FROM body WHERE hash = ?", (digest,)).fetchone()
            connection.execute(_INSERT_EXCHANGE, (number, path, known, *rest))
        account(connection, generation)
        return number

    return write


def save_generations(generations: Sequence[Generation]) -> Write[list[int]]:
    """Keeps several of one purpose together, as `save_generation` does each, with few statements; gives their ids.

    Each statement waits for its turn among the threads: where thousands are answered, that is most of what it costs.
    """
    rows = [_row(g, g.created or utc(g.moments.wall or None)) for g in generations]
    exchanges = [
        (place, *_body(exchange.body), _exchange_row(exchange))
        for place, generation in enumerate(generations)
        for exchange in generation.exchanges
    ]
    bodies = list({digest: (digest, body) for _, digest, body, _ in exchanges}.values())

    def write(connection: sqlite3.Connection) -> list[int]:
        last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'generation'").fetchone()
        first = (last[0] if last else 0) + 1
        insert_rows(connection, f"INSERT INTO generation ({COLUMNS}, logprobs)", numbered(first, rows))
        insert_rows(connection, "INSERT INTO body (hash, json)", bodies, "ON CONFLICT DO NOTHING")
        insert_rows(
            connection,
            f"INSERT INTO exchange ({_EXCHANGE})",
            [(first + place, path, digest, *rest) for place, digest, _, (path, *rest) in exchanges],
            values=_EXCHANGE_VALUES,
        )
        account(connection, *generations)
        return list(range(first, first + len(rows)))

    return write


def find_generation(reader: Reader, number: int) -> Generation:
    """The generation with that number, whole: with its exchanges and logprobs. Raises UsageFault."""
    row = reader.one(f"SELECT {COLUMNS}, logprobs FROM generation WHERE id = ?", (small(number),))
    if row is None:
        raise UsageFault(
            f"There is no generation {number}.", "", "genai-tui prompt run --json tells a new one's number."
        )
    exchanges = reader.rows(
        f"SELECT e.id, {', '.join('e.' + c for c in _EXCHANGE.split(', '))}, b.json FROM exchange e "
        "JOIN body b ON b.id = e.body WHERE e.generation = ? ORDER BY e.id",
        (row[0],),
    )
    return replace(
        generation_of(row[:-1]),
        logprobs=tuple(unpack_optional(row[-1]) or ()),
        exchanges=tuple(_exchange(exchange) for exchange in exchanges),
    )


def page_generations(
    reader: Reader,
    after: int | None = None,
    limit: int = 200,
    *,
    purpose: Purpose | None = None,
    prompt: int | None = None,
    model: str | None = None,
    candidate: int | None = None,
    run: int | None = None,
    text: str | None = None,
) -> list[Generation]:
    """The newest first, without exchanges and logprobs; `after` is the number of the last one that was shown.

    `model` is `endpoint/model-id`; `text` is looked for in answers, letters of ASCII in either case: there is no index
    for it (one would cost every write a third more), so give a purpose or a prompt with it where there are
    very many. It reads no more than it must for `limit` hits.
    """
    where, args = _where(
        after,
        {
            "run": run,
            "candidate": candidate,
            "prompt": prompt,
            "endpoint": None if model is None else pack_text(model.partition("/")[0]),
            "model_id": None if model is None else pack_text(model.partition("/")[2]),
        },
        purpose,
    )
    if text:
        holds, wanted = holding("text", text)
        where += f" AND {holds}"
        args.append(wanted)
    rows = reader.rows(f"SELECT {COLUMNS} FROM generation WHERE {where} ORDER BY id DESC LIMIT ?", (*args, limit))
    return [generation_of(row) for row in rows]


def count_generations(reader: Reader, purpose: Purpose) -> int:
    """How many generations of `purpose` there are; counted as they are stored, so this reads one row."""
    row = reader.one("SELECT generations FROM spend WHERE purpose = ?", (purpose,))
    return row[0] if row else 0


def tries_count(reader: Reader) -> int:
    """How many tries there are."""
    return count_generations(reader, "try")


def _where(after: int | None, filters: Mapping[str, Any], purpose: Purpose | None) -> tuple[str, list[Any]]:
    """The condition, with one index named as the way in: without statistics SQLite would choose by chance."""
    parts = ["id < ?"]
    args: list[Any] = [2**63 - 1 if after is None else after]
    given = {column: value for column, value in filters.items() if value is not None}
    way_in = ("endpoint", "model_id") if next(iter(given), "") == "endpoint" else tuple(given)[:1]
    for column, value in given.items():
        parts.append(f"{'' if column in way_in else '+'}{column} = ?")
        args.append(value)
    if purpose == "try":
        parts.append("purpose = 'try'" if way_in in ((), ("prompt",), ("endpoint", "model_id")) else "+purpose = 'try'")
    elif purpose is not None:
        parts.append("+purpose = ?" if given else "purpose = ?")
        args.append(purpose)
    return " AND ".join(parts), args


def _row(g: Generation, created: str) -> tuple[Any, ...]:
    return (
        g.purpose,
        created,
        pack_text(g.endpoint),
        pack_text(g.model_id),
        g.candidate or None,
        g.prompt or None,
        g.run or None,
        g.example or None,
        g.repeat,
        g.parent or None,
        g.cached_from or None,
        None if g.finish_reason is None else pack_text(g.finish_reason),
        g.cost_usd,
        g.streamed,
        g.all_at_once,
        g.refusal,
        g.retries,
        *_usage_row(g.usage),
        *_moments_row(g.moments),
        *_error_row(g.error),
        pack_text(g.text),
        pack_text(g.reasoning),
        pack_optional(g.inputs),
        pack_optional(list(g.tool_calls) or None),
        pack_optional(list(g.logprobs) or None),
    )


def _exchange_row(e: Exchange) -> tuple[Any, ...]:
    """Its path and what stands after the body."""
    return (
        pack_text(e.path),
        e.status,
        e.cost_usd,
        *_usage_row(e.usage),
        *_moments_row(e.moments),
        *_error_row(e.error),
        pack_json(e.answer),
    )


def _body(body: dict[str, Any]) -> tuple[bytes, str]:
    """A request body as it is stored, and the hash of exactly that: order counts, for models see it."""
    text = pack_json(body)
    return hashlib.sha256(text.encode()).digest(), text


def _usage_row(usage: Usage | None) -> tuple[Any, ...]:
    if usage is None:
        return _NOTHING
    return (
        small(usage.input_tokens),
        small(usage.output_tokens),
        small(usage.cached_tokens),
        small(usage.reasoning_tokens),
        usage.guessed,
        usage.cost_usd,
        None if usage.service_tier is None else pack_text(usage.service_tier),
    )


def _moments_row(moments: Moments) -> tuple[Any, ...]:
    return moments.queued, moments.sent, moments.first_byte, moments.first_token, moments.done, moments.wall


def _error_row(error: Failure | None) -> tuple[Any, ...]:
    if error is None:
        return None, None, None, None
    return error.exit, pack_text(error.what), pack_text(error.why), pack_text(error.do)


def generation_of(row: tuple[Any, ...]) -> Generation:
    """The generation of a row of COLUMNS, without exchanges and logprobs."""
    number, purpose, created, endpoint, model_id, candidate, prompt, run = row[:8]
    example, repeat, parent, cached_from, finish_reason, cost_usd, streamed, all_at_once, refusal, retries = row[8:18]
    text, reasoning, inputs, tool_calls = row[35:]
    return Generation(
        purpose=purpose,
        endpoint=unpack_text(endpoint),
        model_id=unpack_text(model_id),
        text=unpack_text(text),
        finish_reason=None if finish_reason is None else unpack_text(finish_reason),
        usage=_usage(row[18:25]),
        cost_usd=cost_usd,
        moments=Moments(*row[25:31]),
        reasoning=unpack_text(reasoning),
        refusal=bool(refusal),
        tool_calls=tuple(unpack_optional(tool_calls) or ()),
        error=_error(row[31:35]),
        candidate=candidate,
        prompt=prompt,
        run=run,
        example=example,
        inputs=unpack_optional(inputs),
        repeat=repeat,
        parent=parent,
        cached_from=cached_from,
        streamed=bool(streamed),
        all_at_once=bool(all_at_once),
        retries=retries,
        id=number,
        created=created,
    )


def _exchange(row: tuple[Any, ...]) -> Exchange:
    number, _, path, _, status, cost_usd = row[:6]
    answer, body = row[23:]
    return Exchange(
        path=unpack_text(path),
        body=unpack_json(body),
        status=status,
        answer=unpack_json(answer),
        usage=_usage(row[6:13]),
        cost_usd=cost_usd,
        moments=Moments(*row[13:19]),
        error=_error(row[19:23]),
        id=number,
    )


def _usage(row: tuple[Any, ...]) -> Usage | None:
    into, out, cached, reasoning, guessed, cost, tier = row
    if into is None or out is None:
        return None
    return Usage(into, out, cached, reasoning, bool(guessed), cost, None if tier is None else unpack_text(tier))


def _error(row: tuple[Any, ...]) -> Failure | None:
    code, what, why, do = row
    return None if what is None else Failure(unpack_text(what), unpack_text(why), unpack_text(do), code)
