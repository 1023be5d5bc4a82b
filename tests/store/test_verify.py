"""What is stored is what was stored, and what is not is said."""

from collections.abc import Callable

import pytest

from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Example
from genai_tui.records.prompts import Message, Prompt
from genai_tui.store.candidates import save_candidate
from genai_tui.store.generations import save_generation
from genai_tui.store.imports import add_examples, begin_import, finish_import
from genai_tui.store.prompts import save_prompt
from genai_tui.store.verify import verify
from tests.store.conftest import Store
from tests.support.stored import exchange, simple


def filled(store: Store) -> None:
    for number in range(3):
        prompt = store.put(save_prompt(Prompt((Message("user", f"{number} \ud800"),), parameters={"temperature": 0.0})))
        store.put(save_candidate(Candidate("", "embedded", "m", prompt.number, prompt.hash, "w", {"k": [1.0]})))
    version = store.put(begin_import("d", "f", "w"))
    store.put(add_examples(version, "train", 1, [Example({"a": n, "b": 1.5}, ["x\0"]) for n in range(9)]))
    store.put(finish_import(version))
    store.put(save_generation(simple(exchanges=(exchange(),), example=1, prompt=1, candidate=1)))


def test_a_sound_project_has_nothing_to_say(store: Store) -> None:
    filled(store)
    assert verify(store.reader) == []


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE prompt SET messages = '[]' WHERE number = 2", "Prompt 2 is not what its hash says."),
        ("UPDATE prompt SET messages = 'no JSON' WHERE number = 2", "cannot be read"),
        ("UPDATE candidate SET augmentation = '{}' WHERE id = 2", "Candidate c2 is not what its hash says."),
        ("UPDATE example SET expected = NULL WHERE id = 4", "Example 4 is not what its hash says."),
        ("UPDATE body SET json = '{}'", "Request body 1 is not what its hash says."),
        ("DELETE FROM generation", "Row 1 of `exchange` points to a row of `generation` that is not there."),
        ("UPDATE spend SET generations = 5", "5 generations of purpose try are counted, but 1 are there."),
    ],
)
def test_what_was_changed_is_named(store: Store, sql: str, says: str) -> None:
    filled(store)
    store.writer.close()
    store.reader.close()
    import sqlite3

    from genai_tui.store.reader import Reader

    with sqlite3.connect(store.path) as other:
        other.execute(sql)
    other.close()
    reader = Reader(store.path)
    found = verify(reader)
    reader.close()
    assert any(says in sentence for sentence in found), found


def test_many_faults_of_one_kind_are_summed_up(store: Store) -> None:
    filled(store)
    store.put(lambda c: c.execute("UPDATE example SET inputs = '{}'"))
    assert verify(store.reader)[-1] == "… and 4 more of this kind."


def test_a_damaged_file_is_a_sentence_and_no_error(store: Store, overwrite: Callable[[int], None]) -> None:
    filled(store)
    store.writer.close()
    overwrite(3)
    assert any("damaged" in sentence for sentence in verify(store.reader))


@pytest.fixture
def overwrite(store: Store) -> Callable[[int], None]:
    def act(first_page: int) -> None:
        store.reader.release()
        with store.path.open("r+b") as file:
            file.seek(first_page * 4096)
            file.write(b"\xa5" * 4096 * 30)

    return act
