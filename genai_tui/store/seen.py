"""Rows that were measured and are trained on: how many, by the inputs that both have. Reads whole splits."""

from genai_tui.records.datasets import Split
from genai_tui.store.datasets import rows_of_split
from genai_tui.store.reader import Reader


def rows_in_train(reader: Reader, version: int, split: Split, rows: int | None, other: int) -> int:
    """How many of the first `rows` rows (None: of all) of a split stand in train of another version, by their inputs.

    Versions are ids.
    """
    train = rows_of_split("e.inputs").replace("?1", "?3").replace("?2", "'train'")
    counted = rows_of_split("e.inputs, m.position")
    found = reader.one(
        f"SELECT count(*) FROM ({counted}) WHERE position <= ?4 AND inputs IN ({train})",
        (version, split, other, 2**62 if rows is None else rows),
    )
    return int(found[0]) if found else 0
