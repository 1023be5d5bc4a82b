"""A file of rows in the app: what its columns mean is shown and changed first; then it is a dataset."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.errors import UsageFault
from genai_tui.project import Project
from genai_tui.store.datasets import find_dataset, find_example
from tests.support.evaluate_screen import ROWS, at_six, type_over
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import opened
from tests.support.playground import project_with


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with project_with(tmp_path / "work", FakeEndpoint(), rows=ROWS) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "mails.csv"
    found.write_text("subject,body,answer,kind\n" + "".join(f"s{n},b{n},{'xy'[n % 2]},k\n" for n in range(20)))
    return found


async def test_columns_are_shown_changed_and_then_imported(project: Project, file: Path) -> None:
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("d", "I")
        await type_over(panes, str(file))
        await panes.until(lambda: panes.where == "ImportPage" and "answer" in panes.part("#columns"))
        meanings = {
            line.split()[-2 if line.endswith("used") else -1] for line in panes.part("#columns").split("\n")[1:5]
        }
        assert meanings <= {"input", "expected", "tag", "not"}
        assert panes.shows("0.6 train, 0.15 dev, 0.25 test")
        await panes.until(lambda: panes.shows("No expected answer, by which most scorers go: space on its column."))
        with pytest.raises(UsageFault):
            find_dataset(project.reader, "mails")  # nothing is stored before it is asked for
        await panes.press("down", "down", "space")
        await panes.until(lambda: not panes.shows("No expected answer"))
        assert "expected" in panes.part("#columns").split("\n")[3]
        await panes.press("down")  # kind: an input, until it is called a tag
        for _ in range(4):
            if "tag" in panes.part("#columns").split("\n")[4]:
                break
            await panes.press("space")
        await panes.press("w", "w")
        await panes.until(lambda: panes.shows("all into dev"))
        await panes.press("e")
        await type_over(panes, "letters")
        await panes.until(lambda: panes.shows("letters, all into dev"))
        await panes.press("y")
        assert panes.shows("--name letters")
        assert panes.shows("--tag kind")
        await panes.press("r")
        await panes.until(lambda: panes.shows("20 rows are letters, version 1"))
        assert panes.where == "Evaluate"
        await panes.until(lambda: "letters v1" in panes.part("#rows"))  # it is the chosen one
        row = find_example(project.reader, find_dataset(project.reader, "letters"), "dev", 1)
        assert row.tags == ("k",)
        assert row.inputs["subject"] == "s0"


async def test_turning_one_column_takes_nothing_from_another(project: Project, file: Path) -> None:
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("d", "I")
        await type_over(panes, str(file))
        await panes.until(lambda: panes.where == "ImportPage" and "answer" in panes.part("#columns"))

        def meaning(line: int) -> str:
            return panes.part("#columns").split("\n")[line].split(maxsplit=2)[-1].removeprefix("answer").strip()

        await panes.press("down", "down")
        while "expected" not in meaning(3):
            await panes.press("space")
        await panes.press("down")
        for _ in range(4):
            await panes.press("space")
            assert "expected" in meaning(3)
            assert "expected" not in meaning(4)


async def test_a_row_that_was_changed_is_not_lost_by_one_esc(project: Project) -> None:
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("d", "tab", "enter", "down", "enter", *"not ", "escape", "escape")
        assert panes.where == "RowPage"
        assert panes.shows("This is not saved: s saves it; esc again lets it go.")
        await panes.press("escape")
        await panes.until(lambda: panes.where == "Evaluate")
        await panes.press("enter", "escape")  # nothing was changed: nothing is asked
        await panes.until(lambda: panes.where == "Evaluate")
        assert find_dataset(project.reader).version == 1


async def test_what_cannot_be_taken_says_why_and_stores_nothing(project: Project, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('[{"a": 1},')
    async with opened(project) as panes:
        await at_six(panes)
        for path, why in ((bad, "the file is no json"), (tmp_path / "nothing.csv", "There is no file")):
            await panes.press("d", "I")
            await type_over(panes, str(path))
            await panes.until(lambda why=why: panes.where == "ImportPage" and panes.shows(why))
            await panes.press("r", "escape", "escape")
            await panes.until(lambda: panes.where == "Evaluate")
        assert [row[0] for row in project.reader.rows("SELECT DISTINCT name FROM dataset_version")] == ["tickets"]


async def test_enter_does_in_a_field_what_the_last_line_says(project: Project) -> None:
    async with opened(project) as panes:
        await at_six(panes)
        await panes.press("d", "tab", "enter", "down", "down", "enter", *"one,")
        assert "enter done" in panes.last_line
        await panes.press(*" two", "enter")
        assert "enter type" in panes.last_line
        await panes.press("up", "up", "enter")
        assert "enter new line" in panes.last_line
        await panes.press("A", "enter", "ctrl+s")
        await panes.until(lambda: panes.where == "Evaluate" and find_dataset(project.reader).version == 2)
        row = find_example(project.reader, find_dataset(project.reader), "dev", 1)
        assert (row.inputs["ticket"], row.tags) == ("A\ndev ticket 0", ("one", "two"))
