"""What an import leaves in the store: versions, splits that stay, rows as they were, and nothing of what broke off."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.datasets import ImportOptions, import_file
from genai_tui.datasets.packing import BLOCK
from genai_tui.datasets.storing import stem, store_import
from genai_tui.errors import FileFault, UsageFault
from genai_tui.project import Project
from genai_tui.store.datasets import all_examples, find_dataset, find_example, page_datasets, page_examples


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "p", name="p") as project:
        yield project


def write(folder: Path, count: int, name: str = "a.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps({"q": f"text {n}", "a": n % 2}) + "\n" for n in range(count)))
    return path


def test_rows_come_back_as_they_were_in_their_splits(project: Project, tmp_path: Path) -> None:
    result = import_file(write(tmp_path, 2500), ImportOptions(inputs=("q",), expected="a"))
    told: list[tuple[int, int]] = []
    dataset = store_import(project.writer, project.reader, result, "d", progress=lambda *x: told.append(x))
    assert (dataset.name, dataset.version, dataset.in_use) == ("d", 1, True)
    assert dataset.splits == result.rows == {"train": 1500, "dev": 375, "test": 625}
    assert dataset.split_way == "stratified by expected, equal inputs kept together, way 2; 0.6/0.15/0.25, seed 0"
    assert told[-1] == (2500, 2500)
    assert [count for count, _ in told] == sorted({count for count, _ in told})
    for split, first, examples in result.batches():
        for row, example in list(enumerate(examples, first))[::333]:
            found = find_example(project.reader, dataset, split, row)
            assert (found.inputs, found.expected, found.line) == (example.inputs, example.expected, example.line)


def test_a_split_is_replaced_and_the_others_stay(project: Project, tmp_path: Path) -> None:
    options = ImportOptions(inputs=("q",), expected="a")
    first = store_import(project.writer, project.reader, import_file(write(tmp_path, 20), options), "d")
    dev = import_file(write(tmp_path, 2, "b.jsonl"), ImportOptions(inputs=("q",), expected="a", split="dev"))
    second = store_import(project.writer, project.reader, dev, "d", "dev")
    assert (second.version, second.splits) == (2, {**first.splits, "dev": 2})
    assert find_dataset(project.reader, "d") == second
    assert [e.inputs["q"] for _, e in page_examples(project.reader, second, "dev")] == ["text 0", "text 1"]
    assert second.split_way.startswith("given: dev; others: stratified")
    third = store_import(project.writer, project.reader, import_file(write(tmp_path, 10), options), "d")
    assert (third.version, third.rows) == (3, 10)
    other = store_import(project.writer, project.reader, dev, "new", "dev")
    assert (other.version, other.splits, other.in_use) == (1, {"dev": 2}, False)


def test_an_import_that_breaks_off_leaves_nothing(project: Project, tmp_path: Path) -> None:
    path = write(tmp_path, 3 * BLOCK)
    result = import_file(path, ImportOptions(inputs=("q",), expected="a", split="train"))

    def change(done: int, total: int) -> None:
        if done == BLOCK:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store_import(project.writer, project.reader, result, "d", "train", progress=change)
    assert page_datasets(project.reader) == []
    for table in ("membership", "dataset_split", "dataset_version WHERE name <> ''"):
        assert project.reader.one(f"SELECT count(*) FROM {table}", ()) == (0,)
    path.unlink()
    assert store_import(project.writer, project.reader, result, "d", "train").rows == 3 * BLOCK  # what was read is kept


def test_rows_that_are_there_already_are_shared(project: Project, tmp_path: Path) -> None:
    options = ImportOptions(inputs=("q",), expected="a", split="dev")
    path = write(tmp_path, 30)
    store_import(project.writer, project.reader, import_file(path, options), "d")
    path.write_text(
        path.read_text() + json.dumps({"q": "new", "a": 1}) + "\n" + json.dumps({"q": "new", "a": 1}) + "\n"
    )
    again = store_import(project.writer, project.reader, import_file(path, options), "d")
    assert project.reader.one("SELECT count(*) FROM example", ()) == (31,)
    rows = [(number, example.inputs["q"]) for number, example in page_examples(project.reader, again, "dev")]
    assert rows == [(n + 1, f"text {n}") for n in range(30)] + [(31, "new"), (32, "new")]


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201, "\x1b[2J"])
def test_names_that_are_none(project: Project, tmp_path: Path, name: str) -> None:
    result = import_file(write(tmp_path, 3), ImportOptions(inputs=("q",)))
    with pytest.raises(UsageFault, match="cannot be the name"):
        store_import(project.writer, project.reader, result, name)


@pytest.mark.parametrize(
    ("file", "name"), [("faq.csv", "faq"), ("a.b.jsonl.gz", "a.b"), ("plain", "plain"), (".csv", ".csv"), ("x.gz", "x")]
)
def test_a_file_gives_its_dataset_its_stem(file: str, name: str) -> None:
    assert stem(file) == name


def sheet(folder: Path, count: int, end: str = "") -> Path:
    path = folder / "a.csv"
    path.write_text("q,a\n" + "".join(f"text {n % 2500},{n % 3}\n" for n in range(count)) + end)
    return path


@pytest.mark.parametrize("end", ["", '"quoted, ""so""",1\n'])
def test_a_sheet_that_is_stored_while_it_is_read_is_the_same(project: Project, tmp_path: Path, end: str) -> None:
    path, options = sheet(tmp_path, BLOCK + 5000, end), ImportOptions(inputs=("q",), expected="a")
    ahead = import_file(path, options, writer=project.writer)
    assert list(ahead.spool.blocks()) == []  # they went into the store
    assert page_datasets(project.reader) == []
    datasets = [
        store_import(project.writer, project.reader, result, name)
        for result, name in ((import_file(path, options), "read first"), (ahead, "ahead"))
    ]
    assert datasets[0].splits == datasets[1].splits == ahead.rows
    assert sum(ahead.rows.values()) == BLOCK + 5000 + bool(end)
    for split in datasets[0].splits:
        rows = [list(all_examples(project.reader, dataset, split)) for dataset in datasets]
        assert rows[0] == rows[1]


@pytest.mark.parametrize("end", ['"never closed,1\n', "\udcff,1\n"])
def test_of_a_sheet_that_is_at_fault_at_its_end_nothing_is_stored(project: Project, tmp_path: Path, end: str) -> None:
    path = sheet(tmp_path, BLOCK + 5000)
    with path.open("ab") as file:
        file.write(end.encode("utf-8", "surrogateescape"))
    with pytest.raises(FileFault) as fault:
        import_file(path, ImportOptions(inputs=("q",), expected="a"), writer=project.writer)
    assert fault.value.extra["rejected"][0]["line"] == BLOCK + 5002
    assert project.reader.one("SELECT count(*) FROM example", ()) == (0,)


def test_who_gives_up_while_a_sheet_is_read_sees_nothing_of_it(project: Project, tmp_path: Path) -> None:
    path, options = sheet(tmp_path, 2 * BLOCK), ImportOptions(inputs=("q",), expected="a")

    def give_up(read: int) -> None:
        if read > BLOCK:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(path, options, progress=give_up, writer=project.writer)
    assert page_datasets(project.reader) == []
    assert project.reader.one("SELECT count(*) FROM membership", ()) == (0,)
    again = import_file(path, options, writer=project.writer)
    assert store_import(project.writer, project.reader, again, "d").rows == 2 * BLOCK
