"""The last look at what is written, and the thread that writes it."""

import os
import select
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from genai_tui.terminal.environment import read_terminal
from genai_tui.terminal.output import MOST_WAITING, SLICE, OutputFilter, Writer, slices


def brought_down(text, **environ):
    """What a terminal with such an environment gets."""
    return OutputFilter(read_terminal({"TERM": "xterm", "LANG": "C.UTF-8"} | environ))(text)


@pytest.mark.parametrize(
    ("environ", "text", "expected"),
    [
        ({"NO_COLOR": "1"}, "\x1b[1;38;2;9;9;9;48;5;7mx\x1b[0m", "\x1b[1mx\x1b[0m"),
        ({"NO_COLOR": "1"}, "\x1b[31mx\x1b[39;49m\x1b[m", "x\x1b[m"),
        ({"NO_COLOR": "1"}, "\x1b[7;91;107mx", "\x1b[7mx"),
        ({}, "\x1b[1;38;2;255;0;0mx", "\x1b[1;31mx"),
        ({}, "\x1b[48;5;4mx", "\x1b[44mx"),
        ({}, "\x1b[38;5;999;1mx", "\x1b[1mx"),
        ({"TERM": "xterm-256color"}, "\x1b[38;2;255;255;255mx", "\x1b[38;5;231mx"),
        ({"COLORTERM": "truecolor"}, "\x1b[38;2;1;2;3mx", "\x1b[38;2;1;2;3mx"),
    ],
)
def test_colours_are_brought_down_and_attributes_stay(environ, text, expected):
    assert brought_down(text, **environ) == expected


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40))
def test_in_ascii_every_text_is_as_wide_as_it_was(text):
    narrow = brought_down(text, LANG="C")
    assert narrow.isascii()
    assert len(narrow) == sum(cell_len(part) for part in _runs(text))


def _runs(text):
    """Runs of ASCII and of other letters, as they are looked at."""
    runs = [""]
    for character in text:
        if runs[-1] and runs[-1][-1].isascii() != character.isascii():
            runs.append("")
        runs[-1] += character
    return runs


@given(st.lists(st.sampled_from(["\x1b[1;38;5;200m", "text " * 300, "é" * 50, "\x1b[0m"]), max_size=60))
def test_slices_cut_no_sequence_and_lose_nothing(parts):
    text = "".join(parts)
    pieces = list(slices(text))
    assert "".join(pieces) == text
    assert all(len(piece) <= SLICE for piece in pieces)
    assert all(piece.rfind("\x1b") <= piece.rfind("m") or "\x1b" not in piece for piece in pieces)


def test_what_cannot_be_taken_is_left_out_and_told_when_it_can_again():
    reading, writing = os.pipe()
    caught_up = threading.Event()
    writer = Writer(writing, gone=lambda: None, caught_up=caught_up.set)
    for _ in range(MOST_WAITING // 100_000 + 5):
        writer.write("x" * 100_000)
    read = 0
    while not caught_up.is_set():
        read += len(os.read(reading, 65536))
        caught_up.wait(0 if read < MOST_WAITING else 0.01)
    assert read <= MOST_WAITING + 300_000
    assert writer.finish("end", 5.0)
    while not os.read(reading, 65536).endswith(b"end"):
        pass
    os.close(reading)
    os.close(writing)


def test_an_end_that_nobody_reads_does_not_wait_longer_than_told():
    reading, writing = os.pipe()
    writer = Writer(writing, gone=lambda: None, caught_up=lambda: None)
    writer.write("x" * 500_000)
    while select.select([], [writing], [], 0)[1]:
        pass  # until the pipe is full and the writer stands
    assert not writer.finish("end", 0.2)
    while not os.read(reading, 65536).endswith(b"end"):
        pass  # what was under way is whole, then the end comes; the rest is dropped
    os.close(reading)


def test_a_terminal_that_is_gone_is_told_once():
    reading, writing = os.pipe()
    os.close(reading)
    gone = threading.Event()
    writer = Writer(writing, gone=gone.set, caught_up=lambda: None)
    writer.write("text")
    assert gone.wait(5.0)
    assert writer.finish("end", 5.0)
    os.close(writing)
