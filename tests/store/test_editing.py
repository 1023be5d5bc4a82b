"""Versions that differ by a row: as if each had been stored whole, while almost nothing is stored."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.store.datasets import all_examples, find_dataset, find_dataset_version, find_example, page_examples
from genai_tui.store.editing import append_row, different_splits, go_back_to, replace_row, same_rows
from genai_tui.store.imports import add_examples, begin_import, finish_import
from tests.store.conftest import Store

FIXTURE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def imported(store: Store, name: str, count: int) -> int:
    version = store.put(begin_import(name, "file", "as given"))
    store.put(add_examples(version, "train", 1, [Example({"q": f"{name} {n}"}, "a", line=n) for n in range(count)]))
    store.put(add_examples(version, "dev", 1, [Example({"q": f"{name} dev"}, "b")]))
    return store.put(finish_import(version)).id


def shown(store: Store, version: int) -> list[tuple[str, str]]:
    dataset = find_dataset_version(store.reader, version)
    rows = [(e.inputs["q"], e.expected) for e in all_examples(store.reader, dataset, "train")]
    assert len(rows) == dataset.splits.get("train", 0)
    assert [n for n, _ in page_examples(store.reader, dataset, "train", limit=9_999)] == list(range(1, len(rows) + 1))
    for position in {1, len(rows)} if rows else ():
        assert find_example(store.reader, dataset, "train", position).inputs["q"] == rows[position - 1][0]
    seen = store.reader.rows(
        "SELECT json_extract(inputs, '$.q'), json_extract(expected, '$') FROM v_examples "
        "WHERE dataset = ? AND version = ? AND split = 'train' ORDER BY position",
        (dataset.name, dataset.version),
    )
    assert seen == rows
    return rows


@FIXTURE
@given(
    st.integers(1, 6),
    st.lists(
        st.tuples(st.sampled_from(["append", "replace", "back"]), st.integers(0, 99), st.sampled_from("xyz")),
        max_size=25,
    ),
)
def test_every_version_shows_what_it_would_had_it_been_stored_whole(
    store: Store, count: int, steps: list[tuple[str, int, str]]
) -> None:
    name = f"d{store.reader.one('SELECT count(*) FROM dataset_version')}"
    versions = [imported(store, name, count)]
    model = {versions[0]: shown(store, versions[0])}
    for step, number, answer in steps:
        rows = list(model[versions[-1]])
        if step == "append":
            row = (f"{name} new {number}", answer)
            made, position = store.put(append_row(name, "train", Example({"q": row[0]}, row[1]), "edited"))
            assert bool(made) == (row not in rows)
            assert position == (len(rows) + 1 if made else rows.index(row) + 1)
            rows += [row] * bool(made)
        elif step == "replace":
            position = number % len(rows) + 1
            dataset = find_dataset_version(store.reader, versions[-1])
            old = find_example(store.reader, dataset, "train", position)
            new = Example(old.inputs, answer)
            made = store.put(replace_row(name, "train", position, old.id, new, "edited"))
            rows[position - 1] = (old.inputs["q"], answer)
        else:
            older = versions[number % len(versions)]
            made = store.put(go_back_to(older, "back", versions[-1]))
            rows = list(model[older])
            assert same_rows(store.reader, made, older)
        if made:
            versions.append(made)
            model[made] = rows
    assert {version: shown(store, version) for version in versions} == model
    assert [v for v in different_splits(store.reader, "train") if v == versions[-1]] == [versions[-1]]


def test_one_row_more_of_many_stores_one_row(store: Store) -> None:
    imported(store, "d", 1_000)
    [[before]] = store.reader.rows("SELECT count(*) FROM membership")
    store.put(append_row("d", "train", Example({"q": "new"}, "a"), "edited"))
    assert store.reader.one("SELECT count(*) FROM membership") == (before + 1,)
    for number in range(60):  # more than the square root of 2,000: then the split is copied once
        store.put(append_row("d", "train", Example({"q": f"more {number}"}, "a"), "edited"))
    [[after]] = store.reader.rows("SELECT count(*) FROM membership")
    assert after < before + 61 * 46 + 1_061
    [[holders]] = store.reader.rows("SELECT count(DISTINCT holder) FROM dataset_split WHERE split = 'train'")
    assert holders == 2


def test_an_import_keeps_a_split_as_it_was_edited(store: Store) -> None:
    imported(store, "d", 3)
    edited, _ = store.put(append_row("d", "train", Example({"q": "new"}, "a"), "edited"))
    version = store.put(begin_import("d", "file", "as given"))
    store.put(add_examples(version, "dev", 1, [Example({"q": "other"}, "b")]))
    made = store.put(finish_import(version, keep_from={"train": edited}))
    assert shown(store, made.id) == shown(store, edited)
    assert made.splits == {"train": 4, "dev": 1}


def test_a_dataset_begins_with_a_row(store: Store) -> None:
    made, position = store.put(append_row("new", "dev", Example({"q": "x"}, "a"), "edited"))
    dataset = find_dataset(store.reader)
    assert (dataset.id, dataset.name, dataset.version, dataset.splits, dataset.in_use) == (
        made, "new", 1, {"dev": 1}, True,
    )  # fmt: skip
    assert position == 1


def test_what_was_changed_meanwhile_is_not_overwritten(store: Store) -> None:
    first = imported(store, "d", 3)
    old = find_example(store.reader, find_dataset(store.reader), "train", 2)
    second = store.put(replace_row("d", "train", 2, old.id, Example(old.inputs, "x"), "edited"))
    with pytest.raises(UsageFault, match="changed meanwhile"):
        store.put(replace_row("d", "train", 2, old.id, Example(old.inputs, "y"), "edited"))
    with pytest.raises(UsageFault, match="changed meanwhile"):
        store.put(go_back_to(first, "back", first))
    assert find_dataset(store.reader).id == second
    assert shown(store, first)[1] == ("d 1", "a")
