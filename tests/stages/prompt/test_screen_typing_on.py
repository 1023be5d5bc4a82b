"""Letters that are typed on after a ctrl key has taken the focus out of a box are no commands."""

import pytest

from genai_tui.project import Project
from genai_tui.store.generations import page_generations
from genai_tui.store.prompts import latest_prompt
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.panes import opened
from tests.support.playground import A, use_model


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("key", ["ctrl+r", "ctrl+s", "ctrl+g", "ctrl+n", "ctrl+t"])
async def test_letters_after_a_ctrl_key_in_a_box_do_nothing(
    sample: Project, endpoint: FakeEndpoint, key: str, size: tuple[int, int]
) -> None:
    await use_model(sample, "fake/say-first")
    async with opened(sample, size) as panes:
        await panes.press("3", "enter", *"hello", "space", key)
        where = {"ctrl+g": "Difference", "ctrl+n": "MayCost", "ctrl+t": "Samples"}.get(key, "PromptScreen")
        await panes.until(lambda: panes.where == where)
        if key == "ctrl+r":
            await panes.until(lambda: "expected" in panes.part(A) and not panes.app.screen.running)  # type: ignore[attr-defined]
        before, saved = len(list(page_generations(sample.reader))), latest_prompt(sample.reader)
        await panes.press(*"aYsrt2h", "backspace")
        assert panes.where == where
        assert latest_prompt(sample.reader) == saved
        assert len(list(page_generations(sample.reader))) == before
        assert "You were typing" in panes.text or getattr(panes.app.focused, "TEXT_BOX", False)


async def test_tab_goes_back_to_the_box_and_esc_makes_letters_keys_again(
    sample: Project, endpoint: FakeEndpoint
) -> None:
    await use_model(sample, "fake/stall")
    async with opened(sample, (80, 24)) as panes:
        await panes.press("3", "enter", *"one", "ctrl+r", "x")
        assert "tab goes back to the box" in panes.last_line
        await panes.press("tab", *"two")
        assert "onetwo" in panes.part("#system")
        await panes.until(lambda: panes.app.screen.answers is not None)  # type: ignore[attr-defined]
        await panes.press("ctrl+c")
        await panes.until(lambda: not panes.app.screen.running)  # type: ignore[attr-defined]
        await panes.press("ctrl+r", "x", "escape")
        assert panes.app.screen.running  # type: ignore[attr-defined]
        await panes.press("v")
        assert panes.where == "Versions"


async def test_jumping_out_of_a_box_makes_letters_keys(sample: Project) -> None:
    async with opened(sample, (120, 36)) as panes:
        await panes.press("3", "enter", *"hi", "ctrl+o", "c", "v")
        assert panes.where == "Versions"
