"""A text box whose text is longer than it: what is cut says so, the caret is seen, a megabyte is quick."""

import time

import pytest
from textual.app import App, ComposeResult

from genai_tui.widgets.line_edit import LineEdit


class Boxed(App[None]):
    """A box alone."""

    def compose(self) -> ComposeResult:
        """The box."""
        yield LineEdit("text ")


@pytest.mark.parametrize("text", ["abcdefghij" * 5, "日本語" * 10])
async def test_what_is_cut_has_an_ellipsis_and_the_caret_is_seen(text: str) -> None:
    async with Boxed().run_test(size=(25, 2)) as pilot:
        box = pilot.app.query_one(LineEdit)
        box.focus()
        await pilot.pause()
        box.set_value(text)
        assert box.text_on_screen().split("\n")[0].startswith("text …")
        assert not box.text_on_screen().rstrip().endswith("…")
        await pilot.press("home")
        shown = box.text_on_screen().rstrip()
        assert shown.startswith(f"text {text[:3]}")
        assert shown.endswith("…")
        for key in ("right", "left", "end", "left"):
            for _ in range(30):
                await pilot.press(key)
                caret = box.caret()
                assert caret is not None
                assert 5 <= caret[0] < 25


async def test_text_that_fits_has_none() -> None:
    async with Boxed().run_test(size=(25, 2)) as pilot:
        box = pilot.app.query_one(LineEdit)
        box.focus()
        await pilot.press(*"abcdefghijklmnopqr")
        assert "…" not in box.text_on_screen()


async def test_a_megabyte_is_drawn_at_once() -> None:
    async with Boxed().run_test(size=(80, 2)) as pilot:
        box = pilot.app.query_one(LineEdit)
        box.focus()
        await pilot.pause()
        began = time.perf_counter()
        box._insert("x" * 1_000_000)
        await pilot.press("a", "backspace")
        assert time.perf_counter() - began < 2
        assert box.value == "x" * 1_000_000
