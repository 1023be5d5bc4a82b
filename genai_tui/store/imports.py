"""Imports: versions of datasets come in batches, and are made visible by a last small transaction.

    version = put(begin_import(name, source, split_way))     nobody sees it yet
    put(add_examples(version, split, position, rows))        as often as needed; each a small transaction
    put(finish_import(version, keep_from={...}))             now it is there, with the next version number
    put(sweep_imports())                                     and what broke off is gone; SQLite is set as usual again

A large import does the middle in two steps: `add_contents` stores what rows hold, `add_places` where they stand.
"""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain
from typing import Any, NamedTuple

from genai_tui.records.datasets import SPLITS, Dataset, Example, Split
from genai_tui.records.hashing import canonical_json
from genai_tui.records.jobs import ProcessId
from genai_tui.store.datasets import COLUMNS, IN_USE, dataset_of
from genai_tui.store.processes import alive, this_process
from genai_tui.store.values import pack_json, pack_text, utc
from genai_tui.store.writer import Write

KEY = "substr(coalesce(exact, content), 1, 16)"  # by it a row is found again: 128 bits of a digest
INSERT_EXAMPLE = (
    "INSERT INTO example (exact, content, tags, expected, inputs) VALUES (?, ?, ?, ?, ?) "
    f"ON CONFLICT ({KEY}) DO NOTHING"
)
# Rows in one statement: expected answers and tags are a list of JSON, the rest is cut out of values that hold those of
# all rows one after the other: two hashes of 32 bytes each, and the inputs, whose places and lengths have 10 digits.
_INSERT_ROWS = (
    "INSERT INTO example (id, exact, content, tags, expected, inputs) "
    "SELECT ?6 + key, {exact}, substr(?2, 32 * key + 1, 32), {tags}, {expected}, "
    "CAST(substr(?4, substr(?3, 20 * key + 1, 10), substr(?3, 20 * key + 11, 10)) AS TEXT) "
    f"FROM json_each(?5) WHERE true ON CONFLICT ({KEY}) DO NOTHING"
)
NO_TAGS = "[]"
_INSERT_PLAIN = _INSERT_ROWS.format(exact="NULL", tags=f"'{NO_TAGS}'", expected="value")
_INSERT_TAGGED = _INSERT_ROWS.format(
    exact="nullif(substr(?1, 32 * key + 1, 32), substr(?2, 32 * key + 1, 32))",
    tags="json_extract(value, '$[1]')",
    expected="json_extract(value, '$[0]')",
)
_IDS = f"SELECT example.id FROM json_each(?2) CROSS JOIN example ON {KEY} = substr(?1, 32 * key + 1, 16) ORDER BY key"
_INSERT_PLACES = (
    "INSERT INTO membership SELECT ?1, ?2, ?3 + key, value, CAST(substr(?5, 10 * key + 1, 10) AS INTEGER) "
    "FROM json_each(?4)"
)
# While an import runs: the index of contents is written all over, and each of its pages by nearly every batch, which
# are copied from the log into the database once in 64 MB and not after each batch.
DURING_IMPORT = "PRAGMA cache_size = -65536", "PRAGMA wal_autocheckpoint = 16384"
AS_USUAL = "PRAGMA cache_size = -2000", "PRAGMA wal_autocheckpoint = 1000"
SWEEP = 5_000  # rows of an import that broke off, deleted in one transaction
# While what rows hold is stored, before they stand in a version, a nameless one says so: by what name its import is
# known (`split_way`), and from which id on its rows lie (`source`).
NAMELESS = "name = '' AND version IS NULL"
_MARK = (
    "INSERT INTO dataset_version (pid, started, host, boot, split_way, source, created, name, id) "
    "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, '', (SELECT min(0, coalesce(min(id), 0)) - 1 FROM dataset_version) "
    f"WHERE NOT EXISTS (SELECT 1 FROM dataset_version WHERE {NAMELESS} AND split_way = ?5)"
)
_PLACED = f"DELETE FROM dataset_version WHERE {NAMELESS} AND split_way = ?"
_GIVEN_UP = f"UPDATE dataset_version SET pid = NULL WHERE {NAMELESS} AND split_way = ?"


class Contents(NamedTuple):
    """What rows hold, as the database takes it: texts are JSON, as they are stored.

    `exact` and `content` are the two `hashes` of each row, 32 bytes one after the other.
    """

    exact: bytes
    content: bytes
    tags: Sequence[str]
    expected: Sequence[str | None]
    inputs: Sequence[bytes]


def begin_import(name: str, source: str, split_way: str) -> Write[int]:
    """Makes a version that nobody sees yet; gives its id."""

    def write(connection: sqlite3.Connection) -> int:
        cursor = connection.execute(
            "INSERT INTO dataset_version (name, source, split_way, created, pid, started, host, boot) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (pack_text(name), pack_text(source), pack_text(split_way), utc(), *this_process()),
        )
        return cursor.lastrowid or 0

    return write


def add_examples(version: int, split: Split, first_position: int, examples: Sequence[Example]) -> Write[None]:
    """Adds rows to an import, at positions counted on from `first_position` (1 for the first of a split).

    A row that is there already, in whatever version, is shared and not stored again. Give a thousand or so at once.
    """
    add = add_contents(_contents(examples), str(version))

    def write(connection: sqlite3.Connection) -> None:
        places = zip(add(connection), (example.line for example in examples), strict=True)
        add_places(version, split, first_position, list(places))(connection)

    return write


def add_contents(contents: Contents, of: str) -> Write[Sequence[int]]:
    """Stores what rows hold, where it is not there yet; gives the ids of the rows, in their order.

    `of` is by what the import is known until its rows are `placed` or `given_up`; no other one that goes on has it.

    One statement stores all: SQLite then works without asking for the interpreter at each row, so that another thread
    goes on meanwhile (with `executemany` the two would wait for one another, 5 ms a row).
    """
    count = len(contents.inputs)
    cuts, texts = _joined(contents.inputs)
    tagged = contents.exact != contents.content  # as it is with all that have tags
    beside = list(zip(contents.expected, contents.tags, strict=True)) if tagged else contents.expected
    given = contents.exact, contents.content, cuts, texts, json.dumps(beside)

    def write(connection: sqlite3.Connection) -> Sequence[int]:
        _set(connection, DURING_IMPORT)
        [[first]] = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM example").fetchall()
        if count:
            connection.execute(_MARK, (*this_process(), of, str(first), utc()))
        stored = connection.execute(_INSERT_TAGGED if tagged else _INSERT_PLAIN, (*given, first)).rowcount
        if stored == count:
            return range(first, first + count)
        rows = connection.execute(_IDS, (contents.exact, given[-1])).fetchall()
        return [row[0] for row in rows]

    return write


def placed(of: str) -> Write[None]:
    """Notes that all rows of the import stand in a version; to be put with what makes it visible."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute(_PLACED, (of,))

    return write


def given_up(of: str) -> Write[None]:
    """Notes that the import broke off: what its rows hold may be removed, unless another one has them, too."""

    def write(connection: sqlite3.Connection) -> None:
        _set(connection, AS_USUAL)
        connection.execute(_GIVEN_UP, (of,))

    return write


def add_places(version: int, split: Split, first_position: int, places: Sequence[tuple[int, int]]) -> Write[None]:
    """Adds rows that are stored already to a version that nobody sees yet: (id of the example, line) of each."""
    given = json.dumps([example for example, _ in places]), b"%010d" * len(places) % tuple(line for _, line in places)

    def write(connection: sqlite3.Connection) -> None:
        connection.execute(_INSERT_PLACES, (version, split, first_position, *given))

    return write


def packed_example(example: Example) -> tuple[Any, ...]:
    """A row as INSERT_EXAMPLE takes it; one of the first two values, the first that is there, finds it again."""
    inputs, expected, tags = pack_json(example.inputs), pack_json(example.expected), pack_json(example.tags)
    exact, content = hashes(inputs, expected, tags, canonical_json(example.inputs), canonical_json(example.expected))
    own = None if exact == content else exact
    return own, content, tags, None if example.expected is None else expected, inputs


def hashes(inputs: str, expected: str, tags: str, plain_inputs: str, plain_expected: str) -> tuple[bytes, bytes]:
    """The hash of exactly a row's content, and that of its record, from its values as stored and as canonical JSON.

    The first heeds tags, order of keys and kind of numbers too; it is the second where both forms are alike.
    """
    [content] = content_digests([plain_inputs.encode("utf-8", "surrogatepass")], [plain_expected])
    if tags == NO_TAGS and inputs == plain_inputs and expected == plain_expected:
        return content, content
    return hashlib.sha256(f"{inputs}\0{expected}\0{tags}".encode()).digest(), content


def content_digests(plain_inputs: Sequence[bytes], plain_expected: Sequence[str]) -> list[bytes]:
    """Of each row the digest that the record's hash is made of, from its values as canonical JSON."""
    begins = {
        answer: b'{"expected":%b,"inputs":' % answer.encode("utf-8", "surrogatepass") for answer in set(plain_expected)
    }  # labels come again and again
    sha256 = hashlib.sha256
    rows = zip(plain_expected, plain_inputs, strict=True)
    return [sha256(b"%b%b}" % (begins[answer], inputs)).digest() for answer, inputs in rows]


def _contents(examples: Sequence[Example]) -> Contents:
    rows = [packed_example(example) for example in examples]
    return Contents(
        exact=b"".join([row[0] or row[1] for row in rows]),
        content=b"".join([row[1] for row in rows]),
        tags=[row[2] for row in rows],
        expected=[row[3] for row in rows],
        inputs=[row[4].encode() for row in rows],
    )


def _joined(texts: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Texts one after the other, and before it where each begins (from 1) and how long it is, in 10 digits each."""
    lengths = list(map(len, texts))
    cuts = chain.from_iterable(zip(accumulate(lengths, initial=1), lengths, strict=False))
    return b"%010d%010d" * len(texts) % tuple(cuts), b"".join(texts)


def finish_import(version: int, *, keep_from: Mapping[str, int] | None = None) -> Write[Dataset]:
    """Makes the import visible as the next version of its name; the first dataset is the one in use.

    `keep_from` names, for splits that this import does not bring, the version (its id) whose rows stay.
    """
    kept = dict(keep_from or {})

    def write(connection: sqlite3.Connection) -> Dataset:
        connection.execute(_PLACED, (str(version),))
        for split in SPLITS:
            brought = connection.execute(
                "SELECT max(position) FROM membership WHERE dataset_version = ? AND split = ?", (version, split)
            ).fetchone()[0]
            if brought is not None:
                connection.execute("INSERT INTO dataset_split VALUES (?, ?, ?, ?)", (version, split, version, brought))
            elif split in kept:
                share_split(connection, kept[split], version, split)
        row = connection.execute(
            "UPDATE dataset_version SET created = ?, version = 1 + coalesce((SELECT max(o.version) "
            "FROM dataset_version o WHERE o.name = dataset_version.name), 0) WHERE id = ? RETURNING name",
            (utc(), version),
        ).fetchone()
        connection.execute("INSERT INTO choice VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (IN_USE, row[0], utc()))
        found = connection.execute(f"SELECT {COLUMNS} FROM dataset_version d WHERE d.id = ?", (version,)).fetchone()
        splits = connection.execute("SELECT split, rows FROM dataset_split WHERE dataset_version = ?", (version,))
        used = connection.execute("SELECT value FROM choice WHERE key = ?", (IN_USE,)).fetchone()
        return dataset_of(found, splits.fetchall(), used[0])

    return write


def _set(connection: sqlite3.Connection, pragmas: Sequence[str]) -> None:
    for pragma in pragmas:
        connection.execute(pragma)


def share_split(connection: sqlite3.Connection, of: int, version: int, split: Split) -> None:
    """Gives `version` a split of another, within an open transaction: the same holder, and copies of its own rows."""
    connection.execute(
        "INSERT INTO dataset_split SELECT ?, split, holder, rows FROM dataset_split "
        "WHERE dataset_version = ? AND split = ?",
        (version, of, split),
    )
    connection.execute(
        "INSERT INTO membership SELECT ?, m.split, m.position, m.example, m.line FROM dataset_split s "
        "JOIN membership m ON m.dataset_version = s.dataset_version AND m.split = s.split "
        "WHERE s.dataset_version = ? AND s.split = ? AND s.holder <> s.dataset_version",
        (version, of, split),
    )


def sweep_imports(version: int | None = None) -> Write[int]:
    """Deletes at most 5,000 rows of imports that broke off (their process is dead), or of `version`; gives how many.

    Put it again until it gives 0: nobody waits long for any of it. What the rows hold stays, where nobody sees it: the
    next import of it shares it, and what that leaves over `remove_leftovers` removes.
    """

    def write(connection: sqlite3.Connection) -> int:
        _set(connection, AS_USUAL)
        broken = [
            row[0]
            for row in connection.execute(
                "SELECT id, pid, started, host, boot FROM dataset_version WHERE version IS NULL AND name <> ''"
            ).fetchall()
            if (row[0] == version if version is not None else not alive(ProcessId(*row[1:])))
        ]
        deleted = 0
        for number in broken:
            rows = connection.execute(
                "SELECT split, position, example FROM membership WHERE dataset_version = ? LIMIT ?",
                (number, SWEEP - deleted),
            ).fetchall()
            connection.executemany(
                "DELETE FROM membership WHERE dataset_version = ? AND split = ? AND position = ?",
                [(number, split, position) for split, position, _ in rows],
            )
            deleted += len(rows)
            if deleted >= SWEEP:
                return deleted
            connection.execute("DELETE FROM dataset_version WHERE id = ?", (number,))
            connection.execute(_GIVEN_UP, (str(number),))
        return deleted

    return write
