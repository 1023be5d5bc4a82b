"""A version that was just saved is given a note without leaving the playground; no letter of it is a key."""

from genai_tui.project import Project
from genai_tui.store.prompts import find_prompt, latest_prompt
from tests.support.panes import opened


async def test_what_was_saved_is_named_at_once(sample: Project) -> None:
    async with opened(sample, (80, 24)) as panes:
        await panes.press("3", "enter", "tab", *"Ticket: ", "escape", "N")
        assert "s saves it, then N" in panes.last_line
        await panes.press("s")
        await panes.until(lambda: "Saved: version 4" in panes.last_line and "N gives it a note" in panes.last_line)
        await panes.press("N", *"sads", "enter")
        await panes.until(lambda: "v4 has that note" in panes.last_line)
    assert find_prompt(sample.reader, "4").note == "sads"
    latest = latest_prompt(sample.reader)
    assert latest is not None
    assert latest.number == 4
