"""A box's text in the user's editor and back, and what goes wrong there."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.widget import Widget

from genai_tui.screens.base import FramedPage
from genai_tui.screens.editing import edit_in_editor, show_in_editor
from genai_tui.widgets.text_edit import TextEdit
from tests.support.boards import SAMPLE
from tests.support.panes import Panes, opened


class Paper(FramedPage):
    """A page of two boxes."""

    def body(self) -> Sequence[Widget]:
        self.box = TextEdit("System", "one\ntwo")
        self.told: list[str] = []
        return (self.box, TextEdit("Template"))

    def on_text_edit_changed(self, event: TextEdit.Changed) -> None:
        self.told.append(event.value)


def an_editor(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `$EDITOR` be a script; `$1` is the file."""
    script = folder / "editor.sh"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(script))


async def paper(panes: Panes) -> Paper:
    """The page, shown."""
    page = Paper()
    panes.app.push_screen(page)
    await panes.until(lambda: page.is_mounted and page.box.size.height)
    return page


async def test_what_comes_back_is_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    an_editor(tmp_path, 'printf "three\\n" >> "$1"', monkeypatch)
    async with opened(SAMPLE) as panes:
        page = await paper(panes)
        await edit_in_editor(page, page.box)
        await panes.until(lambda: page.told)
        assert page.told == ["one\ntwothree"]
        page.box.focus()
        await panes.press("ctrl+z")
        assert page.box.value == "one\ntwo"


@pytest.mark.parametrize("body", ["exit 0", "exit 3", 'echo >> "$1"'])
async def test_nothing_changes_where_nothing_was_edited(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_editor(tmp_path, body, monkeypatch)
    async with opened(SAMPLE) as panes:
        page = await paper(panes)
        await edit_in_editor(page, page.box)
        await panes.pilot.pause()
        assert page.told == []
        assert page.box.value == "one\ntwo"
        assert ("ended with 3" in panes.last_line) == (body == "exit 3")


async def test_no_editor_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "no-such-editor")
    async with opened(SAMPLE) as panes:
        page = await paper(panes)
        await edit_in_editor(page, page.box)
        await panes.pilot.pause()
        assert "no program called no-such-editor" in panes.last_line


async def test_half_a_surrogate_pair_goes_through_the_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    an_editor(tmp_path, 'printf "x" >> "$1"', monkeypatch)
    async with opened(SAMPLE) as panes:
        page = await paper(panes)
        page.box.set_value("a\ud800")
        await edit_in_editor(page, page.box)
        assert page.box.value == "a?x"


async def test_a_shown_text_is_shown_and_what_was_changed_in_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_editor(tmp_path, f'cp "$1" {tmp_path}/seen; echo more >> "$1"', monkeypatch)
    async with opened(SAMPLE, (120, 36)) as panes:
        page = await paper(panes)
        await show_in_editor(page, "an answer")
        await panes.pilot.pause()
        assert (tmp_path / "seen").read_text() == "an answer"
        assert "is not kept" in panes.last_line


async def test_a_box_that_was_left_is_zoomed_and_comes_back() -> None:
    async with opened(SAMPLE) as panes:
        page = await paper(panes)
        page.box.focus()
        await panes.press("z", "escape")
        low = page.box.size.height
        await panes.press("z")
        assert page.box.value == "zone\ntwo"
        assert page.box.size.height > low
        assert "z all parts" in panes.last_line
        await panes.press("z")
        assert page.box.size.height == low
        assert "all parts" not in panes.last_line


async def test_esc_gives_the_page_back_before_it_leaves_it() -> None:
    async with opened(SAMPLE) as panes:
        page = await paper(panes)
        page.box.focus()
        await panes.press("escape")
        low = page.box.size.height
        await panes.press("z", "escape")
        assert panes.app.screen is page
        assert page.box.size.height == low
        await panes.press("escape")
        assert panes.app.screen is not page


async def test_ctrl_c_copies_what_is_selected_and_else_is_the_apps() -> None:
    async with opened(SAMPLE) as panes:
        page = await paper(panes)
        page.box.focus()
        await panes.press("ctrl+c")
        assert "Nothing is running" in panes.last_line
        await panes.press("shift+right", "shift+right", "ctrl+c")
        await panes.until(lambda: "Sent 2 characters" in panes.last_line)
        assert page.box.value == "one\ntwo"
