"""Stage 6 in small terminals: what matters is there still."""

from genai_tui.project import Project
from tests.support.evaluate_screen import at_six, project
from tests.support.panes import opened

__all__ = ["project"]


async def test_in_a_small_terminal_what_is_empty_still_says_what_to_do(project: Project) -> None:
    async with opened(project, (60, 20)) as panes:
        await at_six(panes)
        await panes.press("u")
        assert "Press a and give this as a scorer: judge:model=ENDPOINT/MODEL-ID" in " ".join(
            panes.part("#judged").split()
        )
        await panes.press("r", "v")
        assert "No run has exact over dev yet: w and s turn to another." in " ".join(panes.part("#plot").split())
