"""An answer as it comes: the same whatever its pieces, standing where one reads, harmless whatever it holds."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_tui.errors import NoAnswer
from genai_tui.untrusted import HarmlessStream, harmless
from genai_tui.widgets.cells import width_of
from genai_tui.widgets.flow import Flow
from genai_tui.widgets.look import make_look
from genai_tui.widgets.stream import StreamView
from tests.support.hostile import HOSTILE
from tests.support.views import Views, settled, until

PARTS = [*"ab  \n\t漢é\u0301\u200d👩👧🇩🇪\ufe0fم[]\x1b;m!\\P", "\r\n", "\r", "\x9b31m", "\x1b]0;t\x07", "\x1b[", "word "]
texts = st.lists(st.sampled_from(PARTS)).map("".join)


def pieces(text: str, cuts: Iterable[int]) -> list[str]:
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    return [text[one:other] for one, other in pairwise(edges)]


@given(texts, st.lists(st.integers(0, 60)))
def test_pieces_are_made_harmless_as_the_whole_is(text: str, cuts: list[int]) -> None:
    stream = HarmlessStream()
    assert "".join(map(stream.feed, pieces(text, cuts))) + stream.end() == harmless(text)


@given(texts, st.integers(4, 14), st.booleans(), st.lists(st.integers(0, 60)))
def test_a_text_that_grows_has_the_rows_of_the_whole(text: str, width: int, ascii_only: bool, cuts: list[int]) -> None:
    text = harmless(text)
    whole, grown = Flow(text), Flow()
    whole.lay(width, ascii_only=ascii_only)
    for piece in pieces(text, cuts):
        grown.append(piece)
        grown.lay(width, ascii_only=ascii_only)
    grown.lay(width, ascii_only=ascii_only)
    assert grown.text == text
    assert [grown.bounds(row) for row in range(grown.count)] == [whole.bounds(row) for row in range(whole.count)]


@given(texts, st.integers(4, 14))
def test_no_row_is_wider_than_there_is_room_and_none_loses_a_word(text: str, width: int) -> None:
    text = harmless(text).replace("\t", " ")
    flow = Flow(text)
    flow.lay(width)
    assert all(width_of(flow.row(row)) <= width for row in range(flow.count))
    assert "".join("".join(flow.row(row).split()) for row in range(flow.count)) == "".join(text.split())


@settings(max_examples=20, deadline=None)
@given(texts, st.lists(st.integers(0, 60)))
async def test_the_view_shows_the_same_whatever_the_pieces(text: str, cuts: list[int]) -> None:
    one, other = StreamView("Answer"), StreamView("Answer")
    async with Views(one, other).run_test(size=(40, 30)) as pilot:
        one.feed(text)
        one.finish()
        for piece in pieces(text, cuts):
            other.feed(piece)
        other.finish()
        await settled(pilot, one, other)
        assert one.text == other.text == harmless(text)
        assert one.text_on_screen().split("\n")[1:] == other.text_on_screen().split("\n")[1:]


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_in_one_byte_pieces_stays_in_its_column(name: str) -> None:
    text = HOSTILE[name]
    left, hostile, right = StreamView("Left"), StreamView("Hostile"), StreamView("Right")
    app = Views(left, hostile, right)
    async with app.run_test(size=(90, 20)) as pilot:
        for view in (left, right):
            view.feed("a quiet neighbour\n" * 3)
            view.finish()
        hostile.begin()
        for char in text:
            hostile.feed(char)
        hostile.finish()
        await settled(pilot, left, hostile, right)
        assert hostile.text == harmless(text)
        rows = [strip.text for strip in app.screen._compositor.render_strips()]
        assert all(width_of(row) == 90 for row in rows)
        assert not any(harmful in row for row in rows for harmful in "\x1b\x9b\x9d\x07\r\u202e\u200b")
        for view, start in ((left, 0), (right, 60)):
            shown = view.text_on_screen().split("\n")
            assert shown[1:4] == [" a quiet neighbour"] * 3
            assert [_columns(row, start, 18) for row in rows[1:4]] == [" a quiet neighbour"] * 3
        await pilot.press("home")
        assert hostile.text_on_screen()


def _columns(row: str, start: int, count: int) -> str:
    """What stands in these columns of a row."""
    from genai_tui.widgets.cells import cells

    found = [piece for char, size in cells(row) for piece in [char, ""][:size]]
    return "".join(found[start : start + count])


async def test_a_megabyte_in_one_line_comes_whole_and_keys_are_answered_meanwhile() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(80, 24)) as pilot:
        view.begin()
        view.feed("0123456789" * 100_000)
        await pilot.press("home")
        view.finish()
        await settled(pilot, view)
        assert len(view.text) == 1_000_000
        await pilot.press("end")
        assert view.text_on_screen().rstrip().endswith("9")


async def test_one_scrolls_back_while_it_streams() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(30, 12)) as pilot:
        view.begin()
        view.feed("some words that are wrapped into two rows\n" * 20)
        await settled(pilot, view)
        await pilot.press("pageup")
        stood = view.text_on_screen().split("\n")[1:10]
        view.feed("some words that are wrapped into two rows\n" * 6)
        await until(pilot, lambda: "▼ 12 new" in view.text_on_screen())
        assert view.text_on_screen().split("\n")[1:10] == stood
        await pilot.press("end")
        view.feed("the last")
        await until(pilot, lambda: "the last" in view.text_on_screen())
        assert "new" not in view.text_on_screen()


async def test_after_a_resize_one_reads_on_where_one_was() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(60, 12)) as pilot:
        view.feed("".join(f"paragraph {number} of words that are wrapped, here and there\n" for number in range(200)))
        view.finish()
        await settled(pilot, view)
        await pilot.press("home", *["pagedown"] * 5)
        first = view.text_on_screen().split("\n")[1].split(" of ")[0]
        await pilot.resize_terminal(34, 12)
        await pilot.pause()
        assert first in view.text_on_screen().split("\n")[1]


async def test_reasoning_is_folded_into_a_line_and_shown_on_demand() -> None:
    view = StreamView()
    view.set_heading("A", "fake/reasoning", "v1")
    async with Views(view).run_test(size=(50, 12)) as pilot:
        view.begin()
        view.feed_reasoning("Let me think. " * 100)
        view.feed("billing")
        view.finish()
        await settled(pilot, view)
        assert view.text_on_screen().split("\n")[1:3] == [" ▸ reasoning 1,400 chars, R shows it", " billing"]
        assert view.plain_text() == "billing"
        view.toggle_reasoning()
        assert "Let me think." in view.text_on_screen()
        assert view.plain_text().startswith("Let me think.")
        await pilot.press("end")
        assert "billing" in view.text_on_screen()
        view.toggle_reasoning()
        assert "think" not in view.text_on_screen()


async def test_an_error_stands_under_what_came_or_in_its_place() -> None:
    cut, failed = StreamView(), StreamView()
    for letter, view in zip("AB", (cut, failed), strict=True):
        view.set_heading(letter, "fake/cut-2")
    error = NoAnswer("The answer was cut.", "The endpoint closed the connection.", "Ask again.")
    async with Views(cut, failed).run_test(size=(80, 12)):
        cut.begin()
        cut.feed("half of")
        cut.fail(error)
        failed.begin()
        failed.fail(error)
        assert (cut.state, failed.state) == ("cut", "failed")
        assert [line.rstrip() for line in cut.text_on_screen().split("\n")[1:6]] == [
            " half of", " ✘ The answer was cut.", "   The endpoint closed the connection.", " ▸ Ask again.", "",
        ]  # fmt: skip
        assert failed.text_on_screen().split("\n")[1] == " ✘ The answer was cut."
        assert (
            cut.plain_text() == "half of\n\n✘ The answer was cut.\n  The endpoint closed the connection.\n▸ Ask again."
        )


async def test_a_break_is_pointed_at_where_it_is() -> None:
    view = StreamView("Answer")
    async with Views(view).run_test(size=(40, 12)) as pilot:
        text = "".join(f'{{"line": {number}}}\n' for number in range(60))
        view.feed(text)
        view.finish()
        await settled(pilot, view)
        view.point_at(text.index("5}"), "line 6, column 10: a comma is missing")
        y = next(y for y, line in enumerate(view.text_on_screen().split("\n")) if line == ' {"line": 5}')
        canvas = view._draw(40, 12)
        assert canvas.roles[y][1 + text.split("\n")[5].index("5")] == "caret"
        assert canvas.roles[y].count("caret") == 1
        await pilot.press("end")
        assert "✘ line 6, column 10: a comma is\n   missing" in view.text_on_screen()


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (80, "A ● endpoint/smollm2-135m  v4 3-shot t=0"),
        (40, "A ● smollm2-135m  v4 3-shot t=0"),
        (30, "A ● smollm2-135m  v4 3-shot"),
        (24, "A ● smollm2-135m  v4"),
        (18, "A ● smollm2…  v4"),
    ],
)
async def test_the_heading_is_shortened_sensibly(width: int, shown: str) -> None:
    view = StreamView()
    view.set_heading("A", "endpoint/smollm2-135m", "v4 3-shot t=0")
    async with Views(view).run_test(size=(width, 8)):
        view.feed("x")
        view.finish()
        assert view.text_on_screen().split("\n")[0].strip(" ─") == shown


async def test_on_a_plain_screen_each_row_appears_once_and_whole() -> None:
    view = StreamView("Answer")
    async with Views(view, look=make_look(plain=True)).run_test(size=(40, 8)) as pilot:
        shown: list[str] = []
        paint = view.repaint

        def watched() -> int:
            sent = paint()
            shown.append(view.text_on_screen())
            return sent

        view.repaint = watched  # type: ignore[method-assign]
        view.begin()
        for number in range(60):
            view.feed(f"row {number}")
            await pilot.pause()
            view.feed(" is whole\n")
        view.finish()
        await until(pilot, lambda: "row 59 is whole" in shown[-1])
        rows = {line.strip() for screen in shown for line in screen.split("\n")[1:]}
        assert rows - {""} == {f"row {number} is whole" for number in range(60)}
        pages = [page for page, before in zip(shown, ["", *shown], strict=False) if page != before]
        for page, following in pairwise(pages):
            assert following.startswith(page.rstrip("\n")) or not set(page.split("\n")[1:]) & set(
                following.split("\n")[1:]
            ) - {""}


async def test_a_view_that_is_not_seen_takes_in_what_comes_and_draws_nothing() -> None:
    seen, hidden = StreamView("Seen"), StreamView("Hidden")
    async with Views(seen, hidden).run_test(size=(60, 10)) as pilot:
        hidden.display = False
        await pilot.pause()
        drawn: list[object] = []
        hidden.refresh = lambda *regions, **more: drawn.append(regions)  # type: ignore[method-assign, assignment]
        hidden.begin()
        drawn.clear()
        hidden.feed("came meanwhile")
        await settled(pilot, hidden)
        assert drawn == []
        del hidden.refresh
        hidden.display = True
        await pilot.pause()
        strips = pilot.app.screen._compositor.render_strips()
        assert any("came meanwhile" in strip.text for strip in strips)


async def test_what_was_recorded_is_read_from_its_beginning() -> None:
    view = StreamView("Answer")
    view.feed("".join(f"line {number}\n" for number in range(50)))
    view.finish()
    view.show_start()
    async with Views(view).run_test(size=(40, 12)) as pilot:
        await settled(pilot, view)
        assert view.text_on_screen().split("\n")[1] == " line 0"
        assert "▼ 39 more" in view.text_on_screen()
