"""Lists, boxes and streams, each in an app of its own."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.events import Paste

from genai_tui.widgets.canvas import Canvas
from genai_tui.widgets.line_edit import LineEdit
from genai_tui.widgets.line_table import MOST_KEPT, LineTable
from genai_tui.widgets.marked_text import MarkedText, plain_lines
from genai_tui.widgets.pages import ListPages, StorePages
from genai_tui.widgets.painted import Painted
from genai_tui.widgets.stream import StreamView
from genai_tui.widgets.text_view import Part, TextView


class One(App[None]):
    """One widget."""

    def __init__(self, widget: Painted) -> None:
        super().__init__(ansi_color=True)
        self.widget = widget
        self.told: list[Any] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_mount(self) -> None:
        self.widget.focus()

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        self.told.append(("submitted", event.value))

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        self.told.append(("chosen", event.row))


def draw(canvas: Canvas, x: int, y: int, width: int, row: object) -> None:
    canvas.put(x, y, f"row {row}", "text", width)


class Numbers:
    """A list of very many rows; it knows how many were read."""

    def __init__(self, count: int) -> None:
        self.size, self.read = count, 0

    def after(self, key: int | None, limit: int) -> Sequence[int]:
        start = 0 if key is None else key + 1
        found = range(start, min(self.size, start + limit))
        self.read += len(found)
        return found

    def before(self, key: int | None, limit: int) -> Sequence[int]:
        end = self.size if key is None else key
        found = range(max(0, end - limit), end)
        self.read += len(found)
        return found

    def pages(self) -> StorePages[int]:
        return StorePages(lambda: self.size, self.after, lambda row: row, self.before)


def table(pages: Any, **more: Any) -> LineTable[Any]:
    return LineTable("Rows", pages, draw, **more)


async def test_a_million_rows_are_walked_without_reading_them() -> None:
    numbers = Numbers(1_000_000)
    widget = table(numbers.pages())
    async with One(widget).run_test(size=(40, 12)) as pilot:
        assert widget.row == 0
        await pilot.press("G")
        assert widget.row == 999_999
        assert "row 999999" in widget.text_on_screen()
        await pilot.press("k", "up")
        assert widget.row == 999_997
        await pilot.press("g", "j", "down")
        assert widget.row == 2
        for _ in range(300):
            await pilot.press("pagedown")
        assert widget.row == 3002
        assert f"row {widget.row}" in widget.text_on_screen()
        for _ in range(300):
            await pilot.press("pageup")
        assert widget.row == 2
        assert numbers.read < 30_000
        assert len(widget._rows) <= MOST_KEPT + 200


async def test_the_end_of_a_list_that_is_read_forwards_only_is_found() -> None:
    numbers = Numbers(1234)
    widget = table(StorePages(lambda: numbers.size, numbers.after, lambda row: row))
    async with One(widget).run_test(size=(40, 12)) as pilot:
        await pilot.press("G")
        assert widget.row == 1233
        await pilot.press("home", "end", "k")
        assert widget.row == 1232


async def test_the_cursor_stays_within_the_list() -> None:
    widget = table(ListPages(["a", "b"]))
    app = One(widget)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("up", "k", "down", "j", "j", "enter")
        assert widget.row == "b"
        assert app.told == [("chosen", "b")]


async def test_an_empty_list_says_what_would_be_here() -> None:
    widget = table(ListPages([]), empty=("Nothing yet.",))
    app = One(widget)
    async with app.run_test(size=(40, 12)) as pilot:
        assert "Nothing yet." in widget.text_on_screen()
        await pilot.press("down", "G", "g", "enter", "pagedown")
        assert app.told == []


async def test_a_filter_shows_what_matches_and_says_that_it_does() -> None:
    rows = ["billing", "account", "bug"]
    widget = table(ListPages(rows), filtered=lambda text: ListPages([row for row in rows if text in row]))
    async with One(widget).run_test(size=(40, 12)) as pilot:
        await pilot.press("slash", "b", "u", "enter")
        assert widget.has_focus
        shown = widget.text_on_screen()
        assert "row bug" in shown
        assert "account" not in shown
        assert "/bu" in shown
        await pilot.press("slash", "x", "enter")
        assert "Nothing matches." in widget.text_on_screen()


async def test_the_table_fills_the_screen_again_when_it_grows() -> None:
    widget = table(ListPages(list(range(20))))
    async with One(widget).run_test(size=(40, 6)) as pilot:
        await pilot.press("G")
        await pilot.resize_terminal(40, 30)
        await pilot.pause()
        assert "row 0" in widget.text_on_screen()
        assert "row 19" in widget.text_on_screen()


def box(value: str = "", **more: Any) -> LineEdit:
    return LineEdit("name ", value, **more)


@pytest.mark.parametrize(
    ("start", "keys", "value"),
    [
        ("", "h i", "hi"),
        ("hello", "backspace backspace", "hel"),
        ("hello", "home delete", "ello"),
        ("hello", "left left x", "helxlo"),
        ("one two", "ctrl+w", "one "),
        ("one two", "ctrl+u", ""),
        ("one two", "home ctrl+k", ""),
        ("one two", "ctrl+w ctrl+z", "one two"),
        ("one two", "ctrl+a x", "xone two"),
        ("one two", "ctrl+left y", "one ytwo"),
        ("cafe\u0301", "backspace", "caf"),
        ("日本", "left backspace", "本"),
        ("", "ctrl+z ctrl+z backspace delete left right", ""),
    ],
)
async def test_editing(start: str, keys: str, value: str) -> None:
    widget = box(start)
    async with One(widget).run_test(size=(40, 3)) as pilot:
        await pilot.press(*keys.split())
        assert widget.value == value


async def test_a_paste_is_one_insert_without_line_ends_and_one_step_of_undo() -> None:
    widget = box("ab")
    app = One(widget)
    async with app.run_test(size=(40, 3)) as pilot:
        await pilot.press("left")
        widget.post_message(Paste("one\r\ntwo\nthree"))
        await pilot.pause()
        assert widget.value == "aone two threeb"
        assert app.told == []
        await pilot.press("ctrl+z")
        assert widget.value == "ab"


async def test_a_megabyte_is_pasted_and_the_next_key_answered() -> None:
    widget = box()
    async with One(widget).run_test(size=(40, 3)) as pilot:
        widget.post_message(Paste("x" * 1_000_000))
        await pilot.pause()
        await pilot.press("y")
        assert len(widget.value) == 1_000_001
        assert widget.value.endswith("xy")


async def test_the_terminals_cursor_stands_at_the_caret() -> None:
    widget = box("日本 x")
    app = One(widget)
    async with app.run_test(size=(40, 3)) as pilot:
        await pilot.press("end")
        assert app.cursor_position == (5 + 6, 0)
        await pilot.press("home")
        assert app.cursor_position == (5, 0)
        await pilot.press("right")
        assert app.cursor_position == (7, 0)


async def test_a_long_text_is_shown_around_its_caret() -> None:
    widget = box("0123456789" * 10)
    async with One(widget).run_test(size=(20, 3)) as pilot:
        await pilot.press("end")
        assert "789" in widget.text_on_screen()
        await pilot.press("home")
        assert "name 0123" in widget.text_on_screen()


async def test_enter_is_told() -> None:
    app = One(box("done"))
    async with app.run_test(size=(40, 3)) as pilot:
        await pilot.press("enter")
        assert app.told == [("submitted", "done")]


async def test_a_stream_is_followed_at_its_end_only() -> None:
    view = StreamView("Answer")
    async with One(view).run_test(size=(40, 10)) as pilot:
        view.feed("".join(f"line {number}\n" for number in range(30)))
        view.finish()
        assert "line 29" in view.text_on_screen()
        await pilot.press("pageup")
        stood = view.text_on_screen().split("\n")[1]
        view.feed("".join(f"line {number}\n" for number in range(30, 42)))
        view.finish()
        assert view.text_on_screen().split("\n")[1] == stood
        assert "▼ 12 new" in view.text_on_screen()
        await pilot.press("end")
        assert "line 41" in view.text_on_screen()
        assert "new" not in view.text_on_screen()


async def test_words_that_come_in_pieces_are_put_together() -> None:
    view = StreamView()
    async with One(view).run_test(size=(12, 6)):
        for piece in ("Hel", "lo wor", "ld, he", "llo\r", "\nagain"):
            view.feed(piece)
        view.finish()
        assert view.text_on_screen().rstrip().split("\n") == [" Hello", " world,", " hello", " again"]
        assert view.text == "Hello world, hello\nagain"


async def test_hostile_pieces_stay_harmless() -> None:
    view = StreamView()
    async with One(view).run_test(size=(60, 6)):
        for piece in ("a\x1b", "]0;evil\x07b", "\u202ec", "\x9b31m"):
            view.feed(piece)
        view.finish()
        shown = view.text_on_screen()
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\x9b" not in shown


async def test_what_is_wrapped_fits_again_after_a_resize() -> None:
    view = StreamView("Answer")
    async with One(view).run_test(size=(60, 10)) as pilot:
        view.feed("one two three four five six seven eight nine ten")
        view.finish()
        await pilot.resize_terminal(20, 10)
        await pilot.pause()
        lines = view.text_on_screen().split("\n")
        assert lines[1:4] == [" one two three four", " five six seven", " eight nine ten"]


async def test_a_hundred_thousand_lines_stay_light() -> None:
    import tracemalloc

    view = StreamView("Answer")
    async with One(view).run_test(size=(80, 24)) as pilot:
        tracemalloc.start()
        for start in range(0, 100_000, 500):
            view.feed("".join(f"{number} a line as a model would write it\n" for number in range(start, start + 500)))
        view.finish()
        while not view.settled:
            await pilot.pause(0.01)
        used = tracemalloc.get_traced_memory()[0] / 2**20
        tracemalloc.stop()
        assert "99999 a line" in view.text_on_screen()
        assert used < 30


async def test_a_text_is_scrolled_to_its_end_and_copied_whole() -> None:
    view = TextView("Help", [Part(f"line {number}") for number in range(50)])
    async with One(view).run_test(size=(40, 10)) as pilot:
        assert "▼" in view.text_on_screen()
        await pilot.press("G")
        assert "line 49" in view.text_on_screen()
        await pilot.press("g", "j")
        assert view.text_on_screen().split("\n")[1].strip() == "line 1"
        assert view.plain_text().count("\n") == 49


def a_text() -> TextView:
    return TextView("Help", [Part(f"line {number}") for number in range(50)])


def a_marked_text() -> MarkedText:
    view = MarkedText("Version")
    view.show(plain_lines("\n".join(f"line {number}" for number in range(50))))
    return view


@pytest.mark.parametrize("make", [a_text, a_marked_text])
async def test_a_screenful_further_on_every_row_was_seen(make: Callable[[], TextView | MarkedText]) -> None:
    view = make()
    async with One(view).run_test(size=(40, 10)) as pilot:
        seen = set(view.text_on_screen().split("\n")[1:])
        for _ in range(6):
            await pilot.press("pagedown")
            seen |= set(view.text_on_screen().split("\n")[1:])
        assert {f"line {number}" for number in range(50)} <= {row.strip() for row in seen}
        await pilot.press("pageup")
        assert "line 49" not in view.text_on_screen()


async def test_nothing_is_sent_when_nothing_has_changed() -> None:
    view = TextView("Help", [Part("text")])
    async with One(view).run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        sent: list[object] = []
        view.refresh = lambda *regions, **more: sent.append(regions)  # type: ignore[method-assign, assignment]
        view.repaint()
        view.show([Part("text")])
        assert sent == []
        view.show([Part("other")])
        assert sent
