"""Tries as people look for them: by version, model, date, words and how they ended; the newest first, step by step.

A step reads a bounded number of rows by one index, so that it takes as long with a million tries as with a
thousand, can be given up between two steps, and always knows how far back it has looked.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from genai_tui.records.expected import is_right
from genai_tui.records.generations import Generation
from genai_tui.store.facts import JUDGED_TRIES
from genai_tui.store.generations import COLUMNS, generation_of
from genai_tui.store.reader import Reader
from genai_tui.store.statements import holding
from genai_tui.store.values import pack_text, small, unpack_json, unpack_text

Ended = Literal["failed", "stopped", "cut", "right", "wrong"]
COUNTED = 1_000  # tries of a version that are counted
MOST_MODELS = 500  # models whose names are looked at for a part of one
_JUDGED = (
    "error_what IS NULL AND finish_reason IS NOT 'cancelled' AND EXISTS "
    "(SELECT 1 FROM example e WHERE e.id = generation.example AND e.expected IS NOT NULL "
    "AND {}is_right(generation.text, e.expected))"
)
_ENDED: dict[Ended, str] = {
    "failed": "error_what IS NOT NULL",
    "stopped": "finish_reason = 'cancelled'",
    "cut": "finish_reason = 'length'",
    "right": _JUDGED.format(""),
    "wrong": _JUDGED.format("NOT "),
}


class Place(NamedTuple):
    """Where a try stands in time: when it was stored (UTC text), and its number."""

    created: str
    id: int


@dataclass(frozen=True)
class TryFilter:
    """Which tries; everything that is given must hold.

    `model` is `endpoint/model-id`, or a part of that; `since` and `until` are UTC texts, the latter is not part of it;
    each of `texts` stands in the answer or in the inputs, letters of ASCII in either case.
    """

    prompt: int | None = None
    model: str = ""
    since: str = ""
    until: str = ""
    texts: tuple[str, ...] = ()
    ended: tuple[Ended, ...] = ()


class Step(NamedTuple):
    """What one step found, and how far back it looked: None where there is nothing older."""

    tries: list[Generation]
    back_to: Place | None


def place_of(each: Generation) -> Place:
    """Where a try stands."""
    return Place(each.created, each.id)


def search_tries(
    reader: Reader, wanted: TryFilter, after: Place | None = None, *, limit: int = 200, most: int = 2_000
) -> Step:
    """One step: at most `limit` hits among the `most` tries that follow `after`, the newest first."""
    models = _models(reader, wanted.model) if wanted.model else None
    if models is not None and not models:
        return Step([], None)
    way = _way_in(wanted, models, after)
    source = f"FROM generation INDEXED BY {way.name} WHERE {' AND '.join(way.conditions)}"
    last = reader.one(
        f"SELECT created, id {source} ORDER BY {way.order} LIMIT 1 OFFSET ?", (*way.args, max(0, most - 1))
    )
    others = list(_others(wanted, models, way))
    if last is not None:
        others.append(("(created, id) >= (?, ?)", tuple(last)) if way.by_date else ("id >= ?", (last[1],)))
    held = "".join(f" AND {condition}" for condition, _ in others)
    args = [*way.args, *(argument for _, given in others for argument in given)]
    columns = ", ".join(f"generation.{column}" for column in COLUMNS.split(", "))
    rows = reader.rows(f"SELECT {columns} {source}{held} ORDER BY {way.order} LIMIT ?", (*args, limit))
    tries = [generation_of(row) for row in rows]
    if len(tries) == limit:
        return Step(tries, place_of(tries[-1]))
    return Step(tries, Place(*last) if last is not None else None)


def page_tries(reader: Reader, after: int | None = None, limit: int = 200) -> list[Generation]:
    """Tries, the newest first; `after` is the number of the last one that was shown."""
    return _page(reader, "id < ?", 2**63 - 1 if after is None else after, "DESC", limit)


def newer_tries(reader: Reader, before: int | None = None, limit: int = 200) -> list[Generation]:
    """The `limit` tries that stand right before the one with that number, the newest first; None: the oldest ones."""
    return _page(reader, "id > ?", 0 if before is None else before, "ASC", limit)[::-1]


def models_tried(reader: Reader) -> list[tuple[str, str]]:
    """Endpoint and model id of every model that was tried, by name: one step in the index for each."""
    select = "SELECT endpoint, model_id FROM generation INDEXED BY generation_try_model WHERE purpose = 'try' AND "
    order = " ORDER BY endpoint, model_id LIMIT 1"
    found: list[tuple[str, str]] = []
    row = reader.one(f"{select} endpoint >= ''{order}")
    while row is not None and len(found) < MOST_MODELS:
        found.append((row[0], row[1]))
        # two questions, each one step in the index; of a comparison of pairs SQLite would look only at the first
        row = reader.one(f"{select} endpoint = ? AND model_id > ?{order}", row) or reader.one(
            f"{select} endpoint > ?{order}", row[:1]
        )
    return [(unpack_text(endpoint), unpack_text(model_id)) for endpoint, model_id in found]


class Tried(NamedTuple):
    """How often a version was tried (`more`: at least so often), and of its latest tries how many were right."""

    times: int
    more: bool
    judged: int
    right: int


def tried(reader: Reader, prompt: int) -> Tried:
    """What came of trying a version; reads no more than COUNTED entries of an index, and JUDGED answers."""
    source = "FROM generation INDEXED BY generation_try_prompt WHERE purpose = 'try' AND prompt = ?"
    [[count]] = reader.rows(f"SELECT count(*) FROM (SELECT 1 {source} LIMIT ?)", (prompt, COUNTED + 1))
    rows = reader.rows(
        f"SELECT g.text, e.expected FROM (SELECT id, text, example, error_what, finish_reason {source} "
        "ORDER BY id DESC LIMIT ?) g JOIN example e ON e.id = g.example WHERE e.expected IS NOT NULL "
        "AND g.error_what IS NULL AND g.finish_reason IS NOT 'cancelled'",
        (prompt, JUDGED_TRIES),
    )
    right = sum(is_right(unpack_text(text), unpack_json(expected)) for text, expected in rows)
    return Tried(min(count, COUNTED), count > COUNTED, len(rows), right)


class _Way(NamedTuple):
    """The one index that leads to the rows, with the conditions that it answers itself."""

    name: str
    conditions: tuple[str, ...]
    args: tuple[Any, ...]
    by_date: bool = False

    @property
    def order(self) -> str:
        """Newest first, as this index has them."""
        return "created DESC, id DESC" if self.by_date else "id DESC"


def _way_in(wanted: TryFilter, models: list[tuple[str, str]] | None, after: Place | None) -> _Way:
    by_date = wanted.prompt is None and len(models or ()) != 1 and bool(wanted.since or wanted.until)
    conditions = ["purpose = 'try'"]
    args: list[Any] = []
    index = "generation_purpose"
    if wanted.prompt is not None:
        index = "generation_try_prompt"
        conditions.append("prompt = ?")
        args.append(small(wanted.prompt))
    elif models is not None and len(models) == 1:
        index = "generation_try_model"
        conditions.append("endpoint = ? AND model_id = ?")
        args += [pack_text(models[0][0]), pack_text(models[0][1])]
    elif by_date:
        index = "generation_try_created"
        for name, value in (("created >= ?", wanted.since), ("created < ?", wanted.until)):
            if value:
                conditions.append(name)
                args.append(value)
    if after is not None:
        conditions.append("(created, id) < (?, ?)" if by_date else "id < ?")
        args += [after.created, after.id] if by_date else [after.id]
    return _Way(index, tuple(conditions), tuple(args), by_date)


def _others(
    wanted: TryFilter, models: list[tuple[str, str]] | None, way: _Way
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The conditions that each row is read for."""
    if models is not None and way.name != "generation_try_model":
        pairs = ", ".join("(?, ?)" for _ in models)
        names = (pack_text(name) for model in models for name in model)
        yield f"(endpoint, model_id) IN (VALUES {pairs})", tuple(names)
    if not way.by_date:
        for name, value in (("created >= ?", wanted.since), ("created < ?", wanted.until)):
            if value:
                yield name, (value,)
    for ended in wanted.ended:
        yield _ENDED[ended], ()
    for text in wanted.texts:
        answer, sought = holding("text", text)
        inputs, escaped = holding("inputs", json.dumps(text, ensure_ascii=False)[1:-1])
        yield f"({answer} OR {inputs})", (sought, escaped)


def _models(reader: Reader, name: str) -> list[tuple[str, str]]:
    """The models of that name; where there is none, those whose names hold it, in either case."""
    tried = models_tried(reader)
    exact = [model for model in tried if "/".join(model) == name]
    return exact or [model for model in tried if name.lower() in "/".join(model).lower()]


def _page(reader: Reader, side: str, number: int, order: str, limit: int) -> list[Generation]:
    rows = reader.rows(
        f"SELECT {COLUMNS} FROM generation INDEXED BY generation_purpose "
        f"WHERE purpose = 'try' AND {side} ORDER BY id {order} LIMIT ?",
        (number, limit),
    )
    return [generation_of(row) for row in rows]
