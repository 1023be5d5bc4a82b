"""The canvas: hostile text becomes harmless cells, widths are right, and only what differs is told."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.widgets.canvas import Canvas, Span
from genai_tui.widgets.cells import cells, fit, pad, width_of, wrap
from genai_tui.widgets.look import make_look

LOOK, ASCII = make_look(), make_look(ascii_only=True)
HOSTILE = st.text(
    st.sampled_from("a \x1b]0;x\x07[31m\u202e\u2066\x00\x9b界é\u0301😀\u200d👩🇩🇪\ufe0f\t\n…"), max_size=40
)


@given(HOSTILE | st.text(max_size=60), st.integers(1, 30))
def test_whatever_is_drawn_fills_the_row_exactly_and_obeys_nothing(text: str, width: int) -> None:
    canvas = Canvas(width, 1, LOOK)
    canvas.put(0, 0, text)
    drawn = canvas.strip(0).text
    assert width_of(drawn) == width
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in drawn)
    assert not set(drawn) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(HOSTILE, st.integers(1, 30), st.integers(-40, 40), st.integers(-40, 40))
def test_what_lies_outside_is_not_drawn_and_a_row_stays_a_row(text: str, width: int, x: int, size: int) -> None:
    canvas = Canvas(width, 1, LOOK)
    canvas.fill(x, 0, size, "#")
    inside = max(0, min(width, x + size) - max(0, x))
    assert canvas.strip(0).text.count("#") == inside
    canvas.put(x, 0, text, "strong", size)
    canvas.right(x, 0, text)
    canvas.fill(x, 0, size, "─", "frame")
    assert width_of(canvas.strip(0).text) == width == canvas.strip(0).cell_length


@given(HOSTILE | st.text(max_size=60), st.integers(1, 30))
def test_in_ascii_no_byte_is_above_127(text: str, width: int) -> None:
    canvas = Canvas(width, 1, ASCII)
    canvas.put(0, 0, text)
    assert canvas.strip(0).text.isascii()
    assert len(canvas.strip(0).text) == width


@given(st.text(max_size=80), st.integers(0, 40))
def test_what_is_shortened_says_so(text: str, width: int) -> None:
    text = LOOK.text(text)
    short = fit(text, width)
    assert width_of(short) <= width
    if width and width_of(text) > width:
        assert short.endswith("…")


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Mn", "Me", "Zl", "Zp"]), max_size=200),
    st.integers(4, 40),
)
def test_wrapped_lines_fit_and_lose_no_word(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(width_of(line) <= width for line in lines)
    kept = "".join("".join(char for char, _ in cells(line)) for line in lines)
    assert kept.replace(" ", "") == "".join(char for char, _ in cells(text)).replace(" ", "")


@pytest.mark.parametrize(
    ("text", "shown", "width"),
    [
        ("👩\u200d👩\u200d👧 family", "👩 family", 9),
        ("🇩🇪", "DE", 2),
        ("👍🏽", "👍", 2),
        ("❤\ufe0f", "❤", 1),
        ("e\u0301a", "e\u0301a", 2),
        ("日本", "日本", 4),
    ],
)
def test_a_cluster_is_shown_by_its_first_character(text: str, shown: str, width: int) -> None:
    assert "".join(char for char, _ in cells(text)) == shown
    assert width_of(text) == width


def test_a_wide_character_is_never_split() -> None:
    canvas = Canvas(3, 1, LOOK)
    canvas.put(0, 0, "日本")
    assert canvas.strip(0).text == "日…"
    assert pad("日本", 3) == "日…"


def test_arabic_moves_no_frame() -> None:
    canvas = Canvas(14, 1, LOOK)
    canvas.put(0, 0, "│")
    canvas.put(1, 0, "مرحبا gpt-5")
    canvas.put(13, 0, "│")
    assert canvas.strip(0).text == "│مرحبا gpt-5 │"


def test_of_a_megabyte_only_the_head_is_looked_at() -> None:
    canvas = Canvas(20, 1, LOOK)
    canvas.put(0, 0, "x" * 1_000_000)
    assert canvas.strip(0).text == "x" * 19 + "…"


def test_only_what_differs_is_told() -> None:
    before, after = Canvas(20, 3, LOOK), Canvas(20, 3, LOOK)
    for canvas, number in ((before, "1"), (after, "2")):
        canvas.put(0, 0, "the same")
        canvas.put(4, 1, f"row {number}")
    assert list(after.differences(before)) == [Span(1, 8, 9)]
    assert list(before.differences(before)) == []


def test_a_difference_never_begins_within_a_wide_character() -> None:
    before, after = Canvas(6, 1, LOOK), Canvas(6, 1, LOOK)
    before.put(0, 0, "日本")
    after.put(0, 0, "日x")
    assert list(after.differences(before)) == [Span(0, 2, 4)]


def test_every_segment_has_a_style_and_blanks_cost_no_change_of_it() -> None:
    canvas = Canvas(30, 2, LOOK)
    canvas.put(0, 0, "one", "soft")
    canvas.put(10, 0, "two", "soft")
    assert all(segment.style is not None for y in (0, 1) for segment in canvas.strip(y))
    assert len(list(canvas.strip(0))) == 1
