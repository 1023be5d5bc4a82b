"""The box of many lines as a person meets it: keys, pastes, selection, what is shown of foreign text, every size."""

import pytest
from textual.app import App, ComposeResult
from textual.events import Paste
from textual.pilot import Pilot

from genai_tui.untrusted import harmless
from genai_tui.widgets.look import Look, make_look
from genai_tui.widgets.text_edit import TextEdit
from tests.support.hostile import HOSTILE

PARAGRAPH = "The quick brown fox jumps over the lazy dog and then walks home slowly."


class Boxed(App[None]):
    """Two boxes, and an app that counts what reaches it."""

    CSS = "TextEdit { height: 1fr; }"
    BINDINGS = [("ctrl+c", "stop"), ("q", "quit_it"), ("ctrl+s", "saved")]  # noqa: RUF012

    def __init__(self, value: str = "", look: Look | None = None) -> None:
        super().__init__()
        self.box = TextEdit("System", value, hint="What the model is and does.")
        self.other = TextEdit("Template")
        self.look = look or make_look()
        self.sent: list[str] = []
        self.did: list[str] = []
        self.told: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield self.box
        yield self.other

    def on_mount(self) -> None:
        self.box.focus()

    async def send_to_clipboard(self, text: str) -> str:
        self.sent.append(text)
        return "sent"

    def action_stop(self) -> None:
        self.did.append("stop")

    def action_quit_it(self) -> None:
        self.did.append("quit")

    def action_saved(self) -> None:
        self.did.append("saved")

    def on_text_edit_changed(self, event: TextEdit.Changed) -> None:
        self.told.append(("changed", event.value))

    def on_text_edit_left(self, event: TextEdit.Left) -> None:
        self.told.append(("left", event.value))


async def paste(pilot: Pilot[None], text: str) -> None:
    """Paste, as the terminal's reader sends it."""
    pilot.app.post_message(Paste(text))
    await pilot.pause()


def rows(app: Boxed) -> list[str]:
    """The text shown, without heading and margins."""
    return [line[2:].rstrip("▲▼ ") for line in app.box.text_on_screen().split("\n")[1:]]


async def test_letters_new_lines_and_the_terminals_cursor() -> None:
    app = Boxed()
    async with app.run_test(size=(30, 12)) as pilot:
        await pilot.pause()
        assert "What the model is" in app.box.text_on_screen()
        await pilot.press(*"to be", "enter", *"日本", "enter", *"q")
        assert app.box.value == "to be\n日本\nq"
        assert app.did == []
        assert app.told[-1] == ("changed", app.box.value)
        assert rows(app)[:3] == ["to be", "日本", "q"]
        await pilot.press("up", "end")
        assert app.cursor_position == (6, 2)
        await pilot.press("left", "backspace")
        assert app.box.value == "to be\n本\nq"
        await pilot.press("tab")
        assert app.focused is app.other
        assert app.told[-1] == ("left", app.box.value)


async def test_up_and_down_go_by_rows_and_keep_the_column() -> None:
    app = Boxed(PARAGRAPH + "\n\n" + PARAGRAPH)
    async with app.run_test(size=(34, 24)) as pilot:
        await pilot.press("end", "left", "left")
        columns = []
        for _ in range(6):
            assert app.box.caret() is not None
            columns.append(app.box.caret())
            await pilot.press("down")
        assert [row for _, row in columns] == [1, 2, 3, 4, 5, 6]  # type: ignore[misc]
        assert columns[3] == (2, 4)
        assert columns[4][0] == columns[0][0]  # type: ignore[index]
        await pilot.press("ctrl+home", "up", "x")
        assert app.box.value.startswith("xThe")
        await pilot.press("ctrl+end", "down", "y")
        assert app.box.value.endswith(".y")


async def test_words_and_lines_by_the_keys_of_shells() -> None:
    app = Boxed("one two three\nfour")
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("ctrl+right", "ctrl+right", "ctrl+w")
        assert app.box.value == "one  three\nfour"
        await pilot.press("ctrl+k", "ctrl+k")
        assert app.box.value == "one four"
        await pilot.press("ctrl+u")
        assert app.box.value == "four"
        await pilot.press("ctrl+e", "ctrl+left", "ctrl+d", "delete")
        assert app.box.value == "ur"
        await pilot.press("end", "ctrl+h")
        assert app.box.value == "u"


async def test_undo_goes_by_words_and_redo_comes_back() -> None:
    app = Boxed("x")
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("end", *" one two", "backspace", "backspace")
        seen = []
        for _ in range(6):
            seen.append(app.box.value)
            await pilot.press("ctrl+z")
        assert seen == ["x one t", "x one two", "x one ", "x ", "x", "x"]
        await pilot.press("ctrl+y", "ctrl+y", "ctrl+y", "ctrl+y")
        assert app.box.value == "x one t"


async def test_a_paste_is_one_step_and_runs_nothing() -> None:
    app = Boxed("ab")
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("right")
        await paste(pilot, "1\r\n2\r3\x1b[2J\x03q\n")
        assert app.box.value == "a1\n2\n3\x1b[2J\x03q\nb"
        assert app.did == []
        assert "\x1b" not in app.box.text_on_screen()
        await pilot.press("ctrl+z")
        assert app.box.value == "ab"


async def test_a_selection_is_copied_cut_and_put_elsewhere() -> None:
    app = Boxed("one two\nthree")
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("ctrl+c")
        assert app.did == ["stop"]
        await pilot.press("ctrl+shift+right", "shift+down", "ctrl+c")
        await app.workers.wait_for_complete()
        assert app.sent == ["one two\nthr"]
        assert app.did == ["stop"]
        await pilot.press("ctrl+x")
        assert app.box.value == "ee"
        await pilot.press("tab", "ctrl+v")
        assert app.other.value == "one two\nthr"
        await pilot.press("ctrl+home", "shift+end", "X")
        assert app.other.value == "X\nthr"
        await pilot.press("ctrl+s")
        assert app.did == ["stop", "saved"]


async def test_a_letter_goes_with_its_marks() -> None:
    app = Boxed()
    async with app.run_test(size=(40, 12)) as pilot:
        await paste(pilot, "ae\u0301👩\u200d👧z")
        await pilot.press("left", "backspace")
        assert app.box.value == "ae\u0301z"
        await pilot.press("backspace")
        assert app.box.value == "az"
        await pilot.press("alt+x", "f5")
        assert app.box.value == "az"


async def test_the_mouse_puts_the_caret() -> None:
    app = Boxed(PARAGRAPH)
    async with app.run_test(size=(34, 12)) as pilot:
        await pilot.click(TextEdit, offset=(6, 1))
        await pilot.press("X")
        assert app.box.value.startswith("The Xquick")
        await pilot.click(TextEdit, offset=(30, 5))
        await pilot.press("Y")
        assert app.box.value.endswith(".Y")


async def test_a_fault_is_marked_and_said_and_goes() -> None:
    app = Boxed("one\ntwo {{ x")
    async with app.run_test(size=(40, 12)) as pilot:
        app.box.set_note("18 tok")
        app.box.set_fault(2, "Line 2: a variable is not closed.")
        await pilot.pause()
        shown = app.box.text_on_screen().split("\n")
        assert shown[0].rstrip("─ ").endswith("18 tok")
        assert shown[2].startswith("✘ two")
        assert "not closed" in shown[-1]
        app.box.set_fault(None)
        assert "not closed" not in app.box.text_on_screen()
        assert "✘" not in app.box.text_on_screen()


async def test_a_text_from_the_editor_is_one_step() -> None:
    app = Boxed("one\ntwo")
    async with app.run_test(size=(40, 12)) as pilot:
        app.box.replace_value("another")
        await pilot.pause()
        assert app.told == [("changed", "another")]
        await pilot.press("ctrl+z")
        assert app.box.value == "one\ntwo"
        app.told.clear()
        app.box.set_value("quiet")
        await pilot.pause()
        assert app.told == []


async def test_a_megabyte_is_held_whole_and_said() -> None:
    app = Boxed()
    text = "".join(f"line {number}\n" for number in range(100_000))
    async with app.run_test(size=(60, 12)) as pilot:
        await paste(pilot, text)
        await pilot.press("x")
        assert app.box.value == text + "x"
        assert "1.1 MB" in app.box.text_on_screen()
        assert "$EDITOR" in app.box.text_on_screen()
        await pilot.press("ctrl+home", "pagedown", "y", "ctrl+z", "ctrl+z", "ctrl+z")
        assert app.box.value == ""


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_is_held_as_it_is_and_shown_harmless(name: str) -> None:
    text = HOSTILE[name]
    app = Boxed(text)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("down", "right", "end", "pagedown", "ctrl+end", "a", "up", "backspace", "ctrl+z", "ctrl+z")
        assert app.box.value == text
        shown = app.box.text_on_screen()
        assert harmless(shown) == shown
        assert "\t" not in shown
        assert all(strip.cell_length == 40 for strip in app.screen._compositor.render_strips())


@pytest.mark.parametrize("size", [(18, 4), (1, 1), (3, 2), (46, 19), (600, 150)])
@pytest.mark.parametrize(
    "look", [make_look(), make_look("light", "none"), make_look(ascii_only=True), make_look(plain=True)]
)
async def test_every_size_and_look(size: tuple[int, int], look: Look) -> None:
    app = Boxed("日本語 text with wide ones\n" * 9, look)
    app.other.display = False
    async with app.run_test(size=size) as pilot:
        await pilot.press("down", "right", *"ab", "ctrl+end", "c")
        app.box.set_fault(1, "This is wrong.")
        await pilot.press("shift+up", "d", "home")
        assert app.box.value.count("\n") == 8
        if look.ascii:
            assert app.box.text_on_screen().isascii()


async def test_a_resize_while_typing_keeps_text_and_caret_in_view() -> None:
    app = Boxed(PARAGRAPH * 9)
    app.other.display = False
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+end")
        for size in ((18, 4), (120, 36), (30, 8), (80, 24)):
            await pilot.press("x")
            await pilot.resize_terminal(*size)
            await pilot.pause()
            place = app.box.caret()
            assert place is not None
            assert 0 < place[1] < size[1]
            assert app.box.text_on_screen().split("\n")[place[1]][: place[0]].endswith("x")
        app.look = make_look("light")
        app.box.repaint()
        assert app.box.value == PARAGRAPH * 9 + "xxxx"
