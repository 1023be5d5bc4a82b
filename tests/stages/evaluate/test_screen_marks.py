"""Scores whose rows were given away, wherever the screen of stage 6 shows them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.scopes import Scope
from genai_tui.store.artifacts import save_model
from genai_tui.store.datasets import find_dataset
from genai_tui.store.scopes import save_scope
from tests.support.evaluate_screen import at_six, measured
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import Panes, opened
from tests.support.playground import project_with

DEV = [(f"ticket {n}", "technical" if n % 3 == 0 else "billing") for n in range(12)]
SENTENCE = "! fake/label-billing was trained on 5 of these dev rows: it may remember their answers."


@pytest.fixture
def project(tmp_path: Path, fake: FakeEndpoint) -> Iterator[Project]:
    """Five rows of dev stand in train, and one of two models was trained on it."""
    rows = {"train": [*DEV[:5], ("another", "billing")], "dev": DEV}
    with project_with(tmp_path / "work", fake, rows=rows) as made:
        lineage = {"dataset_version": find_dataset(made.reader).id}
        made.writer.put_now(save_model("fake/label-billing", {}, lineage))
        made.writer.put_now(save_scope(Scope(metric="exact", target=0.2)))
        yield made


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_lists_pages_and_gate_say_it(project: Project, size: tuple[int, int]) -> None:
    await measured(project, "label-technical", "label-billing")
    async with opened(project, size) as panes:
        await at_six(panes)
        await panes.until(lambda: "! seen" in panes.part("#runs"))
        assert [("! seen" in line) for line in panes.part("#runs").split("\n")[1:3]] == [True, False]
        await panes.until(lambda: panes.shows(SENTENCE))
        await panes.press("l")
        await panes.until(lambda: "; ! seen" in panes.part("#leaders"))
        assert [line.rstrip().split("±")[1].split()[1] == "!" for line in panes.part("#leaders").split("\n")[1:3]] == [
            True, False
        ]  # fmt: skip
        await panes.press("escape", "t")
        await panes.until(lambda: panes.shows("Run 2 does not pass."))
        assert panes.shows("A gate does not go by it.")
        assert await pressed_command(panes, "p") == "genai-tui eval gate 2 --part"
        await panes.press("escape", "c")
        await panes.until(lambda: panes.shows("run 2: fake/label-billing was trained on 5 of these dev rows"))
        assert "!" in panes.part("#rivals") + panes.part("#difference")


async def pressed_command(panes: Panes, key: str) -> str:
    """The command that the page tells after a key."""
    await panes.press(key)
    return str(panes.app.screen.command())  # type: ignore[attr-defined]
