"""Values as JavaScript writes them. What is wanted was written by Node's String() and JSON.stringify()."""

import json
from typing import Any

import pytest

from genai_tui.records.javascript import as_json, as_text, halved, made_whole, number_of, parsed


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.0, "1"), (-0.0, "0"), (0.5, "0.5"), (1e21, "1e+21"), (1.5e300, "1.5e+300"), (1e20, "100000000000000000000"),
        (123456789.125, "123456789.125"), (1e-6, "0.000001"), (0.00001234, "0.00001234"), (1e-7, "1e-7"),
        (-1.25e-9, "-1.25e-9"), (5e-324, "5e-324"), (float("inf"), "Infinity"), (float("nan"), "NaN"),
        (2**53 + 1, "9007199254740992"), (12345678901234567890, "12345678901234567000"), (10**21, "1e+21"),
        (-(10**400), "-Infinity"), (10**400, "Infinity"), (None, "null"), (True, "true"), ("a", "a"),
        ([1.0, None, [2.5]], "1,,2.5"), ({}, "[object Object]"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_javascript_writes_it(value: Any, said: str) -> None:
    assert as_text(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1e-7, "1e-7"), (2.0, "2"), (float("nan"), "null"), (None, "null"), (False, "false"), ("é\"\n", '"é\\"\\n"'),
        ({"a": [1.0, {}], "b": []}, '{"a":[1,{}],"b":[]}'), ({1: "x"}, '{"1":"x"}'),
        ({"b": 0, "2": 1, "1": 2, "01": 3}, '{"1":2,"2":1,"b":0,"01":3}'), ("\ud83d", '"\\ud83d"'),
        ([10**400, -(10**400)], "[null,null]"),
    ],
)  # fmt: skip
def test_a_value_is_json_as_javascript_writes_it(value: Any, said: str) -> None:
    assert as_json(value) == said


def test_json_with_spaces_has_an_item_a_line() -> None:
    value = {"a": [1, {"b": None}], "c": {}, "d": [], "e": "x"}
    assert as_json(value, 2) == json.dumps(value, indent=2)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (None, 0), ("", 0), (" 12\ufeff", 12), (".5e1", 5), ("5.", 5), ("-Infinity", float("-inf")), ("0x1F", 31),
        ("0b101", 5), (True, 1), (10**400, float("inf")),
    ],
)  # fmt: skip
def test_a_value_is_a_number_as_javascript_has_it(value: Any, number: float) -> None:
    assert number_of(value) == number


@pytest.mark.parametrize("text", ["-0x1", "1_0", "\u0661", "inf", "1 2", "+", "\x1c1"])
def test_a_text_that_is_no_number_of_javascripts_is_none(text: str) -> None:
    assert number_of(text) != number_of(text)


def test_json_is_read_as_javascript_reads_it() -> None:
    assert parsed("[9007199254740993, 1e999, 10]") == [9007199254740992, float("inf"), 10]


@pytest.mark.parametrize(
    ("text", "why"), [("NaN", "is no number of JSON"), ("[" * 100_000, "nested too deeply"), ("{", "Expecting")]
)
def test_what_javascript_does_not_read_as_json_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parsed(text)


def test_a_text_is_halved_and_made_whole() -> None:
    assert halved("a😀") == "a\ud83d\ude00"
    assert made_whole(halved("a😀")) == "a😀"
    assert made_whole("\ud83d") == "\ufffd"
