"""Datasets: versions that share rows, imported in batches and made visible by a last small transaction.

    version = put(begin_import(name, source, split_way))     nobody sees it yet
    put(add_examples(version, split, position, rows))        as often as needed; each a small transaction
    put(finish_import(version, keep_from={...}))             now it is there, with the next version number

A large import does the middle in two steps: `add_contents` stores what rows hold, `add_places` where they stand.

A split that a version keeps from an older one is not copied: `dataset_split.holder` names the version whose
rows it shows. Where it shows another row at a place, or one more, it has that row itself (see `editing`). Rows are
numbered from 1 within a split, in the order of the file.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import SPLITS, Dataset, Example, Split
from genai_tui.records.hashing import TAG, canonical_json
from genai_tui.records.jobs import ProcessId
from genai_tui.store.choices import choice, save_choice
from genai_tui.store.paging import every
from genai_tui.store.processes import alive, this_process
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, pack_text, unpack_json, unpack_text, utc
from genai_tui.store.writer import Write

_COLUMNS = "d.id, d.name, d.version, d.source, d.split_way, d.created"
_EXAMPLE = "e.id, e.inputs, e.expected, e.tags, m.line"
INSERT_EXAMPLE = (
    "INSERT INTO example (exact, hash, tags, expected, inputs) VALUES (?, ?, ?, ?, ?) ON CONFLICT (exact) DO NOTHING"
)
# Rows in one statement: expected answers and tags are a list of JSON, the rest is cut out of values that hold those of
# all rows one after the other: two hashes of 32 bytes each, and the inputs, whose places and lengths have 10 digits.
_INSERT_ROWS = (
    "INSERT INTO example (id, exact, hash, tags, expected, inputs) "
    "SELECT ?6 + key, substr(?1, 32 * key + 1, 32), 'g1:' || lower(hex(substr(?2, 32 * key + 1, 32))), {tags}, "
    "{expected}, CAST(substr(?4, substr(?3, 20 * key + 1, 10), substr(?3, 20 * key + 11, 10)) AS TEXT) "
    "FROM json_each(?5) WHERE true ON CONFLICT (exact) DO NOTHING"
)
NO_TAGS = "[]"
_INSERT_CONTENTS = _INSERT_ROWS.format(tags=f"'{NO_TAGS}'", expected="value")
_INSERT_TAGGED = _INSERT_ROWS.format(tags="json_extract(value, '$[1]')", expected="json_extract(value, '$[0]')")
_IDS = "SELECT example.id FROM json_each(?2) CROSS JOIN example ON exact = substr(?1, 32 * key + 1, 32) ORDER BY key"
_INSERT_PLACES = (
    "INSERT INTO membership SELECT ?1, ?2, ?3 + key, value, CAST(substr(?5, 10 * key + 1, 10) AS INTEGER) "
    "FROM json_each(?4)"
)
IN_USE = "dataset"
# While an import runs: the index of contents is written all over, and each of its pages by nearly every batch, which
# are copied from the log into the database once in 64 MB and not after each batch.
DURING_IMPORT = "PRAGMA cache_size = -65536", "PRAGMA wal_autocheckpoint = 16384"
AS_USUAL = "PRAGMA cache_size = -2000", "PRAGMA wal_autocheckpoint = 1000"
SWEEP = 5_000  # rows of an import that broke off, deleted in one transaction


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
    add = add_contents(_contents(examples))

    def write(connection: sqlite3.Connection) -> None:
        places = zip(add(connection), (example.line for example in examples), strict=True)
        add_places(version, split, first_position, list(places))(connection)

    return write


def add_contents(contents: Contents) -> Write[Sequence[int]]:
    """Stores what rows hold, where it is not there yet; gives the ids of the rows, in their order.

    One statement stores all: SQLite then works without asking for the interpreter at each row, so that another thread
    goes on meanwhile (with `executemany` the two would wait for one another, 5 ms a row).
    """
    count = len(contents.inputs)
    cuts, texts = _joined(contents.inputs)
    tagged = any(tags != NO_TAGS for tags in contents.tags)
    beside = list(zip(contents.expected, contents.tags, strict=True)) if tagged else contents.expected
    given = contents.exact, contents.content, cuts, texts, json.dumps(beside)

    def write(connection: sqlite3.Connection) -> Sequence[int]:
        _set(connection, DURING_IMPORT)
        [[first]] = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM example").fetchall()
        stored = connection.execute(_INSERT_TAGGED if tagged else _INSERT_CONTENTS, (*given, first)).rowcount
        if stored == count:
            return range(first, first + count)
        rows = connection.execute(_IDS, (contents.exact, given[-1])).fetchall()
        return [row[0] for row in rows]

    return write


def add_places(version: int, split: Split, first_position: int, places: Sequence[tuple[int, int]]) -> Write[None]:
    """Adds rows that are stored already to a version that nobody sees yet: (id of the example, line) of each."""
    given = json.dumps([example for example, _ in places]), b"".join([b"%010d" % line for _, line in places])

    def write(connection: sqlite3.Connection) -> None:
        connection.execute(_INSERT_PLACES, (version, split, first_position, *given))

    return write


def packed_example(example: Example) -> tuple[Any, ...]:
    """A row as INSERT_EXAMPLE takes it; the first value is the hash of exactly its content."""
    inputs, expected, tags = pack_json(example.inputs), pack_json(example.expected), pack_json(example.tags)
    exact, content = hashes(inputs, expected, tags, canonical_json(example.inputs), canonical_json(example.expected))
    return exact, TAG + content.hex(), tags, None if example.expected is None else expected, inputs


def hashes(inputs: str, expected: str, tags: str, plain_inputs: str, plain_expected: str) -> tuple[bytes, bytes]:
    """The hash of exactly a row's content, and that of its record, from its values as stored and as canonical JSON.

    The first heeds tags, order of keys and kind of numbers too; it is the second where both forms are alike.
    """
    content = content_digest(plain_inputs.encode("utf-8", "surrogatepass"), plain_expected)
    if tags == NO_TAGS and inputs == plain_inputs and expected == plain_expected:
        return content, content
    return hashlib.sha256(f"{inputs}\0{expected}\0{tags}".encode()).digest(), content


def content_digest(plain_inputs: bytes, plain_expected: str) -> bytes:
    """The digest that the record's hash is made of, from its values as canonical JSON."""
    expected = plain_expected.encode("utf-8", "surrogatepass")
    return hashlib.sha256(b'{"expected":%b,"inputs":%b}' % (expected, plain_inputs)).digest()


def _contents(examples: Sequence[Example]) -> Contents:
    rows = [packed_example(example) for example in examples]
    return Contents(
        exact=b"".join([row[0] for row in rows]),
        content=b"".join([bytes.fromhex(row[1].removeprefix(TAG)) for row in rows]),
        tags=[row[2] for row in rows],
        expected=[row[3] for row in rows],
        inputs=[row[4].encode() for row in rows],
    )


def _joined(texts: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Texts one after the other, and before it where each begins (from 1) and how long it is, in 10 digits each."""
    cuts = []
    begin = 1
    for text in texts:
        cuts.append(b"%010d%010d" % (begin, len(text)))
        begin += len(text)
    return b"".join(cuts), b"".join(texts)


def finish_import(version: int, *, keep_from: Mapping[str, int] | None = None) -> Write[Dataset]:
    """Makes the import visible as the next version of its name; the first dataset is the one in use.

    `keep_from` names, for splits that this import does not bring, the version (its id) whose rows stay.
    """
    kept = dict(keep_from or {})

    def write(connection: sqlite3.Connection) -> Dataset:
        _set(connection, AS_USUAL)
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
        found = connection.execute(f"SELECT {_COLUMNS} FROM dataset_version d WHERE d.id = ?", (version,)).fetchone()
        splits = connection.execute("SELECT split, rows FROM dataset_split WHERE dataset_version = ?", (version,))
        used = connection.execute("SELECT value FROM choice WHERE key = ?", (IN_USE,)).fetchone()
        return _dataset(found, splits.fetchall(), used[0])

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

    Put it again until it gives 0: nobody waits long for any of it. What the rows hold stays, where nobody sees it, and
    is shared by the next import of it.
    """

    def write(connection: sqlite3.Connection) -> int:
        _set(connection, AS_USUAL)
        broken = [
            row[0]
            for row in connection.execute(
                "SELECT id, pid, started, host, boot FROM dataset_version WHERE version IS NULL"
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
        return deleted

    return write


def find_dataset(reader: Reader, name: str | None = None) -> Dataset:
    """The last version of dataset `name`; None is the one in use. Raises UsageFault."""
    wanted = choice(reader, IN_USE) if name is None else name
    if wanted is None:
        raise UsageFault("There is no dataset yet.", "None was imported.", "Import one: genai-tui data import FILE.")
    row = reader.one(
        f"SELECT {_COLUMNS} FROM dataset_version d WHERE d.name = ? AND d.version IS NOT NULL "
        "ORDER BY d.version DESC LIMIT 1",
        (pack_text(wanted),),
    )
    if row is None:
        raise UsageFault(f"There is no dataset {wanted}.", _there_are(reader), "genai-tui data list shows them.")
    return _whole(reader, row)


def find_dataset_version(reader: Reader, version: int) -> Dataset:
    """The version with that id, as runs name it. Raises UsageFault."""
    row = reader.one(f"SELECT {_COLUMNS} FROM dataset_version d WHERE d.id = ? AND d.version IS NOT NULL", (version,))
    if row is None:
        raise UsageFault(f"There is no dataset version with id {version}.")
    return _whole(reader, row)


def page_datasets(
    reader: Reader, after: int | None = None, limit: int = 200, *, all_versions: bool = False
) -> list[Dataset]:
    """Datasets in the order of their last import, each with its last version (or all); `after` is the last id shown."""
    last = (
        "" if all_versions else ("AND d.version = (SELECT max(o.version) FROM dataset_version o WHERE o.name = d.name)")
    )
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM dataset_version d WHERE d.id > ? AND d.version IS NOT NULL {last} "
        "ORDER BY d.id LIMIT ?",
        (after or 0, limit),
    )
    return [_whole(reader, row) for row in rows]


def all_datasets(reader: Reader, *, all_versions: bool = False) -> Iterator[Dataset]:
    """Every dataset with its last version (or all), page by page."""
    return every(lambda after: page_datasets(reader, after, all_versions=all_versions), lambda dataset: dataset.id)


def use_dataset(name: str) -> Write[None]:
    """Makes `name` the dataset in use. Raises UsageFault where there is none of that name."""

    def write(connection: sqlite3.Connection) -> None:
        if not connection.execute(
            "SELECT 1 FROM dataset_version WHERE name = ? AND version IS NOT NULL", (pack_text(name),)
        ).fetchone():
            raise UsageFault(f"There is no dataset {name}.", "", "genai-tui data list shows them.")
        save_choice(IN_USE, name)(connection)

    return write


def find_example(reader: Reader, dataset: Dataset, split: Split, row: int) -> Example:
    """Row number `row` (from 1) of a split. Raises UsageFault where there is none."""
    found = reader.one(rows_of_split(_EXAMPLE, "m.position = ?3"), (dataset.id, split, min(row, 2**63 - 1)))
    if found is None:
        count = dataset.splits.get(split, 0)
        raise UsageFault(
            f"{dataset.name} has no row {split}:{row}.",
            f"Its {split} split has {count} rows." if count else f"It has no {split} split.",
            "Rows are counted from 1.",
        )
    return _example(found)


def example_by_id(reader: Reader, number: int) -> Example:
    """The example with that id, whatever datasets have it. Raises UsageFault where there is none."""
    found = reader.one("SELECT id, inputs, expected, tags, 0 FROM example WHERE id = ?", (number,))
    if found is None:
        raise UsageFault(f"There is no example with id {number}.")
    return _example(found)


def page_examples(
    reader: Reader, dataset: Dataset, split: Split, after: int = 0, limit: int = 200
) -> list[tuple[int, Example]]:
    """Rows of a split with their numbers; `after` is the last number that was shown."""
    rows = reader.rows(
        f"{rows_of_split(f'm.position, {_EXAMPLE}', 'm.position > ?3')} ORDER BY 1 LIMIT ?4",
        (dataset.id, split, after, limit),
    )
    return [(row[0], _example(row[1:])) for row in rows]


def all_examples(reader: Reader, dataset: Dataset, split: Split) -> Iterator[Example]:
    """Every row of a split in its order, page by page: for what must see them all."""
    rows = every(lambda after: page_examples(reader, dataset, split, after or 0), lambda row: row[0])
    return (example for _, example in rows)


def rows_of_split(columns: str, condition: str = "true") -> str:
    """The statement that reads rows (`m`, `e`) of the version ?1 and the split ?2: its own, and else the holder's."""
    read = (
        f"SELECT {columns} FROM dataset_split s JOIN membership m ON m.dataset_version = {{}} AND m.split = s.split "
        f"JOIN example e ON e.id = m.example WHERE s.dataset_version = ?1 AND s.split = ?2 AND {condition}"
    )
    return (
        f"{read.format('s.dataset_version')} UNION ALL {read.format('s.holder')} AND s.holder <> s.dataset_version "
        "AND NOT EXISTS (SELECT 1 FROM membership o WHERE o.dataset_version = s.dataset_version "
        "AND o.split = s.split AND o.position = m.position)"
    )


def measured_too(reader: Reader, dataset: Dataset) -> frozenset[int]:
    """The ids of rows of train whose inputs stand in dev or test as well: as examples they would give answers away."""
    measured = rows_of_split("e.inputs").replace("= ?2", "IN ('dev', 'test')")
    rows = reader.rows(
        f"SELECT id FROM ({rows_of_split('e.id, e.inputs')}) WHERE inputs IN ({measured})", (dataset.id, "train")
    )
    return frozenset(row[0] for row in rows)


def _whole(reader: Reader, row: tuple[Any, ...]) -> Dataset:
    splits = reader.rows("SELECT split, rows FROM dataset_split WHERE dataset_version = ?", (row[0],))
    used = reader.one("SELECT value FROM choice WHERE key = ?", (IN_USE,))
    return _dataset(row, splits, used[0] if used else None)


def _there_are(reader: Reader) -> str:
    names = [dataset.name for dataset in page_datasets(reader, limit=9)]
    return f"There are: {', '.join(names)}." if names else "None was imported yet."


def _dataset(row: tuple[Any, ...], splits: list[tuple[str, int]], used: str | None) -> Dataset:
    number, name, version, source, split_way, created = row
    rows = dict(splits)
    return Dataset(
        id=number,
        name=unpack_text(name),
        version=version,
        splits={split: rows[split] for split in SPLITS if split in rows},
        split_way=unpack_text(split_way),
        source=unpack_text(source),
        created=created,
        in_use=name == used,
    )


def _example(row: tuple[Any, ...]) -> Example:
    number, inputs, expected, tags, line = row
    return Example(
        inputs=unpack_json(inputs),
        expected=None if expected is None else unpack_json(expected),
        tags=tuple(unpack_json(tags)),
        line=line,
        id=number,
    )
