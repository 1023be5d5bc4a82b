"""What a letter costs over the wire, and that a paste at the far end of a line is text and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.far_end import FarEnd, far_end

APP = Path(__file__).parents[1] / "support" / "typing_app.py"
MOST = 1_200  # bytes for a letter
PARAGRAPH = "the ticket says that the card was charged twice for one order and nobody has answered since " * 4
F9, HOME, END, RIGHT = b"\x1b[20~", b"\x1b[1;5H", b"\x1b[1;5F", b"\x1b[C"


@pytest.fixture
def typing(home: Path, tmp_path: Path) -> Iterator[FarEnd]:
    """A box that holds a paragraph of more than four rows."""
    text = tmp_path / "text"
    text.write_text(PARAGRAPH)
    with far_end(APP, "ours", str(text), home=home) as end:
        end.wait_report("ready")
        settled(end)
        yield end


def settled(end: FarEnd) -> int:
    """Wait until nothing more is written; returns how much there was."""
    while not end.quiet(0.3):
        pass
    return len(end.output)


def text_of(end: FarEnd) -> tuple[int, str]:
    """Length and start of the text in the box."""
    end.send(F9)
    length = end.wait_report("length")
    assert isinstance(length, int)
    settled(end)
    return length, "\n".join(end.screen())


def test_a_letter_costs_little_at_the_end_and_in_the_middle_of_a_paragraph(typing: FarEnd) -> None:
    typing.send(END + b" ")
    costs = []
    for keys in (b"", HOME + RIGHT * 9):
        typing.send(keys)
        before = settled(typing)
        for letter in b"answer":
            typing.send(bytes([letter]))
            after = settled(typing)
            costs.append(after - before)
            before = after
    assert all(0 < cost <= MOST for cost in costs), costs
    length, shown = text_of(typing)
    assert length == len(PARAGRAPH) + 13
    assert "the tickeanswert says" in shown


def test_a_paste_types_its_text_and_presses_no_key(typing: FarEnd) -> None:
    typing.send(b"\x1b[200~one\r\ntwo\x1b[2J\x11q\tthree\x1b[201~")
    length, shown = text_of(typing)
    assert length == len(PARAGRAPH) + len("one\ntwo[2Jq\tthree")
    assert "two[2Jq    threethe ticket" in shown
    typing.send(b"\x1a")
    assert text_of(typing)[0] == len(PARAGRAPH)


def test_both_characters_for_backspace_delete_one_and_alt_types_nothing(typing: FarEnd) -> None:
    typing.send(END + b"\x7f\x08\x1bx" + HOME + b"\x1b[3~")
    assert text_of(typing)[0] == len(PARAGRAPH) - 3


def test_the_terminals_own_cursor_stands_at_the_caret_and_a_resize_keeps_what_is_typed(typing: FarEnd) -> None:
    typing.send(HOME + "日é".encode())
    settled(typing)
    assert typing.output.rfind(b"\x1b[2;6H") > 0
    typing.resize(40, 12)
    typing.send(b"x")
    settled(typing)
    typing.resize(80, 24)
    length, shown = text_of(typing)
    assert length == len(PARAGRAPH) + 3
    assert "xthe ticket" in shown
