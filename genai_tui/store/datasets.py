"""Datasets: versions that share rows, as `imports` and `editing` make them.

A split that a version keeps from an older one is not copied: `dataset_split.holder` names the version whose
rows it shows. Where it shows another row at a place, or one more, it has that row itself (see `editing`). Rows are
numbered from 1 within a split, in the order of the file.
"""

import sqlite3
from collections.abc import Iterator
from heapq import merge
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import SPLITS, Dataset, Example, Split
from genai_tui.store.choices import choice, save_choice
from genai_tui.store.paging import every
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_text, unpack_json, unpack_text
from genai_tui.store.writer import Write

COLUMNS = "d.id, d.name, d.version, d.source, d.split_way, d.created"
_EXAMPLE = "e.id, e.inputs, e.expected, e.tags, m.line"
IN_USE = "dataset"
MOST_VERSIONS = 500  # in one list


def find_dataset(reader: Reader, name: str | None = None) -> Dataset:
    """The last version of dataset `name`; None is the one in use. Raises UsageFault."""
    wanted = choice(reader, IN_USE) if name is None else name
    if wanted is None:
        raise UsageFault("There is no dataset yet.", "None was imported.", "Import one: genai-tui data import FILE.")
    row = reader.one(
        f"SELECT {COLUMNS} FROM dataset_version d WHERE d.name = ? AND d.version IS NOT NULL "
        "ORDER BY d.version DESC LIMIT 1",
        (pack_text(wanted),),
    )
    if row is None:
        raise UsageFault(f"There is no dataset {wanted}.", _there_are(reader), "genai-tui data list shows them.")
    return _whole(reader, row)


def find_dataset_version(reader: Reader, version: int) -> Dataset:
    """The version with that id, as runs name it. Raises UsageFault."""
    row = reader.one(f"SELECT {COLUMNS} FROM dataset_version d WHERE d.id = ? AND d.version IS NOT NULL", (version,))
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
        f"SELECT {COLUMNS} FROM dataset_version d WHERE d.id > ? AND d.version IS NOT NULL {last} "
        "ORDER BY d.id LIMIT ?",
        (after or 0, limit),
    )
    return [_whole(reader, row) for row in rows]


def all_datasets(reader: Reader, *, all_versions: bool = False) -> Iterator[Dataset]:
    """Every dataset with its last version (or all), page by page."""
    return every(lambda after: page_datasets(reader, after, all_versions=all_versions), lambda dataset: dataset.id)


def page_versions(reader: Reader) -> list[Dataset]:
    """At most `MOST_VERSIONS` versions of datasets, the newest first: those in use first of all."""
    return sorted(all_datasets(reader, all_versions=True), key=lambda each: (not each.in_use, -each.id))[:MOST_VERSIONS]


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


def in_file_order(reader: Reader, dataset: Dataset) -> Iterator[tuple[Split, int, Example]]:
    """Every row of all splits, each with its split and its number there, in the order of their lines.

    So however the rows of a file are split, they come in the same order.
    """

    def numbered(split: Split) -> Iterator[tuple[Split, int, Example]]:
        return ((split, number, row) for number, row in enumerate(all_examples(reader, dataset, split), 1))

    return merge(*map(numbered, SPLITS), key=lambda row: row[2].line)


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


def places_of(reader: Reader, version: int, split: Split) -> list[tuple[int, int]]:
    """The id of the example at each place of a split, with that place, in their order."""
    return reader.rows(f"{rows_of_split('m.example, m.position')} ORDER BY 2", (version, split))


def hashes_of(reader: Reader, version: int, split: Split) -> frozenset[str]:
    """The hashes of the rows of a split."""
    return frozenset(digest for (digest,) in reader.rows(rows_of_split("e.hash"), (version, split)))


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
    return dataset_of(row, splits, used[0] if used else None)


def _there_are(reader: Reader) -> str:
    names = [dataset.name for dataset in page_datasets(reader, limit=9)]
    return f"There are: {', '.join(names)}." if names else "None was imported yet."


def dataset_of(row: tuple[Any, ...], splits: list[tuple[str, int]], used: str | None) -> Dataset:
    """The dataset of a row of COLUMNS, with the rows of its splits; `used` is the name of the one in use."""
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
