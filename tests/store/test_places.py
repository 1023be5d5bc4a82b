"""Where rows stand: the row itself before one with the same inputs."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.store.datasets import find_dataset, find_example, use_dataset
from genai_tui.store.editing import replace_row
from genai_tui.store.imports import add_examples, begin_import, finish_import
from genai_tui.store.places import place_in_use, places_of
from tests.store.conftest import Store

TWICE = {"ticket": "Twice."}


def imported(store: Store) -> None:
    version = store.put(begin_import("tickets", "file", "as given"))
    store.put(add_examples(version, "train", 1, [Example(TWICE, "billing"), Example({"ticket": "Lost."}, "shipping")]))
    store.put(add_examples(version, "dev", 1, [Example({"ticket": "Hi."}, "other"), Example(TWICE, "refund")]))
    store.put(finish_import(version))
    store.put(use_dataset("tickets"))


def number(store: Store, split: str, row: int) -> int:
    return find_example(store.reader, find_dataset(store.reader), split, row).id  # type: ignore[arg-type]


def test_a_row_is_found_by_itself_before_one_with_its_inputs(store: Store) -> None:
    imported(store)
    for split, row in (("train", 1), ("train", 2), ("dev", 1), ("dev", 2)):
        assert place_in_use(store.reader, number(store, split, row)) == f"{split}:{row}"
    assert places_of(store.reader, find_dataset(store.reader), TWICE) == [("train", 1), ("dev", 2)]


def test_a_row_that_was_changed_since_is_found_by_its_inputs(store: Store) -> None:
    imported(store)
    old, other = number(store, "train", 2), number(store, "dev", 1)
    store.put(replace_row("tickets", "train", 2, old, Example({"ticket": "Lost."}, "other"), "edited"))
    store.put(replace_row("tickets", "dev", 1, other, Example({"ticket": "Bye."}, "other"), "edited"))
    assert place_in_use(store.reader, old) == "train:2"
    assert place_in_use(store.reader, other) is None


def test_without_a_dataset_no_row_stands_anywhere(store: Store) -> None:
    assert place_in_use(store.reader, 1) is None
    imported(store)
    with pytest.raises(UsageFault, match="no example with id 99"):
        place_in_use(store.reader, 99)
