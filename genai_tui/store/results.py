"""Answers of runs as lists: by key in the order they came, or in any other order by their ids.

An order or a choice that no index gives is made by reading all answers of the run, a batch at a time: each batch is a
short statement, so the writer's checkpoint is never held back, progress is known, and it can be ended between two.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from genai_tui.records.scales import is_right, right_at, sign_of
from genai_tui.store.reader import Reader
from genai_tui.store.statements import holding
from genai_tui.store.values import pack_json, pack_text, unpack_text

BATCH = 20_000  # answers that one statement of a long read looks at
SHOWN = 600  # characters of a text that a row of a list has
GROUPS = 5_000  # different groups beyond which the rest is one
REST = "…"

Show = Literal["all", "wrong", "right", "failed"]
Order = Literal["asked", "latest", "worst", "slowest", "dearest", "longest", "expected"]
Slicing = Literal["expected", "confusion", "length", "tag"]
SHOWS: tuple[Show, ...] = ("all", "wrong", "right", "failed")
ORDERS: tuple[Order, ...] = ("worst", "slowest", "dearest", "longest", "expected", "asked", "latest")

# An answer that was stopped half-way is asked again: the one that counts comes later.
OF_RUN = "g.run = ? AND +g.purpose = 'run' AND g.finish_reason IS NOT 'cancelled'"
_FROM = (
    "FROM generation g INDEXED BY generation_run LEFT JOIN score s ON s.generation = g.id AND s.scorer = ? "
    "LEFT JOIN example e ON e.id = g.example"
)
_JUDGED = "(s.detail IS NULL OR json_extract(s.detail, '$.unjudged') IS NULL)"  # it counts, without a value as wrong
_GOT = f"coalesce(s.label, s.reduced, substr(trim(g.text), 1, {SHOWN}))"
_COLUMNS = (
    f"g.id, g.example, g.repeat, g.error_what, substr(g.text, 1, {SHOWN}), {_GOT}, substr(e.expected, 1, {SHOWN}), "
    f"substr(e.inputs, 1, {SHOWN}), s.value, substr(s.reason, 1, {SHOWN}), g.done - g.sent, g.output_tokens, "
    f"g.cost_usd, g.cached_from IS NOT NULL, {_JUDGED}"
)
_KEYS: dict[Order, str] = {
    "asked": "0",
    "latest": "-g.id",
    "worst": "CASE WHEN g.error_what IS NOT NULL THEN -1e300 ELSE coalesce({sign} * s.value, -1e299) END",
    "slowest": "coalesce(g.sent - g.done, 1e300)",
    "dearest": "coalesce(-g.cost_usd, 1e300)",
    "longest": "-length(g.text)",
    "expected": "coalesce(e.expected, '')",
}
LENGTHS = (50, 100, 200, 400, 800, 1600, 3200, 6400, 12800)  # characters of inputs, as JSON, of a group
_LENGTH = f"CASE {' '.join(f'WHEN length(e.inputs) <= {most} THEN {most}' for most in LENGTHS)} ELSE 0 END"  # 0: longer


class Answer(NamedTuple):
    """One row of a list: the beginnings of its texts, and what the scorer says. `place` is its place in the list.

    `right`: it was answered, and the scorer has nothing against it; `judged`: there was something to judge it by.

    `expected` and `inputs` are JSON as it is stored, which may be cut; `got` is what the scorer read the answer as.
    """

    id: int
    example: int
    repeat: int
    error: str | None
    text: str
    got: str
    expected: str | None
    inputs: str
    value: float | None
    reason: str
    latency_s: float | None
    output_tokens: int | None
    cost_usd: float | None
    cached: bool
    right: bool
    place: int = 0
    judged: bool = True


class Wish(NamedTuple):
    """Which answers of a run, and in which order. `words` stand in the answer, the expected answer or the inputs.

    `expected`, `got`, `tag` and `length` choose one slice as `slices` names it.
    """

    show: Show = "all"
    order: Order = "asked"
    words: str = ""
    expected: str | None = None
    got: str | None = None
    tag: str | None = None
    length: int | None = None

    @property
    def by_key(self) -> bool:
        """Whether an index gives it at once."""
        return self in (Wish(), Wish(order="latest"))


class Slice(NamedTuple):
    """Some answers of a run: of `n` the scorer gave `total` in all (right ones, where it says right or wrong)."""

    name: str
    got: str
    n: int
    total: float


def answers_count(reader: Reader, run: int) -> int:
    """How many answers of a run there are, judges' left out; reads all of its index."""
    row = reader.one(f"SELECT count(*) FROM generation g INDEXED BY generation_run WHERE {OF_RUN}", (run,))
    return row[0] if row else 0


def page_answers_of_run(
    reader: Reader, run: int, scorer: str, after: int | None = None, limit: int = 200
) -> list[Answer]:
    """Answers in the order they came; `after` is the id of the last one that was shown."""
    sql = f"SELECT {_COLUMNS} {_FROM} WHERE {OF_RUN} AND g.id > ? ORDER BY g.id LIMIT ?"
    return [_answer(scorer, row) for row in reader.rows(sql, (scorer, run, after or 0, limit))]


def earlier_answers_of_run(
    reader: Reader, run: int, scorer: str, before: int | None = None, limit: int = 200
) -> list[Answer]:
    """Those that came before an id (None: the last ones), in the order they came."""
    sql = f"SELECT {_COLUMNS} {_FROM} WHERE {OF_RUN} AND g.id < ? ORDER BY g.id DESC LIMIT ?"
    rows = reader.rows(sql, (scorer, run, 2**63 - 1 if before is None else before, limit))
    return [_answer(scorer, row) for row in reversed(rows)]


def answers_with(reader: Reader, scorer: str, ids: Sequence[int], place: int = 0) -> list[Answer]:
    """The answers with these ids, in their order; the first has `place` in its list."""
    marks = ", ".join("?" * len(ids))
    sql = f"SELECT {_COLUMNS} {_FROM.replace(' INDEXED BY generation_run', '')} WHERE g.id IN ({marks})"
    found = {row[0]: row for row in reader.rows(sql, (scorer, *ids))}
    return [_answer(scorer, found[each])._replace(place=place + at) for at, each in enumerate(ids) if each in found]


def batches(reader: Reader, run: int) -> Iterator[tuple[int, int, int]]:
    """Ranges of ids (after, up to) that cover a run, and how many generations each has."""
    after = 0
    while True:
        [(last, count)] = reader.rows(
            "SELECT max(id), count(*) FROM (SELECT id FROM generation INDEXED BY generation_run WHERE run = ? "
            "AND id > ? ORDER BY id LIMIT ?)",
            (run, after, BATCH),
        )
        if last is None:
            return
        yield after, last, count
        after = last


def ids_of(
    reader: Reader, run: int, scorer: str, wish: Wish, told: Callable[[int], bool] = lambda done: True
) -> "array[int]":
    """The ids of the answers that are wished, in the order that is wished. Reads the whole run: call it in a thread.

    `told` is given how many answers were looked at; where it gives False the read ends with what was found.
    """
    condition, args = _condition(wish, scorer)
    key = _KEYS[wish.order].format(sign=sign_of(scorer))
    source, given = _needed(key + condition, scorer)
    sql = f"SELECT g.id, {key} {source} WHERE {OF_RUN} AND g.id > ? AND g.id <= ?{condition}"
    ids, keys, names = array("q"), array("d"), dict[str, int]()
    done = 0
    for after, last, count in batches(reader, run):
        rows = reader.rows(sql, (*given, run, after, last, *args))
        ids.extend([row[0] for row in rows])
        if wish.order == "expected":
            keys.extend([names.setdefault(row[1], len(names)) for row in rows])
        elif wish.order != "asked":
            keys.extend([row[1] for row in rows])
        done += count
        if not told(done):
            return ids
    if wish.order == "asked":
        return ids
    if wish.order == "expected":
        rank = {names[name]: place for place, name in enumerate(sorted(names))}
        keys = array("d", (rank[int(key)] for key in keys))
    return _sorted(ids, keys)


def _needed(used: str, scorer: str) -> tuple[str, tuple[str, ...]]:
    """What rows are read from where only these columns are used, and its arguments: a join for each row is slow."""
    source = "FROM generation g INDEXED BY generation_run"
    given: tuple[str, ...] = ()
    if "s." in used:
        source, given = f"{source} LEFT JOIN score s ON s.generation = g.id AND s.scorer = ?", (scorer,)
    return (f"{source} LEFT JOIN example e ON e.id = g.example" if "e." in used else source), given


def _sorted(ids: "array[int]", keys: "array[float]") -> "array[int]":
    """Ids by their keys, equal ones as they came. numpy lets other threads run meanwhile."""
    import numpy as np

    if not ids:
        return ids
    order = np.argsort(np.frombuffer(keys, float), kind="stable")
    return array("q", np.frombuffer(ids, np.int64)[order].tobytes())


def slices(
    reader: Reader, run: int, scorer: str, slicing: Slicing, told: Callable[[int], bool] = lambda done: True
) -> list[Slice]:
    """The answers of a run in groups, the largest first; of a confusion only what is wrong. Reads the whole run."""
    name, got, source, more = {
        "expected": ("e.expected", "''", _FROM, ""),
        "confusion": ("e.expected", _GOT, _FROM, f" AND g.error_what IS NULL{_wrong(scorer)}"),
        "length": (_LENGTH, "''", _FROM, ""),
        "tag": ("t.value", "''", f"{_FROM} JOIN json_each(e.tags) t", ""),
    }[slicing]
    sql = (
        f"SELECT {name}, {got}, count(*), total(s.value) {source} "
        f"WHERE {OF_RUN} AND g.id > ? AND g.id <= ?{more} GROUP BY 1, 2"
    )
    counts: Counter[tuple[Any, str]] = Counter()
    totals: dict[tuple[Any, str], float] = {}
    done = 0
    for after, last, count in batches(reader, run):
        for group, read, n, total in reader.rows(sql, (scorer, run, after, last)):
            key = (group, read or "")
            key = key if key in counts or len(counts) < GROUPS else (REST, "")
            counts[key] += n
            totals[key] = totals.get(key, 0.0) + total
        done += count
        if not told(done):
            break
    found = [Slice(_named(key[0]), unpack_text(key[1]), n, totals[key]) for key, n in counts.most_common()]
    return sorted(found, key=lambda each: int(each.name) or 2**31) if slicing == "length" else found


# Of one run, by the index of examples: however many answers the run has.
TO_EXAMPLE = (
    f"SELECT {_COLUMNS} {_FROM.replace('generation_run', 'generation_example')} WHERE g.example = ? "
    "AND g.purpose = 'run' AND g.run = ? AND g.finish_reason IS NOT 'cancelled' ORDER BY g.repeat, g.id LIMIT ?"
)


def answers_to(reader: Reader, run: int, scorer: str, example: int, limit: int = 20) -> list[Answer]:
    """What a run answered to one example, its first repeats in order."""
    return [_answer(scorer, row) for row in reader.rows(TO_EXAMPLE, (scorer, example, run, limit))]


def _wrong(scorer: str) -> str:
    """What is wrong by a scorer, as SQL: what failed, too; by a measure that alone. What was left out is not."""
    best = right_at(scorer)
    if best is None:
        return " AND g.error_what IS NOT NULL"
    against = f"s.value < {best}" if sign_of(scorer) > 0 else f"s.value > {best}"
    return f" AND (g.error_what IS NOT NULL OR (s.value IS NULL AND {_JUDGED}) OR {against})"


def _right(scorer: str) -> str:
    best = right_at(scorer)
    if best is None:
        return " AND s.value IS NOT NULL"
    return f" AND s.value >= {best}" if sign_of(scorer) > 0 else f" AND s.value <= {best}"


def _condition(wish: Wish, scorer: str) -> tuple[str, list[Any]]:
    """What a wish asks of a row, as SQL with its arguments."""
    shows: dict[Show, str] = {
        "all": "", "wrong": _wrong(scorer), "right": _right(scorer), "failed": " AND g.error_what IS NOT NULL"
    }  # fmt: skip
    text, args = shows[wish.show], list[Any]()
    for word in wish.words.split():
        held = [holding(column, word) for column in ("g.text", "e.expected", "e.inputs", "g.error_what")]
        text += f" AND ({' OR '.join(condition for condition, _ in held)})"
        args += [sought for _, sought in held]
    if wish.expected is not None:
        text += " AND e.expected = ?"
        args.append(wish.expected)
    if wish.got is not None:
        text += f" AND {_GOT} = ?"
        args.append(pack_text(wish.got))
    if wish.length is not None:
        text += f" AND {_LENGTH} = ?"
        args.append(wish.length)
    if wish.tag is not None:
        text += " AND EXISTS (SELECT 1 FROM json_each(e.tags) t WHERE t.value = ?)"
        args.append(pack_text(wish.tag))
    return text, args


def _named(group: Any) -> str:
    return unpack_text(group) if isinstance(group, str) else pack_json(group)


def _answer(scorer: str, row: tuple[Any, ...]) -> Answer:
    number, example, repeat, error, text, got, expected, inputs, value, reason, latency, out, cost, cached, judged = row
    return Answer(
        number, example, repeat, None if error is None else unpack_text(error), unpack_text(text),
        unpack_text(got or ""), None if expected is None else unpack_text(expected), unpack_text(inputs or ""), value,
        unpack_text(reason or ""), latency, out, cost, bool(cached), error is None and is_right(scorer, value),
        judged=bool(judged),
    )  # fmt: skip
