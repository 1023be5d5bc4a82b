"""Only the cells that change are written, and the screen is the same as if all had been."""

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_tui.terminal.frames import Frames

COLUMNS, ROWS = 24, 6
WORDS = ["a", "abc", "   ", "│", "╭──╮", "日本", "x日", "é", "e\u0301", "👩\u200d👩\u200d👧", "✔ ok", "~" * 10]
STYLES = ["", "1", "38;5;200;48;5;17", "7", "1;31"]


@st.composite
def frames(draw):
    """A frame as Textual writes it: moves, styled text, a line end now and then, the cursor at the end."""
    parts = []
    for _ in range(draw(st.integers(0, 6))):
        row, column = draw(st.integers(1, ROWS)), draw(st.integers(1, COLUMNS - 12))
        parts.append(f"\x1b[{row};{column}H")
        for _ in range(draw(st.integers(0, 2))):
            style, word = draw(st.sampled_from(STYLES)), draw(st.sampled_from(WORDS))
            if len(word) < 6 or parts[-1].endswith("H"):
                parts.append(f"\x1b[{style}m{word}\x1b[0m" if style else word)
        parts.append(draw(st.sampled_from(["", "\n" if row < ROWS else ""])))
    return "".join(parts) + f"\x1b[{draw(st.integers(1, ROWS))};{draw(st.integers(1, COLUMNS))}H"


class Shown:
    """A terminal."""

    def __init__(self):
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.Stream(self.screen)
        self.stream.feed("\x1b[?7l")

    def feed(self, text):
        """Write to it."""
        self.stream.feed(text)

    def state(self):
        """All that can be seen."""
        cells = [[self.screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]
        return cells, (self.screen.cursor.y, self.screen.cursor.x)


@given(st.lists(frames(), max_size=8))
@settings(max_examples=100, deadline=None)
def test_the_screen_is_the_same_as_if_everything_were_written(drawn):
    known, all_of_it, changes = Frames(COLUMNS, ROWS), Shown(), Shown()
    for frame in drawn:
        all_of_it.feed(frame)
        changes.feed(known.changes(frame))
        assert changes.state() == all_of_it.state()


@given(st.lists(frames(), max_size=4))
def test_the_same_frame_again_writes_nothing(drawn):
    known = Frames(COLUMNS, ROWS)
    for frame in drawn:
        simple = "".join(c for c in frame if c < "\u0300")
        known.changes(simple)
        end = known.changes(simple)
        assert len(known.changes(simple)) <= len(end)
    whole = "".join(f"\x1b[{row};1H{row}" + "." * (COLUMNS - 1) for row in range(1, ROWS + 1))
    known.changes(whole)
    assert known.changes(whole) == ""


def test_one_letter_costs_one_letter():
    known = Frames(COLUMNS, ROWS)
    known.changes("\x1b[2;1H\x1b[1;31mhello there\x1b[0m          \x1b[2;3H")
    assert known.changes("\x1b[2;1H\x1b[1;31mheLlo there\x1b[0m          \x1b[2;4H") == "\x1b[1;31mL\x1b[0m"


def test_a_wide_character_is_never_cut():
    known = Frames(COLUMNS, ROWS)
    known.changes("\x1b[1;1H日本語\x1b[1;1H")
    assert known.changes("\x1b[1;1H日木語\x1b[1;1H") == "\x1b[1;3H木\x1b[1;1H"
    assert "日" in known.changes("\x1b[1;2Hx\x1b[1;1H") + known.changes("\x1b[1;1H日\x1b[1;1H")


def test_after_a_cluster_of_doubtful_width_the_rest_of_the_row_is_painted_with_it():
    known = Frames(COLUMNS, ROWS)
    row = "\x1b[1;1H{}\x1b[1;3H|rest\x1b[1;1H"
    known.changes(row.format("👩\u200d👧"))
    assert known.changes(row.format("👩\u200d👧")) == ""
    assert "|rest" in known.changes(row.format("👨\u200d👧"))


def test_what_is_not_understood_is_written_as_it_is_and_everything_is_painted_after_it():
    known = Frames(COLUMNS, ROWS)
    frame = "\x1b[1;1Htext\x1b[1;1H"
    known.changes(frame)
    for strange in ("\x1b[2J", "\x1b[1;1H\x1b[K", "\x1b[99;1Htext", "\x1b[1;20Htoo long for it", "tab\t"):
        assert known.changes(strange) == strange
        assert "text" in known.changes(frame)


def test_modes_bells_and_clipboard_pass_and_nothing_is_forgotten():
    known = Frames(COLUMNS, ROWS)
    known.changes("\x1b[1;1Htext\x1b[1;1H")
    for other in ("\x07", "\x1b]52;c;dGV4dA==\x07", "\x1b[?25h"):
        assert known.changes(other) == other
    assert known.changes("\x1b[1;1Htext\x1b[1;1H") == ""


def test_another_size_is_painted_whole():
    known = Frames(COLUMNS, ROWS)
    known.changes("\x1b[1;1Htext\x1b[1;1H")
    known.resize(COLUMNS - 1, ROWS)
    assert "text" in known.changes("\x1b[1;1Htext\x1b[1;1H")
