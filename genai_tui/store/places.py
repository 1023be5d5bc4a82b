"""Where a row stands in a dataset. Everything here reads every row: call it in a thread."""

from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import SPLITS, Dataset, Split
from genai_tui.store.datasets import example_by_id, find_dataset, rows_of_split
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json


def places_of(reader: Reader, dataset: Dataset, inputs: dict[str, Any]) -> list[tuple[Split, int]]:
    """Where rows with these inputs stand, in whatever split."""
    return _places(reader, dataset, "e.inputs = ?3", pack_json(inputs))


def place_in_use(reader: Reader, example: int) -> str | None:
    """Where the row with that id stands in the dataset in use, as `SPLIT:N`, else one with its inputs; None: nowhere.

    Raises UsageFault where there is no such row.
    """
    try:
        dataset = find_dataset(reader)
    except UsageFault:
        return None
    # the ids lie together and are read quickly; inputs are looked at only where the row was changed or is gone
    places = _places(reader, dataset, "m.example = ?3", example)
    places = places or places_of(reader, dataset, example_by_id(reader, example).inputs)
    return "{}:{}".format(*places[0]) if places else None


def place_in(reader: Reader, version: int, split: Split, example: int) -> int | None:
    """The number of a row in a split of a dataset version, counted from 1; None where it does not stand there."""
    row = reader.one(f"{rows_of_split('m.position', 'm.example = ?3')} ORDER BY 1", (version, split, example))
    return None if row is None else int(row[0])


def unanswered(reader: Reader, dataset: Dataset, split: Split) -> int:
    """How many rows of a split have no expected answer."""
    return len(reader.rows(rows_of_split("e.id", "e.expected IS NULL"), (dataset.id, split)))


def _places(reader: Reader, dataset: Dataset, condition: str, value: object) -> list[tuple[Split, int]]:
    read = rows_of_split("m.position", condition) + " ORDER BY 1"
    return [(split, row[0]) for split in SPLITS for row in reader.rows(read, (dataset.id, split, value))]
