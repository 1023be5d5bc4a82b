"""Rows that came with something else (a configuration, a log) as a dataset of their own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genai_tui.datasets.storing import next_version
from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Dataset, Example, Split
from genai_tui.store.datasets import all_examples, find_dataset
from genai_tui.store.imports import add_examples, finish_import

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.store.writer import Writer

BATCH = 1000


def keep_rows(project: "Project", name: str, rows: Sequence[Example], split: Split, source: str) -> Dataset:
    """The rows as the last version of the dataset `name`; a version more only where that has others.

    Blocks: call it in a thread where a loop runs. Raises StorageFault.
    """
    try:
        known = find_dataset(project.reader, name)
    except UsageFault:
        known = None
    if known is not None and known.splits == {split: len(rows)}:
        there = all_examples(project.reader, known, split)
        if all(one.hash == other.hash for one, other in zip(there, rows, strict=True)):
            return known
    return store_rows(project.writer, name, rows, split, source, f"given: {split}")


def store_rows(writer: "Writer", name: str, rows: Sequence[Example], split: Split, source: str, way: str) -> Dataset:
    """The rows as the next version of the dataset `name`, all of them its `split`; `way` is how they came to be there.

    Blocks: call it in a thread where a loop runs. Raises StorageFault.
    """
    with next_version(writer, name, source, way) as version:
        for first in range(0, len(rows), BATCH):
            writer.put_now(add_examples(version, split, first + 1, rows[first : first + BATCH]))
        made: Dataset = writer.put_now(finish_import(version))[0]
    return made
