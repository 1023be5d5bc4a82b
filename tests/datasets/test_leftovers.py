"""What an import that broke off has stored is shared by the next one of the same, or removed by the next one at all."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from genai_tui.datasets import ImportOptions, import_file
from genai_tui.datasets.packing import BLOCK
from genai_tui.datasets.storing import store_import
from genai_tui.project import Project
from genai_tui.records.datasets import Dataset
from genai_tui.store.datasets import all_examples, find_dataset
from tests.support.commands import genai_process

OPTIONS = ImportOptions(inputs=("q",), split="train")
KILLED = """
import os, signal, sys
from genai_tui.datasets import ImportOptions, import_file
from genai_tui.datasets.storing import store_import
from genai_tui.project import Project

with Project.open(sys.argv[1]) as project:
    result = import_file(sys.argv[2], ImportOptions(inputs=("q",), split="train"))
    kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    store_import(project.writer, project.reader, result, "killed", "train", progress=kill)
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "p", name="p") as project:
        yield project


def rows(folder: Path, count: int, word: str) -> Path:
    path = folder / f"{word}.jsonl"
    path.write_text("".join(f'{{"q": "{word} {n}"}}\n' for n in range(count)))
    return path


def stored(project: Project, path: Path, then: Callable[[], object] = lambda: None) -> Dataset:
    """Import a file; `then` is done after each block."""
    result = import_file(path, OPTIONS)
    return store_import(project.writer, project.reader, result, "d", "train", progress=lambda *_: then())


def interrupt() -> None:
    raise KeyboardInterrupt


def kept(project: Project) -> int:
    """How many rows the database holds, seen by anybody or not."""
    [[count]] = project.reader.rows("SELECT count(*) FROM example")
    return count


def broken_off(project: Project, folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        stored(project, rows(folder, 2 * BLOCK, "broken"), interrupt)
    assert kept(project) >= BLOCK


def test_what_was_given_up_is_removed_by_the_next_import(project: Project, tmp_path: Path) -> None:
    before = stored(project, rows(tmp_path, 5, "before"))
    broken_off(project, tmp_path)
    after = stored(project, rows(tmp_path, 7, "after"))
    assert kept(project) == 5 + 7
    assert [row.inputs["q"] for row in all_examples(project.reader, before, "train")][-1] == "before 4"
    assert [row.inputs["q"] for row in all_examples(project.reader, after, "train")][-1] == "after 6"
    assert project.reader.rows("PRAGMA foreign_key_check") == []
    assert project.reader.rows("SELECT count(*) FROM dataset_version") == [(2,)]


def test_imported_again_it_is_shared(project: Project, tmp_path: Path) -> None:
    broken_off(project, tmp_path)
    again = stored(project, rows(tmp_path, 2 * BLOCK, "broken"))
    assert again.splits == {"train": 2 * BLOCK}
    assert kept(project) == 2 * BLOCK


def test_what_a_killed_process_has_left_is_removed(project: Project, tmp_path: Path) -> None:
    path = rows(tmp_path, 2 * BLOCK, "killed")
    ended = subprocess.run([sys.executable, "-c", KILLED, project.folder, path], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert kept(project) >= BLOCK
    stored(project, rows(tmp_path, 3, "after"))
    assert kept(project) == 3


def test_nothing_is_taken_from_an_import_that_goes_on(project: Project, tmp_path: Path) -> None:
    broken_off(project, tmp_path)
    other = rows(tmp_path, 3, "other")

    def import_beside() -> None:
        words = ("data", "import", other, "--name", f"beside{kept(project)}", "--split", "dev")
        assert genai_process(*words, cwd=project.folder).code == 0

    going_on = stored(project, rows(tmp_path, 2 * BLOCK, "going"), import_beside)
    assert going_on.splits == {"train": 2 * BLOCK}
    assert len(list(all_examples(project.reader, find_dataset(project.reader, "d"), "train"))) == 2 * BLOCK
    assert kept(project) == 2 * BLOCK + 3


def test_what_was_stored_of_a_sheet_that_was_given_up_while_it_was_read_is_removed(
    project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("q\n" + "".join(f"given up {n}\n" for n in range(3 * BLOCK)))

    def give_up(read: int) -> None:
        if read > 2 * BLOCK:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(path, OPTIONS, progress=give_up, writer=project.writer)
    assert kept(project) >= BLOCK
    stored(project, rows(tmp_path, 3, "after"))
    assert kept(project) == 3


def test_an_import_that_waits_is_no_leftover_when_another_one_of_its_process_ends(
    project: Project, tmp_path: Path
) -> None:
    broken_off(project, tmp_path)
    first, second = (tmp_path / f"{name}.csv" for name in ("first", "second"))
    for path in (first, second):
        path.write_text("q,n\n" + "".join(f"{path.stem} {n},{n}\n" for n in range(30)))
    waiting = import_file(first, OPTIONS, writer=project.writer)
    assert waiting.kept is not None  # what its rows hold is stored already
    store_import(project.writer, project.reader, import_file(second, OPTIONS, writer=project.writer), "second", "train")
    made = store_import(project.writer, project.reader, waiting, "first", "train")
    assert [row.inputs["q"] for row in all_examples(project.reader, made, "train")][-1] == "first 29"
    stored(project, rows(tmp_path, 5, "last"))
    assert kept(project) == 30 + 30 + 5
    assert project.reader.rows("PRAGMA foreign_key_check") == []
