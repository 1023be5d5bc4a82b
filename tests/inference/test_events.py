"""The parser of event streams: whatever the borders of the pieces, the events are the same."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.inference.events import Event, EventParser


def parsed(data: bytes, *cuts: int) -> list[Event]:
    parser = EventParser()
    borders = [0, *sorted(cut for cut in cuts if 0 < cut < len(data)), len(data)]
    events: list[Event] = []
    for start, end in pairwise(borders):
        events += parser.feed(data[start:end])
    return events + parser.end()


STREAM = (
    "\ufeffdata: {\"a\": \"é\u2028x\"}\n\n: comment\nevent: ping\r\ndata:no space\r\n\r\nid: 1\nretry: 5\n\n"
    "data: first\rdata:  second\r\rdata\n\ndata: [DONE]\n\ndata: last"
).encode()  # fmt: skip
EVENTS = [
    Event("", '{"a": "é\u2028x"}'.encode()),
    Event("ping", b"no space"),
    Event("", b"first\n second"),
    Event("", b""),
    Event("", b"[DONE]"),
    Event("", b"last"),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_borders_change_nothing(cuts: list[int]) -> None:
    assert parsed(STREAM, *cuts) == EVENTS


def test_byte_by_byte() -> None:
    assert parsed(STREAM, *range(len(STREAM))) == EVENTS


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=8))
def test_any_bytes_are_survived(data: bytes, cuts: list[int]) -> None:
    assert parsed(data, *cuts) == parsed(data)


@given(st.lists(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1), max_size=6))
def test_what_goes_in_comes_out(texts: list[str]) -> None:
    lines = [text for text in texts if text.strip() != "[DONE]"]
    data = "".join(f"data: {line}\n\n" for line in lines).encode()
    assert [event.data.decode() for event in parsed(data)] == lines


def test_done_is_told_at_once() -> None:
    assert EventParser().feed(b"data: [DONE]\n") == [Event("", b"[DONE]")]


def test_a_line_of_a_megabyte_in_small_pieces_takes_no_time() -> None:
    parser = EventParser()
    for _ in range(20_000):
        assert parser.feed(b"x" * 50) == []
    assert parser.end() == []


@pytest.mark.parametrize("line", [b": ping", b"id: 3", b"retry: 1", b"unknown: 5", b"nothing"])
def test_lines_without_data_are_signs_of_life_only(line: bytes) -> None:
    parser = EventParser()
    assert parser.feed(line + b"\n\n") == []
    assert parser.alive == 1
