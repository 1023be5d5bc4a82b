"""What goes in comes out: texts with half characters and NUL, JSON, moments of time."""

import sqlite3

from hypothesis import given

from genai_tui.store.values import pack_json, pack_text, small, unpack_json, unpack_text, utc
from tests.support.stored import ANY_TEXT, FLOATS, JSON


@given(ANY_TEXT)
def test_any_text_comes_back_through_sqlite(text: str) -> None:
    with sqlite3.connect(":memory:") as connection:
        (stored,) = connection.execute("SELECT ?", (pack_text(text),)).fetchone()
    connection.close()
    assert unpack_text(stored) == text


@given(JSON | FLOATS)
def test_any_json_comes_back(value: object) -> None:
    packed = pack_json(value)
    packed.encode()
    assert unpack_json(packed) == value


def test_text_without_oddities_is_stored_as_it_is() -> None:
    assert pack_text("naïve 漢字 🎉\0") == "naïve 漢字 🎉\0"


def test_json_keeps_its_order_and_whole_floats() -> None:
    assert pack_json({"b": 1.0, "a": "é"}) == '{"b":1.0,"a":"é"}'


def test_counts_beyond_sixty_four_bits_are_the_largest_that_can_be_kept() -> None:
    assert (small(10**30), small(-(10**30)), small(7), small(None)) == (2**63 - 1, 1 - 2**63, 7, None)


def test_times_are_utc_with_z() -> None:
    assert utc(1e9) == "2001-09-09T01:46:40.000Z"
    assert utc().endswith("Z")
    assert "2025" < utc() < "2200"
