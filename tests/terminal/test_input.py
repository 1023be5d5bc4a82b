"""Keys, answers and pastes, from the line to the app."""

import time

import pytest

QUIT = b"\x11"


def test_keys_arrive_by_their_names(little):
    app = little()
    assert app.keys(b"a1\x1b[A\x1bOB\x1b[1;5C\r\t\x1b[Z\xc3\xa9") == [
        "a", "1", "up", "down", "ctrl+right", "enter", "tab", "shift+tab", "é",
    ]  # fmt: skip


@pytest.mark.parametrize("keyboard", ["full", "plain"])
def test_the_kitty_protocol_is_asked_for_only_where_it_is_wanted_and_never_all_of_it(little, keyboard):
    app = little(KEYBOARD=keyboard)
    assert (b"\x1b[>1u" in app.output) == (keyboard == "full")
    assert app.keys(b"\x1b[99;5u\x1b[27ua\xcc\x81") == ["ctrl+c", "escape", "a", "\u0301"]
    app.send(QUIT)
    assert app.end() == 0
    assert (b"\x1b[<u" in app.output) == (keyboard == "full")


def test_nothing_is_asked_of_the_terminal(little):
    app = little()
    for question in (
        b"\x1b]10;?",
        b"\x1b]11;?",
        b"$p",
        b"\x1b[c",
        b"\x1b[>c",
        b"\x1b[>0q",
        b"\x1b[6n",
        b"\x1b[?u",
        b"\x1b[14t",
    ):
        assert question not in app.output


def test_late_answers_are_not_typed(little):
    app = little("box")
    app.send(b"\x1b")
    assert app.keys_until("escape") == []
    assert app.keys(b"]11;rgb:1e1e/1e1e/1e1e\x07x\x1b]11;rgb:2/3/4\x1b\\\x1b[?64;1;2c\x1b[8;24;80t\x1b[24;80R") == ["x"]
    app.send(b"\x1b[19~")
    assert app.wait_report("content") == "x"


def test_an_answer_that_never_ends_is_dropped_and_then_keys_work(little):
    app = little()
    app.send(b"\x1b]11;rgb:12")
    began = time.monotonic()
    while app.keys(b"") == [] and time.monotonic() - began < 0.1:
        pass  # F9 itself comes through: its ESC ends the string
    app.send(b"\x1bP1$r3")
    assert app.quiet(1.2)
    assert app.keys(b"n") == ["n"]


def test_mouse_reports_are_no_keys_when_the_mouse_is_off_and_mouse_events_when_it_is_on(little):
    app = little(SSH_CONNECTION="1.1.1.1 1 2.2.2.2 22")
    assert b"\x1b[?1000h" not in app.output
    assert app.keys(b"\x1b[<35;40;12M\x1b[M !!\x1b[<0;1;1m") == []
    app = little(SSH_CONNECTION="1.1.1.1 1 2.2.2.2 22", MOUSE="1")
    app.send(b"\x1b[<0;1;1M")
    assert app.wait_report("mouse") == "MouseDown"


def test_alt_and_a_stage_is_esc_and_the_stage_and_alt_else_types_nothing(little):
    app = little("box")
    assert app.keys(b"\x1b3\x1bh") == ["escape", "3", "escape", "h"]
    assert app.keys(b"\x1bx\x1bq\x1b9\x1b-\x1b\r") == []


def test_a_byte_that_is_no_utf8_ends_nothing(little):
    app = little("box")
    app.send(b"caf\xe9")
    assert app.keys_until("\N{REPLACEMENT CHARACTER}") == ["c", "a", "f"]
    assert app.keys(b"\xff\xfeok") == ["\ufffd", "\ufffd", "o", "k"]
    app.send(QUIT)
    assert app.end() == 0


def test_both_bytes_of_backspace_delete_one(little):
    app = little("box")
    assert app.keys(b"abcd\x08\x7f")[-2:] == ["backspace", "backspace"]
    app.send(b"\x1b[19~")
    assert app.wait_report("content") == "ab"


def test_a_paste_is_one_text_and_its_escapes_press_nothing(little):
    app = little("box")
    assert app.keys(b"\x1b[200~one\r\ntwo\r\x1b2\x1b[Athree\x1b[201~!") == ["paste:one\ntwo\n2[Athree", "!"]
    app.send(b"\x1b[19~")
    assert app.wait_report("content") == "one\ntwo\n2[Athree!"


def test_a_megabyte_is_pasted_in_two_seconds_and_a_key_is_answered_after_it(little):
    app = little()
    began = time.monotonic()
    app.send(b"\x1b[200~" + b"0123456789abcde\r" * 65_536 + b"\x1b[201~")
    assert app.wait_report("paste") == 1_048_576
    assert time.monotonic() - began < 2 * slow_machine()
    began = time.monotonic()
    assert app.keys(b"k") == ["k"]
    assert time.monotonic() - began < 0.5 * slow_machine()


def slow_machine() -> float:
    """How much slower than a quiet machine this one is now, at least 1: a thousandth of a second of work, measured."""
    began = time.perf_counter()
    sum(range(100_000))
    return max(1.0, (time.perf_counter() - began) / 0.004)
