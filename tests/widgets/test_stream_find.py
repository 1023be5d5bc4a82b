"""Finding in an answer, however long, in its reasoning, as it came or as Markdown."""

import pytest

from genai_tui.widgets.stream import StreamView
from tests.support.views import Views, settled

LONG = "".join(
    f"line {number} {'needle' if number % 1000 == 999 else 'hay'} and more of it\n" for number in range(40_000)
)


async def test_next_and_previous_place_are_shown_and_counted() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(60, 12)) as pilot:
        view.feed(LONG)
        view.finish()
        await settled(pilot, view)
        await pilot.press("home", "slash", *"NeeDle")
        assert len(LONG) > 1_000_000
        assert "1 of 40" in view.text_on_screen()
        assert "line 999 needle" in view.text_on_screen()
        await pilot.press("enter")
        assert "2 of 40" in view.text_on_screen()
        assert "line 1999 needle" in view.text_on_screen()
        await pilot.press("up", "up")
        assert "40 of 40" in view.text_on_screen()
        assert "line 39999 needle" in view.text_on_screen()
        await pilot.press("down", "down")
        assert "line 1999 needle" in view.text_on_screen()


async def test_esc_leaves_the_box_and_the_text_stays_where_it_was_found() -> None:
    view = StreamView("Answer")
    app = Views(view)
    async with app.run_test(size=(60, 12)) as pilot:
        view.feed(LONG)
        view.finish()
        await settled(pilot, view)
        await pilot.press("home", "slash", *"needle", "enter", "escape")
        assert app.focused is view
        assert not view.box.display
        assert "line 1999 needle" in view.text_on_screen()
        assert " of 40" not in view.text_on_screen()
        await pilot.press("slash")
        assert "2 of 40" in view.text_on_screen()


async def test_the_place_one_looks_at_stands_out_from_the_others() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(60, 8)) as pilot:
        view.feed("one two one\tone\n")
        view.finish()
        await settled(pilot, view)
        await pilot.press("slash", *"one", "enter")
        roles = view._draw(60, 8).roles[1]
        assert [roles[1], roles[9], roles[13]] == ["field", "pick", "field"]


async def test_what_comes_while_one_looks_is_found_too() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(60, 8)) as pilot:
        view.begin()
        view.feed("a needle and a nee")
        await settled(pilot, view)
        await pilot.press("slash", *"needle")
        assert "1 of 1" in view.text_on_screen()
        view.feed("dle")
        await settled(pilot, view)
        await pilot.press("enter")
        assert "2 of 2" in view.text_on_screen()


async def test_reasoning_is_searched_while_it_is_shown() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(60, 12)) as pilot:
        view.feed_reasoning("needle")
        view.feed("a needle, and the needle")
        view.finish()
        await settled(pilot, view)
        await pilot.press("slash", *"needle")
        assert "1 of 2" in view.text_on_screen()
        view.toggle_reasoning()
        assert " of 3" in view.text_on_screen()


async def test_markdown_is_searched_as_it_is_read() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(60, 12)) as pilot:
        view.feed("some **bold** words")
        view.finish()
        await settled(pilot, view)
        await pilot.press("slash", *"bold words")
        assert "none" in view.text_on_screen()
        view.toggle_markdown()
        assert "1 of 1" in view.text_on_screen()


@pytest.mark.parametrize("size", [(18, 4), (24, 6), (600, 150)])
async def test_one_finds_in_any_size(size: tuple[int, int]) -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=size) as pilot:
        view.feed("word " * 500 + "needle")
        view.finish()
        await settled(pilot, view)
        await pilot.press("slash", *"needle", "enter", "down")
        assert "needle" in view.text_on_screen().split("/ ")[0]
        await pilot.press("escape")
