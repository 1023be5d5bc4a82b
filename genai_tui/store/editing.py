"""Versions of a dataset that differ by one row from the one before, or go back to an older one.

Such a version shares the rows of the one before and has only what differs itself: each is one small transaction. What
it has of its own is carried along from edit to edit; as soon as carrying it would have cost as much as copying the
split (rows of its own: the square root of twice the rows), the split is copied once and nothing is carried any more.
"""

import sqlite3
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import SPLITS, Example, Split
from genai_tui.store.datasets import IN_USE, rows_of_split
from genai_tui.store.imports import INSERT_EXAMPLE, KEY, packed_example, share_split
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_text, unpack_text, utc
from genai_tui.store.writer import Write


def append_row(name: str, split: Split, example: Example, source: str) -> Write[tuple[int, int]]:
    """Makes the next version of a dataset (the first, where there is none) with one row more at the end of a split.

    Gives the version's id and the row's position. A row that stands in the split already makes no version: the id
    is then 0.
    """
    row = packed_example(example)

    def write(connection: sqlite3.Connection) -> tuple[int, int]:
        number, is_new = _stored(connection, row)
        before = _last(connection, name)
        if before is None:
            version = _new_version(connection, name, source, "row by row")
            connection.execute(
                "INSERT INTO choice VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (IN_USE, pack_text(name), utc())
            )
        else:
            there = None if is_new else _place(connection, before, split, number)
            if there is not None:
                return 0, there
            version = _next_version(connection, before, split, source)
        connection.execute("INSERT OR IGNORE INTO dataset_split VALUES (?, ?, ?, 0)", (version, split, version))
        [[position]] = connection.execute(
            "UPDATE dataset_split SET rows = rows + 1 WHERE dataset_version = ? AND split = ? RETURNING rows",
            (version, split),
        ).fetchall()
        _put(connection, version, split, position, number, example.line)
        return version, position

    return write


def replace_row(name: str, split: Split, position: int, old: int, example: Example, source: str) -> Write[int]:
    """Makes the next version of a dataset with another row at a position; gives its id.

    `old` is the id of the example that is thought to stand there. Raises UsageFault where another does by now.
    """
    row = packed_example(example)

    def write(connection: sqlite3.Connection) -> int:
        before = _last(connection, name)
        there = (
            before
            and connection.execute(rows_of_split("m.example", "m.position = ?3"), (before, split, position)).fetchone()
        )
        if not before or not there or there[0] != old:
            raise UsageFault(f"{split}:{position} of {name} was changed meanwhile.", "", "Look at it again.")
        number, _ = _stored(connection, row)
        version = _next_version(connection, before, split, source)
        _put(connection, version, split, position, number, example.line)
        return version

    return write


def go_back_to(version: int, source: str, latest: int) -> Write[int]:
    """Makes the next version of a dataset with the rows of an older one; gives its id.

    `latest` is the id of the version that is thought to be the last. Raises UsageFault where there is a newer one.
    """

    def write(connection: sqlite3.Connection) -> int:
        name, way = connection.execute(
            "SELECT name, split_way FROM dataset_version WHERE id = ?", (version,)
        ).fetchone()
        if _last(connection, unpack_text(name)) != latest:
            raise UsageFault(f"{unpack_text(name)} was changed meanwhile.", "", "genai-tui data list shows it.")
        made = _new_version(connection, unpack_text(name), source, unpack_text(way))
        for split in SPLITS:
            share_split(connection, version, made, split)
        return made

    return write


def same_rows(reader: Reader, one: int, other: int) -> bool:
    """Whether two versions show the same rows because one took them over from the other; reads their own rows only."""

    def shown(version: int) -> tuple[list[Any], list[Any]]:
        splits = reader.rows("SELECT split, holder, rows FROM dataset_split WHERE dataset_version = ?", (version,))
        own = reader.rows(
            "SELECT m.split, m.position, m.example FROM dataset_split s JOIN membership m "
            "ON m.dataset_version = s.dataset_version AND m.split = s.split "
            "WHERE s.dataset_version = ? AND s.holder <> s.dataset_version ORDER BY m.split, m.position",
            (version,),
        )
        return sorted(splits), own

    return one == other or shown(one) == shown(other)


def different_splits(reader: Reader, split: Split) -> list[int]:
    """The ids of the versions that show different rows in a split, the newest first; of those alike the newest."""
    rows = reader.rows(
        "SELECT max(version) FROM (SELECT s.dataset_version AS version, s.holder, (SELECT group_concat("
        "m.position || ':' || m.example) FROM membership m WHERE m.dataset_version = s.dataset_version "
        "AND m.split = s.split AND s.holder <> s.dataset_version) AS own FROM dataset_split s WHERE s.split = ?) "
        "GROUP BY holder, own ORDER BY 1 DESC",
        (split,),
    )
    return [version for [version] in rows]


def version_of(reader: Reader, name: str, version: int) -> int:
    """The id of a dataset's version by its number. Raises UsageFault where there is none."""
    row = reader.one("SELECT id FROM dataset_version WHERE name = ? AND version = ?", (pack_text(name), version))
    if row is None:
        raise UsageFault(f"{name} has no version {version}.", "", "genai-tui data list shows its last one.")
    return int(row[0])


def _last(connection: sqlite3.Connection, name: str) -> int | None:
    row = connection.execute(
        "SELECT id FROM dataset_version WHERE name = ? AND version IS NOT NULL ORDER BY version DESC LIMIT 1",
        (pack_text(name),),
    ).fetchone()
    return None if row is None else int(row[0])


def _named(connection: sqlite3.Connection, version: int) -> tuple[str, str]:
    """The name of a version's dataset, and how it was split."""
    row = connection.execute("SELECT name, split_way FROM dataset_version WHERE id = ?", (version,)).fetchone()
    return unpack_text(row[0]), unpack_text(row[1])


def _new_version(connection: sqlite3.Connection, name: str, source: str, way: str) -> int:
    cursor = connection.execute(
        "INSERT INTO dataset_version (name, version, source, split_way, created) SELECT ?1, 1 + coalesce(max(version), "
        "0), ?2, ?3, ?4 FROM dataset_version WHERE name = ?1",
        (pack_text(name), pack_text(source), pack_text(way), utc()),
    )
    return cursor.lastrowid or 0


def _next_version(connection: sqlite3.Connection, before: int, changed: Split, source: str) -> int:
    """A version with every row of the one before, where one row of `changed` is going to differ."""
    name, way = _named(connection, before)
    version = _new_version(connection, name, source, way)
    for split in SPLITS:
        share_split(connection, before, version, split)
    [[own]] = connection.execute(
        "SELECT count(*) FROM membership WHERE dataset_version = ? AND split = ?", (version, changed)
    ).fetchall()
    connection.execute(
        "INSERT INTO membership SELECT s.dataset_version, m.split, m.position, m.example, m.line FROM dataset_split s "
        "JOIN membership m ON m.dataset_version = s.holder AND m.split = s.split "
        "WHERE s.dataset_version = ?1 AND s.split = ?2 AND ?3 > 2 * s.rows ON CONFLICT DO NOTHING",
        (version, changed, own * own),
    )
    connection.execute(
        "UPDATE dataset_split SET holder = dataset_version WHERE dataset_version = ?1 AND split = ?2 AND ?3 > 2 * rows",
        (version, changed, own * own),
    )
    return version


def _stored(connection: sqlite3.Connection, row: tuple[Any, ...]) -> tuple[int, bool]:
    """The id of the example with this content, and whether no dataset had it yet."""
    is_new = connection.execute(INSERT_EXAMPLE, row).rowcount == 1
    found = connection.execute(f"SELECT id FROM example WHERE {KEY} = substr(coalesce(?, ?), 1, 16)", row[:2])
    return int(found.fetchone()[0]), is_new


def _place(connection: sqlite3.Connection, version: int, split: Split, example: int) -> int | None:
    """The first position at which an example stands in a split; reads all of it."""
    read = rows_of_split("m.position", "m.example = ?3")
    row = connection.execute(f"{read} ORDER BY 1 LIMIT 1", (version, split, example)).fetchone()
    return None if row is None else int(row[0])


def _put(connection: sqlite3.Connection, version: int, split: Split, position: int, example: int, line: int) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO membership VALUES (?, ?, ?, ?, ?)", (version, split, position, example, line)
    )
