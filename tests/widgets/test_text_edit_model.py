"""Random keys in a text box against the same edits of a plain string, and its rows against what they must be."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_tui.widgets.cells import width_of
from genai_tui.widgets.look import make_look
from genai_tui.widgets.text_rows import PIECE, TextRows
from genai_tui.widgets.typed_text import Place, TypedText

TEXTS = st.text(st.sampled_from("ab \n\t.é日"), max_size=12)
HOSTILE = st.text(st.sampled_from("ab \n\t\x1b\x00\r\u0301\u200d👩🏽\ufe0f🇩🇪日\u202e\ud800\u2028"), max_size=60)
KEYS = st.sampled_from([
    "left", "right", "word_left", "word_right", "home", "end", "top", "bottom", "backspace", "delete", "ctrl+w",
    "ctrl+u", "ctrl+k", "select",
])  # fmt: skip


class PlainString:
    """The model: a string, a caret and the other end of what is selected, all counted in characters."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.anchor = text, 0, -1

    def move(self, key: str) -> int:
        text, at = self.text, self.at
        start, end = text.rfind("\n", 0, at) + 1, (text + "\n").index("\n", at)
        if key == "left" or (key == "word_left" and at == start):
            return max(0, at - 1)
        if key == "right" or (key == "word_right" and at == end):
            return min(len(text), at + 1)
        if key == "word_left":
            words = re.search(r"[^ \t]*[ \t]*\Z", text[start:at])
            return at - len(words[0]) if words else at
        if key == "word_right":
            words = re.match(r"[ \t]*[^ \t]*", text[at:end])
            return at + len(words[0]) if words else at
        return {"home": start, "end": end, "top": 0, "bottom": len(text)}[key]

    def press(self, key: str, select: bool) -> None:
        erased = {"backspace": "left", "delete": "right", "ctrl+w": "word_left", "ctrl+u": "home", "ctrl+k": "end"}
        if key in erased:
            self.put("", self.move(erased[key]))
            return
        self.anchor = (self.at if self.anchor < 0 else self.anchor) if select else -1
        self.at = self.move(key)

    def put(self, text: str, to: int | None = None) -> None:
        other = self.at if to is None else to
        if self.anchor >= 0 and self.anchor != self.at:
            other = self.anchor
        start, end = min(self.at, other), max(self.at, other)
        self.text = self.text[:start] + text + self.text[end:]
        self.at, self.anchor = start + len(text), -1


def press(typed: TypedText, key: str, select: bool) -> None:
    """The same keys, on what the box holds."""
    places = {
        "left": typed.left, "right": typed.right, "word_left": typed.word_left, "word_right": typed.word_right,
        "home": typed.line_start, "end": typed.line_end, "top": lambda: Place(0, 0), "bottom": lambda: typed.end,
        "backspace": typed.left, "delete": typed.right, "ctrl+w": typed.word_left, "ctrl+u": typed.line_start,
        "ctrl+k": typed.line_end,
    }  # fmt: skip
    if key in ("backspace", "delete", "ctrl+w", "ctrl+u", "ctrl+k"):
        typed.erase_to(places[key](), "erased" if key == "backspace" else "")
    else:
        typed.go(places[key](), select=select)


@settings(deadline=None, max_examples=300)
@given(TEXTS, st.lists(st.one_of(KEYS, TEXTS.filter(bool)), max_size=60))
def test_edits_are_those_of_a_string_and_undo_leads_all_the_way_back(text: str, keys: list[str]) -> None:
    typed, model = TypedText(text), PlainString(text)
    typed.at = Place(0, 0)
    select = False
    named = {"left", "right", "word_left", "word_right", "home", "end", "top", "bottom", "backspace", "delete"}
    for key in keys:
        if key == "select":
            select = not select
        elif key in named or key.startswith("ctrl+"):
            press(typed, key, select)
            model.press(key, select)
        else:
            typed.insert(key, "typed" if len(key) == 1 and key != "\n" else "")
            model.put(key)
        before = "\n".join(typed.lines[: typed.at.line]) + "\n" * bool(typed.at.line)
        assert typed.value == model.text
        assert len(before) + typed.at.column == model.at
        assert typed.size == len(model.text)
    last = typed.value
    while typed.undo():
        pass
    assert typed.value == text
    while typed.redo():
        pass
    assert typed.value == last


@settings(deadline=None, max_examples=300)
@given(HOSTILE, st.integers(1, 20), st.booleans())
def test_rows_hold_every_character_once_and_none_is_too_wide(text: str, width: int, ascii_only: bool) -> None:
    check_rows(text, width, ascii_only)


@pytest.mark.parametrize("text", ["unbroken" * 1500, "wörter und 日本 " * 900, "e\u0301" * 5000, "a\tb " * 3000])
def test_rows_of_a_line_of_several_pieces(text: str) -> None:
    assert len(text) > 2 * PIECE
    check_rows(text, 37, ascii_only=False)


def check_rows(text: str, width: int, ascii_only: bool) -> None:
    """Every row, from the first to the last and back."""
    lines = text.split("\n")
    rows = TextRows(lines, width, make_look(ascii_only=ascii_only))
    row, found = rows.at(Place(0, 0)), []
    while row is not None:
        found.append(row)
        below = rows.after(row)
        assert below is None or rows.before(below) == row
        row = below
    assert ["".join(rows.text(each) for each in found if each.line == line) for line in range(len(lines))] == lines
    for each in found:
        clusters = rows.clusters(rows.text(each))
        shown = "".join(cluster.shown for cluster in clusters)
        assert width_of(shown) == sum(cluster.width for cluster in clusters)
        assert len(clusters) <= 1 or sum(cluster.width for cluster in clusters) <= width + 1
        assert "\x1b" not in shown
        assert "\n" not in shown
        for x in range(width + 1):
            place = rows.place_at(each, x)
            assert rows.at(place) == each
            assert rows.x_of(each, place.column) <= x or place.column == each.start
