"""What a job on a node reads of a project: all but its answers."""

import sqlite3
from pathlib import Path

import pytest

from genai_tui.store.datasets import all_examples, find_dataset
from genai_tui.store.excerpt import make_excerpt
from genai_tui.store.generations import count_generations
from genai_tui.store.prompts import find_prompt
from genai_tui.store.reader import Reader
from genai_tui.store.verify import verify
from tests.store.conftest import Store
from tests.store.test_verify import filled


def test_it_has_the_rows_and_prompts_but_no_answers(store: Store, tmp_path: Path) -> None:
    filled(store)
    target = tmp_path / "given.db"
    make_excerpt(store.path, target)
    given = Reader(target)
    [dataset, there] = [find_dataset(reader, "d") for reader in (store.reader, given)]
    assert list(all_examples(given, there, "train")) == list(all_examples(store.reader, dataset, "train"))
    assert find_prompt(given, "2") == find_prompt(store.reader, "2")
    assert (count_generations(store.reader, "try"), count_generations(given, "try")) == (1, 0)
    assert verify(given) == []
    given.close()


def test_nothing_is_left_of_one_that_could_not_be_made(tmp_path: Path) -> None:
    broken = tmp_path / "project.db"
    broken.write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    with pytest.raises(sqlite3.DatabaseError):
        make_excerpt(broken, tmp_path / "given.db")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("given")] == []
