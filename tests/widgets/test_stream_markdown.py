"""Markdown as it is read: what stands where, nothing obeyed, nothing lost, in bounded time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_tui.untrusted import harmless
from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.flow import Flow
from genai_tui.widgets.look import make_look
from genai_tui.widgets.markdown import render
from genai_tui.widgets.stream import MARKDOWN_MOST, StreamView
from tests.support.hostile import HOSTILE
from tests.support.views import Views, settled, until


def shown(flow: Flow | None, width: int) -> list[str]:
    """The rows of a text at a width."""
    assert flow is not None
    flow.lay(width)
    rows = []
    for row in range(flow.count):
        canvas = Canvas(width, 1, make_look())
        flow.draw(canvas, 0, 0, width, row, "text")
        rows.append(canvas.text())
    return rows


@pytest.mark.parametrize(
    ("markdown", "rows"),
    [
        ("# Title\ntext", ["Title", "─────", "", "text"]),
        ("### Part\ntext", ["Part", "", "text"]),
        ("one\ntwo\n\nthree", ["one", "two", "", "three"]),
        ("- a\n- b\n  - c\n\nend", ["• a", "• b", "  • c", "", "end"]),
        ("3. a\n4. words that go on", ["3. a", "4. words that go", "   on"]),
        ("> quoted words, on and on", ["│ quoted words, on", "│ and on"]),
        ("- > a\n  > b", ["•", "  │ a", "  │ b"]),
        ("```py\nx = 1\n\ny\n```\nend", ["  x = 1", "", "  y", "", "end"]),
        ("a `code` b", ["a `code` b"]),
        ("[here](http://a.b)", ["here (http://a.b)"]),
        ("<http://a.b>", ["http://a.b"]),
        ("![alt](http://i)", ["[alt] (http://i)"]),
        ("|a|b|\n|-|-|\n|longer|c|", ["a      │ b", "──────────", "longer │ c"]),
        ("<b>html</b> stays", ["<b>html</b> stays"]),
        ("&lt;b&gt; &amp;", ["<b> &"]),
    ],
)
def test_each_kind_has_its_rows(markdown: str, rows: list[str]) -> None:
    assert shown(render(markdown), 18) == rows


def test_without_frames_and_in_ascii_signs_are_letters() -> None:
    flow = render("- a\n\n> b\n\n|c|d|\n|-|-|\n", simple=True)
    assert "\n".join(shown(flow, 40)).isascii()
    assert shown(flow, 40)[0] == "- a"


def test_emphasis_and_headings_have_the_role_of_strong_text() -> None:
    flow = render("# Head\na **b** *c* d")
    assert flow is not None
    flow.lay(40)
    canvas = Canvas(40, 1, make_look())
    flow.draw(canvas, 0, 0, 40, 3, "text")
    assert canvas.text() == "a b c d"
    assert [canvas.roles[0][x] for x in (0, 2, 4, 6)] == ["text", "strong", "strong", "text"]


@pytest.mark.parametrize(
    "markdown", ["&#27;[31m red", "&#x202e;evil", "&#10;&#13;&#9;", "[a](http://&#27;]0;t&#7;)", "`\x1b[2J`"]
)
def test_entities_bring_nothing_that_a_terminal_obeys(markdown: str) -> None:
    flow = render(harmless(markdown))
    assert flow is not None
    assert harmless(flow.text) == flow.text
    assert "\x1b" not in flow.text


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([*"ab \n#*_`>-|[]()!&;1.\\\t", "- ", "> ", "```\n", "|-|-|\n", "1. ", "  "])).map("".join)
)
def test_whatever_is_typed_becomes_rows_that_fit(markdown: str) -> None:
    flow = render(markdown)
    if flow is not None:
        flow.lay(20)
        assert harmless(flow.text) == flow.text
        assert all(width_of(row) <= 20 for row in shown(flow, 20))
        letters = [char for char in markdown if char in "ab"]
        assert (
            [char for char in flow.text if char in "ab"] == letters
            or "`" in markdown
            or "[" in markdown
            or "|" in markdown
        )


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_as_markdown_is_harmless(name: str) -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(40, 12)) as pilot:
        view.feed(HOSTILE[name])
        view.finish()
        view.toggle_markdown()
        await settled(pilot, view)
        await until(pilot, lambda: view.texts.rendered is not None or view._no_markdown)
        rows = view.text_on_screen().split("\n")
        assert all(width_of(row) <= 40 for row in rows)
        assert not any(sign in "".join(rows) for sign in "\x1b\x9b\u202e")
        assert view.plain_text() == harmless(HOSTILE[name])


async def test_while_it_streams_the_text_is_shown_as_it_comes() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(40, 12)) as pilot:
        view.begin()
        view.feed("some **bold")
        assert "once it is whole" in view.toggle_markdown()
        await settled(pilot, view)
        assert "some **bold" in view.text_on_screen()
        view.feed("** words")
        view.finish()
        assert "some bold words" in view.text_on_screen()
        assert view.plain_text() == "some **bold** words"
        view.toggle_markdown()
        assert "some **bold** words" in view.text_on_screen()


async def test_a_long_one_is_rendered_aside_and_a_longer_one_is_shown_as_it_came() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(60, 12)) as pilot:
        view.feed("- **item**\n" * 2_000)
        view.finish()
        view.toggle_markdown()
        await until(pilot, lambda: "• item" in view.text_on_screen())
        view.clear()
        view.feed("- **item**\n" * (MARKDOWN_MOST // 10))
        view.finish()
        await settled(pilot, view)
        await pilot.press("end")
        assert "shown as it came, not as\n Markdown" in view.text_on_screen()
        assert "- **item**" in view.text_on_screen()


def test_what_is_nested_too_deep_is_not_rendered_but_kept() -> None:
    assert render("> " * 200 + "deep") is None
    assert render("> " * 5 + "deep") is not None
