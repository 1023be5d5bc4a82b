"""Sorting what a terminal sends: what is no key is never one, however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.terminal.keys import PASTE_PATIENCE, InputFilter, paste_text
from genai_tui.terminal.reading import is_key


def sort(*chunks, gap=0.01, mouse=False, after=2.0):
    """What a filter makes of chunks that come `gap` seconds apart, and of the silence after them."""
    sorter, now, tokens = InputFilter(is_key, mouse=mouse), 100.0, []
    for chunk in chunks:
        tokens += sorter.tick(now) + sorter.feed(chunk, now)
        now += gap
    tokens += sorter.tick(now + after)
    return [token.text if token.kind == "keys" else (token.kind, token.text) for token in tokens]


ESCAPE = ("escape", "\x1b")
ANSWERS = [
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    "\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    "\x1b]52;c;aGVsbG8=\x1b\\",
    "\x1b[?64;1;2;6;22c",
    "\x1b[>41;354;0c",
    "\x1b[?2026;2$y",
    "\x1b[?1u",
    "\x1bP>|xterm(390)\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1b_Gi=1;OK\x1b\\",
    "\x1b[24;80R",
    "\x1b[8;24;80t",
    "\x1b[4;600;800t",
    "\x1b[48;24;80;600;800t",
    "\x1b[0n",
    "\x1b[<35;40;12M",
    "\x1b[<0;1;1m",
    "\x1b[<0;-1;5M",
    "\x1b[M !!",
    "\x1b[35;40;12M",
    "\x1b[99;5~",
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_and_mouse_reports_are_never_keys(answer):
    assert sort("a" + answer + "b") == ["ab"]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("gap", [0.05, 0.6])
def test_an_answer_may_be_cut_anywhere(answer, gap):
    for cut in range(2, len(answer)):
        whole = "".join(text for text in sort(answer[:cut], answer[cut:], gap=gap) if isinstance(text, str))
        assert whole == "", f"cut behind {answer[:cut]!r}"


@pytest.mark.parametrize("answer", ANSWERS[:11])
def test_an_answer_cut_right_behind_its_esc_presses_esc_at_most(answer):
    assert sort("\x1b", answer[1:], gap=0.5) == [ESCAPE]
    assert sort("\x1b", answer[1:], gap=0.05) == []


@pytest.mark.parametrize(
    "begun", ["\x1b]11;rgb:1e", "\x1bP>|xt", "\x1b[?64;1", "\x1b[>41", "\x1b[<35;40", "\x1b_Gi", "\x1b["]
)
def test_a_sequence_that_never_ends_is_dropped_after_a_second_and_keys_work_again(begun):
    sorter = InputFilter(is_key)
    assert sorter.feed(begun, 0.0) == []
    assert sorter.tick(0.9) == []
    assert sorter.tick(1.0) == []
    assert sorter.deadline is None
    assert [token.text for token in sorter.feed("x3", 1.1)] == ["x3"]


def test_a_long_string_is_not_kept_in_memory():
    sorter = InputFilter(is_key)
    for number in range(100):
        assert sorter.feed("\x1b]52;c;" * (number == 0) + "A" * 10_000, 0.001 * number) == []
    assert len(sorter._held) < 20_000
    assert [token.text for token in sorter.feed("\x07ok", 0.2)] == ["ok"]


def test_an_enter_or_an_arrow_after_alt_and_a_bracket_still_works():
    assert sort("\x1b]\r") == ["\r"]
    assert sort("\x1b]11", "\x1b[A") == ["\x1b[A"]


@pytest.mark.parametrize("key", list("12345678h"))
def test_alt_and_a_stage_or_home_is_esc_and_the_key(key):
    assert sort("\x1b" + key) == [ESCAPE, key]
    assert sort(f"\x1b[{ord(key)};3u") == [ESCAPE, key]


@pytest.mark.parametrize("key", ["a", "9", "0", "q", "x", "H", "-", "=", "§", "é", "\r", "\t", " ", ":", "?", "n"])
def test_alt_and_anything_else_types_nothing(key):
    assert sort("\x1b" + key) == []
    if key.isprintable():
        assert sort(f"\x1b[{ord(key)};3u") == []


def test_esc_alone_and_twice():
    assert sort("\x1b") == [ESCAPE]
    assert sort("\x1b\x1b") == [ESCAPE, ESCAPE]
    assert sort("\x1b", "x", gap=0.2) == [ESCAPE, "x"]


@pytest.mark.parametrize(
    "key", ["\x1b[A", "\x1bOA", "\x1bOP", "\x1b[[A", "\x1b[1;5C", "\x1b[5~", "\x1b[Z", "\x1b[20~", "\x1b[I", "\x1b[O"]
)
def test_keys_pass_whole_also_when_cut(key):
    assert sort(key) == [key]
    for cut in range(2, len(key)):
        assert sort(key[:cut], key[cut:], gap=0.3) == [key]


@pytest.mark.parametrize(
    ("kitty", "plain"),
    [
        ("\x1b[27u", ESCAPE),
        ("\x1b[105;5u", "\t"),
        ("\x1b[109;5u", "\r"),
        ("\x1b[91;5u", ESCAPE),
        ("\x1b[104;5u", "\x08"),
        ("\x1b[108;5u", "\x0c"),
        ("\x1b[113;5u", "\x11"),
        ("\x1b[13;2u", "\r"),
        ("\x1b[9;2u", "\x1b[Z"),
        ("\x1b[127;2u", "\x7f"),
        ("\x1b[97u", "a"),
        ("\x1b[97;2;65u", "A"),
        ("\x1b[108;3;64u", "@"),  # option + l on a German Mac
        ("\x1b[97:65;5:1u", "\x01"),
        ("\x1b[97;69u", "\x01"),  # with caps lock
    ],
)
def test_a_key_of_the_kitty_protocol_is_the_same_key_without_it(kitty, plain):
    assert sort(kitty) == [plain]


@pytest.mark.parametrize(
    "strange",
    ["\x1b[97;1:3u", "\x1b[99999999999999u", "\x1b[55296u", "\x1b[:;:u", "\x1b[1;1:3A", "\x1b[" + "1" * 9000 + "u"],
)
def test_releases_and_impossible_keys_are_nothing(strange):
    assert sort(strange) == []


def test_both_bytes_of_backspace_pass():
    assert sort("\x08\x7f") == ["\x08\x7f"]


def test_the_mouse_passes_only_when_it_is_on():
    assert sort("\x1b[<0;3;4M", mouse=True) == ["\x1b[<0;3;4M"]
    assert sort("\x1b[<0;-3;4M", "\x1b[<0;999999;4M", mouse=True) == ["\x1b[<0;-3;4M"]


def test_a_paste_is_one_text_with_lf_and_presses_nothing():
    pasted = "\x1b[200~one\r\ntwo\rthree\x1b[31m\x1b]0;t\x07\x1b2\x00\tfour\x1b[201~x"
    assert sort(pasted) == [("paste", "one\ntwo\nthree[31m]0;t2\tfour"), "x"]
    for cut in range(2, len(pasted)):
        assert sort(pasted[:cut], pasted[cut:], gap=0.5) == sort(pasted)


def test_a_paste_without_an_end_lets_keys_work_again():
    sorter = InputFilter(is_key)
    sorter.feed("\x1b[200~lost", 0.0)
    assert sorter.tick(PASTE_PATIENCE - 1) == []
    assert [token.text for token in sorter.tick(PASTE_PATIENCE)] == ["lost"]
    assert [token.text for token in sorter.feed("k", PASTE_PATIENCE + 1)] == ["k"]


@given(st.text(st.sampled_from("\x1b[]P_O<>?;:0123456789ABMRcmuyt~\\\x07\x9b\r\n xé"), max_size=60), st.integers(0, 60))
def test_however_it_is_cut_and_whatever_it_is_nothing_raises_and_a_key_works_after_it(text, cut):
    sorter = InputFilter(is_key)
    for chunk in (text[:cut], text[cut:]):
        for token in sorter.feed(chunk, 0.0):
            assert token.kind in ("keys", "escape", "paste")
    sorter.tick(PASTE_PATIENCE + 1)
    assert sorter.deadline is None
    assert [token.text for token in sorter.feed("z", 100.0)][-1:] == ["z"]


@given(st.text())
def test_a_pasted_text_has_no_control_character_and_loses_no_letter(text):
    pasted = paste_text(text)
    assert all(c in "\n\t" or c >= " " for c in pasted)
    assert not set(pasted) & {chr(n) for n in range(0x7F, 0xA0)}
    assert [c for c in pasted if c.isalnum()] == [c for c in text if c.isalnum()]
