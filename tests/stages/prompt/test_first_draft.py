"""A draft where no version was ever saved: all of it is there again, however the program ended."""

import signal

import pytest

from genai_tui.project import Project
from genai_tui.records.prompts import Message, Prompt
from genai_tui.store.prompts import save_prompt
from genai_tui.store.values import unpack_json
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.far_end import FarEnd, far, press, shows, until
from tests.support.panes import opened
from tests.support.playground import enter

ESC, TAB, ENTER, DOWN = b"\x1b", b"\t", b"\r", b"\x1b[B"
SCHEMA = '{"type": "obj'  # not whole yet


def write_everything(end: FarEnd) -> None:
    """Type both texts, a parameter, half a schema, and add a column."""
    enter(end)
    end.send(b"\rSort tickets.\tTicket: {{ ticket }}")
    shows(end, "Ticket: {{ ticket }}")
    press(end, ESC)
    for key in (b"o", ENTER, b"0.7", ENTER, TAB, SCHEMA.encode(), ESC, ESC):
        press(end, key)
    shows(end, "output:")
    for key in (b"c", b"fake/echo temperature=1", ENTER):
        press(end, key)
    shows(end, "Column B is there")


def drafts(project: Project) -> str:
    return str([unpack_json(row[0]) for row in project.reader.rows("SELECT json FROM draft WHERE screen = 'prompt'")])


@pytest.mark.parametrize("way", ["ctrl+q", "hang up", "SIGTERM", "SIGKILL"])
def test_the_first_draft_of_a_project_is_back_however_the_program_ended(
    empty: Project, endpoint: FakeEndpoint, way: str
) -> None:
    with far(empty, (120, 36)) as end:
        write_everything(end)
        if way == "ctrl+q":
            end.send(b"\x11")
        elif way == "hang up":
            end.hang_up()
        else:
            if way == "SIGKILL":  # what was typed a second ago is kept
                until(lambda: "fake/echo" in drafts(empty))
            end.kill(getattr(signal, way))
        end.end()
    for _ in range(2):  # having looked at it loses nothing either
        with far(empty, (120, 36)) as end:
            enter(end)
            for words in ("Sort tickets.", "Ticket: {{ ticket }}", "no JSON yet", "B ○ echo"):
                shows(end, words)
            press(end, b"o")
            shows(end, SCHEMA)
            shows(end, "temperature        0.7")
            press(end, ESC)
            end.send(b"\x11")
            assert end.end() == 0


async def test_a_version_that_is_saved_elsewhere_takes_no_draft_away(empty: Project) -> None:
    async with opened(empty) as panes:
        await panes.press("3", "enter", *"only a system text", "escape")
        await empty.writer.put(save_prompt(Prompt((Message("user", "of somebody else"),))))
        await panes.until(lambda: panes.app.board is not None and "v1" in panes.app.board.stages[2].summary)
        assert "only a system text" in panes.part("#system")
        assert "of somebody else" not in panes.part("#template")


async def test_an_empty_sheet_is_no_draft(empty: Project) -> None:
    async with opened(empty) as panes:
        await panes.press("3", "enter", *"x")
        await panes.until(lambda: drafts(empty) != "[]")
        await panes.press("backspace")
        await panes.until(lambda: drafts(empty) == "[]")
        assert "What the model is and does." in panes.part("#system")
