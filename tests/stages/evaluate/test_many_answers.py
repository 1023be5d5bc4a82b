"""Stage 6 over a run of hundreds of thousands of answers: what takes long says so, and can be ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.stages.evaluate.pages import working
from tests.bench.results import fill
from tests.support.evaluate_screen import at_six
from tests.support.panes import opened

ANSWERS = 300_000  # nine of ten are right


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Project]:
    """A project with one run of so many answers."""
    project = fill(tmp_path / "many", ANSWERS)
    yield project
    project.close()


async def test_groups_say_how_far_they_are_and_escape_ends_them(many: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "TELL_S", 0.001)  # however fast the machine reads, it says so on the way
    async with opened(many) as panes:
        await at_six(panes)
        await panes.until(lambda: "300,000 answers are not looked through unasked" in panes.part("#failures"))
        await panes.press("e")
        await panes.until(lambda: "billing 1" in panes.part("#examples"))
        for key in ("t", "escape"):  # a press of the pilot's would wait until all is read
            panes.app.simulate_key(key)
        await panes.until(lambda: panes.shows("Reading was stopped; t groups again."))
        assert "billing 1" in panes.part("#examples")
        with panes.drawn("#groups") as drawn:
            panes.app.simulate_key("t")
            await panes.until(lambda: "270,000" in panes.part("#groups").split())
        assert any("% read, " in text for text in drawn)
        assert not any("Nothing to group" in text for text in drawn)
        assert "300,000" in panes.part("#groups").split()
        await panes.press("t")
        await panes.until(lambda: "30,000×" in panes.part("#groups"))
