"""Foreign text is harmless wherever it may be shown, and stays text."""

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.untrusted import ascii_only, escape_json, harmless, one_line

HOSTILE = {
    "title": "\x1b]0;pwned\x07x",
    "unclosed title": "\x1b]0;pwned",
    "colour": "\x1b[31mred\x1b[0m",
    "clear": "\x1b[2J\x1b[H",
    "clipboard": "\x1b]52;c;cm0gLXJmIH4=\x1b\\",
    "device control": '\x1bP$q"p\x1b\\',
    "c1": "\x9b31mred\x9d0;t\x9c",
    "bidi": "abc\u202edef\u2066x\u2069",
    "null": "a\x00b",
    "bell": "\x07\x08\x7f",
    "tags": "\U000e0041\U000e0042",
    "surrogate": "\ud800",
    "carriage": "safe\rover",
    "markup": "[bold]x[/nope]",
}


def obeyed(text: str) -> str:
    """What of a text a terminal would obey."""
    harmful = "\u202e\u2066"
    return "".join(c for c in text if c in harmful or (unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    assert obeyed(harmless(text)) == ""
    assert "pwned" not in harmless(text)
    assert obeyed(one_line(text)) == ""


@given(st.text(st.characters(), max_size=200))
def test_harmless_twice_is_harmless_once(text: str) -> None:
    once = harmless(text)
    assert obeyed(once) == ""
    assert harmless(once) == once


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs", "M")), max_size=200))
def test_text_stays_text(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("text", ["Žlutá 北京 🌧️", "مرحبا gpt-5", "👩‍👩‍👧", "a\tb\nc"])
def test_scripts_and_joined_clusters_are_kept_in_logical_order(text: str) -> None:
    assert harmless(text) == text


def test_line_ends_become_newlines() -> None:
    assert harmless("a\r\nb\rc\u2028d\x85e") == "a\nb\nc\nd\ne"


def test_one_line_is_short_and_says_that_it_is_cut() -> None:
    assert one_line("a\n b\t c", 80) == "a b c"
    assert one_line("x" * 100, 10) == "x" * 9 + "…"
    assert len(one_line("y" * 1_000_000)) <= 20_001


@given(st.recursive(st.none() | st.text(st.characters(), max_size=30), lambda inner: st.lists(inner, max_size=3)))
def test_escaped_json_is_the_same_document_and_harmless(value: object) -> None:
    document = escape_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(document) == value
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", document)


@given(st.text(max_size=100))
def test_ascii_only_has_no_byte_above_127(text: str) -> None:
    assert ascii_only(harmless(text)).isascii()


def test_frames_and_signs_have_look_alikes() -> None:
    assert ascii_only("╭─╮│▶ ✔ ● ○ ±0.07 ≥ …") == "+-+|> + * o +0.07 > ~"
