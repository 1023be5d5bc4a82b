"""Parts are as high as what they show, and what is not shown has a mark."""

from textual.events import Paste

from genai_tui.project import Project
from tests.support.panes import opened


async def test_a_fault_grows_its_box_and_is_read_whole(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "enter", "tab", *"{{ ticket ")
        await panes.until(lambda: "✘" in panes.part("#template"))
        assert "▲" not in panes.part("#system") + panes.part("#template")
        assert "▼" not in panes.part("#system") + panes.part("#template")


async def test_after_a_long_text_has_gone_boxes_are_low_again(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await panes.press("3", "enter")
        before = panes.app.screen.query_one("#template").size.height
        panes.app.post_message(Paste("line\n" * 200))
        await panes.until(lambda: panes.app.screen.query_one("#system").size.height > 5)
        await panes.press("ctrl+z")
        await panes.until(lambda: panes.app.screen.query_one("#system").size.height < 5)
        assert panes.app.screen.query_one("#template").size.height >= before


async def test_examples_that_are_not_shown_have_a_mark(sample: Project) -> None:
    async with opened(sample, (60, 17)) as panes:
        await panes.press("3")
        await panes.until(lambda: panes.app.screen.settled)  # type: ignore[attr-defined]
        assert "▼" in panes.part("#examples")


async def test_what_is_expected_stands_right_under_the_variables(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3")
        await panes.until(lambda: panes.app.screen.settled)  # type: ignore[attr-defined]
        rows = [row for row in panes.part("#inputs").split("\n") if row.strip()]
        assert panes.part("#inputs").split("\n")[: len(rows)] == rows
        assert "expected" in rows[-1]
